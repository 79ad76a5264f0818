"""SIGTERM at any moment: a quick and honest end, and a successor that repeats nothing."""

import asyncio
import signal
import time
from pathlib import Path

import pytest

from tests.faults.fleet import REAL
from tests.faults.scale import SCALE
from tests.faults.scene import scene
from tests.integration.harness import Replica, fresh_settings, make_topics

GRACE = 8.0
"""Seconds beyond the shutdown timeout that the README asks a manifest for."""
SLACK = 20.0
"""More of them for this machine, which others share; a hang would take for ever."""


async def ends(replica: Replica, deadline: float) -> int:
    replica.signal(signal.SIGTERM)
    return await replica.wait(deadline + GRACE + SLACK)


async def handles_sigterm(replica: Replica) -> None:
    """Returns once the process has a handler: before, it is the interpreter that starts."""
    await asyncio.to_thread(_until_handled, Path(f"/proc/{replica.process.pid}/status"))


def _until_handled(status: Path) -> None:
    while not _caught(status.read_text()) & (1 << (signal.SIGTERM - 1)):
        time.sleep(0.005)


def _caught(status: str) -> int:
    (line,) = (line for line in status.splitlines() if line.startswith("SigCgt:"))
    return int(line.split()[1], 16)


@pytest.mark.timeout(3600)
async def test_sigterm_at_any_moment_under_load_ends_drained_and_repeats_nothing(
    bootstrap, tmp_path, moments, figures
):
    """While it starts, loads, joins, takes over, works, or others come and go."""
    async with scene(bootstrap, tmp_path) as here:
        await here.fleet.grow(2)
        moments_of_life = []
        for _ in range(SCALE.terms):
            replica = here.fleet.spawn()
            await handles_sigterm(replica)
            life = moments.choice([0, moments.uniform(0, 2), moments.uniform(2, 8)])
            await asyncio.sleep(life)
            here.fleet.running.remove(replica)
            assert await ends(replica, here.settings.shutdown_timeout) == 0, replica.log()
            moments_of_life.append(life)
        verdict = await here.close()
    figures(terms=SCALE.terms, earliest=min(moments_of_life), **vars(verdict))


async def test_the_real_service_can_be_stopped_while_it_still_loads(bootstrap, tmp_path):
    settings = fresh_settings(bootstrap)
    await make_topics(settings, partitions=1)
    replica = Replica(settings, tmp_path / "log", module=REAL)
    try:
        await handles_sigterm(replica)
        assert await ends(replica, settings.shutdown_timeout) == 0, replica.log()
    finally:
        await replica.kill()
