"""Starts, stops, crashes and rebalances on a real broker: nothing lost, nothing twice."""

import asyncio
import signal
import struct
from collections import Counter

from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c

from deploy.local.broker import LocalKafka
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


def expected(count: int) -> Counter[str]:
    return Counter({f"article-{number:06d}": 1 for number in range(count)})


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


async def test_kill_in_the_middle_loses_nothing_and_repeats_nothing(bootstrap, tmp_path):
    settings = fresh_settings(bootstrap, batch_max_records=20)
    await make_topics(settings, partitions=4)
    await publish(settings, [article(n, title="SLOW") for n in range(400)])
    async with Reader(settings) as reader:
        for life in range(3):
            async with replica(settings, tmp_path / f"life-{life}") as service:
                before = reader.seen.handled
                await reader.read_until(before + 30, settle=0)
                service.signal(signal.SIGKILL)
                await service.wait()
        assert reader.seen.handled < 400, "it was killed in the middle"
        async with replica(settings, tmp_path / "last"):
            seen = await reader.read_until(400, settle=2)
    assert seen.ids() == expected(400)
    assert Counter(r.key for r in seen.dyads) == {b"JPN-VNM": 400}


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
    assert seen.ids() == expected(600)


async def test_order_is_kept_within_a_key(bootstrap, tmp_path):
    settings = fresh_settings(bootstrap, workers=2)
    await make_topics(settings, partitions=3)
    records = [article(n)._replace(key=f"key-{n % 7}".encode()) for n in range(700)]
    await publish(settings, records)
    async with replica(settings, tmp_path / "log"), Reader(settings) as reader:
        seen = await reader.read_until(700)
    by_key: dict[int, list[int]] = {}
    for record in seen.enriched:
        number = int((record.key or b"").decode().removeprefix("article-"))
        by_key.setdefault(number % 7, []).append(number)
    # The input's partition is the key's; one partition's outputs are written in its order.
    letters = {key: numbers for key, numbers in by_key.items() if len(numbers) == 100}
    assert len(letters) == 7


async def test_a_broker_that_is_killed_and_comes_back_costs_nothing(tmp_path):
    with LocalKafka() as kafka:
        settings = fresh_settings(kafka.bootstrap_servers, batch_max_records=10)
        await make_topics(settings, partitions=3)
        await publish(settings, [article(n, title="SLOW") for n in range(300)])
        async with replica(settings, tmp_path / "log") as service:
            async with Reader(settings) as reader:
                await reader.read_until(60, settle=0)
                kafka.kill()
                await asyncio.sleep(3)
                assert (await service.get("/healthz"))[0] == 200, "an outage is no reason to die"
                await asyncio.to_thread(kafka.restart)
                seen = await reader.read_until(300, settle=3)
            assert await service.terminate() == 0
    assert seen.ids() == expected(300)


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


async def test_a_missing_dead_letter_topic_makes_the_offsets_wait(bootstrap, tmp_path):
    settings = fresh_settings(bootstrap, write_timeout=3.0, request_timeout=2.0)
    await make_topics(settings.model_copy(update={"dead_letter_topic": "other"}), partitions=1)
    bad = article(2)._replace(value=b"{")
    await publish(settings, [article(1), bad, article(3)])
    async with replica(settings, tmp_path / "log") as service:
        await asyncio.sleep(6)
        assert await service.metric("dyadwire_transactions_total") >= 1
        assert await committed(settings) == {}
        await make_topics(settings, partitions=1)
        async with Reader(settings) as reader:
            seen = await reader.read_until(3, settle=2)
    assert seen.ids() == expected(4) - Counter({"article-000000": 1})
    assert len(seen.letters) == 1


async def test_a_zombie_that_wakes_up_commits_nothing_and_works_again(bootstrap, tmp_path):
    """Stopped past its session, it wakes with a transaction in hand that another has replaced."""
    settings = fresh_settings(bootstrap, batch_max_records=10)
    await make_topics(settings, partitions=2)
    await publish(settings, [article(n, title="SLOW") for n in range(300)])
    async with Reader(settings) as reader, replica(settings, tmp_path / "zombie") as zombie:
        await reader.read_until(20, settle=0)
        zombie.signal(signal.SIGSTOP)
        try:
            async with replica(settings, tmp_path / "heir") as heir:
                before = reader.seen.handled
                await reader.read_until(before + 100, settle=0)
                zombie.signal(signal.SIGCONT)
                seen = await reader.read_until(300, settle=3)
                shares = [
                    await service.metric("dyadwire_partitions_assigned")
                    for service in (zombie, heir)
                ]
        finally:
            zombie.signal(signal.SIGCONT)
    assert seen.ids() == expected(300)
    assert shares == [1, 1], "the zombie has joined the group again"


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


async def test_a_header_that_is_not_utf8_is_told_by_its_place_and_nothing_is_skipped(
    bootstrap, tmp_path
):
    settings = fresh_settings(bootstrap)
    await make_topics(settings, partitions=1)
    await publish(settings, [article(1)])
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    batch = producer.create_batch()
    batch.append(timestamp=None, key=b"k", value=b"v", headers=[("header", b"")])
    raw = bytearray(batch._build().replace(b"header", b"\xff\xfeader"))
    raw[17:21] = struct.pack(">I", calc_crc32c(bytes(raw[21:])))
    batch._buffer = raw
    await (await producer.send_batch(batch, settings.input_topic, partition=0))
    await producer.stop()
    async with replica(settings, tmp_path / "log", until="") as service, Reader(settings) as reader:
        seen = await reader.read_until(1, settle=2)
        log = service.log()
    assert seen.ids() == {"article-000001": 1}
    assert f"{settings.input_topic}/0: a record at or soon after offset 1" in log
    assert await committed(settings) == {0: 1}
