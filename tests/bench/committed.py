"""When a system's outputs became visible to read_committed readers, and what CPU it used.

While the system works only the last stable offsets of its output topic are asked for, some forty
times a second: to read the records along with it would take CPU from it. They are read afterwards;
then every offset that was noted tells how many records were visible at that moment.
"""

import asyncio
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Self

import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition

if TYPE_CHECKING:
    import subprocess

LOOK_S = 0.025
"""Seconds between two looks."""
SETTLED_S = 0.5
"""Seconds without a commit after which all that there is is read."""
STUCK_S = 30.0
"""Seconds without a commit after which nothing more is expected; a start takes a few."""


class Moment(NamedTuple):
    at: float
    ends: dict[TopicPartition, int]
    cpu: float


class Span(NamedTuple):
    """From the first moment at which outputs were visible to the last: what came in between."""

    records: int
    seconds: float
    cpu: float


@dataclass
class Outputs:
    """What a reader of committed records finds, and when it could."""

    moments: list[Moment] = field(default_factory=list)
    offsets: dict[TopicPartition, list[int]] = field(default_factory=lambda: defaultdict(list))
    seen: Counter[bytes] = field(default_factory=Counter)
    changed: int = 0
    """Records whose value is not the one that went in."""

    def span(self) -> Span:
        counted = [(self._visible(moment), moment) for moment in self.moments]
        total = counted[-1][0]
        begun, first = next((n, moment) for n, moment in counted if n)
        _, last = next((n, moment) for n, moment in counted if n == total)
        return Span(total - begun, last.at - first.at, last.cpu - first.cpu)

    def _visible(self, moment: Moment) -> int:
        return sum(bisect_left(self.offsets[where], end) for where, end in moment.ends.items())


class Family:
    """The CPU seconds of a process and its children, which are looked for at first use."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._main = psutil.Process(process.pid)
        self._all: list[psutil.Process] = []

    def cpu(self) -> float:
        if not self._all:
            self._all = [self._main, *self._main.children(recursive=True)]
        return sum(sum(one.cpu_times()[:2]) for one in self._all)


class Watcher:
    """Watches one output topic, as a read_committed reader of its own."""

    def __init__(self, bootstrap: str, topic: str, *, partitions: int) -> None:
        self._partitions = [TopicPartition(topic, number) for number in range(partitions)]
        self._reader = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            isolation_level="read_committed",
            enable_auto_commit=False,
            fetch_max_wait_ms=100,
        )
        self.outputs = Outputs()

    async def __aenter__(self) -> Self:
        await self._reader.start()
        self._reader.assign(self._partitions)
        await self._reader.seek_to_beginning()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._reader.stop()

    async def watch(self, process: "subprocess.Popen[bytes]", sent: dict[bytes, bytes]) -> Outputs:
        """Returns when each of `sent` is visible, or no more come, or the process has ended."""
        family, moments = Family(process), self.outputs.moments
        visible, moved, read = 0, time.monotonic(), 0
        while process.poll() is None:
            ends = await self._reader.end_offsets(self._partitions)
            now = time.monotonic()
            if (total := sum(ends.values())) != visible:
                visible, moved = total, now
            try:
                moments.append(Moment(now, ends, family.cpu() if visible else 0.0))
            except psutil.NoSuchProcess:
                break
            if now - moved > STUCK_S:
                break
            if now - moved > SETTLED_S and visible >= len(sent) and visible != read:
                read = visible
                await self._read(ends, sent)
                if len(self.outputs.seen) == len(sent):
                    return self.outputs
            await asyncio.sleep(LOOK_S)
        await self._read(await self._reader.end_offsets(self._partitions), sent)
        return self.outputs

    async def _read(self, ends: dict[TopicPartition, int], sent: dict[bytes, bytes]) -> None:
        outputs = self.outputs
        while any([await self._reader.position(where) < end for where, end in ends.items()]):
            for where, records in (await self._reader.getmany(timeout_ms=100)).items():
                for record in records:
                    outputs.offsets[where].append(record.offset)
                    outputs.seen[record.key] += 1
                    outputs.changed += record.value != sent.get(record.key)
