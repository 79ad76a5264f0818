"""Consume, process, produce with an enrichment that does nothing: this service and its peers.

    python -m tests.bench.plumbing [--sizes 1000 5000] [--records 20000 10000] [--rounds 5]
                                   [--minutes 6] [--partitions 4] [--systems bare replica ...]

Each system is a program of `tests.bench.peers`, set up as its documentation recommends and with
the strongest guarantee that it offers. All write lz4 and keep the key. In each round all systems
read the same fresh topic one after the other, on the same real broker, and each writes to a fresh
topic of its own; a short round before the first one, which is not counted, warms the broker and
finds out which systems work.

Records a second are taken from the first output that a read_committed reader could see to the
last, without what was visible at that first moment; so the start does not count. The same goes for
the CPU seconds of the system's processes. Ratios are to the bare loop of the same round. Peers live
in a virtual environment of their own, which `make bench` makes; those that cannot be run have a row
with the reason. Exit status 1 where dyadwire or the bare loop lost or doubled a record.
"""

import argparse
import asyncio
import logging
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from rich.console import Console
from rich.table import Table

from deploy.local.broker import LocalKafka
from tests.bench.committed import Outputs, Watcher
from tests.bench.peers.task import BATCH, COMMIT_S, Task

ROOT = Path(__file__).parents[2]
OURS = sys.executable
PEERS = str(ROOT / "build" / "bench" / "bin" / "python")
WARM_UP = 2_000
"""Records of the round that is not counted."""
END_S = 10.0
"""Seconds that a system may take to end at SIGTERM; then it is killed."""


@dataclass(frozen=True)
class System:
    """One row: the module of `tests.bench.peers` that is run, and by which interpreter."""

    module: str
    name: str
    guarantee: str
    commits: str
    """How often it commits."""
    python: str = PEERS


SYSTEMS = [
    System("bare", "bare aiokafka loop", "exactly once (1)", f"{BATCH} records", OURS),
    System("replica", "dyadwire, as deployed", "exactly once", "64 to 512 (2)", OURS),
    System("session", "the same without workers", "exactly once", "64 to 512 (2)", OURS),
    System("stream", "FastStream", "at least once", f"{BATCH} records"),
    System("faust", "faust-streaming", "exactly once", f"{COMMIT_S} s"),
    System("quix", "Quix Streams", "exactly once", f"{BATCH} records"),
]
BASE = SYSTEMS[0]
NOTE = """\
Median (least - most) over the rounds; CPU, the median, is that of the system's own processes.
(1) While there is one instance: its one transactional id does not fence who had a partition before.
(2) Records of one partition, the more the quicker they are; up to three batches that wait go into
    one transaction.
"""


class DoesNotWorkError(Exception):
    """A system did nothing; the message says why, in a line."""


@dataclass(frozen=True)
class Result:
    """One system in one round."""

    rate: float
    """Records a second."""
    cpu_ms: float
    """Of one record."""
    missing: int
    doubled: int


def records(count: int, size: int) -> dict[bytes, bytes]:
    """By key, values of so many bytes that compress as prose does, to about a third or half."""
    dice = random.Random(size)
    letters = "etaoinshrdlu"
    words = ["".join(dice.choices(letters, k=dice.randint(2, 9))) for _ in range(4_000)]
    text = " ".join(dice.choices(words, k=200_000)).encode()
    starts = (dice.randrange(len(text) - size) for _ in range(count))
    return {b"%08d" % number: text[at : at + size] for number, at in enumerate(starts)}


async def make_topics(bootstrap: str, names: Iterable[str], *, partitions: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1) for name in names])
    finally:
        await admin.close()


async def fill(bootstrap: str, topic: str, sent: dict[bytes, bytes]) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, compression_type="lz4", max_batch_size=131_072, linger_ms=20
    )
    await producer.start()
    try:
        await asyncio.gather(
            *[await producer.send(topic, value, key) for key, value in sent.items()]
        )
    finally:
        await producer.stop()


class Bench:
    """One broker, and what was measured on it of each system at each size of a record."""

    def __init__(self, bootstrap: str, directory: Path, *, partitions: int) -> None:
        self._bootstrap = bootstrap
        self._directory = directory
        self._partitions = partitions
        self.broken: dict[System, str] = {}
        self.results: defaultdict[int, defaultdict[System, list[Result]]] = defaultdict(
            lambda: defaultdict(list)
        )

    async def warm_up(self, systems: Sequence[System], *, size: int) -> None:
        """Finds out which systems work."""
        for system, result in (await self._round(systems, records(WARM_UP, size))).items():
            print(f"warm-up: {system.name}: {self.broken.get(system) or result}", file=sys.stderr)

    async def round(self, systems: Sequence[System], *, size: int, count: int) -> None:
        """Each system that works, once."""
        working = [system for system in systems if system not in self.broken]
        for system, result in (await self._round(working, records(count, size))).items():
            if result is not None:
                self.results[size][system].append(result)
                print(f"{size} bytes: {system.name}: {result}", file=sys.stderr)

    async def _round(
        self, systems: Sequence[System], sent: dict[bytes, bytes]
    ) -> dict[System, Result | None]:
        name = uuid.uuid4().hex[:8]
        source = f"in-{name}"
        tasks = {
            system: Task(
                bootstrap=self._bootstrap,
                source=source,
                sink=f"out-{system.module}-{name}",
                group=f"{system.module}-{name}",
                partitions=self._partitions,
            )
            for system in systems
        }
        names = [source, *(task.sink for task in tasks.values())]
        await make_topics(self._bootstrap, names, partitions=self._partitions)
        await fill(self._bootstrap, source, sent)
        results: dict[System, Result | None] = {}
        for system, task in tasks.items():
            try:
                results[system] = _judge(await self._run(system, task, sent), sent)
            except DoesNotWorkError as error:
                self.broken[system] = str(error)
                results[system] = None
        return results

    async def _run(self, system: System, task: Task, sent: dict[bytes, bytes]) -> Outputs:
        log = self._directory / f"{task.group}.log"
        with (
            tempfile.TemporaryDirectory(dir=self._directory) as scratch,
            log.open("wb") as output,
        ):
            process = start(system, task, directory=scratch, output=output)
            try:
                watcher = Watcher(self._bootstrap, task.sink, partitions=self._partitions)
                async with watcher:
                    outputs = await watcher.watch(process, sent)
            finally:
                end(process)
        if not outputs.seen:
            raise DoesNotWorkError(last_line(log) or "it wrote nothing")
        return outputs


