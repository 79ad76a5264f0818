"""One real broker for all integration tests; each test has topics and a group of its own."""

from collections.abc import Iterator

import pytest

from deploy.local.broker import LocalKafka


@pytest.fixture(scope="session")
def broker() -> Iterator[LocalKafka]:
    with LocalKafka() as kafka:
        yield kafka


@pytest.fixture
def bootstrap(broker: LocalKafka) -> str:
    return broker.bootstrap_servers
