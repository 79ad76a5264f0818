"""Articles from files in any of the formats, whatever is in them, with the right places."""

import io
import json
import os
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.article import Article
from contracts.deadletter import RejectReason
from contracts.errors import ArticleError
from service.commands.articles import BOM, FORMATS, check_readable, read_items
from service.errors import ConfigurationError

ONE, TWO = ({"id": name, "text": f"Text of {name}."} for name in ("one", "two"))
NINJS = {
    "uri": "urn:newsml:example.org:1",
    "headlines": [{"value": "A headline"}],
    "bodies": [{"contentType": "text/plain", "value": "A body."}],
}


def dumped(*values):
    return [json.dumps(value).encode() for value in values]


@pytest.fixture
def read(tmp_path):
    """Reads a file of this content; gives the file's own part of each place with each item."""

    def read(content, name="articles", form="auto"):
        path = tmp_path / name
        path.write_bytes(content)
        items = list(read_items([str(path)], form=form))
        return [(item.place.removeprefix(str(path)), item) for item in items]

    return read


def ids(read_items):
    return [
        (place, item.parsed.id if isinstance(item.parsed, Article) else item.parsed.reason)
        for place, item in read_items
    ]


MALFORMED = RejectReason.MALFORMED_JSON
INVALID = RejectReason.INVALID_FIELD
a, b = dumped(ONE, TWO)
GUESSED = {
    "one object": (a, [(":1", "one")]),
    "one object over lines": (json.dumps(ONE, indent=2).encode(), [("", "one")]),
    "lines": (a + b"\n" + b, [(":1", "one"), (":2", "two")]),
    "lines with a last line break": (a + b"\n" + b + b"\n", [(":1", "one"), (":2", "two")]),
    "CRLF": (a + b"\r\n" + b + b"\r\n", [(":1", "one"), (":2", "two")]),
    "byte order mark": (BOM + a + b"\n" + b, [(":1", "one"), (":2", "two")]),
    "blank lines count": (b"\n \r\n" + a + b"\n\n" + b, [(":3", "one"), (":5", "two")]),
    "bad line": (a + b'\n{"id": \n' + b, [(":1", "one"), (":2", MALFORMED), (":3", "two")]),
    "bad first line": (
        b'{"id": \n' + a + b"\n" + b,
        [(":1", MALFORMED), (":2", "one"), (":3", "two")],
    ),
    "first line cut off": (b'"x"}\n' + a, [(":1", MALFORMED), (":2", "one")]),
    "first line an array": (b"[1]\n" + a, [(":1", MALFORMED), (":2", "one")]),
    "first line null": (b"null\n\n" + a, [(":1", MALFORMED), (":3", "one")]),
    "all lines bad": (b'{"id":\n\n{"id":\n', [(":1", MALFORMED), (":3", MALFORMED)]),
    "one bad line": (b'{"id": "x"', [(":1", MALFORMED)]),
    "object cut off": (json.dumps(ONE, indent=2).encode()[:-3], [("", MALFORMED)]),
    "array": (b"[" + a + b", " + b + b"]", [("[1]", "one"), ("[2]", "two")]),
    "array over lines": (
        json.dumps([ONE, TWO], indent=1).encode(),
        [("[1]", "one"), ("[2]", "two")],
    ),
    "array with byte order mark": (BOM + b"\n[" + a + b"]", [("[1]", "one")]),
    "array of anything": (b"[" + a + b", 3]", [("[1]", "one"), ("[2]", MALFORMED)]),
    "empty array": (b"[]", []),
    "ninjs": (json.dumps(NINJS).encode(), [(":1", NINJS["uri"])]),
    "ninjs over lines": (json.dumps(NINJS, indent=2).encode(), [("", NINJS["uri"])]),
    "text": (b"Japan and Vietnam met.\n\nThey agreed.\n", [("", "articles")]),
    "text that begins like an array": (b"[Tokyo] Japan said so.\n", [("", "articles")]),
    "text that begins like an object": (b"{Tokyo} Japan said so.\n", [(":1", MALFORMED)]),
    "a number": (b"42", [("", MALFORMED)]),
    "empty": (b"", []),
    "blank": (b" \n\r\n\t", []),
    "only a byte order mark": (BOM, []),
    "binary": (bytes(range(256)) * 3, [("", INVALID)]),
    "UTF-16": ("Japan met Vietnam".encode("utf-16"), [("", INVALID)]),
}


@pytest.mark.parametrize("name", GUESSED)
def test_the_format_is_told_by_the_content(read, name):
    content, expected = GUESSED[name]
    assert ids(read(content)) == expected


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.jsonl", b"nothing\n" + a, [(":1", MALFORMED), (":2", "one")]),
        ("a.NDJSON", a + b"\n" + b, [(":1", "one"), (":2", "two")]),
        ("a.jsonl", b"", []),
        ("my story.txt", a, [("", "my story")]),
        ("a.txt", b"", [("", INVALID)]),
        ("a.json", a + b"\n" + b, [(":1", "one"), (":2", "two")]),
    ],
)
def test_some_names_say_the_format(read, name, content, expected):
    assert ids(read(content, name)) == expected