def start(
    system: System, task: Task, *, directory: str, output: BinaryIO
) -> "subprocess.Popen[bytes]":
    if not Path(system.python).exists():
        raise DoesNotWorkError("not installed: run it with `make bench`")
    return subprocess.Popen(
        [system.python, "-m", f"tests.bench.peers.{system.module}", *task.arguments()],
        cwd=directory,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=output,
        stderr=output,
        start_new_session=True,
    )


def end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()]
    return next((line for line in reversed(lines) if line), "")


def _judge(outputs: Outputs, sent: dict[bytes, bytes]) -> Result:
    if outputs.changed:
        raise DoesNotWorkError(f"{outputs.changed} records did not come out as they went in")
    span = outputs.span()
    if not span.records:
        raise DoesNotWorkError("all came out at once: nothing can be said of its pace")
    return Result(
        rate=span.records / span.seconds,
        cpu_ms=1000 * span.cpu / span.records,
        missing=len(sent.keys() - outputs.seen.keys()),
        doubled=sum(times > 1 for times in outputs.seen.values()),
    )


def spread(values: Sequence[float], digits: int) -> str:
    """The median, and the least and largest."""
    middle, least, most = statistics.median(values), min(values), max(values)
    return f"{middle:,.{digits}f} ({least:,.{digits}f} - {most:,.{digits}f})"


def table(bench: Bench, systems: Sequence[System], size: int) -> Table:
    measured = bench.results[size]
    drawn = Table(
        title=f"Plumbing: records of {size:,} bytes, nothing to enrich", title_justify="left"
    )
    for column in ("system", "guarantee", "a commit each"):
        drawn.add_column(column)
    for column in ("records/s", "of the bare loop", "CPU ms a record", "missing", "doubled"):
        drawn.add_column(column, justify="right")
    for system in systems:
        results = measured[system]
        about = (system.name, system.guarantee, system.commits)
        if not results:
            drawn.add_row(*about, bench.broken.get(system, "not run"))
            continue
        # A system that broke in a later round has fewer; those before it stand.
        ratios = [r.rate / b.rate for r, b in zip(results, measured[BASE], strict=False)]
        drawn.add_row(
            *about,
            spread([result.rate for result in results], 0),
            spread(ratios, 2) if ratios else "",
            f"{statistics.median(result.cpu_ms for result in results):.3f}",
            str(sum(result.missing for result in results)),
            str(sum(result.doubled for result in results)),
        )
    return drawn


async def measure(
    bench: Bench,
    systems: Sequence[System],
    *,
    sizes: Sequence[tuple[int, int]],
    rounds: int,
    seconds: float,
) -> bool:
    """Prints the tables; whether the bare loop and dyadwire worked, losing and doubling nothing."""
    deadline = time.monotonic() + seconds
    await bench.warm_up(systems, size=sizes[0][0])
    for _ in range(rounds):
        began = time.monotonic()
        for size, count in sizes:
            await bench.round(systems, size=size, count=count)
        if 2 * time.monotonic() - began > deadline:  # another one would take as long
            break
    console = Console(width=150)
    for size, _ in sizes:
        console.print(table(bench, systems, size))
    console.print(NOTE)
    ours = [system for system in systems if system.python == OURS]
    return not any(
        result.missing or result.doubled
        for size, _ in sizes
        for system in ours
        for result in bench.results[size][system]
    ) and not any(system in bench.broken for system in ours)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 5_000], help="bytes")
    parser.add_argument(
        "--records", type=int, nargs="+", default=[20_000, 10_000], help="of each size"
    )
    parser.add_argument("--rounds", type=int, default=5, help="at most")
    parser.add_argument(
        "--minutes", type=float, default=6, help="no round begins that takes longer"
    )
    parser.add_argument("--partitions", type=int, default=4)
    names = [system.module for system in SYSTEMS]
    parser.add_argument("--systems", nargs="+", choices=names, default=names)
    asked = parser.parse_args(argv)
    if len(asked.sizes) != len(asked.records):
        parser.error("--sizes and --records must be as many")
    systems = [system for system in SYSTEMS if system.module in asked.systems]
    logging.getLogger("aiokafka").setLevel(logging.ERROR)  # a new topic has no leader at first
    with tempfile.TemporaryDirectory() as name, LocalKafka(directory=Path(name) / "kafka") as kafka:
        bench = Bench(kafka.bootstrap_servers, Path(name), partitions=asked.partitions)
        exact = asyncio.run(
            measure(
                bench,
                systems,
                sizes=list(zip(asked.sizes, asked.records, strict=True)),
                rounds=asked.rounds,
                seconds=60 * asked.minutes,
            )
        )
    return 0 if exact else 1


if __name__ == "__main__":
    sys.exit(main())
