"""The whole service through a real broker: throughput, latency, memory, replicas, distance.

    python -m tests.bench.whole [--articles 960] [--words 400] [--rounds 2] [--only …] [--json]

Articles are those of `capacity`, a broker runs beside the service, and the cores are shared by the
service, the broker and this reader, as on any small machine. Each throughput is taken from an empty
topic to the last of the articles, which are published at once and evenly over the partitions.

- saturated: one replica with two workers; CPU by process, and the share of it inside of onnxruntime
- latency: of the same replica at half of that rate, and of a quiet feed
- replicas: one, two and four of one worker each
- distance: one replica with two workers, and the broker some milliseconds away
"""

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer

from contracts.record import Record
from deploy.local.broker import LocalKafka
from deploy.local.ports import HOST, free_ports
from service.settings import Settings
from tests.bench import capacity
from tests.bench.latency import PERCENTILES, Feed, measure
from tests.bench.link import Link
from tests.bench.tables import table
from tests.faults.fleet import REAL, Fleet
from tests.integration import harness

WATCHED = "tests.bench.replica"
PARTS = ("saturated", "latency", "replicas", "distance")
WORKERS = 2
"""Of the one replica that has the machine to itself: it is taken to have two cores."""
REPLICAS = (1, 2, 4)
FAR = "FAR"
"""The broker's listener that is reached over a link that takes time."""
TRICKLE = 1.0
"""Articles a second of a quiet feed."""


class Choices(NamedTuple):
    """What the command line says; `articles` of the saturated run, the others take half."""

    articles: int
    words: int
    partitions: int
    rounds: int
    starts: int
    seconds: float
    warm_up: float
    delay: float
    only: Sequence[str]


class Brokers(NamedTuple):
    """Where the one broker is reached: at once, and over the link."""

    near: str
    far: str


@contextlib.contextmanager
def brokers(delay: float) -> Iterator[Brokers]:
    """A broker with a second listener, whose address is the near end of a link."""
    client, controller, far, link = ports = free_ports(4)
    listeners = {"PLAINTEXT": client, FAR: far, "CONTROLLER": controller}
    told = {"PLAINTEXT": client, FAR: link}
    properties = {
        "listeners": ",".join(f"{name}://{HOST}:{port}" for name, port in listeners.items()),
        "advertised.listeners": ",".join(f"{name}://{HOST}:{port}" for name, port in told.items()),
        "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in listeners),
    }
    with (
        Link(port=link, target=far, milliseconds=delay),
        LocalKafka(properties=properties, choose_ports=lambda count: ports[:count]) as kafka,
    ):
        yield Brokers(kafka.bootstrap_servers, f"{HOST}:{link}")


