"""Our headers, read by the official CloudEvents SDK, and our reading side."""

import json
import re
from datetime import UTC, datetime

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka
from cloudevents.core.formats.json import JSONFormat

from contracts.cloudevents import (
    DYAD_TYPE,
    ENRICHED_TYPE,
    UnreadableEventError,
    dyad_record,
    enriched_record,
    read_event,
)
from contracts.events import dyad_events
from contracts.record import Record, header_text
from contracts.trace import parse

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def oracle(record: Record):
    """The record as the SDK sees it; it wants a dict of headers."""
    headers = dict(record.headers)
    assert len(headers) == len(record.headers)
    return from_kafka(KafkaMessage(headers, record.key, record.value), JSONFormat())


def test_the_sdk_reads_an_enriched_article(enriched, moment):
    event = oracle(enriched_record(enriched, time=moment))
    assert event.get_attributes() == {
        "specversion": "1.0",
        "type": "dyadwire.article.enriched.v1",
        "source": "/dyadwire",
        "id": event.get_id(),
        "subject": "wire-2026-0001",
        "time": datetime(2026, 3, 10, 8, 30, 5, 250_000, tzinfo=UTC),
        "datacontenttype": "application/json",
        "dataschema": "urn:dyadwire:schema:enriched-article:v1",
        "partitionkey": "wire-2026-0001",
        "topic": "medtop:11000000",
        "topics": "medtop:11000000,medtop:16000000",
        "region": "030",
        "regions": "030,035",
        "country": "JPN",
        "countries": "JPN,VNM,CHN",
        "stances": "supportive,opposing",
        "language": "en",
        "status": "full",
    }
    assert event.get_data() == enriched.model_dump(mode="json")


def test_the_sdk_reads_a_dyad(dyad, moment):
    record = dyad_record(dyad, time=moment)
    event = oracle(record)
    assert record.key == b"CHN-JPN"
    assert event.get_type() == "dyadwire.dyad.v1"
    assert event.get_subject() == "CHN/JPN/wire-2026-0001"
    assert event.get_dataschema() == "urn:dyadwire:schema:dyad-event:v1"
    extensions = ("partitionkey", "dyadsource", "dyadtarget", "stance", "topic", "region")
    assert [event.get_extension(name) for name in extensions] == [
        "CHN-JPN",
        "CHN",
        "JPN",
        "opposing",
        "medtop:11000000",
        "030",
    ]
    assert event.get_data() == dyad.model_dump(mode="json")


def test_both_directions_of_a_dyad_share_a_key(enriched, moment):
    there, back, _ = (dyad_record(event, time=moment) for event in dyad_events(enriched))
    assert there.key == back.key == b"JPN-VNM"
    assert header_text(there.headers, "ce_subject").startswith("JPN/VNM/")
    assert header_text(back.headers, "ce_subject").startswith("VNM/JPN/")


def test_ids_depend_on_the_content_alone(enriched, moment):
    def identifier(event, **options):
        return header_text(enriched_record(event, **options).headers, "ce_id")

    first = identifier(enriched, time=moment)
    assert first == identifier(enriched, time=datetime(2027, 1, 1, tzinfo=UTC), trace=parse(PARENT))
    other = enriched.model_copy(update={"topics": ()})
    assert first != identifier(other, time=moment)
    ids = {
        header_text(dyad_record(event, time=moment).headers, "ce_id")
        for event in dyad_events(enriched)
    }
    assert len(ids | {first}) == 4


def test_ids_stay_what_they_are(enriched, dyad, moment):
    # Subscribers keep them: a change here breaks deduplication across a release.
    assert header_text(enriched_record(enriched, time=moment).headers, "ce_id") == ENRICHED_ID
    assert header_text(dyad_record(dyad, time=moment).headers, "ce_id") == DYAD_ID


