"""A real Prometheus that scrapes replicas on this machine and evaluates the rules."""

import json
import math
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import pytest
import yaml

from tests.deploy.promql import RULES

DEADLINE = 180.0
"""Seconds after which a test gives up waiting for something that should have come."""
SCRAPES = {"scrape_interval": "1s", "evaluation_interval": "1s"}

T = TypeVar("T")


def tool(name: str) -> str:
    """The path of `prometheus` or `promtool`; skips the test where there is none."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"no {name}: apt-get install prometheus (.ci/tools fetches it)")
    return found


class Prometheus:
    """Answers queries; `targets` are scraped every second as pods of one namespace."""

    def __init__(self, url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._url = url
        self._process = process
        self._log = log

    @classmethod
    @contextmanager
    def running(cls, directory: Path, targets: Mapping[str, int]) -> Iterator[Self]:
        """Scrapes `targets`, the port of each pod, until it ends."""
        executable = tool("prometheus")
        directory.mkdir(parents=True, exist_ok=True)
        config = directory / "prometheus.yml"
        config.write_text(yaml.safe_dump(_config(targets)))
        port = _free_port()
        log = directory / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [
                    executable,
                    f"--config.file={config}",
                    f"--storage.tsdb.path={directory / 'data'}",
                    f"--web.listen-address=127.0.0.1:{port}",
                ],
                stdout=output,
                stderr=output,
            )
        try:
            prometheus = cls(f"http://127.0.0.1:{port}", process, log)
            prometheus.until(prometheus.ready, "an answer of Prometheus")
            yield prometheus
        finally:
            process.terminate()
            try:
                process.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._url}/-/ready", timeout=5):
                return True
        except OSError:
            return False

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples of an instant query: `metric` and `value`."""
        return self._get("query", query=expression)["result"]

    def values(self, expression: str) -> list[float]:
        """The values of an instant query that are numbers."""
        found = [float(sample["value"][1]) for sample in self.query(expression)]
        return [value for value in found if math.isfinite(value)]

    def rules(self) -> list[dict[str, Any]]:
        """Every rule with its health, as Prometheus sees it."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def alerts(self) -> dict[str, str]:
        """The state, pending or firing, of each alert that has one."""
        return {
            alert["labels"]["alertname"]: alert["state"] for alert in self._get("alerts")["alerts"]
        }

    def until(self, find: Callable[[], T], what: str) -> T:
        """What `find` returns once it is true."""
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            if found := find():
                return found
            if self._process.poll() is not None:
                break
            time.sleep(0.2)
        raise TimeoutError(f"{what} did not come\n{self._log.read_text(errors='replace')}")

    def _get(self, path: str, **parameters: str) -> dict[str, Any]:
        url = f"{self._url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as response:
                return json.load(response)["data"]
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(f"{parameters}: {error.read().decode()}") from None


def _config(targets: Mapping[str, int]) -> dict[str, Any]:
    pods = [
        {"targets": [f"127.0.0.1:{port}"], "labels": {"namespace": "news", "pod": pod}}
        for pod, port in targets.items()
    ]
    return {
        "global": SCRAPES,
        "rule_files": [str(RULES)],
        "scrape_configs": [{"job_name": "news/dyadwire", "static_configs": pods}],
    }


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
