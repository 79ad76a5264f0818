"""`kill -9` of a replica at a random moment, with another joining each time."""

import asyncio
import statistics
from dataclasses import dataclass

import pytest

from tests.faults.fleet import REAL, partitions_of
from tests.faults.load import Body, fake_body, real_body
from tests.faults.scale import SCALE
from tests.faults.scene import scene
from tests.integration.harness import FAKE

REPLICAS = 3
OVERLAP = 0.2
"""Share of the kills that come while the group still recovers from the one before."""


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
    recoveries = []
    async with scene(
        bootstrap, tmp_path, module=kind.module, body=kind.body, rate=kind.rate
    ) as here:
        await here.fleet.grow(REPLICAS)
        await here.watch.more(100)
        for _ in range(kind.kills):
            await asyncio.sleep(moments.uniform(0, 2))
            victim = moments.choice(here.fleet.running)
            orphaned = partitions_of(victim)
            await here.fleet.kill(victim)
            here.fleet.spawn()
            if orphaned and moments.random() >= OVERLAP:
                recoveries.append(await here.watch.recovery(orphaned))
        verdict = await here.close()
    figures(
        kills=kind.kills,
        articles=verdict.articles,
        dyads=verdict.dyads,
        lost=verdict.lost,
        duplicated=verdict.duplicated,
        recovery_median=statistics.median(recoveries or [0.0]),
        recovery_most=max(recoveries, default=0.0),
    )
