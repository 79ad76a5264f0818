"""Poison on a real broker, through the real pipeline: none stops the stream, none is lost."""

import asyncio
import itertools
import sys
import time
from collections.abc import Iterator

import psutil
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from contracts.deadletter import RejectReason
from contracts.record import Record
from deploy.local.broker import LocalKafka
from tests.faults import poison
from tests.faults.answers import LARGEST, Answers, configure, make_wide_topics
from tests.faults.scale import SCALE
from tests.faults.texts import LIMIT
from tests.integration.harness import (
    DEADLINE,
    Reader,
    article,
    committed,
    fresh_settings,
    make_topics,
    publish,
    replica,
)

REAL = "service"
CODECS = {"gzip": 1, "zstd": 4} if SCALE.long else {"zstd": 4}
BOMB = 300_000_000
"""Bytes that one small batch expands to."""
MUTATED, INVENTED, LENGTH = (8_000, 1_700, LIMIT) if SCALE.long else (250, 60, 8_000)
"""Mutated and invented records beside the hand-made, and bytes of the hostile texts."""
GIVE_UP = 3_000 if SCALE.long else 500
"""Seconds, of a shared machine."""


@pytest.fixture(scope="module")
def kafka() -> Iterator[LocalKafka]:
    with LocalKafka(heap_mb=768 if SCALE.long else 384) as broker:
        yield broker


