"""The Dockerfile and its lists of packages; `make image-check` builds and runs it."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deploy.dockerfile import Ignores, parse
from tests.deploy.kustomize import TOP

DEPLOY = TOP / "deploy"
STEPS = parse((DEPLOY / "Dockerfile").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))


def pins(path: Path) -> dict[str, set[str]]:
    """Each package of a lock file, with its versions and hashes."""
    found: dict[str, set[str]] = {}
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([a-z0-9-]+)==(\S+)", line):
            name = match[1]
            found.setdefault(name, set()).add(match[2])
        elif match := re.search(r"--hash=(sha256:[0-9a-f]{64})", line):
            found[name].add(match[1])
    return found


RUN = pins(DEPLOY / "requirements-run.lock")
BUILD = pins(DEPLOY / "requirements-build.lock")
ALL = pins(TOP / "requirements.lock")


def closure(names: list[str]) -> set[str]:
    """What these packages need, and what those need, on this machine."""
    needed: set[str] = set()
    waiting = [canonicalize_name(Requirement(name).name) for name in names]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            wanted = [Requirement(line) for line in requires(name) or ()]
            here = {"extra": ""}
            waiting += [
                canonicalize_name(r.name) for r in wanted if not r.marker or r.marker.evaluate(here)
            ]
    return needed


def words(word: str) -> list[str]:
    return [step.rest for step in STEPS if step.word == word]


def test_hadolint_has_nothing_to_say():
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [hadolint, "--failure-threshold", "style", DEPLOY / "Dockerfile"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_both_stages_stand_on_one_pinned_slim_base():
    (base,) = [rest for rest in words("ARG") if rest.startswith("BASE=")]
    assert re.fullmatch(r"BASE=python:3\.\d+\.\d+-slim-\w+@sha256:[0-9a-f]{64}", base)
    assert words("FROM") == ["${BASE} AS build", "${BASE}"]


def test_it_runs_as_a_number_and_gets_signals_itself():
    assert words("USER") == ["10001:10001"]
    (entrypoint,) = words("ENTRYPOINT")
    assert json.loads(entrypoint) == ["/opt/dyadwire/bin/dyadwire"]
    assert json.loads(words("CMD")[0]) == ["run"]


def test_the_label_tells_the_project_s_version():
    assert f"VERSION={PROJECT['project']['version']}" in words("ARG")


def test_the_image_gets_what_the_service_needs_and_nothing_that_development_needs():
    assert closure(PROJECT["project"]["dependencies"]) <= set(RUN)
    development = {"pytest", "mypy", "ruff", "hypothesis", "setuptools", "hatchling"}
    assert not development & set(RUN)


@pytest.mark.parametrize("lock", [RUN, BUILD])
def test_what_the_image_gets_is_what_the_tests_ran_with(lock):
    """`make lock` makes the lists together; one that was made alone could name other versions."""
    for name, versions_and_hashes in lock.items():
        if name != "setuptools":  # builds one package of the image and is not installed here
            assert versions_and_hashes == ALL[name], name
        assert any(one.startswith("sha256:") for one in versions_and_hashes), name


def test_packages_are_installed_by_hash_or_from_what_was_checked():
    runs = " && ".join(words("RUN")).split("&&")
    for command in (run for run in runs if re.search(r"pip.* (install|wheel)", run)):
        own = "-w /own" in command
        assert "--require-hashes" in command or "--no-index" in command or own, command


def test_nothing_enters_the_build_but_what_is_copied_from_it():
    ignored = Ignores((TOP / ".dockerignore").read_text(encoding="utf-8"))
    left_out = (
        ".git/config .venv/bin/python tests/fakes.py deploy/k8s/base/deployment.yaml build/x "
        "service/training/train.py service/__pycache__/app.pyc deploy/Dockerfile .env secrets.txt"
    )
    taken = (
        "pyproject.toml README.md LICENSE service/app.py service/enrichment/models/network.onnx "
        "contracts/events.py deploy/__init__.py deploy/requirements-run.lock"
    )
    assert [path for path in left_out.split() if not ignored.match(path)] == []
    assert [path for path in taken.split() if ignored.match(path)] == []
