"""One broker for the faults that spare it, random moments by a seed, and the figures at the end."""

import os
import random
from collections.abc import Callable, Iterator

import pytest

from deploy.local.broker import LocalKafka
from tests.faults.scale import SCALE, SEED

_FIGURES: list[str] = []


@pytest.fixture(scope="package")
def broker() -> Iterator[LocalKafka]:
    with LocalKafka() as kafka:
        yield kafka


@pytest.fixture
def bootstrap(broker: LocalKafka) -> str:
    return broker.bootstrap_servers


@pytest.fixture
def moments(request: pytest.FixtureRequest) -> random.Random:
    """Random moments that `FAULTS_SEED` repeats, each test's its own."""
    return random.Random(f"{SEED}/{request.node.name}")


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Takes what a test has measured; it is printed when all have run."""

    def note(**values: object) -> None:
        shown = ", ".join(f"{name.replace('_', ' ')} {_short(v)}" for name, v in values.items())
        _FIGURES.append(f"{request.node.name}: {shown}")

    return note


def _short(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _FIGURES:
        form = "long" if SCALE.long else "short"
        terminalreporter.section(f"faults, {form} form, FAULTS_SEED={SEED}")
        for line in _FIGURES:
            terminalreporter.write_line(line)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes its time is run only where it is asked for."""
    unasked = {
        "long": None if SCALE.long else "a minute or more: make faults",
        "soak": None if os.environ.get("FAULTS") == "soak" else "an hour: make soak",
    }
    for item in items:
        for name, reason in unasked.items():
            if reason and name in item.keywords:
                item.add_marker(pytest.mark.skip(reason=reason))
