"""A read_committed reader of all topics that checks every article: once each, in order, whole."""

import asyncio
import contextlib
import time
from collections.abc import Iterable
from typing import Self

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from service.settings import Settings
from tests.faults.account import Account, Verdict
from tests.integration.harness import committed

PATIENCE = 600.0
"""Seconds after which a test gives up waiting for the service to catch up."""


class Watch:
    """Reads the input topic and the outputs from their beginning, in the background."""

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
        self.account = Account(settings)
        self._latest: dict[int, float] = {}
        """When the last output of each input partition was read, and only of those since asked."""
        self._since = 0.0
        self._waiting: list[tuple[int, float]] = []

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
        return self.account.handled

    async def until(self, handled: int, *, patience: float = PATIENCE) -> None:
        """Returns when so many articles have come out."""
        async with asyncio.timeout(patience):
            while self.handled < handled:
                await self.news()

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
                await self.news()
        return max((self._latest[p] for p in wanted), default=began) - began

    async def verdict(self) -> Verdict:
        """Waits until all was handled and read, and judges it.

        That this reader comes to the high watermark of each output topic shows that no transaction
        is pending there: a read_committed reader stops before one.

        Raises:
            TimeoutError: the group's offsets did not reach the end, or a transaction is pending.
        """
        async with asyncio.timeout(PATIENCE):
            while not await self._at_rest():
                await self.news()
        return self.account.judge()

    async def _at_rest(self) -> bool:
        """Whether all that went in is committed, and all that came out was read here."""
        try:
            ends = await self._ends()
            offsets = await committed(self._settings)
            topic = self._settings.input_topic
            inputs = {tp.partition: end for tp, end in ends.items() if end and tp.topic == topic}
            behind = [tp for tp, end in ends.items() if await self._consumer.position(tp) < end]
        except KafkaError:  # a broker that has just come back, or is busy
            return False
        return offsets == inputs and not behind

    async def _ends(self) -> dict[TopicPartition, int]:
        """Where each partition ends, records of pending transactions included."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self._settings.bootstrap_servers)
        try:
            await consumer.start()
            ends: dict[TopicPartition, int]
            ends = await consumer.end_offsets(self._consumer.assignment())
        finally:
            await consumer.stop()
        return ends

    async def news(self) -> None:
        """Returns when something was read, or a second has passed."""
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
        serial = self.account.note(topic, record)
        if serial is not None and record.timestamp / 1000 > self._since:
            self._waiting.append((serial, time.monotonic()))

    def _place_waiting(self) -> None:
        """An output may be read before its input is."""
        still = []
        for serial, at in self._waiting:
            partition = self.account.partition_of(serial)
            if partition is not None:
                self._latest.setdefault(partition, at)
            else:
                still.append((serial, at))
        self._waiting = still
