"""Records in, one outcome each: no record raises, none touches its neighbours."""

import json
import logging
import pickle
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import cloudevents
from contracts.deadletter import DeadLetter, RejectReason
from contracts.events import EnrichedArticle
from contracts.parsing import parse_article
from contracts.record import Record, header_text
from service.pipeline import MAX_OUTPUT_BYTES, Enriched, InputRecord, Pipeline, Rejected
from tests.fakes import FakeEnricher, enriched, fake_pipeline

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def record(value=b"", *, offset=0, timestamp_ms=1_700_000_000_000, key=b"k", headers=()):
    return InputRecord("articles", 2, offset, timestamp_ms, key, value, tuple(headers))


def article(number, **fields):
    body = {"id": f"a{number}", "text": "Japan and Vietnam met."} | fields
    return record(json.dumps(body).encode(), offset=number)


def process(*records, enricher=None, max_article_bytes=1_000):
    pipeline = Pipeline(enricher or FakeEnricher(), max_article_bytes=max_article_bytes)
    return pipeline.process(records).outcomes


def letter(rejected):
    return DeadLetter.from_record(*rejected.dead_letter)


BAD = {
    "null": (None, RejectReason.NULL_VALUE, "value"),
    "empty": (b"", RejectReason.MALFORMED_JSON, "value"),
    "malformed": (b'{"id": "x", ', RejectReason.MALFORMED_JSON, "value"),
    "no utf-8": (b'{"id": "\xff"}', RejectReason.MALFORMED_JSON, "value"),
    "lone surrogate": (b'{"id": "x", "text": "\\ud800"}', RejectReason.MALFORMED_JSON, "value"),
    "nested": (b"[" * 900, RejectReason.MALFORMED_JSON, "value"),
    "no text": (b'{"id": "x"}', RejectReason.INVALID_FIELD, "text"),
    "withheld": (
        b'{"uri": "x", "pubStatus": "withheld"}',
        RejectReason.NOT_PUBLISHABLE,
        "pubStatus",
    ),
    "oversized": (b"{" + b" " * 1_000, RejectReason.TOO_LARGE, "value"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_record_is_rejected_as_it_was_read_and_its_neighbours_are_not(name):
    value, reason, field = BAD[name]
    headers = (("origin", b"\xff\x00"), ("empty", None))
    bad = record(value, offset=7, key=b"\xfe", headers=headers)
    before, rejected, after = process(article(6), bad, article(8))
    assert [before, after] == process(article(6), article(8))
    assert isinstance(rejected, Rejected)
    assert (rejected.offset, rejected.reason, rejected.field) == (7, reason, field)
    told = letter(rejected)
    assert (told.key, told.value, told.headers) == (b"\xfe", value, headers)
    assert (told.topic, told.partition, told.offset) == ("articles", 2, 7)
    assert (told.reason, told.field, told.message) == (reason, field, rejected.message)
    assert told.timestamp_ms == 1_700_000_000_000


def test_the_largest_article_is_taken_and_one_byte_more_is_not():
    value = article(1).value
    outcome, refused = process(record(value), record(value + b" "), max_article_bytes=len(value))
    assert isinstance(outcome, Enriched)
    assert refused.reason is RejectReason.TOO_LARGE
    assert str(len(value) + 1) in refused.message


def test_no_records_and_no_good_records_ask_the_enricher_for_nothing():
    class Unasked:
        def enrich(self, *_, **__):
            raise AssertionError("asked for nothing")

    assert process(enricher=Unasked()) == []
    (refused,) = process(record(None), enricher=Unasked())
    assert refused.reason is RejectReason.NULL_VALUE


@given(st.lists(st.sampled_from(["good", "RAISE", None]), max_size=12))
def test_outcomes_keep_the_order_of_the_records(titles):
    records = [
        record(None, offset=n) if title is None else article(n, title=title)
        for n, title in enumerate(titles)
    ]
    outcomes = process(*records)
    assert [outcome.offset for outcome in outcomes] == list(range(len(titles)))
    for title, outcome in zip(titles, outcomes, strict=True):
        assert isinstance(outcome, Enriched) == (title == "good")
        if title == "good":
            assert outcome.article_id == f"a{outcome.offset}"


def test_one_article_that_raises_costs_itself_alone():
    good = [article(number) for number in range(5)]
    outcomes = process(*good[:2], article(9, title="RAISE", text="a secret text"), *good[2:])
    refused = outcomes.pop(2)
    assert outcomes == process(*good)
    assert (refused.reason, refused.field) == (RejectReason.ENRICHMENT_FAILED, None)
    assert refused.message.startswith("RuntimeError in _enrich (fakes.py:")


def test_the_message_of_a_failure_holds_nothing_of_the_article(caplog):
    class Tells(FakeEnricher):
        def _enrich(self, article):
            raise ValueError(article.text)

    (refused,) = process(article(1, text="the secret text"), enricher=Tells())
    assert "secret" not in refused.message
    assert "secret" not in str(refused.dead_letter.headers)
    (line,) = caplog.records
    assert line.article_id == "a1"
    assert line.exc_info, "the log tells more"


def test_a_batch_that_failed_is_logged_with_its_cause(caplog):
    with caplog.at_level(logging.WARNING):
        process(article(1), article(2, title="RAISE"))
    assert "a batch of 2 failed" in caplog.text
    assert "RuntimeError in _enrich" in caplog.text


@pytest.mark.parametrize("change", [-1, 1])
def test_an_enricher_that_returns_too_few_or_too_many_gives_no_one_another_s_result(change):
    class Miscounts(FakeEnricher):
        """Miscounts batches; single articles are right."""

        def enrich(self, articles, **_):
            results = [enriched(one) for one in articles]
            if len(articles) == 1:
                return results
            return results[:change] if change < 0 else [results[0], *results]

    outcomes = process(article(1), article(2), article(3), enricher=Miscounts())
    assert [outcome.article_id for outcome in outcomes] == ["a1", "a2", "a3"]


@pytest.mark.parametrize("results", [0, 2])
def test_an_enricher_that_miscounts_a_single_article_rejects_it(results):
    class Miscounts(FakeEnricher):
        def enrich(self, articles, **_):
            return [enriched(one) for one in articles] * results

    outcomes = process(article(1), article(2), enricher=Miscounts())
    assert [outcome.reason for outcome in outcomes] == [RejectReason.ENRICHMENT_FAILED] * 2


class Returns(FakeEnricher):
    """Gives what `change` makes of the usual result, for titles that say CHANGE."""

    def __init__(self, **change):
        self.change = change

    def _enrich(self, article):
        result = enriched(article)
        return result.model_copy(update=self.change) if article.title == "CHANGE" else result


def test_a_result_that_cannot_be_written_costs_itself_alone():
    """A lone surrogate, say, of which no UTF-8 can be made."""
    broken = enriched(fake_article()).article.model_copy(update={"title": "\ud800"})
    outcomes = process(
        article(1), article(2, title="CHANGE"), article(3), enricher=Returns(article=broken)
    )
    assert [type(outcome) for outcome in outcomes] == [Enriched, Rejected, Enriched]
    assert outcomes[1].reason is RejectReason.ENRICHMENT_FAILED


def fake_article():
    return parse_article(article(0).value)


def test_an_output_that_is_too_large_is_a_dead_letter_that_names_it():
    result = enriched(fake_article())
    (dyad,) = result.dyads
    (evidence,) = dyad.evidence
    long = evidence.model_copy(update={"text": "x" * (MAX_OUTPUT_BYTES // 2)})
    enricher = Returns(dyads=(dyad.model_copy(update={"evidence": (long,) * 2}),))
    outcomes = process(article(1), article(2, title="CHANGE"), enricher=enricher)
    assert isinstance(outcomes[0], Enriched)
    refused = outcomes[1]
    assert (refused.reason, refused.field) == (RejectReason.OUTPUT_TOO_LARGE, "article")
    assert str(MAX_OUTPUT_BYTES) in refused.message
    assert refused.dead_letter.value == article(2, title="CHANGE").value


def test_what_is_written_is_the_event_and_one_more_for_each_dyad():
    (outcome,) = process(article(1, url="https://example.org/1"))
    assert (outcome.language, outcome.status, outcome.stances) == ("en", "full", ("supportive",))
    event = cloudevents.read_event(*outcome.article)
    assert isinstance(event, EnrichedArticle)
    assert event.article.url == "https://example.org/1"
    assert [dyad.key for dyad in outcome.dyads] == [b"JPN-VNM"]


def test_the_same_record_gives_the_same_bytes():
    assert process(article(1)) == process(article(1))


@pytest.mark.parametrize(
    ("timestamp_ms", "time"),
    [
        (-1, "1970-01-01T00:00:00Z"),
        (-(2**63), "1970-01-01T00:00:00Z"),
        (1_700_000_000_123, "2023-11-14T22:13:20.123000Z"),
        (2**63 - 1, "9999-12-31T00:00:00Z"),
    ],
)
def test_any_timestamp_is_survived(timestamp_ms, time):
    good, refused = process(
        article(1)._replace(timestamp_ms=timestamp_ms), record(None, timestamp_ms=timestamp_ms)
    )
    assert header_text(good.article.headers, "ce_time") == time
    assert letter(refused).timestamp_ms == timestamp_ms


def test_a_trace_goes_on_as_a_child_in_every_output():
    headers = (("traceparent", TRACE.encode()), ("tracestate", b"vendor=1"))
    (outcome,) = process(article(1)._replace(headers=headers))
    spans = set()
    for output in (outcome.article, *outcome.dyads):
        _, trace_id, span_id, _ = (header_text(output.headers, "traceparent") or "").split("-")
        assert trace_id == TRACE.split("-")[1]
        assert header_text(output.headers, "tracestate") == "vendor=1"
        spans.add(span_id)
    assert TRACE.split("-")[2] not in spans


def test_a_dead_letter_keeps_the_trace_it_came_with():
    headers = (("traceparent", TRACE.encode()),)
    (refused,) = process(record(None, headers=headers))
    assert letter(refused).headers == headers


def test_an_invalid_trace_is_ignored():
    (outcome,) = process(article(1)._replace(headers=(("traceparent", b"garbage"),)))
    assert header_text(outcome.article.headers, "traceparent") is None


def test_attempts_count_on_from_what_was_redriven():
    (refused,) = process(record(None, headers=(("dlq-attempts", b"4"), ("mine", b"1"))))
    assert letter(refused).attempts == 5
    assert letter(refused).headers == (("mine", b"1"),)


def test_each_stage_is_timed_also_where_it_fails():
    clock = count()
    pipeline = Pipeline(FakeEnricher(), max_article_bytes=1_000, clock=lambda: float(next(clock)))
    assert pipeline.process([article(1)]).seconds == {"parse": 1, "fake": 1, "serialise": 1}
    failed = pipeline.process([article(1), article(2, title="RAISE")]).seconds
    assert failed == {"parse": 1, "fake": 3, "serialise": 1}, "the batch, then each alone"


def test_outcomes_survive_the_way_between_processes():
    processed = fake_pipeline(1_000).process([article(1), record(None)])
    again = pickle.loads(pickle.dumps(processed))
    assert again == processed
    assert isinstance(again.outcomes[0].article, Record)
