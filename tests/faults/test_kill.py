"""`kill -9` of a replica at a random moment, with another joining each time."""

import asyncio
import statistics

import pytest

from tests.faults.fleet import REAL, partitions_of
from tests.faults.load import fake_body, real_body
from tests.faults.scale import SCALE
from tests.faults.scene import scene
from tests.integration.harness import FAKE

REPLICAS = 3
OVERLAP = 0.2
"""Share of the kills that come while the group still recovers from the one before."""


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("module", "body", "rate", "kills"),
    [
        pytest.param(FAKE, fake_body, 60, SCALE.kills, id="fake enrichment"),
        pytest.param(REAL, real_body(), 10, SCALE.real_kills, id="real enrichment"),
    ],
)
async def test_killed_replicas_lose_and_repeat_nothing(
    bootstrap, tmp_path, moments, figures, module, body, rate, kills
):
    recoveries = []
    async with scene(bootstrap, tmp_path, module=module, body=body, rate=rate) as here:
        await here.fleet.grow(REPLICAS)
        await here.watch.more(100)
        for _ in range(kills):
            await asyncio.sleep(moments.uniform(0, 2))
            victim = moments.choice(here.fleet.running)
            orphaned = partitions_of(victim)
            await here.fleet.kill(victim)
            here.fleet.spawn()
            if moments.random() >= OVERLAP:
                recoveries.append(await here.watch.recovery(orphaned))
        verdict = await here.close()
    figures(
        kills=kills,
        articles=verdict.articles,
        dyads=verdict.dyads,
        lost=verdict.lost,
        duplicated=verdict.duplicated,
        recovery_median=statistics.median(recoveries or [0.0]),
        recovery_most=max(recoveries, default=0.0),
    )
