"""The flat article, as bytes come in."""

import json
from datetime import UTC, datetime

import pytest

from contracts.article import MAX_ID_LENGTH, MAX_TITLE_LENGTH, Article
from contracts.deadletter import RejectReason
from contracts.errors import ArticleError
from contracts.parsing import parse_article


def article(**fields) -> bytes:
    return json.dumps({"id": "a-1", "text": "Some text.", **fields}).encode()


def refusal(value: bytes | None) -> ArticleError:
    with pytest.raises(ArticleError) as caught:
        parse_article(value)
    return caught.value


def test_all_fields_are_read_and_unknown_ones_ignored():
    parsed = parse_article(
        article(
            title="A title",
            url="https://news.example/1",
            source="Example Wire",
            published_at="2026-03-10T09:30:00+01:00",
            language="en-GB",
            desk={"any": ["thing", 1.5, None]},
        )
    )
    assert parsed == Article(
        id="a-1",
        title="A title",
        text="Some text.",
        url="https://news.example/1",
        source="Example Wire",
        published_at=datetime(2026, 3, 10, 8, 30, tzinfo=UTC),
        language="en-GB",
    )


def test_text_is_kept_to_the_last_code_point():
    text = "\x00 Přehled \U0001f30d\r\n\tα\u2028 "
    assert parse_article(article(text=text)).text == text


def test_a_title_alone_is_enough():
    assert parse_article(b'{"id": "a", "title": "Only this"}').text == ""


def test_spaces_around_an_id_are_dropped_and_other_scripts_kept():
    assert parse_article(article(id=" wire/ünï-日本 ")).id == "wire/ünï-日本"


def test_a_byte_order_mark_is_forgiven():
    assert parse_article(b"\xef\xbb\xbf" + article()).id == "a-1"


def test_of_duplicate_keys_the_last_counts():
    assert parse_article(b'{"id": "first", "text": "x", "id": "last"}').id == "last"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-10T08:30:00Z", datetime(2026, 3, 10, 8, 30, tzinfo=UTC)),
        ("2026-03-10t08:30:00z", datetime(2026, 3, 10, 8, 30, tzinfo=UTC)),
        ("2026-03-10 08:30:00.123456789+00:00", datetime(2026, 3, 10, 8, 30, 0, 123456, UTC)),
        ("2026-03-10T08:30:00-0530", datetime(2026, 3, 10, 14, tzinfo=UTC)),
        ("2026-03-10T08:30:00", datetime(2026, 3, 10, 8, 30, tzinfo=UTC)),
        ("2026-03-10T08:30", datetime(2026, 3, 10, 8, 30, tzinfo=UTC)),
        ("2026-03-10", datetime(2026, 3, 10, tzinfo=UTC)),
    ],
)
def test_dates_are_read_as_utc(written, meant):
    assert parse_article(article(published_at=written)).published_at == meant


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "",
        "10000-01-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-13-01",
        "2026-W10-2",
        "20260310",
        "2026-03-10T24:01:00Z",
        "0001-01-01T00:00:00+10:00",
        "9999-12-31T23:59:59-10:00",
        "0000-01-01",
        "٢٠٢٦-03-10",
        "2026-03-10T08:30:00Z" * 50_000,
        1_770_000_000,
        1.5,
        True,
        ["2026-03-10"],
    ],
)
def test_dates_that_are_none_are_refused(value):
    error = refusal(article(published_at=value))
    assert (error.reason, error.field) == (RejectReason.INVALID_FIELD, "published_at")


@pytest.mark.parametrize(
    "identifier",
    [
        "",
        "   ",
        "line\nbreak",
        "trailing\n",
        "\ttab",
        "nul\x00",
        "del\x7f",
        "c1\x85",
        "separator\u2028",
        "nonchar\ufffe",
        "nonchar\U0010ffff",
        "x" * (MAX_ID_LENGTH + 1),
        "x" * 10_000_000,
        7,
        None,
        {"id": 1},
    ],
    ids=lambda value: repr(value)[:20],
)
def test_ids_unfit_for_keys_and_headers_are_refused(identifier):
    error = refusal(article(id=identifier))
    assert (error.reason, error.field) == (RejectReason.INVALID_FIELD, "id")


def test_the_longest_id_is_taken():
    assert len(parse_article(article(id="x" * MAX_ID_LENGTH)).id) == MAX_ID_LENGTH


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": " \n\u00a0"}, "text"),
        ({"text": "", "title": " "}, "text"),
        ({"text": 5}, "text"),
        ({"text": None}, "text"),
        ({"text": ["a"]}, "text"),
        ({"title": 5}, "title"),
        ({"title": "x" * (MAX_TITLE_LENGTH + 1)}, "title"),
        ({"title": "x" * 10_000_000}, "title"),
        ({"url": "x" * 10_000}, "url"),
        ({"source": "x" * 600}, "source"),
        ({"source": {"name": "x"}}, "source"),
        ({"language": "x" * 65}, "language"),
    ],
    ids=str,
)
def test_the_field_at_fault_is_named(fields, field):
    error = refusal(article(**fields))
    assert (error.reason, error.field) == (RejectReason.INVALID_FIELD, field)


def test_a_missing_id_is_named():
    error = refusal(b'{"text": "x"}')
    assert (error.reason, error.field, error.message) == (
        RejectReason.INVALID_FIELD,
        "id",
        "is required",
    )


def test_a_missing_text_is_named():
    assert refusal(b'{"id": "a"}').field == "text"