class Bench:
    """Runs replicas on a broker, each time with topics of their own."""

    def __init__(self, where: Brokers, directory: Path, chosen: Choices) -> None:
        self._where = where
        self._directory = directory
        self._chosen = chosen
        half = chosen.articles // 2 // chosen.partitions * chosen.partitions
        self._half = max(chosen.partitions, half)
        self._records = capacity.records(max(chosen.articles, self._half), words=chosen.words)

    async def all(self) -> dict[str, Any]:
        only = self._chosen.only
        result: dict[str, Any] = {"load_average_before": os.getloadavg()}
        if "saturated" in only or "latency" in only:
            result |= await self.one_replica()
        if "replicas" in only:
            result["replicas"] = await self.by_replicas()
        if "distance" in only:
            result["distance"] = await self.by_distance()
        return result | {"load_average_after": os.getloadavg()}

    async def one_replica(self) -> dict[str, Any]:
        """Start, saturation and latency of one replica that lives through all of it."""
        starts = [await self._start() for _ in range(self._chosen.starts)]
        result: dict[str, Any] = {"start_to_ready_s": {"each": starts, "median": median(starts)}}
        async with self._fleet(1, workers=WORKERS, module=WATCHED) as (settings, fleet):
            (service,) = fleet.running
            figures = await self._saturate(settings, fleet, self._chosen.articles)
            spent = figures["cpu_ms_an_article"]["main"] + figures["cpu_ms_an_article"]["workers"]
            encoder = await service.metric('dyadwire_stage_seconds_sum{stage="encoder"}')
            pipeline = await service.metric('dyadwire_stage_seconds_sum{stage="worker"}')
            each = 1e3 * encoder / self._chosen.articles
            result["saturated"] = figures | {
                "encoder_ms_an_article": round(each, 2),
                "share_of_encoder": round(each / spent, 3),
                "share_of_encoder_in_the_pipeline": round(encoder / pipeline, 3),
                "memory_mb": capacity.memory_mb(service),
            }
            if "latency" in self._chosen.only:
                half = figures["articles_a_second"] / 2
                result["latency"] = await self._latency(settings, fleet, half)
        return result

    async def _start(self) -> float:
        """Seconds from starting a replica with nothing to do to its readiness."""
        settings = await self._topics(self._where.near, workers=WORKERS)
        async with Fleet(settings, self._directory, module=REAL) as fleet:
            began = time.monotonic()
            await fleet.grow()
            return round(time.monotonic() - began, 2)

    async def _latency(self, settings: Settings, fleet: Fleet, half: float) -> dict[str, Any]:
        seconds, warm_up = self._chosen.seconds, self._chosen.warm_up
        feeds = {
            "half_load": Feed(half, seconds + warm_up, warm_up),
            "quiet": Feed(TRICKLE, seconds, regular=True),
        }
        found = {}
        for name, feed in feeds.items():
            first = await capacity.snapshot(fleet.running)
            taken = await measure(settings, self._records, feed)
            last = await capacity.snapshot(fleet.running)
            used = capacity.figures(first, last)
            found[name] = taken | {key: used[key] for key in ("cores_used", "cpu_ms_an_article")}
        return found

    async def by_replicas(self) -> dict[str, Any]:
        """Throughput of so many replicas of one worker; the numbers take turns."""
        found: dict[int, list[dict[str, Any]]] = {count: [] for count in REPLICAS}
        for _ in range(self._chosen.rounds):
            for count, taken in found.items():
                async with self._fleet(count, workers=1, module=REAL) as (settings, fleet):
                    figures = await self._saturate(settings, fleet, self._half)
                    memory = capacity.memory_mb(fleet.running[0])
                    taken.append(figures | {"memory_mb": memory})
        return {str(count): middle(taken) for count, taken in found.items()}

    async def by_distance(self) -> dict[str, Any]:
        """Throughput with the broker beside the service and some milliseconds away, in turns."""
        places = {"near": self._where.near, "far": self._where.far}
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in places}
        for _ in range(self._chosen.rounds):
            for name, taken in found.items():
                run = self._fleet(1, workers=WORKERS, module=REAL, servers=places[name])
                async with run as (settings, fleet):
                    taken.append(await self._saturate(settings, fleet, self._half))
        pairs = zip(found["far"], found["near"], strict=True)
        ratio = median(far["articles_a_second"] / near["articles_a_second"] for far, near in pairs)
        return {
            "milliseconds": self._chosen.delay,
            **{name: middle(taken) for name, taken in found.items()},
            "far_of_near": round(ratio, 3),
        }

    async def _topics(self, servers: str, **overrides: object) -> Settings:
        settings = harness.fresh_settings(servers, **overrides)
        await harness.make_topics(settings, partitions=self._chosen.partitions)
        return settings

    @contextlib.asynccontextmanager
    async def _fleet(
        self, count: int, *, workers: int, module: str, servers: str = ""
    ) -> AsyncIterator[tuple[Settings, Fleet]]:
        """So many replicas that share the partitions and have nothing to do yet."""
        settings = await self._topics(servers or self._where.near, workers=workers)
        async with Fleet(settings, self._directory, module=module) as fleet:
            await fleet.grow(count)
            await self._shared_out(fleet)
            yield settings, fleet

    async def _shared_out(self, fleet: Fleet) -> None:
        """Returns when each partition belongs to a replica, and no replica has too many."""
        fair = -(-self._chosen.partitions // len(fleet.running))
        deadline = time.monotonic() + harness.DEADLINE
        while time.monotonic() < deadline:
            held = [await one.metric("dyadwire_partitions_assigned") for one in fleet.running]
            if sum(held) == self._chosen.partitions and max(held) <= fair:
                return
            await asyncio.sleep(0.1)
        raise TimeoutError(f"the partitions were not shared out: {held}")

    async def _saturate(self, settings: Settings, fleet: Fleet, articles: int) -> dict[str, Any]:
        first = await capacity.snapshot(fleet.running)
        near = settings.model_copy(update={"bootstrap_servers": self._where.near})
        await publish_evenly(near, self._records[:articles], partitions=self._chosen.partitions)
        last = await capacity.finished(fleet.running, first.handled + articles)
        written = [await _written(one) for one in fleet.running]
        seconds, transactions = (sum(column) for column in zip(*written, strict=True))
        return {
            "articles": articles,
            **capacity.figures(first, last),
            "ms_a_transaction": round(1e3 * seconds / transactions, 1),
        }


async def _written(replica: harness.Replica) -> tuple[float, float]:
    """Seconds that its transactions took, and how many they were."""
    seconds = await replica.metric('dyadwire_stage_seconds_sum{stage="write"}')
    return seconds, await replica.metric('dyadwire_stage_seconds_count{stage="write"}')


async def publish_evenly(settings: Settings, records: Sequence[Record], *, partitions: int) -> None:
    """As many to each partition: how their keys would fall is not what is measured."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.bootstrap_servers, linger_ms=5)
    await producer.start()
    try:
        sends = [
            await producer.send(
                settings.input_topic, record.value, record.key, partition=number % partitions
            )
            for number, record in enumerate(records)
        ]
        await asyncio.gather(*sends)
    finally:
        await producer.stop()


def middle(rounds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The medians of rounds' figures, also of those within."""
    return {
        name: middle([one[name] for one in rounds])
        if isinstance(value, dict)
        else round(median(one[name] for one in rounds), 2)
        for name, value in rounds[0].items()
    }


COLUMNS = (
    "articles/s",
    "per core used",
    "cores used",
    "main ms",
    "workers ms",
    "broker ms",
    "ms a transaction",
)
"""Of every throughput; the milliseconds of processes are CPU time an article."""


def shown(result: dict[str, Any]) -> str:
    loads = (
        " ".join(f"{load:.1f}" for load in result[name])
        for name in ("load_average_before", "load_average_after")
    )
    parts = [f"load average before: {next(loads)}; after: {next(loads)}\n"]
    if "saturated" in result:
        parts.append(_saturated(result["saturated"], result["start_to_ready_s"]))
    if "latency" in result:
        parts.append(_latency(result["latency"]))
    if "replicas" in result:
        found = result["replicas"]
        rows = [(count, *_row(one), one["memory_mb"]["all"]) for count, one in found.items()]
        header = ("replicas", *COLUMNS, "MB of one")
        parts.append(table("Replicas of one worker each", header, rows))
    if "distance" in result:
        found = result["distance"]
        rows = [
            ("beside the service", *_row(found["near"])),
            (f"{found['milliseconds']:g} ms away", *_row(found["far"])),
            ("away, of beside", found["far_of_near"], *[None] * (len(COLUMNS) - 1)),
        ]
        parts.append(table("Distance of the broker, two workers", ("broker", *COLUMNS), rows))
    return "\n".join(parts)


def _row(figures: dict[str, Any]) -> tuple[float, ...]:
    cost = figures["cpu_ms_an_article"]
    return (
        figures["articles_a_second"],
        figures["articles_a_core_second"],
        figures["cores_used"],
        cost["main"],
        cost["workers"],
        cost["broker"],
        figures["ms_a_transaction"],
    )


def _saturated(found: dict[str, Any], start: dict[str, Any]) -> str:
    memory = found["memory_mb"]
    rows = [
        *zip(COLUMNS, _row(found), strict=True),
        ("encoder ms", found["encoder_ms_an_article"]),
        ("encoder, of main and workers", found["share_of_encoder"]),
        ("encoder, of the pipeline", found["share_of_encoder_in_the_pipeline"]),
        ("MB, all processes (PSS)", memory["all"]),
        ("MB, largest process (RSS)", memory["largest_resident"]),
        ("MB, all processes (RSS)", memory["all_resident"]),
        ("seconds from start to ready", start["median"]),
    ]
    title = f"Saturated: {found['articles']:,} articles, one replica, two workers"
    return table(title, ("what", "figure"), rows)


def _latency(found: dict[str, dict[str, Any]]) -> str:
    fields = ("articles_a_second", "articles", "missing", *PERCENTILES, "cores_used")
    rows = [
        (name.replace("_", " "), *(feed.get(field) for field in fields))
        for name, feed in found.items()
    ]
    header = ("feed", *(field.replace("_", " ") for field in fields))
    return table("Latency, from publishing to a read_committed reader", header, rows)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.whole",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--articles", type=int, default=960)
    parser.add_argument("--words", type=int, default=400)
    parser.add_argument("--partitions", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=2, help="of replicas and of distance")
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each feed")
    parser.add_argument("--warm-up", type=float, default=5.0, help="seconds before that")
    parser.add_argument("--delay", type=float, default=10.0, help="milliseconds, there and back")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="some of it")
    parser.add_argument("--json", action="store_true", help="prints JSON instead of tables")
    arguments = vars(parser.parse_args(argv))
    as_json = arguments.pop("json")
    if not capacity.DATA.exists():
        print(f"skipped: the texts are not there ({capacity.DATA.name} in ../shared/data)")
        return 0
    chosen = Choices(**arguments)
    with brokers(chosen.delay) as where, tempfile.TemporaryDirectory() as name:
        result = asyncio.run(Bench(where, Path(name), chosen).all())
    print(json.dumps(result, indent=2) if as_json else shown(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
