"""Whatever the bytes, there is an article or one typed error."""

import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.article import Article
from contracts.deadletter import RejectReason
from contracts.errors import ArticleError
from contracts.parsing import parse_article
from contracts.wording import MAX_MESSAGE_LENGTH, one_line

MALFORMED = {
    "nothing": b"",
    "spaces": b" \n",
    "a mark alone": b"\xef\xbb\xbf",
    "no JSON": b"<article/>",
    "cut off": b'{"id": "a", "text": "ab',
    "two values": b'{"id": "a"} {"id": "b"}',
    "comma at the end": b'{"id": "a",}',
    "single quotes": b"{'id': 'a'}",
    "not UTF-8": b'{"id": "a", "text": "\xff"}',
    "UTF-16": '{"id": "a"}'.encode("utf-16"),
    "encoded surrogate": b'{"id": "a", "text": "\xed\xa0\x80"}',
    "high surrogate alone": rb'{"id": "a", "text": "\ud800"}',
    "low surrogate alone": rb'{"id": "a", "text": "\udc00x"}',
    "surrogates swapped": rb'{"id": "a", "text": "\udc00\ud800"}',
    "raw control character": b'{"id": "a", "text": "\x00"}',
    "NaN": b'{"id": "a", "text": NaN}',
    "Infinity": b'{"id": "a", "score": -Infinity}',
    "huge integer": b'{"id": "a", "n": ' + b"9" * 100_000 + b"}",
    "deep arrays": b"[" * 1_000_000,
    "deep objects": b'{"a":' * 200_000,
    "deep and complete": b'{"id": "a", "x": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "array": b'[{"id": "a"}]',
    "string": b'"id"',
    "number": b"5",
    "null": b"null",
    "true": b"true",
}


def refusal(value: bytes | None) -> ArticleError:
    with pytest.raises(ArticleError) as caught:
        parse_article(value)
    return caught.value


@pytest.mark.parametrize("value", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_json_object_is_malformed(value):
    error = refusal(value)
    assert (error.reason, error.field) == (RejectReason.MALFORMED_JSON, None)
    assert 0 < len(error.message) <= MAX_MESSAGE_LENGTH
    assert error.message.isprintable()


def test_a_null_value_is_its_own_reason():
    assert refusal(None).reason is RejectReason.NULL_VALUE


def test_the_place_of_the_fault_is_said():
    assert "line 2 column 8" in refusal(b'{"id": "a",\n"text":: 1}').message


def test_an_error_says_reason_field_and_message():
    assert str(refusal(b'{"id": "a"}')) == (
        "invalid_field: text: an article needs a text or a title"
    )


def test_an_error_survives_the_way_between_processes():
    error = refusal(b'{"uri": "u", "pubStatus": "withheld"}')
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert (copy.reason, copy.field, copy.message) == (error.reason, error.field, error.message)


@given(st.binary(max_size=200))
@settings(deadline=None, max_examples=200)
def test_any_bytes_give_an_article_or_a_typed_error(value):
    check(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
PARTS = st.lists(
    st.dictionaries(st.sampled_from(["role", "contentType", "value"]), st.text() | JSON), max_size=3
)
OBJECTS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.text(max_size=8) | JSON,
        "uri": st.text(max_size=8) | JSON,
        "title": st.text() | JSON,
        "text": st.text() | JSON,
        "published_at": st.datetimes().map(str) | st.text() | JSON,
        "language": JSON,
        "headlines": PARTS | JSON,
        "bodies": PARTS | JSON,
        "infoSources": PARTS | JSON,
        "versionCreated": st.datetimes().map(str) | JSON,
        "pubStatus": st.sampled_from(["usable", "withheld", "canceled"]) | JSON,
    },
)


@given(OBJECTS | JSON)
@settings(deadline=None, max_examples=200)
def test_any_json_gives_an_article_or_a_typed_error(value):
    check(json.dumps(value).encode())


def outcome(value: bytes) -> Article | ArticleError:
    """Anything else that is raised fails the test."""
    try:
        return parse_article(value)
    except ArticleError as error:
        return error


def check(value: bytes) -> None:
    read = outcome(value)
    if isinstance(read, ArticleError):
        assert read.reason in RejectReason
        assert 0 < len(read.message) <= MAX_MESSAGE_LENGTH
        assert read.message.isprintable()
        assert pickle.loads(pickle.dumps(read)).message == read.message
    else:
        assert read.id.encode()
        assert read.text.strip() or (read.title or "").strip()
        assert Article.model_validate_json(read.model_dump_json()) == read


SECRET = "Correspondents-only"


@pytest.mark.parametrize(
    "fields",
    [
        {"id": SECRET + "\n"},
        {"title": [SECRET]},
        {"text": {SECRET: SECRET}},
        {"published_at": SECRET},
        {"published_at": f"2026-02-30 {SECRET}"},
        {"language": SECRET * 5},
        {"uri": SECRET, "bodies": [{"value": SECRET, "contentType": SECRET}]},
        {"uri": SECRET, "pubStatus": SECRET},
        {"uri": SECRET, "bodies": [SECRET]},
    ],
    ids=str,
)
def test_no_message_repeats_the_input(fields):
    identity = {} if "uri" in fields else {"id": "a", "text": SECRET}
    error = refusal(json.dumps({**identity, **fields}).encode())
    assert SECRET not in f"{error} {error.args}"


def test_messages_are_one_short_line():
    assert one_line("a\r\nb\x00c\u2028d \ud800 e") == "a b c d e"
    assert one_line("x" * 10_000_000) == "x" * (MAX_MESSAGE_LENGTH - 1) + "…"
    assert one_line("y" * MAX_MESSAGE_LENGTH) == "y" * MAX_MESSAGE_LENGTH
    assert one_line(" " * 10_000 + "z") == "…"
