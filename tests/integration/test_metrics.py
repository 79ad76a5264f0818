"""What alerts look at follows the assignment: readiness, and the progress of each partition."""

import asyncio
import time

from contracts.record import Record
from tests.integration.harness import (
    Reader,
    article,
    fresh_settings,
    make_topics,
    publish,
    replica,
)

LAG = "dyadwire_consumer_lag_records"
PROGRESS = "dyadwire_partition_progress_timestamp_seconds"


async def partitions(of, name):
    """The value of each partition's series."""
    _, text = await of.get("/metrics")
    lines = (line for line in text.splitlines() if line.startswith(name + "{"))
    return {line.split('"')[1]: float(line.rsplit(" ", 1)[1]) for line in lines}


async def test_progress_is_told_for_assigned_partitions_alone(bootstrap, tmp_path):
    settings = fresh_settings(bootstrap)
    await make_topics(settings, partitions=2)
    began = time.time()
    async with replica(settings, tmp_path / "a") as one:
        assert set(await partitions(one, PROGRESS)) == {"0", "1"}
        assert min((await partitions(one, PROGRESS)).values()) >= began - 1
        async with replica(settings, tmp_path / "b") as other:
            await one.ready()
            shares = [set(await partitions(each, PROGRESS)) for each in (one, other)]
            assert sorted(map(len, shares)) == [1, 1]
            assert shares[0] | shares[1] == {"0", "1"}


async def test_a_partition_that_hangs_shows_lag_and_no_progress_and_its_neighbour_goes_on(
    bootstrap, tmp_path
):
    settings = fresh_settings(bootstrap, worker_timeout=120, stall_timeout=900)
    await make_topics(settings, partitions=2)
    async with replica(settings, tmp_path / "log") as service:
        await publish(settings, [article(1, title="HANG")], partition=1)
        while not (await partitions(service, LAG)).get("1"):  # noqa: ASYNC110 another process
            await asyncio.sleep(0.2)
        before = after = await partitions(service, PROGRESS)
        while after["0"] == before["0"]:
            await asyncio.sleep(0.2)
            after = await partitions(service, PROGRESS)
        assert after["1"] == before["1"]
        assert await partitions(service, LAG) == {"0": 0, "1": 1}


async def test_a_halted_replica_is_not_ready_and_says_so_in_its_metrics(bootstrap, tmp_path):
    settings = fresh_settings(bootstrap, dead_letter_max_run=3)
    await make_topics(settings, partitions=1)
    async with replica(settings, tmp_path / "log") as service:
        assert await service.metric("dyadwire_ready") == 1
        await publish(settings, [Record(b"bad", b"{") for _ in range(5)])
        await service.ready(until="halted")
        assert await service.metric("dyadwire_ready") == 0
        assert await service.metric("dyadwire_halted") == 1
        assert await partitions(service, PROGRESS) == {}


async def test_stances_are_counted_by_region_and_pair(bootstrap, tmp_path):
    settings = fresh_settings(bootstrap)
    await make_topics(settings, partitions=1)
    async with replica(settings, tmp_path / "log") as service:
        await publish(settings, [article(number) for number in range(5)])
        async with Reader(settings) as reader:
            await reader.read_until(5)
        text = (await service.get("/metrics"))[1]
    assert 'dyadwire_dyads_produced_total{region="030",stance="supportive"} 5.0' in text
    assert 'dyadwire_busiest_dyads_total{dyad="JPN-VNM",stance="supportive"} 5.0' in text
