"""Replaces the replicas of a running service one by one, as a Deployment or a StatefulSet does.

`python -m tests.integration.rolling [--static] [--session-timeout S]` measures it on a broker of
its own: how long no output was committed, and how long an article had to wait at most.
"""

import argparse
import asyncio
import itertools
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka import AIOKafkaProducer

from deploy.local.broker import LocalKafka
from service.settings import Settings
from tests.integration.harness import (
    DEADLINE,
    Reader,
    Replica,
    article,
    fresh_settings,
    make_topics,
)

REPLICAS = 3
PARTITIONS = 12
RATE = 50
"""Articles a second, while replicas come and go."""
MOST = 10_000
"""Articles at most: a rollout that does not end must not go on for ever."""
PATIENCE = 4
"""Times that the harness's deadline may pass, on a machine that has other things to do."""
STEADY = 5.0
"""Seconds of plain running before and after."""


@dataclass
class Rollout:
    """What was seen of one."""

    sent: dict[str, float] = field(default_factory=dict)
    arrived: dict[str, float] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    began: float = 0.0
    ended: float = 0.0

    @property
    def silence(self) -> float:
        """The longest time without any committed output, under a load without a pause."""
        moments = sorted(self.arrived.values())
        return max(later - earlier for earlier, later in itertools.pairwise(moments))

    @property
    def waits(self) -> list[float]:
        """Seconds from an article's publication to its committed output, the shortest first."""
        return sorted(self.arrived[one] - self.sent[one] for one in self.arrived)

    def __str__(self) -> str:
        waits = self.waits
        return (
            f"{len(self.sent)} articles, rollout of {self.ended - self.began:.1f} s, "
            f"longest silence {self.silence:.2f} s, longest wait of an article {waits[-1]:.2f} s, "
            f"median {statistics.median(waits):.3f} s, exit statuses {self.statuses}"
        )


async def roll(
    settings: Settings, reader: Reader, logs: Path, *, static: bool = False, settle: float = 0.0
) -> Rollout:
    """Three replicas under load are replaced by three others; returns when all output is there.

    Args:
        settings: of the replicas.
        reader: reads what is committed.
        logs: a folder for their logs.
        static: a StatefulSet's way: one goes, then its successor comes under the same name in the
            group. Otherwise a Deployment's with maxSurge 1 and maxUnavailable 0: the new one is
            ready before an old one is told to go, and nobody has a name.
        settle: minReadySeconds.
    """
    rollout = Rollout()
    names = (logs / f"replica-{number}" for number in range(2 * REPLICAS))
    async with AsyncExitStack() as stack:

        def start(slot: int) -> Replica:
            name = f"pod-{slot}" if static else None
            own = settings.model_copy(update={"group_instance_id": name})
            replica = Replica(own, next(names))
            stack.push_async_callback(replica.kill)
            return replica

        old = [start(slot) for slot in range(REPLICAS)]
        for replica in old:
            await _ready(replica)
        loaded = asyncio.Event()
        load = asyncio.create_task(_load(settings, rollout, loaded))
        read = asyncio.create_task(_read(reader, rollout, loaded))
        stack.push_async_callback(_cancel, load, read)
        await asyncio.sleep(STEADY)
        rollout.began = time.monotonic()
        going = []
        for slot, replica in enumerate(old):
            if static:
                rollout.statuses.append(await replica.terminate())
            await _ready(start(slot))
            await asyncio.sleep(settle)
            if not static:
                going.append(asyncio.create_task(replica.terminate()))
        rollout.statuses += await asyncio.gather(*going)
        rollout.ended = time.monotonic()
        await asyncio.sleep(STEADY)
        loaded.set()
        await load
        async with asyncio.timeout(PATIENCE * DEADLINE):
            await read
        await reader.read_until(len(rollout.sent), settle=2)
    return rollout


async def _ready(replica: Replica) -> None:
    """Waits longer than the tests do that have but one replica to start."""
    for _ in range(PATIENCE):
        with suppress(TimeoutError):
            await replica.ready()
            return
    await replica.ready()


async def _cancel(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _load(settings: Settings, rollout: Rollout, done: asyncio.Event) -> None:
    """Articles at an even pace."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap_servers, enable_idempotence=True
    )
    await producer.start()
    begun = time.monotonic()
    try:
        for number in range(MOST):
            if done.is_set():
                break
            key, value, _ = article(number)
            rollout.sent[(key or b"").decode()] = time.monotonic()
            await producer.send(settings.input_topic, value, key)
            await asyncio.sleep(max(0.0, begun + (number + 1) / RATE - time.monotonic()))
    finally:
        await producer.stop()


async def _read(reader: Reader, rollout: Rollout, loaded: asyncio.Event) -> None:
    """Notes when each article's output was there to read, until the last one's is."""
    noted = 0
    while not loaded.is_set() or noted < len(rollout.sent):
        seen = await reader.read_until(0, settle=0.001)  # one poll
        now = time.monotonic()
        for record in seen.enriched[noted:]:
            rollout.arrived.setdefault((record.key or b"").decode(), now)
        noted = len(seen.enriched)


def settings_of(bootstrap: str, **overrides: object) -> Settings:
    """The timeouts of production, which the other tests shorten."""
    return fresh_settings(bootstrap, **{"session_timeout": 10, "rebalance_timeout": 30} | overrides)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--static", action="store_true", help="as a StatefulSet, with names")
    parser.add_argument("--session-timeout", type=float, default=10.0)
    parser.add_argument("--settle", type=float, default=0.0, help="minReadySeconds")
    parser.add_argument("--times", type=int, default=1, choices=range(1, 11))
    return parser.parse_args()


async def _measure(arguments: argparse.Namespace) -> None:
    with LocalKafka() as kafka, tempfile.TemporaryDirectory() as logs:
        for time_ in range(arguments.times):
            settings = settings_of(
                kafka.bootstrap_servers, session_timeout=arguments.session_timeout
            )
            await make_topics(settings, partitions=PARTITIONS)
            folder = Path(logs) / str(time_)
            folder.mkdir()
            async with Reader(settings) as reader:
                rollout = await roll(
                    settings, reader, folder, static=arguments.static, settle=arguments.settle
                )
            once = reader.seen.ids() == dict.fromkeys(rollout.sent, 1)
            sys.stdout.write(f"{rollout}, each exactly once: {once}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_measure(_arguments()))
