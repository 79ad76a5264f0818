"""What the tests on a real broker share: topics, replicas in processes of their own, a reader."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from pydantic import SecretStr

from contracts.deadletter import DeadLetter
from contracts.record import Record
from service.settings import PREFIX, Settings, load
from service.transport.client import stop_quietly
from service.transport.topics import create_topics

FAKE = "tests.integration.replica"
"""The service with a fake enrichment; `service` is the real one."""
DEADLINE = 180.0
"""Seconds after which a test gives up waiting for something that should have come."""


def fresh_settings(bootstrap_servers: str, **overrides: object) -> Settings:
    """Settings with topics and a group of their own, quick to notice a lost member."""
    name = uuid.uuid4().hex[:8]
    chosen = {
        "bootstrap_servers": bootstrap_servers,
        "group_id": f"g-{name}",
        "input_topic": f"articles-{name}",
        "enriched_topic": f"enriched-{name}",
        "dyads_topic": f"dyads-{name}",
        "dead_letter_topic": f"dlq-{name}",
        "session_timeout": 6.0,
        "rebalance_timeout": 20.0,
        "workers": 1,
        "probe_host": "127.0.0.1",
        "probe_port": 0,
        "dead_letter_max_run": 0,
        "dead_letter_max_ratio": 0,
    } | overrides
    return load(Settings, **chosen)


async def make_topics(settings: Settings, *, partitions: int) -> None:
    await create_topics(settings, partitions=partitions)


def environment(settings: Settings) -> dict[str, str]:
    """The variables that give a child process these settings."""
    values = settings.model_dump(mode="json", exclude_none=True)
    values |= {name: v.get_secret_value() for name, v in settings if isinstance(v, SecretStr)}
    ours = {PREFIX + name.upper(): str(value) for name, value in values.items()}
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return others | ours


def article(number: int, **fields: object) -> Record:
    """The record of an article; `fields` replace or add some of its own."""
    identity = f"article-{number:06d}"
    body = {"id": identity, "text": f"Japan and Vietnam met for the {number}th time."} | fields
    return Record(identity.encode(), json.dumps(body).encode())


async def publish(
    settings: Settings, records: Iterable[Record], *, partition: int | None = None
) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap_servers,
        enable_idempotence=True,
        max_request_size=20_000_000,
        linger_ms=5,
    )
    await producer.start()
    try:
        sends = [
            await producer.send(
                settings.input_topic, r.value, r.key, partition=partition, headers=list(r.headers)
            )
            for r in records
        ]
        await asyncio.gather(*sends)
    finally:
        await producer.stop()


@dataclass
class Seen:
    """What a read_committed reader has read of the output topics."""

    enriched: list[Record] = field(default_factory=list)
    dyads: list[Record] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)

    @property
    def handled(self) -> int:
        return len(self.enriched) + len(self.letters)

    def ids(self) -> Counter[str]:
        """How often each article came out, enriched or refused, by the key of its record."""
        keys = [r.key for r in self.enriched] + [letter.key for letter in self.letters]
        return Counter((key or b"").decode() for key in keys)


class Reader:
    """Reads the three output topics from their beginning, committed records only."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.seen = Seen()
        self._consumer = AIOKafkaConsumer(
            settings.enriched_topic,
            settings.dyads_topic,
            settings.dead_letter_topic,
            bootstrap_servers=settings.bootstrap_servers,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=20_000_000,
        )

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await stop_quietly(self._consumer)

    async def read_until(self, handled: int, *, settle: float = 1.0) -> Seen:
        """Reads until so many articles were handled, and a little longer: duplicates come late."""
        deadline = time.monotonic() + DEADLINE
        while self.seen.handled < handled and time.monotonic() < deadline:
            await self._poll()
        settled = time.monotonic() + settle
        while time.monotonic() < settled:
            await self._poll()
        return self.seen

    async def read_to_end(self) -> Seen:
        """Reads all that is committed now."""
        ends = await self._consumer.end_offsets(self._consumer.assignment())
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            positions = [await self._consumer.position(tp) >= end for tp, end in ends.items()]
            if all(positions):
                break
            await self._poll()
        return self.seen

    async def _poll(self) -> None:
        for partition, records in (await self._consumer.getmany(timeout_ms=100)).items():
            found = [Record(r.key, r.value, tuple(r.headers)) for r in records]
            if partition.topic == self._settings.enriched_topic:
                self.seen.enriched += found
            elif partition.topic == self._settings.dyads_topic:
                self.seen.dyads += found
            else:
                self.seen.letters += [DeadLetter.from_record(*record) for record in found]


async def committed(settings: Settings) -> dict[int, int]:
    """The group's committed offsets by partition of the input topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(settings.group_id)
    finally:
        await admin.close()
    return {
        tp.partition: meta.offset
        for tp, meta in offsets.items()
        if tp.topic == settings.input_topic and meta.offset >= 0
    }


class Replica:
    """The service in a process of its own, with a fake enrichment unless told otherwise."""

    def __init__(self, settings: Settings, log: Path, *, module: str = FAKE) -> None:
        self._log = log
        arguments = [sys.executable, "-m", module] + (["run"] if module == "service" else [])
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                arguments, env=environment(settings), stdout=output, stderr=output
            )

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def log_lines(self) -> Iterator[dict[str, object]]:
        for line in self.log().splitlines():
            with contextlib.suppress(ValueError):
                yield json.loads(line)

    async def port(self) -> int:
        """The probe port, once it answers."""
        return int(await self._wait(self._find_port, "a probe port"))

    def _find_port(self) -> int | None:
        for line in self.log_lines():
            if line.get("message") == "probes answer":
                return int(str(line["port"]))
        return None

    async def ready(self, *, until: str = "ok") -> "Replica":
        """Returns when /readyz says `until`."""
        port = await self.port()
        await self._wait(lambda: until in get(port, "/readyz")[1], f"ready to be {until!r}")
        return self

    async def get(self, path: str) -> tuple[int, str]:
        return get(await self.port(), path)

    async def metric(self, name: str) -> float:
        """The sum of a metric over its labels."""
        _, text = await self.get("/metrics")
        lines = [line for line in text.splitlines() if line.startswith((name + "{", name + " "))]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    async def until_metric(self, name: str, least: float) -> None:
        """Returns when a metric's sum is so large."""
        deadline = time.monotonic() + DEADLINE
        while await self.metric(name) < least:
            assert time.monotonic() < deadline, f"{name} has not come to {least}\n{self.log()}"
            await asyncio.sleep(0.1)

    async def _wait(self, find, what):
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            found = find()
            if found:
                return found
            if self.process.poll() is not None:
                raise RuntimeError(f"ended before {what}: {self.process.returncode}\n{self.log()}")
            await asyncio.sleep(0.1)
        raise TimeoutError(f"{what} did not come\n{self.log()}")

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    async def wait(self, timeout: float = DEADLINE) -> int:
        """The exit status."""
        return await asyncio.to_thread(self.process.wait, timeout)

    async def terminate(self) -> int:
        self.signal(signal.SIGTERM)
        return await self.wait()

    async def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        await self.wait()


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


@contextlib.asynccontextmanager
async def replica(
    settings: Settings, log: Path, *, until: str = "ok", module: str = FAKE
) -> AsyncIterator[Replica]:
    """A replica that is ready, and is gone afterwards whatever happened."""
    started = Replica(settings, log, module=module)
    try:
        yield await started.ready(until=until)
    finally:
        await started.kill()
