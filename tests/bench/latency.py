"""How long an article takes to come out, as a subscriber sees it."""

import asyncio
import math
import random
from collections.abc import Sequence
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from contracts.record import Record
from service.settings import Settings
from service.transport.client import stop_quietly

PATIENCE = 60.0
"""Seconds after the last article that its output is waited for."""
SEED = 20_261_126
"""Of the moments of publishing."""

PERCENTILES = {"p50_ms": 0.5, "p90_ms": 0.9, "p99_ms": 0.99, "max_ms": 1.0}


class Feed(NamedTuple):
    """Articles that come at random moments.

    Attributes:
        rate: articles a second on average; the gaps are those of independent events.
        seconds: how long they come, the warm-up included.
        warm_up: seconds of which nothing is reported.
        regular: one after the other in equal gaps instead.
    """

    rate: float
    seconds: float
    warm_up: float = 0.0
    regular: bool = False

    def moments(self) -> list[float]:
        """When each is due, in seconds from the beginning."""
        draw = random.Random(SEED).expovariate
        due: list[float] = []
        at = 0.0
        while at < self.seconds:
            due.append(at)
            at += 1 / self.rate if self.regular else draw(self.rate)
        return due


async def measure(settings: Settings, records: Sequence[Record], feed: Feed) -> dict[str, Any]:
    """Milliseconds from publishing to the enriched record's arrival at a read_committed reader.

    Both are moments of this process: sending begins, and the record is handed to the reader.

    Args:
        settings: of a service that runs and has nothing to do.
        records: what is published, one after the other and then again; their keys must differ.
        feed: when.
    """
    loop = asyncio.get_running_loop()
    consumer = AIOKafkaConsumer(
        settings.enriched_topic,
        bootstrap_servers=settings.bootstrap_servers,
        isolation_level="read_committed",
        auto_offset_reset="latest",
    )
    producer = AIOKafkaProducer(bootstrap_servers=settings.bootstrap_servers, acks="all")
    await consumer.start()
    await producer.start()
    waiting: dict[bytes, float] = {}
    taken: list[float] = []

    async def read() -> None:
        while True:
            polled = await consumer.getmany(timeout_ms=1_000)
            now = loop.time()
            for record in (record for some in polled.values() for record in some):
                sent = waiting.pop(record.key, None)
                if sent is not None and sent >= began + feed.warm_up:
                    taken.append(now - sent)

    try:
        await consumer.seek_to_end()
        began = loop.time()
        reading = asyncio.create_task(read())
        try:
            moments = feed.moments()
            for number, due in enumerate(moments):
                await asyncio.sleep(max(0.0, began + due - loop.time()))
                record = records[number % len(records)]
                waiting[record.key or b""] = loop.time()
                await producer.send(settings.input_topic, record.value, record.key)
            await _until_empty(waiting, reading)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
    finally:
        await stop_quietly(consumer)
        await producer.stop()
    return {
        "articles_a_second": round(len(moments) / feed.seconds, 2),
        "articles": len(taken),
        "missing": len(waiting),
        **percentiles(taken),
    }


async def _until_empty(waiting: dict[bytes, float], reading: asyncio.Task[None]) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while waiting and asyncio.get_running_loop().time() < deadline:
        if reading.done():
            reading.result()
        await asyncio.sleep(0.05)


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """In milliseconds, by the nearest rank; empty where there is nothing."""
    ordered = sorted(seconds)
    return {
        name: round(ordered[math.ceil(share * len(ordered)) - 1] * 1e3, 1)
        for name, share in PERCENTILES.items()
        if ordered
    }
