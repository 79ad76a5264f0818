"""A producer that goes on publishing while things break."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Self

from aiokafka import AIOKafkaProducer

from contracts.record import Record
from service.settings import Settings

STORIES = 40
"""Article ids in use: each comes again and again, as an article does that is corrected."""
PATIENCE_MS = 900_000
"""What is sent while the broker is away is kept and sent when it is back."""
TICK = 0.05
"""Seconds between two handfuls of articles."""
SAMPLES = Path(__file__).parents[2] / "deploy" / "samples" / "articles.jsonl"
PLACE = "https://example.org/"

Body = Callable[[int], dict[str, object]]


def serial_of(url: str | None) -> int:
    """Which article of the load it is: its id is used again, its URL is not."""
    return int((url or "").removeprefix(PLACE))


def fake_body(serial: int) -> dict[str, object]:
    """For the fake enrichment; every twentieth article takes 50 ms."""
    return {"text": f"Japan and Vietnam met for the {serial}th time.", "title": _title(serial)}


def _title(serial: int) -> str:
    return "SLOW" if serial % 20 == 0 else "Talks"


def slow_body(serial: int) -> dict[str, object]:
    """For the fake enrichment, 50 ms each."""
    return fake_body(serial) | {"title": "SLOW"}


def real_body() -> Body:
    """The sample articles that are in order, over and over, for the real enrichment."""
    chosen = []
    for line in SAMPLES.read_bytes().splitlines():
        with contextlib.suppress(ValueError, KeyError):  # there are broken ones, for the demo
            article = json.loads(line)
            chosen.append({"title": article["title"], "text": article["text"]})
    return lambda serial: chosen[serial % len(chosen)]


def record(serial: int, body: Body) -> Record:
    story = f"story-{serial % STORIES:02d}"
    value = {"id": story, "url": f"{PLACE}{serial}", **body(serial)}
    return Record(story.encode(), json.dumps(value).encode())


class Load:
    """Publishes so many articles a second, from entering to `stop`.

    Args:
        settings: where to.
        rate: articles a second; may be changed at any time.
        body: the fields of an article beside its id and URL, by its number.
    """

    def __init__(self, settings: Settings, *, rate: float, body: Body = fake_body) -> None:
        self._settings = settings
        self.rate = rate
        self._body = body
        self._task: asyncio.Task[None] | None = None
        self._sends: set[asyncio.Future] = set()
        self._serials = itertools.count()
        self.acknowledged: set[int] = set()

    async def __aenter__(self) -> Self:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.bootstrap_servers,
            enable_idempotence=True,
            request_timeout_ms=PATIENCE_MS,
            metadata_max_age_ms=3_000,
        )
        await self._producer.start()
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                await self._producer.stop()

    async def stop(self) -> None:
        """Publishes no more; returns when the broker has all that was published."""
        task, self._task = self._task, None
        if task is not None:
            if task.done():
                task.result()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await asyncio.gather(*self._sends)

    async def burst(self, count: int) -> None:
        """Publishes so many at once."""
        for _ in range(count):
            await self._send(next(self._serials))

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        due, at = 0.0, loop.time()
        while True:
            now = loop.time()
            due, at = due + (now - at) * self.rate, now
            await self.burst(int(due))
            due -= int(due)
            await asyncio.sleep(TICK)

    async def _send(self, serial: int) -> None:
        article = record(serial, self._body)
        sending = await self._producer.send(self._settings.input_topic, article.value, article.key)
        self._sends.add(sending)
        sending.add_done_callback(lambda done: self._note(done, serial))

    def _note(self, sending: asyncio.Future, serial: int) -> None:
        if not sending.cancelled() and sending.exception() is None:
            self._sends.discard(sending)
            self.acknowledged.add(serial)
