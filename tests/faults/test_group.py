"""Rebalances while batches are in work, static members, partitions that are added."""

import asyncio

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from tests.faults.fleet import partitions_of
from tests.faults.load import slow_body
from tests.faults.scale import SCALE
from tests.faults.scene import PARTITIONS, scene
from tests.integration.harness import Reader, article, fresh_settings, make_topics, publish, replica


@pytest.mark.timeout(3600)
async def test_rebalances_in_a_row_while_slow_batches_are_in_work_repeat_nothing(
    bootstrap, tmp_path, moments, figures
):
    """A batch takes longer than a rebalance waits for it: it is given up and done again."""
    async with scene(
        bootstrap, tmp_path, rate=12, body=slow_body, rebalance_timeout=6, batch_max_records=100
    ) as here:
        (steady,) = await here.fleet.grow()
        await here.load.burst(20 * SCALE.rebalances)
        before = await steady.metric("dyadwire_rebalances_total")
        for _ in range(SCALE.rebalances):
            guest = here.fleet.spawn()
            await guest.ready()
            await asyncio.sleep(moments.uniform(0, 1))
            if moments.random() < 0.5:
                await here.fleet.terminate(guest)
            else:
                await here.fleet.kill(guest)
        verdict = await here.close()
        rebalances = await steady.metric("dyadwire_rebalances_total") - before
    assert rebalances >= SCALE.rebalances
    figures(rebalances=int(rebalances), **vars(verdict))


async def test_a_static_member_restarts_without_a_rebalance_of_the_others(
    bootstrap, tmp_path, figures
):
    """It does not leave: its partitions wait for it, and nobody else's are touched."""
    async with scene(bootstrap, tmp_path, session_timeout=120, rebalance_timeout=120) as here:
        (stays,) = await here.fleet.grow(group_instance_id="replica-0")
        (goes,) = await here.fleet.grow(group_instance_id="replica-1")
        await stays.until_metric("dyadwire_rebalances_total", 2)
        await here.watch.more(50)
        before = await stays.metric("dyadwire_rebalances_total")
        held = partitions_of(goes)
        assert await here.fleet.terminate(goes) == 0
        (back,) = await here.fleet.grow(group_instance_id="replica-1")
        recovery = await here.watch.recovery(range(PARTITIONS))
        assert partitions_of(back) == held
        await here.fleet.kill(back)
        await here.fleet.grow(group_instance_id="replica-1")
        await here.watch.recovery(range(PARTITIONS))
        assert await stays.metric("dyadwire_rebalances_total") == before
        verdict = await here.close()
    figures(recovery=recovery, **vars(verdict))


@pytest.mark.long
async def test_partitions_that_are_added_under_load_are_read_from_their_beginning(
    bootstrap, tmp_path, figures
):
    async with scene(bootstrap, tmp_path, partitions=2) as here:
        await here.fleet.grow(2)
        await here.watch.more(50)
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        await admin.start()
        await admin.create_partitions({here.settings.input_topic: NewPartitions(4)})
        await admin.close()
        recovery = await here.watch.recovery(range(4))
        verdict = await here.close()
    figures(recovery=recovery, **vars(verdict))


async def test_two_replicas_share_twelve_partitions_and_one_leaves(bootstrap, tmp_path):
    settings = fresh_settings(bootstrap, batch_max_records=10)
    await make_topics(settings, partitions=12)
    await publish(settings, [article(n, title="SLOW") for n in range(600)])
    async with Reader(settings) as reader, replica(settings, tmp_path / "stays") as stays:
        async with replica(settings, tmp_path / "leaves") as leaves:
            before = reader.seen.handled
            await reader.read_until(before + 60, settle=0)
            shares = {
                await service.metric("dyadwire_partitions_assigned") for service in (stays, leaves)
            }
            assert shares == {6.0}
            assert await leaves.terminate() == 0
        seen = await reader.read_until(600, settle=2)
        assert await stays.metric("dyadwire_partitions_assigned") == 12
        assert await stays.metric("dyadwire_rebalances_total") >= 3
    assert seen.ids() == {f"article-{number:06d}": 1 for number in range(600)}
