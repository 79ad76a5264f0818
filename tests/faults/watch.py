"""A read_committed reader of all topics that checks every article: once each, in order, whole."""

import asyncio
import contextlib
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Self

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from service.settings import Settings
from tests.faults.load import serial_of
from tests.integration.harness import committed

PATIENCE = 600.0
"""Seconds after which a test gives up waiting for the service to catch up."""


@dataclass(frozen=True)
class Verdict:
    """What a read_committed reader found; all but `articles` and `dyads` are faults."""

    articles: int
    dyads: int
    lost: int
    duplicated: int
    disordered: int
    torn: int
    refused: int

    @property
    def faults(self) -> dict[str, int]:
        rest = {"articles", "dyads"}
        return {name: n for name, n in asdict(self).items() if n and name not in rest}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an article stands in the input topic."""

    partition: int
    offset: int


class Watch:
    """Reads the input topic and the outputs from their beginning, in the background.

    What is in the input topic, each article as often as it stands there, is what must come out:
    so nothing depends on what a producer believes that it has sent.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._consumer = AIOKafkaConsumer(
            settings.input_topic,
            settings.enriched_topic,
            settings.dyads_topic,
            settings.dead_letter_topic,
            bootstrap_servers=settings.bootstrap_servers,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=4_000_000,
            metadata_max_age_ms=3_000,
            request_timeout_ms=5_000,
        )
        self._reading: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._read_at = time.monotonic()
        self.inputs: dict[int, list[_Place]] = defaultdict(list)
        self.outputs: dict[int, int] = Counter()
        """How often each article came out."""
        self._promised: dict[int, Counter[str]] = {}
        """The dyads that an enriched article names."""
        self._delivered: dict[int, Counter[str]] = defaultdict(Counter)
        """The dyad events that came of it."""
        self._sequences: dict[tuple[str, int], list[int]] = defaultdict(list)
        """The articles of each output partition, in its order."""
        self._latest: dict[int, float] = {}
        """When the last output of each input partition was read, and only of those since asked."""
        self._since = 0.0
        self._waiting: list[tuple[int, float]] = []
        self.refused = 0

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                await self._consumer.stop()

    @property
    def handled(self) -> int:
        """Outputs so far: enriched articles and dead letters."""
        return sum(self.outputs.values()) + self.refused

    async def until(self, handled: int, *, patience: float = PATIENCE) -> None:
        """Returns when so many articles have come out."""
        async with asyncio.timeout(patience):
            while self.handled < handled:
                await self._something_new()

    async def more(self, count: int, *, patience: float = PATIENCE) -> None:
        """Returns when so many more articles have come out."""
        await self.until(self.handled + count, patience=patience)

    async def recovery(self, partitions: Iterable[int], *, patience: float = PATIENCE) -> float:
        """Seconds until an output written from now on is read of each of these input partitions."""
        self._since, began = time.time(), time.monotonic()
        self._latest.clear()
        wanted = set(partitions)
        async with asyncio.timeout(patience):
            while not wanted <= self._latest.keys():
                await self._something_new()
        return max((self._latest[p] for p in wanted), default=began) - began

    async def verdict(self) -> Verdict:
        """Waits until all was handled and read, and judges it.

        That this reader comes to the high watermark of each output topic shows that no transaction
        is pending there: a read_committed reader stops before one.

        Raises:
            TimeoutError: the group's offsets did not reach the end, or a transaction is pending.
        """
        async with asyncio.timeout(PATIENCE):
            await self._until_committed()
            for tp, end in (await self._ends()).items():
                while await self._consumer.position(tp) < end:
                    await self._something_new()
        return self._judge()

    async def _ends(self) -> dict[TopicPartition, int]:
        """Where each partition ends, records of pending transactions included."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self._settings.bootstrap_servers)
        async with consumer:
            ends: dict[TopicPartition, int]
            ends = await consumer.end_offsets(self._consumer.assignment())
        return ends

    async def _until_committed(self) -> None:
        topic = self._settings.input_topic
        ends = {
            tp.partition: e for tp, e in (await self._ends()).items() if e and tp.topic == topic
        }
        while await committed(self._settings) != ends:
            await self._something_new()

    async def _something_new(self) -> None:
        self._news.clear()
        if self._reading is not None and self._reading.done():
            self._reading.result()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), 1)

    async def _read(self) -> None:
        while True:
            try:
                polled = await self._consumer.getmany(timeout_ms=200)
            except KafkaError:
                await asyncio.sleep(0.2)
                continue
            for tp, records in polled.items():
                for record in records:
                    self._note(tp.topic, record)
            if polled:
                self._place_waiting()
                self._news.set()

    def _note(self, topic: str, record: ConsumerRecord) -> None:
        if topic == self._settings.dead_letter_topic:
            self.refused += 1
            return
        body = json.loads(record.value)
        if topic == self._settings.input_topic:
            place = _Place(record.partition, record.offset)
            self.inputs[serial_of(body["url"])].append(place)
            return
        serial = serial_of(body["article"]["url"])
        self._sequences[topic, record.partition].append(serial)
        if topic == self._settings.enriched_topic:
            self.outputs[serial] += 1
            self._promised[serial] = Counter(_dyad(dyad) for dyad in body["dyads"])
            if record.timestamp / 1000 > self._since:
                self._waiting.append((serial, time.monotonic()))
        else:
            self._delivered[serial][_dyad(body)] += 1

    def _place_waiting(self) -> None:
        """An output may be read before its input is."""
        still = []
        for serial, at in self._waiting:
            places = self.inputs.get(serial)
            if places:
                self._latest.setdefault(places[0].partition, at)
            else:
                still.append((serial, at))
        self._waiting = still

    def _judge(self) -> Verdict:
        expected = {serial: len(places) for serial, places in self.inputs.items()}
        serials = expected.keys() | self.outputs.keys()
        gaps = [self.outputs.get(s, 0) - expected.get(s, 0) for s in serials]
        torn = sum(
            self._delivered.get(s, Counter()) != _times(dyads, expected.get(s, 0))
            for s, dyads in self._promised.items()
        ) + len(self._delivered.keys() - self._promised.keys())
        return Verdict(
            articles=sum(expected.values()),
            dyads=sum(map(Counter.total, self._delivered.values())),
            lost=sum(-gap for gap in gaps if gap < 0) - self.refused,
            duplicated=sum(gap for gap in gaps if gap > 0),
            disordered=sum(map(self._disorder, self._sequences.values())),
            torn=torn,
            refused=self.refused,
        )

    def _disorder(self, sequence: list[int]) -> int:
        """Outputs that come before one of an earlier article of the same input partition."""
        wrong, reached = 0, defaultdict(int)
        for serial in sequence:
            for place in self.inputs.get(serial, [])[:1]:
                wrong += place.offset < reached[place.partition]
                reached[place.partition] = max(reached[place.partition], place.offset)
        return wrong


def _dyad(dyad: dict[str, object]) -> str:
    return f"{dyad['source']}>{dyad['target']}"


def _times(counter: Counter[str], times: int) -> Counter[str]:
    return Counter({key: count * times for key, count in counter.items()} if times else {})
