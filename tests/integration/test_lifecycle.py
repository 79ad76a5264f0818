"""Starts, stops, crashes and rebalances on a real broker: nothing lost, nothing twice."""

import asyncio
import json
import struct
from collections import Counter

from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c

from tests.integration.harness import (
    Reader,
    article,
    committed,
    fresh_settings,
    make_topics,
    publish,
    replica,
)


def expected(count: int) -> Counter[str]:
    return Counter({f"article-{number:06d}": 1 for number in range(count)})


async def test_order_is_kept_within_a_key_by_several_workers(bootstrap, tmp_path):
    """An article that is corrected again and again comes out in the order of its versions."""
    settings = fresh_settings(bootstrap, workers=2, batch_max_records=200)
    await make_topics(settings, partitions=3)
    stories = [f"story-{n % 7}" for n in range(700)]
    versions = [article(n, id=story, url=f"v/{n}") for n, story in enumerate(stories)]
    keyed = [v._replace(key=s.encode()) for v, s in zip(versions, stories, strict=True)]
    await publish(settings, keyed)
    async with replica(settings, tmp_path / "log"), Reader(settings) as reader:
        seen = await reader.read_until(700)
    came: dict[bytes, list[str]] = {}
    for record in seen.enriched:
        came.setdefault(record.key, []).append(json.loads(record.value)["article"]["url"])
    assert came == {f"story-{k}".encode(): [f"v/{n}" for n in range(k, 700, 7)] for k in range(7)}


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
