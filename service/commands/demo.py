"""`dyadwire demo`: broker, topics, service, articles in, and what comes out shown as it comes.

This module prepares what blocks (files, settings, the broker) and hands over to `demo_run`.
"""

import argparse
import asyncio
import io
import logging
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.errors import BrokerUnavailable, ConfigurationError

if TYPE_CHECKING:
    from rich.console import Console

    from service.settings import Settings

SAMPLES = ("articles.jsonl", "ninjs.json", "dispatch.txt")
WORKERS = 2
"""Worker processes unless set: enough for the samples, and soon started."""
PLAIN_WIDTH = 100
"""Columns where the output is no terminal."""

_BROKER_VARIABLE = "DYADWIRE_BOOTSTRAP_SERVERS"
_NO_BROKER_YET = "127.0.0.1:0"


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "demo",
        help="a local broker, the service, sample articles in, enriched events shown",
        description="Starts a local Kafka broker (or uses DYADWIRE_BOOTSTRAP_SERVERS) and the "
        "service, publishes articles and shows what comes out. Ends by itself with status 0 when "
        "every article has come out, with 1 and the reason when one has not.",
    )
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="JSON, JSON Lines, ninjs or plain text; - is standard input (default: the samples)",
    )
    parser.add_argument(
        "--follow", action="store_true", help="then show whatever comes out, until Ctrl-C"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Runs the demo; 0 where every article came out once.

    Raises:
        ConfigurationError: a file, a setting, or this machine lacks what the broker needs.
        DyadwireError: the broker failed, or an article came out twice or not at all.
    """
    from service.commands.articles import check_readable, read_items
    from service.commands.demo_run import Demo

    files = arguments.files or _sample_files()
    check_readable(files)
    items = list(read_items(files))  # beforehand: a pipe that is slow must not hold the loop up
    if not items:
        raise ConfigurationError(f"there is no article in {', '.join(files)}")
    settings = _settings()
    console = _console()
    log_file = _log_to_file(settings.log_level)
    with _broker(console) as servers:
        settings = settings.model_copy(update={"bootstrap_servers": servers})
        demo = Demo(settings, items, console=console, log_file=log_file)
        try:
            return asyncio.run(demo.perform(follow=arguments.follow))
        except asyncio.CancelledError:  # by SIGTERM; Ctrl-C raises what follows by itself
            raise KeyboardInterrupt from None


def _sample_files() -> list[str]:
    import deploy

    directory = Path(deploy.__path__[0]) / "samples"
    return [str(directory / name) for name in SAMPLES]


def _settings() -> "Settings":
    """The settings of the environment, with what suits a demo where they say nothing."""
    from service.settings import PREFIX, Settings, load

    set_by_user = {name.upper() for name in os.environ}
    defaults: dict[str, object] = {"workers": WORKERS, "probe_port": 0, "probe_host": "127.0.0.1"}
    overrides = {
        name: value
        for name, value in defaults.items()
        if f"{PREFIX}{name.upper()}" not in set_by_user
    }
    if not os.environ.get(_BROKER_VARIABLE):  # the local broker speaks no TLS
        overrides |= {"bootstrap_servers": _NO_BROKER_YET, "security_protocol": "PLAINTEXT"}
    # A group of its own, so that a run neither waits for old articles nor shares its new ones.
    overrides["group_id"] = f"dyadwire-demo-{uuid.uuid4().hex[:12]}"
    return load(Settings, **overrides)


def _console() -> "Console":
    from rich.console import Console

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # an ASCII terminal shows ? for bars
    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    return Console(width=width, highlight=False, markup=False, emoji=False)


def _log_to_file(level: str) -> Path:
    """Sends the service's logs to a new file, so that the terminal shows the articles."""
    from service.telemetry import configure_logging

    descriptor, name = tempfile.mkstemp(prefix="dyadwire-demo-", suffix=".log")
    os.close(descriptor)
    configure_logging(level, handler=logging.FileHandler(name, encoding="utf-8"))
    return Path(name)


class _Tell(logging.Handler):
    """Says what the local broker logs while it starts: a first start fetches it."""

    def __init__(self, console: "Console") -> None:
        super().__init__(logging.INFO)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        self._console.print(f"  {record.getMessage()}", style="bright_black")


@contextmanager
def _broker(console: "Console") -> Iterator[str]:
    """The bootstrap servers of the broker that is configured, or else of one that ends with us.

    Raises:
        ConfigurationError: this machine lacks Java or Maven.
        BrokerUnavailable: the local broker did not start.
    """
    if servers := os.environ.get(_BROKER_VARIABLE):
        console.print(f"using the broker at {servers}")
        yield servers
        return
    from deploy.local.broker import LocalKafka, LocalKafkaError, LocalKafkaUnavailable

    console.print("starting a local Apache Kafka broker")
    started = time.monotonic()
    tell, logger = _Tell(console), logging.getLogger("deploy.local")
    logger.addHandler(tell)
    logger.setLevel(logging.INFO)
    kafka = LocalKafka()
    try:
        kafka.start()
    except LocalKafkaUnavailable as error:
        raise ConfigurationError(str(error)) from error
    except LocalKafkaError as error:
        raise BrokerUnavailable(str(error)) from error
    finally:
        logger.removeHandler(tell)
    try:
        seconds = time.monotonic() - started
        console.print(f"broker ready at {kafka.bootstrap_servers} in {seconds:.1f} s")
        yield kafka.bootstrap_servers
    finally:
        kafka.stop()