@pytest.mark.parametrize(
    ("form", "content", "expected"),
    [
        ("text", a, [("", "articles")]),
        ("json", a + b"\n" + b, [("", MALFORMED)]),
        ("json", b"", [("", MALFORMED)]),
        ("jsonl", b"text\n" + BOM + a, [(":1", MALFORMED), (":2", "one")]),
        ("jsonl", json.dumps([ONE]).encode(), [(":1", MALFORMED)]),
    ],
)
def test_a_stated_format_is_not_second_guessed(read, form, content, expected):
    assert ids(read(content, "articles.txt" if form == "jsonl" else "articles", form)) == [
        (place, identity) for place, identity in expected
    ]


def test_plain_text_is_the_article_s_text(read):
    text = "Größe  \r\n\n  日本 “quoted”\n"
    ((_, item),) = read(BOM + text.encode(), "story.txt")
    assert item.parsed == Article(id="story", text=text)
    assert json.loads(item.value) == {"id": "story", "text": text}


def test_text_that_is_no_utf8_is_read_as_far_as_it_goes(read):
    ((_, item),) = read("Größe zählt".encode("latin-1"), "story.txt")
    assert item.parsed.text == "Gr\ufffd\ufffde z\ufffdhlt".replace(
        "\ufffd\ufffde", "\ufffd\ufffde"
    )


def test_a_name_that_is_no_utf8_makes_an_id_all_the_same(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/gr\xfc\xdfe.txt"))
    path.write_bytes(b"Some text.")
    (item,) = read_items([str(path)])
    assert item.parsed.id == "gr\ufffd\ufffde"


def test_what_is_published_of_a_line_are_its_bytes(read):
    line = b'{"id":"one",  "text":"\\u0041", "extra":1.50}'
    ((_, item),) = read(b" " + line + b" \r\n")
    assert item.value == line


def test_bad_items_keep_their_bytes_and_say_why(read):
    ((_, item),) = read(b'{"id": "x", "text": 3}\n')
    assert isinstance(item.parsed, ArticleError)
    assert item.value == b'{"id": "x", "text": 3}'
    assert str(item.parsed) == "invalid_field: text: should be a string"


@given(content=st.binary(max_size=60), form=st.sampled_from(FORMATS))
def test_any_bytes_are_read_without_an_error(content, form):
    stdin, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(content))
    try:
        items = list(read_items(["-"], form=form))
    finally:
        sys.stdin = stdin
    assert all(item.place.startswith("stdin") for item in items)


@given(st.lists(st.sampled_from([a, b, b"{", b"", b"3", b" "]), max_size=8))
def test_every_line_of_lines_is_read_with_its_number(lines):
    stdin = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(b"\n".join([a, *lines])))
    try:
        items = list(read_items(["-"]))
    finally:
        sys.stdin = stdin
    expected = [f"stdin:{n}" for n, line in enumerate([a, *lines], start=1) if line.strip()]
    assert [item.place for item in items] == expected


def test_files_are_read_in_order_and_lines_as_they_come(tmp_path):
    """A long file is not read to its end before the first article is there."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin, os.fdopen(writing, "wb") as feed:
        kept, sys.stdin = sys.stdin, stdin
        try:
            path = tmp_path / "first.jsonl"
            path.write_bytes(a)
            items = read_items([str(path), "-"])
            assert next(items).parsed.id == "one"
            feed.write(b + b"\n")
            feed.flush()
            assert next(items).parsed.id == "two"
            feed.close()
            assert list(items) == []
        finally:
            sys.stdin = kept


def test_unreadable_files_are_named_before_anything_is_done(tmp_path):
    good = tmp_path / "good.txt"
    good.write_text("x")
    for name, why in [
        (str(tmp_path / "missing.json"), "No such file or directory"),
        (str(tmp_path), "Is a directory"),
        (str(good / "below"), "Not a directory"),
        ("a\0b", "null"),
        ("", "Is a directory"),
    ]:
        with pytest.raises(ConfigurationError, match=why) as caught:
            check_readable([str(good), name])
        assert str(caught.value).startswith(name)
        assert "\n" not in str(caught.value)
    check_readable([str(good), "-"])


def test_a_closed_standard_input_is_told(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(ConfigurationError, match="standard input is closed"):
        check_readable(["-"])


def test_a_named_pipe_is_looked_at_without_being_emptied(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=lambda: fifo.write_bytes(a))
    writer.start()
    check_readable([str(fifo)])
    (item,) = read_items([str(fifo)])
    writer.join(10)
    assert item.parsed.id == "one"