async def until(done, *, within=60.0):
    """Whether `done`, a coroutine function, says so in time."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if await done():
            return True
        await asyncio.sleep(0.2)
    return False


def records():
    """Poison with a good article after every tenth, in an order that mixes all kinds."""
    kinds = (
        poison.by_hand(length=LENGTH).values(),
        poison.mutated(MUTATED, seed=20_261_125),
        poison.invented(INVENTED, number=20_261_125),
    )
    mixed = [one for some in itertools.zip_longest(*kinds) for one in some if one is not None]
    good = poison.record({"id": "neighbour", "text": "Japan praised Vietnam in Hanoi on Friday."})
    for start in range(0, len(mixed), 10):
        yield from mixed[start : start + 10]
        yield good


@pytest.mark.timeout(GIVE_UP + 60)
async def test_every_poison_is_enriched_or_a_dead_letter_that_names_its_field(
    kafka, tmp_path, capsys
):
    settings = fresh_settings(kafka.bootstrap_servers, workers=2)
    await make_wide_topics(settings, partitions=3)
    answers = Answers()
    await answers.publish(settings, records())
    started = time.monotonic()
    async with (
        replica(settings, tmp_path / "log", module=REAL) as service,
        Reader(settings) as reader,
    ):
        while reader.seen.handled < len(answers.sent) and time.monotonic() - started < GIVE_UP:
            await reader.read_until(len(answers.sent), settle=0)
        seen = await reader.read_until(len(answers.sent), settle=2)
        took = time.monotonic() - started
        lost = {
            how: await service.metric(f'dyadwire_worker_losses_total{{loss="{how}"}}')
            for how in ("crashed", "hung")
        }
        health, offsets = await service.get("/healthz"), await committed(settings)
        assert await service.terminate() == 0
        log = service.log()
    kinds = answers.check(seen)
    assert set(lost.values()) == {0.0}, "one was so heavy that it cost a worker"
    assert health == (200, "ok\n")
    assert sum(offsets.values()) == len(answers.sent)
    assert "Traceback" not in log
    with capsys.disabled():
        shown = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
        sys.stdout.write(f"\npoison: {len(answers.sent)} records in {took:.0f} s: {shown}\n")


async def test_a_dead_letter_topic_that_takes_too_little_makes_the_offsets_wait(kafka, tmp_path):
    settings = fresh_settings(
        kafka.bootstrap_servers, write_timeout=6.0, stall_timeout=8.0, worker_timeout=1.0
    )
    await make_wide_topics(settings, partitions=1)
    await configure(settings, settings.dead_letter_topic, {"max.message.bytes": "10000"})
    noise = bytes(range(256)) * 400  # of which lz4 makes little
    scrambled = bytes(a ^ b for a, b in zip(noise, noise[7:] + noise[:7], strict=True))
    large = Record(b"large", bytes(poison.random.Random(1).randbytes(100_000)) + scrambled)
    await publish(settings, [article(1), large, article(3)])
    async with replica(settings, tmp_path / "log") as service, Reader(settings) as reader:

        async def unhealthy():
            return (await service.get("/healthz"))[0] == 503

        assert await until(unhealthy), "a partition that stands still is seen from outside"
        assert "partitions [0]" in (await service.get("/healthz"))[1]
        _, metrics = await service.get("/metrics")
        assert "dyadwire_consumer_lag_records" in metrics
        failed = 'dyadwire_transactions_total{result="failed"} '
        (line,) = [line for line in metrics.splitlines() if line.startswith(failed)]
        assert float(line.removeprefix(failed)) > 0
        assert await committed(settings) == {}
        assert reader.seen.handled == 0
        assert settings.dead_letter_topic in service.log(), "it says which topic refuses"
        assert "max.message.bytes" in service.log(), "and what to mend"
        limit = {"max.message.bytes": str(LARGEST)}
        await configure(settings, settings.dead_letter_topic, limit)
        seen = await reader.read_until(3, settle=2)
        assert await service.terminate() == 0
    assert seen.ids() == {"article-000001": 1, "large": 1, "article-000003": 1}
    assert [letter.value for letter in seen.letters] == [large.value]
    assert await committed(settings) == {0: 3}


async def test_a_storm_of_dead_letters_stops_the_real_service_and_it_says_so(kafka, tmp_path):
    settings = fresh_settings(kafka.bootstrap_servers, dead_letter_max_run=100)
    await make_topics(settings, partitions=1)
    storm = [Record(str(n).encode(), b'{"id": "x", "text": 7}') for n in range(300)]
    await publish(settings, [*(article(n) for n in range(20)), *storm])
    async with replica(settings, tmp_path / "log", until="halted", module=REAL) as service:
        async with Reader(settings) as reader:
            seen = await reader.read_until(20, settle=3)
        assert "records in a row were refused" in (await service.get("/readyz"))[1]
        assert await service.metric("dyadwire_halted") == 1
        assert (await service.get("/healthz"))[0] == 200, "a restart would mend nothing"
        halted = [line for line in service.log_lines() if line.get("level") == "CRITICAL"]
        assert len(halted) == 1
        assert await service.terminate() == 1
    assert len(seen.enriched) == 20
    assert len(seen.letters) < 100
    assert {letter.reason for letter in seen.letters} <= {RejectReason.INVALID_FIELD}
    assert await committed(settings) == {0: seen.handled}, "the rest waits"


@pytest.mark.parametrize("codec", CODECS)
async def test_a_batch_that_expands_without_end_is_told_by_its_place_and_takes_no_memory(
    kafka, tmp_path, codec
):
    settings = fresh_settings(
        kafka.bootstrap_servers, stall_timeout=8.0, worker_timeout=1.0, fetch_max_bytes=100_000
    )
    await make_topics(settings, partitions=1)
    await publish(settings, [article(1)])
    await publish_bomb(settings, codec=CODECS[codec])
    async with replica(settings, tmp_path / "log", until="") as service, Reader(settings) as reader:
        seen = await reader.read_until(1, settle=0)
        most = 0
        place = f"{settings.input_topic}/0: a batch at or soon after offset 1"
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            most = max(most, psutil.Process(service.process.pid).memory_info().rss)
            status, health = await service.get("/healthz")
            if status == 503 and place in health:
                break
            await asyncio.sleep(0.05)
        assert status == 503
        assert place in health
        assert place in service.log()
        assert (await reader.read_until(1, settle=0)).handled == 1
        assert await service.terminate() in (0, 1)
    assert seen.ids() == {"article-000001": 1}
    assert await committed(settings) == {0: 1}
    assert most < BOMB, f"{most} bytes were held at most"


async def publish_bomb(settings, *, codec):
    """One record of zeros, which is a thousandth of its size on the broker."""
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=codec, is_transactional=0, producer_id=-1, producer_epoch=-1,
        base_sequence=-1, batch_size=2 * BOMB,
    )  # fmt: skip
    builder.append(0, timestamp=1_000, key=b"bomb", value=bytes(BOMB), headers=[])
    raw = builder.build()
    producer = AIOKafkaProducer(bootstrap_servers=settings.bootstrap_servers)
    await producer.start()
    batch = producer.create_batch()
    batch.append(timestamp=None, key=b"bomb", value=b"")
    batch._build()
    batch._buffer = bytearray(raw)
    await (await producer.send_batch(batch, settings.input_topic, partition=0))
    await producer.stop()
