"""The stream end to end on a real broker: what goes in comes out, once, or is a dead letter."""

import os
import subprocess
import sys

import pytest
from aiokafka import AIOKafkaProducer

from contracts import cloudevents
from contracts.deadletter import RejectReason
from contracts.events import DyadEvent, EnrichedArticle
from contracts.record import Record, header_text
from tests.integration.harness import (
    Reader,
    article,
    committed,
    fresh_settings,
    make_topics,
    publish,
    replica,
)

TRACEPARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
async def settings(bootstrap):
    # Topics take more than the service does: the largest refused record must fit the dead letters.
    chosen = fresh_settings(bootstrap, max_article_bytes=200_000)
    await make_topics(chosen.model_copy(update={"max_article_bytes": 8_000_000}), partitions=3)
    return chosen


async def test_each_article_comes_out_as_one_enriched_event_and_its_dyads(settings, tmp_path):
    records = [article(number) for number in range(300)]
    await publish(settings, records)
    async with replica(settings, tmp_path / "log"), Reader(settings) as reader:
        seen = await reader.read_until(300)
    assert seen.ids() == {f"article-{number:06d}": 1 for number in range(300)}
    assert len(seen.dyads) == 300
    assert not seen.letters
    event = cloudevents.read_event(*seen.enriched[0])
    assert isinstance(event, EnrichedArticle)
    assert header_text(seen.enriched[0].headers, "ce_type") == "dyadwire.article.enriched.v1"
    dyad = cloudevents.read_event(*seen.dyads[0])
    assert isinstance(dyad, DyadEvent)
    assert seen.dyads[0].key == b"JPN-VNM"
    assert sum((await committed(settings)).values()) == 300


async def test_trace_context_travels_on(settings, tmp_path):
    record = article(1)._replace(
        headers=(("traceparent", TRACEPARENT), ("tracestate", b"vendor=value"))
    )
    await publish(settings, [record])
    async with replica(settings, tmp_path / "log"), Reader(settings) as reader:
        seen = await reader.read_until(1)
    trace, parent = TRACEPARENT.decode().split("-")[1:3]
    for output in (*seen.enriched, *seen.dyads):
        sent = header_text(output.headers, "traceparent") or ""
        assert sent.split("-")[1] == trace
        assert sent.split("-")[2] != parent
        assert header_text(output.headers, "tracestate") == "vendor=value"


