"""A broker that is slow to take what is written: memory is bounded, the membership is kept."""

import asyncio

import psutil
import pytest

from deploy.local.broker import LocalKafka
from service.transport.partition import READ_AHEAD
from tests.faults.load import fake_body
from tests.faults.scale import SCALE
from tests.faults.scene import PARTITIONS, scene

ARTICLE_BYTES = 20_000
BATCH = 64
IN_WORK = PARTITIONS * (2 * READ_AHEAD + 2) * BATCH
"""Of each partition: what is committed (a batch and those that waited behind it), what is
processed, and what waits to be queued."""
ROOM = 100e6
"""Bytes for what is in work (45 MB), one fetch of each partition, and what Python keeps of it."""
STOPPED, RUNNING = 0.9, 0.1
"""Seconds of each second that the broker stands still and runs."""


def large_body(serial):
    return fake_body(serial) | {"text": f"{serial} " + "x" * ARTICLE_BYTES}


@pytest.mark.timeout(3600)
async def test_a_slow_broker_costs_neither_memory_nor_the_membership(tmp_path, figures):
    """It answers a tenth of the time, while a backlog waits to be read as fast as it can be."""
    with LocalKafka() as kafka:
        async with scene(
            kafka.bootstrap_servers, tmp_path, rate=1, body=large_body, batch_max_records=BATCH
        ) as here:
            await here.load.burst(SCALE.backlog)
            (service,) = await here.fleet.grow()
            process = psutil.Process(service.process.pid)
            before = process.memory_info().rss
            rebalances = await service.metric("dyadwire_rebalances_total")
            in_flight, memory = [0.0], [before]
            for _ in range(round(SCALE.pause)):
                kafka.pause()
                await asyncio.sleep(STOPPED)
                kafka.resume()
                await asyncio.sleep(RUNNING)
                in_flight.append(await service.metric("dyadwire_records_in_flight"))
                memory.append(process.memory_info().rss)
            handled_slowly = here.watch.handled
            verdict = await here.close()
            memory.append(process.memory_info().rss)
            assert await service.metric("dyadwire_rebalances_total") == rebalances
            assert await service.metric("dyadwire_group_sessions_total") == 0
    assert max(in_flight) <= IN_WORK
    assert max(memory) - before < ROOM
    figures(
        backlog_MB=SCALE.backlog * ARTICLE_BYTES / 1e6,
        handled_while_slow=handled_slowly,
        most_in_flight=int(max(in_flight)),
        memory_grew_MB=(max(memory) - before) / 1e6,
        **vars(verdict),
    )


@pytest.mark.long
async def test_a_broker_that_stands_still_for_a_while_costs_nothing(tmp_path, figures):
    with LocalKafka() as kafka:
        async with scene(kafka.bootstrap_servers, tmp_path) as here:
            await here.fleet.grow(2)
            await here.watch.more(100)
            kafka.pause()
            await asyncio.sleep(SCALE.pause)
            kafka.resume()
            recovery = await here.watch.recovery(range(PARTITIONS))
            verdict = await here.close()
    figures(still=SCALE.pause, recovery=recovery, **vars(verdict))
