"""The examples for subscribers, run on a real broker beside what subscribers must cope with."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from aiokafka import AIOKafkaProducer

from contracts.record import Record
from deploy.local.broker import LocalKafka
from service.settings import Settings
from tests.integration.harness import (
    Reader,
    Seen,
    article,
    fresh_settings,
    make_topics,
    publish,
    replica,
)

CONTRACTS = Path(__file__).parents[2] / "contracts"
README = (CONTRACTS / "README.md").read_text(encoding="utf-8")
PYTHON = CONTRACTS / "examples" / "subscribe.py"
NODE = CONTRACTS / "examples" / "node"
DEADLINE = 240.0

ARTICLES = 5
ABORTED, TOMORROW = b'{"aborted": true}', b'{"tomorrow": true}'


class Topic(NamedTuple):
    """A broker, and the topic of dyads that stands for `news.dyads.v1`."""

    bootstrap: str
    name: str


@pytest.fixture(scope="module")
def topic(tmp_path_factory) -> Iterator[Topic]:
    """Dyads that the service wrote, one of them twice, and between them what is not for readers."""
    with LocalKafka() as broker:
        settings = fresh_settings(broker.bootstrap_servers)
        asyncio.run(fill(settings, tmp_path_factory.mktemp("service") / "log"))
        yield Topic(broker.bootstrap_servers, settings.dyads_topic)


async def fill(settings: Settings, log: Path) -> None:
    await make_topics(settings, partitions=1)
    async with replica(settings, log), Reader(settings) as reader:
        await publish(settings, [article(number) for number in range(ARTICLES)])
        first = (await reader.read_until(ARTICLES)).dyads[0]
        await write(settings, [Record(first.key, ABORTED, first.headers)], commit=False)
        headers = [
            (name, b"dyadwire.dyad.v2" if name == "ce_type" else value)
            for name, value in first.headers
        ]
        await write(settings, [Record(first.key, TOMORROW, tuple(headers))], commit=True)
        # Sent again, and then the last one, which stands behind all others: one key, one partition.
        await publish(settings, [article(0), article(ARTICLES)])
        seen = await reader.read_until(ARTICLES + 2)
    check(seen)


def check(seen: Seen) -> None:
    """What the examples are to be seen to cope with is there."""
    identities = [dict(record.headers)["ce_id"] for record in seen.dyads]
    assert len(identities) == ARTICLES + 3
    assert len(set(identities)) == ARTICLES + 1


async def write(settings: Settings, records: list[Record], *, commit: bool) -> None:
    """Writes dyads in a transaction, as the service does, and ends it as told."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap_servers,
        transactional_id=uuid.uuid4().hex,
        compression_type="lz4",
    )
    async with producer:
        await producer.begin_transaction()
        for key, value, headers in records:
            await producer.send_and_wait(settings.dyads_topic, value, key, headers=list(headers))
        await (producer.commit_transaction() if commit else producer.abort_transaction())


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """What it printed, once it has ended well."""
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def options(topic: Topic, limit: int, *more: str) -> list[str]:
    named = {"bootstrap-servers": topic.bootstrap, "topic": topic.name, "group": uuid.uuid4().hex}
    words = [word for name, value in named.items() for word in (f"--{name}", value)]
    return [*words, "--limit", str(limit), *more]


def needs(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"no {program} (.ci/tools fetches it)")


@pytest.fixture(scope="module")
def node() -> list[str | Path]:
    """The command of Node's example, its dependencies as the lock file says."""
    needs("node")
    needs("npm")
    lock, stamp = NODE / "package-lock.json", NODE / "node_modules" / ".installed"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        run("npm", "ci", cwd=NODE)
        stamp.write_bytes(lock.read_bytes())
    return ["node", NODE / "subscribe.mjs"]


def expected() -> list[str]:
    texts = [
        f"Japan and Vietnam met for the {number}th time."[:40] for number in range(ARTICLES + 1)
    ]
    return [f"JPN > VNM supportive 0.80 {text}" for text in texts]


def test_python_shows_each_event_once_and_none_that_was_given_up(topic):
    output = run(sys.executable, PYTHON, *options(topic, ARTICLES + 1))
    assert output.splitlines() == expected()


def test_node_shows_the_same(topic, node):
    output = run(*node, *options(topic, ARTICLES + 1))
    assert output.splitlines() == expected()


def test_python_chooses_by_headers(topic):
    chosen = options(topic, 2, "--target", "VNM", "--stance", "supportive")
    assert run(sys.executable, PYTHON, *chosen).splitlines() == expected()[:2]


def test_node_chooses_by_headers(topic, node):
    chosen = options(topic, 2, "--target", "VNM", "--stance", "supportive")
    assert run(*node, *chosen).splitlines() == expected()[:2]


@pytest.mark.usefixtures("node")
def test_node_is_held_to_types_that_the_schemas_make(tmp_path):
    run("npm", "run", "check", cwd=NODE)
    copied = shutil.copytree(NODE, tmp_path / "node", symlinks=True)
    program = copied / "subscribe.mjs"
    program.write_text(program.read_text().replace("score.toFixed", "stance.toFixed"))
    compiler = copied / "node_modules" / ".bin" / "tsc"
    done = subprocess.run([compiler], cwd=copied, capture_output=True, text=True, check=False)
    assert "toFixed" in done.stdout, "a field that is no number is noticed"


def test_the_readmes_kcat_shows_headers_and_committed_events_alone(topic):
    needs("kcat")
    (command,) = re.findall(r"```sh\n(kcat .*?)```", README, re.DOTALL)
    command = command.replace("localhost:9092", topic.bootstrap)
    output = run("sh", "-c", command.replace("news.dyads.v1", topic.name))
    blocks = [block.split("\n", 1) for block in output.strip().split("\n\n")]
    values = [json.loads(value) for _, value in blocks]
    # As they stand in the topic: it is for the reader to drop what it knows already.
    assert len(values) == ARTICLES + 3
    assert json.loads(ABORTED) not in values
    assert json.loads(TOMORROW) in values
    assert "ce_stance=supportive" in blocks[0][0].split(",")