BAD = {
    "malformed": (Record(b"malformed", b'{"id": "x", '), RejectReason.MALFORMED_JSON, "value"),
    "array": (Record(b"array", b"[1, 2]"), RejectReason.MALFORMED_JSON, "value"),
    "null": (Record(b"null", None), RejectReason.NULL_VALUE, "value"),
    "no id": (Record(b"no id", b'{"text": "x"}'), RejectReason.INVALID_FIELD, "id"),
    "date": (article(7, published_at="soon"), RejectReason.INVALID_FIELD, "published_at"),
    "oversized": (article(8, text="word " * 700_000), RejectReason.TOO_LARGE, "value"),
    "raises": (article(9, title="RAISE"), RejectReason.ENRICHMENT_FAILED, None),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_record_becomes_a_dead_letter_and_its_neighbours_do_not(
    settings, tmp_path, name
):
    bad, reason, field = BAD[name]
    bad = bad._replace(headers=(("origin", b"\xff\x00"), ("empty", None)))
    good = [article(number) for number in range(100, 110)]
    await publish(settings, [*good[:5], bad, *good[5:]], partition=1)
    async with replica(settings, tmp_path / "log"), Reader(settings) as reader:
        seen = await reader.read_until(11)
    assert sorted(r.key or b"" for r in seen.enriched) == [r.key for r in good]
    (letter,) = seen.letters
    assert (letter.reason, letter.field) == (reason, field)
    assert (letter.key, letter.value, letter.headers) == bad, "the bytes as read"
    assert (letter.topic, letter.partition, letter.offset) == (settings.input_topic, 1, 5)
    assert letter.attempts == 1
    assert letter.message
    assert (await committed(settings))[1] == 11


async def test_a_dead_letter_with_neither_key_nor_value_is_written(settings, tmp_path, bootstrap):
    """aiokafka's send refuses such a record, but a broker may hold one."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    batch = producer.create_batch()
    batch.append(timestamp=None, key=None, value=None)
    await (await producer.send_batch(batch, settings.input_topic, partition=0))
    await producer.stop()
    async with replica(settings, tmp_path / "log"), Reader(settings) as reader:
        seen = await reader.read_until(1)
    assert [(letter.key, letter.value, letter.reason) for letter in seen.letters] == [
        (None, None, RejectReason.NULL_VALUE)
    ]


async def test_a_record_that_kills_the_worker_is_found_and_its_neighbours_live(settings, tmp_path):
    records = [article(n, title="CRASH" if n == 17 else None) for n in range(40)]
    await publish(settings, records, partition=0)
    async with replica(settings, tmp_path / "log") as service, Reader(settings) as reader:
        seen = await reader.read_until(40)
        losses = await service.metric("dyadwire_worker_losses_total")
    assert [letter.key for letter in seen.letters] == [b"article-000017"]
    assert seen.letters[0].reason is RejectReason.WORKER_CRASHED
    assert len(seen.enriched) == 39
    assert losses >= 2


async def test_a_record_that_hangs_the_worker_is_found_and_its_neighbours_live(settings, tmp_path):
    settings = settings.model_copy(update={"worker_timeout": 1.0})
    records = [article(n, title="HANG" if n == 2 else None) for n in range(4)]
    await publish(settings, records, partition=0)
    async with replica(settings, tmp_path / "log"), Reader(settings) as reader:
        seen = await reader.read_until(4)
    assert [letter.key for letter in seen.letters] == [b"article-000002"]
    assert seen.letters[0].reason is RejectReason.WORKER_TIMEOUT
    assert len(seen.enriched) == 3


async def test_too_many_dead_letters_halt_the_service_and_leave_the_rest_where_it_is(
    bootstrap, tmp_path
):
    settings = fresh_settings(bootstrap, dead_letter_max_run=20, batch_max_records=10)
    await make_topics(settings, partitions=1)
    await publish(settings, [Record(str(n).encode(), b"no json") for n in range(100)])
    async with replica(settings, tmp_path / "log", until="halted") as service:
        async with Reader(settings) as reader:
            seen = await reader.read_until(10, settle=2)
        assert (await service.get("/readyz"))[0] == 503
        assert (await service.get("/healthz"))[0] == 200, "a restart would mend nothing"
        assert await service.metric("dyadwire_halted") == 1
        assert await service.terminate() == 1
    assert len(seen.letters) == 10, "the batch that reached the limit was not written"
    assert await committed(settings) == {0: 10}


async def test_batches_that_wait_for_a_commit_go_into_one_transaction(bootstrap, tmp_path):
    """All the same in order and each once, with a refused one among them."""
    settings = fresh_settings(bootstrap, batch_max_records=5)
    await make_topics(settings, partitions=1)
    records = [article(n) for n in range(1000)]
    records[500] = Record(b"refused", b"no json")
    await publish(settings, records)
    async with replica(settings, tmp_path / "log") as service, Reader(settings) as reader:
        seen = await reader.read_until(1000)
        await service.until_metric("dyadwire_batch_records_sum", 1000)
        transactions = await service.metric("dyadwire_transactions_total")
        batches = await service.metric("dyadwire_batch_records_count")
    assert [r.key for r in seen.enriched] == [r.key for r in records if r.key != b"refused"]
    assert [letter.key for letter in seen.letters] == [b"refused"]
    assert batches == transactions < 1000 / 5
    assert await committed(settings) == {0: 1000}


async def test_output_is_the_same_when_an_article_is_read_again(settings, tmp_path):
    """Ids are derived from the content, so that a subscriber can tell a replay."""
    await publish(settings, [article(1), article(1)], partition=0)
    async with replica(settings, tmp_path / "log"), Reader(settings) as reader:
        seen = await reader.read_until(2)
    first, second = seen.enriched
    assert first.value == second.value
    assert header_text(first.headers, "ce_id") == header_text(second.headers, "ce_id")


async def test_probes_and_metrics_tell_what_happens(settings, tmp_path):
    await publish(settings, [*(article(n) for n in range(50)), Record(b"bad", b"{")])
    async with replica(settings, tmp_path / "log") as service, Reader(settings) as reader:
        await reader.read_until(51)
        assert await service.get("/readyz") == (200, "ok\n")
        assert await service.get("/healthz") == (200, "ok\n")
        assert (await service.get("/"))[0] == 404
        assert (await service.get("/metrics/../settings"))[0] == 404
        assert await service.metric("dyadwire_records_consumed_total") == 51
        assert await service.metric("dyadwire_articles_enriched_total") == 50
        assert await service.metric("dyadwire_records_rejected_total") == 1
        assert await service.metric("dyadwire_dyads_produced_total") == 50
        assert await service.metric("dyadwire_records_produced_total") == 101
        assert await service.metric("dyadwire_article_age_seconds_count") == 51
        assert await service.metric("dyadwire_partitions_assigned") == 3
        assert await service.metric("dyadwire_consumer_lag_records") == 0
        assert await service.metric("dyadwire_records_in_flight") == 0
        log = list(service.log_lines())
    refused = [line for line in log if line.get("reason") == "malformed_json"]
    assert len(refused) == 1
    assert refused[0]["article_id"] == "bad"


def test_the_service_refuses_to_start_without_a_broker_address():
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DYADWIRE_")}
    done = subprocess.run(
        [sys.executable, "-m", "service", "run"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "DYADWIRE_BOOTSTRAP_SERVERS" in done.stderr
    assert "Traceback" not in done.stderr
