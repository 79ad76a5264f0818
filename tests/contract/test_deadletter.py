"""Dead letters: the record untouched, and why."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.deadletter import (
    HEADER_NAMES,
    DeadLetter,
    NoDeadLetterError,
    RejectReason,
    redriven_headers,
)
from contracts.record import Record, header_text

RECORD = Record(b"\xff key", b'{"id": "\xfe', (("source", b"\x00\xff"), ("nothing", None)))


def refuse(record: Record = RECORD, **facts) -> DeadLetter:
    given = {
        "reason": RejectReason.INVALID_FIELD,
        "field": "bodies.0.value",
        "message": "should be a string",
        "topic": "news.articles.v1",
        "partition": 3,
        "offset": 10_482,
        "timestamp_ms": 1_773_131_400_000,
        "service_version": "0.1.0",
        **facts,
    }
    return DeadLetter.refuse(record, **given)


def test_the_record_stays_as_it_was_and_the_headers_say_why():
    assert refuse().to_record() == Record(
        RECORD.key,
        RECORD.value,
        (
            ("source", b"\x00\xff"),
            ("nothing", None),
            ("dlq-reason", b"invalid_field"),
            ("dlq-field", b"bodies.0.value"),
            ("dlq-message", b"should be a string"),
            ("dlq-topic", b"news.articles.v1"),
            ("dlq-partition", b"3"),
            ("dlq-offset", b"10482"),
            ("dlq-timestamp", b"1773131400000"),
            ("dlq-service-version", b"0.1.0"),
            ("dlq-attempts", b"1"),
        ),
    )


def test_what_is_not_known_gets_no_header():
    headers = dict(refuse(field=None, timestamp_ms=None).to_record().headers)
    assert HEADER_NAMES - headers.keys() == {"dlq-field", "dlq-timestamp"}


@pytest.mark.parametrize("record", [Record(None, None), Record(b"", b"", (("", b""),))])
def test_null_and_empty_are_told_apart(record):
    letter = refuse(record)
    assert DeadLetter.from_record(*letter.to_record()) == letter
    assert (letter.key, letter.value, letter.headers) == record


HEADERS = st.lists(st.tuples(st.text(max_size=8), st.none() | st.binary(max_size=8)), max_size=4)


@given(st.none() | st.binary(), st.none() | st.binary(), HEADERS, st.text(), st.none() | st.text())
@settings(deadline=None, max_examples=200)
def test_any_record_comes_back_from_its_dead_letter(key, value, headers, message, field):
    letter = refuse(Record(key, value, tuple(headers)), message=message, field=field)
    written = letter.to_record()
    assert written[:2] == (key, value)
    assert written.headers[: len(headers)] == tuple(headers)
    assert DeadLetter.from_record(*written) == letter


def test_messages_and_fields_are_bounded():
    letter = refuse(message="Line one\n" + "x" * 10_000_000, field="f" * 10_000)
    assert len(letter.message) == 500
    assert letter.message.startswith("Line one xxx")
    assert len(letter.field) == 200


def test_a_redriven_record_counts_on():
    once = refuse().to_record()
    again = Record(once.key, once.value, redriven_headers(once.headers))
    assert again.headers == (*RECORD.headers, ("dlq-attempts", b"1"))
    twice = refuse(again, reason=RejectReason.WORKER_TIMEOUT, field=None)
    assert twice.attempts == 2
    assert twice.reason is RejectReason.WORKER_TIMEOUT
    assert twice.headers == RECORD.headers
    names = [name for name, _ in twice.to_record().headers]
    assert len(names) == len(set(names))
    assert redriven_headers(twice.to_record().headers)[-1] == ("dlq-attempts", b"2")


def test_a_dead_letter_sent_back_whole_counts_on_too():
    twice = refuse(refuse().to_record(), field=None)
    assert twice.attempts == 2
    assert header_text(twice.to_record().headers, "dlq-field") is None


@pytest.mark.parametrize(
    "count", [None, b"", b"many", b"-1", b"1.5", b"\xff", "٣".encode(), b"9" * 5_000]
)
def test_a_count_that_is_none_starts_again(count):
    assert refuse(Record(b"k", b"v", (("dlq-attempts", count),))).attempts == 1


def test_headers_that_only_look_like_ours_are_kept():
    record = Record(b"k", b"v", (("dlq-desk", b"7"), ("DLQ-Reason", b"x")))
    assert refuse(record).to_record().headers[:2] == record.headers
    assert redriven_headers(record.headers) == record.headers


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dlq-reason", None),
        ("dlq-reason", b"weather"),
        ("dlq-topic", None),
        ("dlq-partition", b"x"),
        ("dlq-offset", b"-1"),
        ("dlq-offset", b"9" * 5_000),
        ("dlq-timestamp", b"noon"),
        ("dlq-attempts", b"0"),
    ],
    ids=str,
)
def test_headers_that_are_no_dead_letters_are_named(name, value):
    key, body, headers = refuse().to_record()
    broken = tuple((n, value if n == name else v) for n, v in headers)
    with pytest.raises(NoDeadLetterError, match=f"^{name}: "):
        DeadLetter.from_record(key, body, broken)
