"""Brokers that are killed, restarted, too few, or all away: it waits, and goes on by itself."""

import asyncio
from collections.abc import Iterable, Iterator

import pytest

from deploy.local.broker import LocalKafka
from tests.faults.scale import SCALE
from tests.faults.scene import PARTITIONS, scene
from tests.integration.harness import Reader, Replica, article, fresh_settings, make_topics, publish

NODES = 3


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalKafka]:
    """Replication 3, min.isr 2."""
    with LocalKafka(nodes=NODES) as kafka:
        yield kafka


async def test_the_only_broker_killed_and_restarted_under_load_costs_nothing(tmp_path, figures):
    with LocalKafka() as kafka:
        async with scene(kafka.bootstrap_servers, tmp_path) as here:
            services = await here.fleet.grow(2)
            await here.watch.more(100)
            kafka.kill()
            await asyncio.sleep(SCALE.outage)
            for service in services:
                assert (await service.get("/healthz"))[0] == 200, "an outage is no reason to die"
            await asyncio.to_thread(kafka.restart)
            recovery = await here.watch.recovery(range(PARTITIONS))
            verdict = await here.close()
    figures(away=SCALE.outage, recovery=recovery, **vars(verdict))


@pytest.mark.timeout(1800)
async def test_one_of_three_brokers_killed_then_all_restarted_in_turn_costs_nothing(
    cluster, tmp_path, moments, figures
):
    async with scene(cluster.bootstrap_servers, tmp_path, replication=NODES) as here:
        await here.fleet.grow(2)
        await here.watch.more(100)
        victim = moments.randrange(NODES)
        cluster.kill(victim)
        recovery = await here.watch.recovery(range(PARTITIONS))
        await asyncio.to_thread(cluster.restart, victim)
        for node in range(NODES):
            await asyncio.to_thread(cluster.restart, node)
            await here.watch.recovery(range(PARTITIONS))
        verdict = await here.close()
    figures(brokers_killed=1, brokers_restarted=NODES, recovery=recovery, **vars(verdict))


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_all_brokers_away_for_a_while_costs_nothing(cluster, tmp_path, figures):
    async with scene(cluster.bootstrap_servers, tmp_path, replication=NODES) as here:
        services = await here.fleet.grow(2)
        await here.watch.more(100)
        for node in range(NODES):
            cluster.kill(node)
        await asyncio.sleep(SCALE.outage)
        for service in services:
            assert (await service.get("/healthz"))[0] == 200, "an outage is no reason to die"
        await _restart(cluster, range(NODES))
        recovery = await here.watch.recovery(range(PARTITIONS))
        verdict = await here.close()
    figures(away=SCALE.outage, recovery=recovery, **vars(verdict))


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_too_few_brokers_to_write_block_it_and_it_goes_on_by_itself(
    cluster, tmp_path, figures
):
    """Two of three down: less than min.isr, and no quorum."""
    async with scene(cluster.bootstrap_servers, tmp_path, replication=NODES) as here:
        services = await here.fleet.grow(2)
        await here.watch.more(100)
        cluster.kill(1)
        cluster.kill(2)
        await asyncio.sleep(SCALE.unwritable)
        assert all(service.process.poll() is None for service in services)
        await _restart(cluster, (1, 2))
        recovery = await here.watch.recovery(range(PARTITIONS))
        verdict = await here.close()
    figures(away=SCALE.unwritable, recovery=recovery, **vars(verdict))


async def _restart(cluster: LocalKafka, nodes: Iterable[int]) -> None:
    """Side by side: one alone is no quorum and would not come up."""
    await asyncio.gather(*(asyncio.to_thread(cluster.restart, node) for node in nodes))


async def test_a_service_that_starts_before_the_broker_waits_for_it_and_can_be_stopped(tmp_path):
    with LocalKafka() as kafka:
        settings = fresh_settings(kafka.bootstrap_servers)
        await make_topics(settings, partitions=1)
        kafka.kill()
        early = Replica(settings, tmp_path / "early")
        stopped = Replica(settings, tmp_path / "stopped")
        try:
            assert (await early.get("/healthz"))[0] == 200
            assert (await early.get("/readyz"))[0] == 503
            await stopped.port()
            await asyncio.sleep(1)
            assert await stopped.terminate() == 0
            await asyncio.to_thread(kafka.restart)
            await early.ready()
            await publish(settings, [article(1)])
            async with Reader(settings) as reader:
                seen = await reader.read_until(1)
            assert await early.terminate() == 0
        finally:
            await early.kill()
            await stopped.kill()
    assert seen.ids() == {"article-000001": 1}
