"""`kill -9` of a replica at a random moment, with another joining each time."""

import asyncio
import statistics
from dataclasses import dataclass

import pytest

from tests.faults.fleet import REAL, partitions_of
from tests.faults.load import Body, fake_body, real_body
from tests.faults.scale import SCALE
from tests.faults.scene import Scene, scene
from tests.integration.harness import FAKE, Replica

REPLICAS = 3
OWNERS = 0.9
"""Share of the kills that meet a replica with partitions; the others meet one that is joining."""
OVERLAP = 0.3
"""Share of the kills after which the group's recovery is not waited for."""


@dataclass(frozen=True)
class Kind:
    """What is killed, under which load, how often."""

    module: str
    body: Body
    rate: float
    kills: int


@pytest.mark.timeout(7200)
@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(Kind(FAKE, fake_body, 60, SCALE.kills), id="fake-enrichment"),
        pytest.param(Kind(REAL, real_body(), 10, SCALE.real_kills), id="real-enrichment"),
    ],
)
async def test_killed_replicas_lose_and_repeat_nothing(bootstrap, tmp_path, moments, figures, kind):
    recoveries, owners = [], 0
    async with scene(
        bootstrap, tmp_path, module=kind.module, body=kind.body, rate=kind.rate
    ) as here:
        await here.fleet.whole(REPLICAS)
        await here.watch.more(100)
        for _ in range(kind.kills):
            await asyncio.sleep(moments.uniform(0, 2))
            of_owners = moments.random() < OWNERS
            victim = moments.choice(await _candidates(here, of_owners=of_owners))
            orphaned = partitions_of(victim)
            await here.fleet.kill(victim)
            here.fleet.spawn()
            if orphaned:
                owners += 1
                if moments.random() >= OVERLAP:
                    recoveries.append(await here.watch.recovery(orphaned))
        verdict = await here.close()
    figures(
        kills=kind.kills,
        of_replicas_with_partitions=owners,
        articles=verdict.articles,
        dyads=verdict.dyads,
        lost=verdict.lost,
        duplicated=verdict.duplicated,
        recovery_median=statistics.median(recoveries or [0.0]),
        recovery_most=max(recoveries, default=0.0),
    )


async def _candidates(here: Scene, *, of_owners: bool) -> list[Replica]:
    while True:
        owners = [one for one in here.fleet.running if partitions_of(one)]
        if owners or not of_owners:
            return owners if of_owners else here.fleet.running
        await here.watch.news()
