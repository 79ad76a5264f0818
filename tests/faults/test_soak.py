"""An hour at half load with random faults: exactly once all the time, and nothing grows."""

import asyncio
import os
import random
import signal
import statistics
import time
from collections import Counter
from dataclasses import dataclass

import psutil
import pytest

from deploy.local.broker import LocalKafka
from tests.faults.fleet import REAL
from tests.faults.load import real_body
from tests.faults.scene import Scene, scene
from tests.integration.harness import Replica

SECONDS = float(os.environ.get("SOAK_SECONDS") or 3600)
WARM_UP = SECONDS / 6
"""Until then caches, pools and the allocator have taken what they will take."""
REPLICAS = 3
SHARE = 2
"""Partitions of each replica while all are well: what it holds open is then comparable."""
PROBE = 300
"""Articles by which the full speed is found."""
SAMPLES = 7
RESTART = 600.0
"""Seconds at most for a broker to come back: others may want this machine too."""
GROWTH = 1.1
"""Of resident memory, from the warm-up to the end: what the allocator may still add."""
SPARE_FILES, SPARE_THREADS = 5, 2
"""What may be open by chance when it is counted; a leak of one a fault would be dozens."""


@dataclass(frozen=True)
class Footprint:
    """A replica with its workers: resident bytes, open files and sockets, threads."""

    memory: float
    files: float
    threads: float

    def __str__(self) -> str:
        return f"{self.memory / 1e6:.0f} MB, {self.files:.0f} files, {self.threads:.0f} threads"


def _sample(replica: Replica) -> tuple[int, int, int]:
    family = [psutil.Process(replica.process.pid)]
    family += family[0].children(recursive=True)
    return (
        sum(process.memory_info().rss for process in family),
        sum(process.num_fds() for process in family),
        sum(process.num_threads() for process in family),
    )


async def footprint(here: Scene, witness: Replica) -> Footprint:
    """Of the witness, when all replicas are well and have had their share for a while."""
    await here.fleet.whole(REPLICAS)
    while await witness.metric("dyadwire_partitions_assigned") != SHARE:
        await here.watch.more(100)  # as long as something comes out, the rest comes too
    samples = []
    for _ in range(SAMPLES):
        samples.append(_sample(witness))
        await asyncio.sleep(3)
    return Footprint(*(statistics.median(column) for column in zip(*samples, strict=True)))


class Faults:
    """The things that happen, one at a time; the witness is never their target, only their victim.

    Args:
        here: where.
        kafka: three brokers.
        witness: the replica that must live through it all.
        moments: chooses what, to whom and for how long.
    """

    def __init__(
        self, here: Scene, kafka: LocalKafka, witness: Replica, moments: random.Random
    ) -> None:
        self._here = here
        self._kafka = kafka
        self._witness = witness
        self._moments = moments
        self._kinds = (
            self.replica_killed,
            self.replica_stopped_past_its_session,
            self.replica_terminated,
            self.replica_joins_and_leaves,
            self.broker_killed,
            self.broker_restarted,
            self.broker_paused,
        )
        self.done: Counter[str] = Counter()

    async def happen(self, *, until: float) -> None:
        """One after the other until the time (monotonic) has come."""
        while time.monotonic() < until:
            await asyncio.sleep(self._moments.uniform(5, 30))
            await self._here.fleet.whole(REPLICAS)
            kind = self._moments.choice(self._kinds)
            await kind()
            self.done[kind.__name__.replace("_", " ")] += 1

    def _victim(self) -> Replica:
        return self._moments.choice([r for r in self._here.fleet.running if r != self._witness])

    async def replica_killed(self) -> None:
        await self._here.fleet.kill(self._victim())
        self._here.fleet.spawn()

    async def replica_stopped_past_its_session(self) -> None:
        victim = self._victim()
        victim.signal(signal.SIGSTOP)
        await asyncio.sleep(self._moments.uniform(1, 20))
        victim.signal(signal.SIGCONT)

    async def replica_terminated(self) -> None:
        victim = self._victim()
        self._here.fleet.spawn()
        await self._here.fleet.terminate(victim)

    async def replica_joins_and_leaves(self) -> None:
        guest = self._here.fleet.spawn()
        await asyncio.sleep(self._moments.uniform(1, 15))
        await self._here.fleet.terminate(guest)

    async def broker_killed(self) -> None:
        node = self._moments.randrange(3)
        self._kafka.kill(node)
        await asyncio.sleep(self._moments.uniform(1, 20))
        await asyncio.to_thread(self._kafka.restart, node, RESTART)

    async def broker_restarted(self) -> None:
        await asyncio.to_thread(self._kafka.restart, self._moments.randrange(3), RESTART)

    async def broker_paused(self) -> None:
        node = self._moments.randrange(3)
        self._kafka.pause(node)
        await asyncio.sleep(self._moments.uniform(1, 15))
        self._kafka.resume(node)


@pytest.mark.soak
@pytest.mark.timeout(3 * SECONDS + 900)
async def test_an_hour_of_faults_loses_nothing_and_nothing_grows(tmp_path, moments, figures):
    with LocalKafka(nodes=3) as kafka:
        async with scene(
            kafka.bootstrap_servers,
            tmp_path,
            module=REAL,
            body=real_body(),
            rate=0,
            replication=3,
        ) as here:
            began = time.monotonic()
            await here.fleet.whole(REPLICAS)
            witness = here.fleet.running[0]
            speed = await _full_speed(here)
            here.load.rate = speed / 2
            faults = Faults(here, kafka, witness, moments)
            await faults.happen(until=began + WARM_UP)
            before = await footprint(here, witness)
            await faults.happen(until=began + SECONDS)
            after = await footprint(here, witness)
            verdict = await here.close()
            sessions = await witness.metric("dyadwire_group_sessions_total")
            rebalances = await witness.metric("dyadwire_rebalances_total")
    figures(
        minutes=(time.monotonic() - began) / 60,
        rate=here.load.rate,
        faults=dict(faults.done),
        witness_before=before,
        witness_after=after,
        ended_by_themselves=here.fleet.replaced,
        witness_sessions=sessions,
        witness_rebalances=rebalances,
        **vars(verdict),
    )
    assert after.memory <= before.memory * GROWTH, (before, after)
    assert after.files <= before.files + SPARE_FILES, (before, after)
    assert after.threads <= before.threads + SPARE_THREADS, (before, after)


async def _full_speed(here: Scene) -> float:
    """Articles a second of all replicas together."""
    await here.load.burst(PROBE)
    began = time.monotonic()
    await here.watch.until(PROBE)
    return PROBE / (time.monotonic() - began)
