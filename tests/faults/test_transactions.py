"""A replica that dies or stops between what it has written and its commit."""

import asyncio
import signal

import pytest

from deploy.local.broker import LocalKafka
from tests.faults.fleet import partitions_of
from tests.faults.scale import SCALE
from tests.faults.scene import scene
from tests.faults.transactions import pending, stop_within_transaction
from tests.integration.harness import Reader, article, fresh_settings, make_topics, publish, replica

FOR_EVER = 800.0
"""Seconds: a transaction that ends in this test was ended by whoever took over, not by its age."""


@pytest.mark.timeout(3600)
async def test_a_pending_transaction_is_aborted_by_whoever_takes_over(bootstrap, tmp_path, figures):
    recoveries = []
    async with (
        scene(bootstrap, tmp_path, transaction_timeout=FOR_EVER, batch_max_records=50) as here,
        pending(here.settings) as is_pending,
    ):
        for _ in range(SCALE.takeovers):
            (victim,) = await here.fleet.grow()
            await here.watch.more(50)
            await stop_within_transaction(victim, is_pending)
            orphaned = partitions_of(victim)
            await here.fleet.kill(victim)
            here.fleet.spawn()
            recoveries.append(await here.watch.recovery(orphaned))
            await here.fleet.kill(here.fleet.running[0])
        await here.fleet.grow()
        verdict = await here.close()
    figures(
        takeovers=SCALE.takeovers,
        recovery_most=max(recoveries),
        **vars(verdict),
    )


@pytest.mark.parametrize(
    "write_timeout",
    [
        pytest.param(30, id="finds-itself-fenced"),
        pytest.param(1, id="finds-its-write-timed-out", marks=pytest.mark.long),
    ],
)
async def test_a_zombie_that_wakes_up_within_a_transaction_repeats_nothing_and_works_again(
    bootstrap, tmp_path, figures, write_timeout
):
    """Stopped past its session, it wakes with a transaction in hand that another has replaced."""
    async with (
        scene(bootstrap, tmp_path, write_timeout=write_timeout) as here,
        pending(here.settings) as is_pending,
    ):
        (zombie,) = await here.fleet.grow()
        await here.watch.more(50)
        await stop_within_transaction(zombie, is_pending)
        (heir,) = await here.fleet.grow()
        recovery = await here.watch.recovery(range(6))
        await here.watch.more(100)
        zombie.signal(signal.SIGCONT)
        await heir.until_metric("dyadwire_rebalances_total", 2)
        await here.watch.recovery(range(6))
        await asyncio.gather(zombie.ready(), heir.ready())
        shares = [await one.metric("dyadwire_partitions_assigned") for one in here.fleet.running]
        verdict = await here.close()
    assert shares == [3, 3], "the zombie has joined the group again"
    figures(recovery=recovery, **vars(verdict))


async def test_a_transaction_that_the_broker_gave_up_is_written_again(bootstrap, tmp_path, figures):
    """Stopped for longer than a transaction may last, but not long enough to leave the group."""
    async with (
        scene(
            bootstrap,
            tmp_path,
            session_timeout=60,
            rebalance_timeout=60,
            transaction_timeout=4,
            write_timeout=3,
        ) as here,
        pending(here.settings) as is_pending,
    ):
        (service,) = await here.fleet.grow()
        await here.watch.more(50)
        await stop_within_transaction(service, is_pending)
        await is_pending.over()
        service.signal(signal.SIGCONT)
        recovery = await here.watch.recovery(range(6))
        verdict = await here.close()
    figures(recovery=recovery, **vars(verdict))


@pytest.mark.long
async def test_a_transactional_id_that_the_broker_forgot_is_made_anew(tmp_path):
    """After a week without news by default; here after two seconds."""
    forgetful = {
        "transactional.id.expiration.ms": "2000",
        "transaction.remove.expired.transaction.cleanup.interval.ms": "500",
        "producer.id.expiration.ms": "2000",
        "producer.id.expiration.check.interval.ms": "500",
    }
    with LocalKafka(properties=forgetful) as kafka:
        settings = fresh_settings(kafka.bootstrap_servers)
        await make_topics(settings, partitions=2)
        async with replica(settings, tmp_path / "log") as service, Reader(settings) as reader:
            for silence in range(3):
                first = 20 * silence
                await publish(settings, [article(n) for n in range(first, first + 20)])
                await reader.read_until(first + 20, settle=0)
                await asyncio.sleep(6)
            seen = await reader.read_until(60)
            assert await service.terminate() == 0
    assert seen.ids() == {f"article-{number:06d}": 1 for number in range(60)}
