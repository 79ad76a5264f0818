"""SIGTERM at any moment: a quick and honest end, and a successor that repeats nothing."""

import asyncio
import signal
import time
from pathlib import Path

import pytest

from deploy.local.broker import LocalKafka
from tests.faults.fleet import REAL
from tests.faults.load import slow_body
from tests.faults.scale import SCALE
from tests.faults.scene import scene
from tests.integration.harness import (
    Reader,
    Replica,
    article,
    committed,
    fresh_settings,
    make_topics,
    publish,
    replica,
)

GRACE = 8.0
"""Seconds beyond the shutdown timeout that the README asks a manifest for."""
SLACK = 20.0
"""More of them for this machine, which others share; a hang would take for ever."""


def expected(count: int) -> dict[str, int]:
    return {f"article-{number:06d}": 1 for number in range(count)}


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
            one = here.fleet.spawn()
            await handles_sigterm(one)
            life = moments.choice([0, moments.uniform(0, 2), moments.uniform(2, 8)])
            await asyncio.sleep(life)
            here.fleet.running.remove(one)
            assert await ends(one, here.settings.shutdown_timeout) == 0, one.log()
            moments_of_life.append(life)
        verdict = await here.close()
    figures(terms=SCALE.terms, earliest=min(moments_of_life), **vars(verdict))


async def test_the_real_service_can_be_stopped_while_it_still_loads(bootstrap, tmp_path):
    settings = fresh_settings(bootstrap)
    await make_topics(settings, partitions=1)
    service = Replica(settings, tmp_path / "log", module=REAL)
    try:
        await handles_sigterm(service)
        assert await ends(service, settings.shutdown_timeout) == 0, service.log()
    finally:
        await service.kill()


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_sigterm_while_the_broker_is_away_ends_in_time_and_its_successor_repeats_nothing(
    tmp_path, moments, figures
):
    """What was in hand cannot be committed: the status says so, and it is done again."""
    statuses = []
    with LocalKafka() as kafka:
        async with scene(
            kafka.bootstrap_servers, tmp_path, shutdown_timeout=10, body=slow_body, rate=30
        ) as here:
            for _ in range(max(1, SCALE.terms // 10)):
                (service,) = await here.fleet.grow()
                await here.watch.more(30)
                kafka.kill()
                await asyncio.sleep(moments.uniform(0, 3))
                here.fleet.running.remove(service)
                statuses.append(await ends(service, here.settings.shutdown_timeout))
                await asyncio.to_thread(kafka.restart)
            await here.fleet.grow()
            verdict = await here.close()
    assert set(statuses) <= {0, 1}
    figures(statuses=statuses, **vars(verdict))


async def test_sigterm_while_the_broker_is_away_and_all_is_done_ends_with_status_0(tmp_path):
    with LocalKafka() as kafka:
        settings = fresh_settings(kafka.bootstrap_servers, shutdown_timeout=10)
        await make_topics(settings, partitions=2)
        await publish(settings, [article(n) for n in range(10)])
        async with replica(settings, tmp_path / "log") as service:
            async with Reader(settings) as reader:
                await reader.read_until(10)
            kafka.kill()
            assert await ends(service, settings.shutdown_timeout) == 0, service.log()


async def test_sigterm_in_the_middle_drains_and_its_successor_repeats_nothing(bootstrap, tmp_path):
    settings = fresh_settings(bootstrap, batch_max_records=20)
    await make_topics(settings, partitions=4)
    await publish(settings, [article(n, title="SLOW") for n in range(400)])
    async with Reader(settings) as reader:
        async with replica(settings, tmp_path / "first") as first:
            await reader.read_until(40, settle=0)
            assert await first.terminate() == 0
        drained = await reader.read_to_end()
        done = drained.handled
        assert 40 <= done < 400, "it was stopped in the middle"
        assert sum((await committed(settings)).values()) == done, "all that was read was committed"
        async with replica(settings, tmp_path / "second"):
            seen = await reader.read_until(400)
    assert seen.ids() == expected(400)


async def test_a_shutdown_that_could_not_finish_says_so_and_loses_nothing(bootstrap, tmp_path):
    """What was read waits for its transaction: it is not counted as drained."""
    settings = fresh_settings(
        bootstrap, write_timeout=3.0, request_timeout=2.0, shutdown_timeout=4.0
    )
    await make_topics(settings.model_copy(update={"dead_letter_topic": "other"}), partitions=1)
    await publish(settings, [article(1), article(2)._replace(value=b"{")])
    async with replica(settings, tmp_path / "log") as service:
        await asyncio.sleep(1)
        assert await service.terminate() == 1
    assert await committed(settings) == {}