ENRICHED_ID = "db1c372d-7e10-5247-9d67-5b4deff44990"
DYAD_ID = "373e7d4e-85cc-5a3a-a3e9-00f065b2824d"


def test_an_article_without_findings_has_no_empty_headers(enriched, moment):
    bare = enriched.model_copy(update={"topics": (), "regions": (), "countries": (), "dyads": ()})
    record = enriched_record(bare, time=moment)
    assert all(value for _, value in record.headers)
    absent = {"ce_topic", "ce_topics", "ce_region", "ce_regions", "ce_country", "ce_countries"}
    assert not (absent | {"ce_stances"}) & dict(record.headers).keys()
    assert oracle(record).get_data()["topics"] == []


def test_ids_in_other_scripts_travel_as_utf_8(enriched, moment):
    reference = enriched.article.model_copy(update={"id": "日本/ünï %20 🌍"})
    event = enriched.model_copy(update={"article": reference})
    record = enriched_record(event, time=moment)
    assert record.key == "日本/ünï %20 🌍".encode()
    assert oracle(record).get_subject() == "日本/ünï %20 🌍"
    (first, *_) = dyad_events(event)
    assert oracle(dyad_record(first, time=moment)).get_subject() == "JPN/VNM/日本/ünï %20 🌍"


def test_header_names_are_what_the_standards_allow(enriched, dyad, moment):
    trace = parse(PARENT, "a=1")
    for record in (
        enriched_record(enriched, time=moment, trace=trace),
        dyad_record(dyad, time=moment, trace=trace),
    ):
        names = [name for name, _ in record.headers]
        plain = [name for name in names if not re.fullmatch(r"ce_[a-z0-9]{1,20}", name)]
        assert plain == ["content-type", "traceparent", "tracestate"]
        assert header_text(record.headers, "traceparent") == PARENT
        assert header_text(record.headers, "tracestate") == "a=1"


def test_the_value_is_compact_json_with_every_field(enriched, moment):
    value = enriched_record(enriched, time=moment).value
    assert value == enriched.model_dump_json().encode()
    assert json.dumps(json.loads(value), separators=(",", ":"), ensure_ascii=False) == (
        value.decode()
    )


def test_a_time_without_offset_is_refused(enriched, moment):
    with pytest.raises(ValueError, match="offset"):
        enriched_record(enriched, time=moment.replace(tzinfo=None))


def test_subscribers_get_back_what_was_sent(enriched, dyad, moment):
    assert read_event(*enriched_record(enriched, time=moment)) == enriched
    assert read_event(*dyad_record(dyad, time=moment)) == dyad


def test_subscribers_ignore_what_they_do_not_know(enriched, moment):
    key, value, headers = enriched_record(enriched, time=moment)
    later = json.dumps({**json.loads(value), "mood": "calm"}).encode()
    assert read_event(key, later, [*headers, ("ce_mood", b"calm")]) == enriched


@pytest.mark.parametrize(
    ("headers", "value", "says"),
    [
        ((), b"{}", "no ce_type"),
        ((("ce_type", None),), b"{}", "no ce_type"),
        ((("ce_type", b"dyadwire.dyad.v2"),), b"{}", "'dyadwire.dyad.v2'"),
        ((("ce_type", b"\xff" * 10_000),), b"{}", "unknown ce_type"),
        ((("ce_type", ENRICHED_TYPE.encode()),), None, "no valid JSON"),
        ((("ce_type", ENRICHED_TYPE.encode()),), b"{", "no valid JSON"),
        ((("ce_type", ENRICHED_TYPE.encode()),), b'{"article": {"id": 5}}', "article.id"),
        ((("ce_type", DYAD_TYPE.encode()),), b"[]", "object"),
    ],
)
def test_what_is_no_event_is_said(headers, value, says):
    with pytest.raises(UnreadableEventError, match=re.escape(says)) as caught:
        read_event(b"key", value, headers)
    assert len(str(caught.value)) < 700
