"""Records that try to break the service: made by hand, by mutating our samples, by hypothesis.

Every source is seeded: the same numbers give the same records.
"""

import copy
import json
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from contracts.record import Headers, Record
from tests.faults.texts import CHARACTERS, LIMIT, MARKUP, hostile_texts

SAMPLES = Path(__file__).parents[2] / "deploy" / "samples"
MANY = 50
"""Parts of an article from which a list is not made longer."""
BIG = 10_000_000
"""Bytes of the largest bodies, ten times what the service takes."""


class Poison(NamedTuple):
    """A record to publish; `timestamp_ms` None for now."""

    record: Record
    timestamp_ms: int | None = None


def record(value: Any, *, key: bytes | None = b"key", headers: Headers = ()) -> Poison:
    """A record with `value` as it is where it is bytes or null, otherwise as JSON."""
    if value is not None and not isinstance(value, bytes):
        value = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Poison(Record(key, value, headers))


def by_hand(*, length: int = LIMIT) -> dict[str, Poison]:
    """The hand-made ones by name; texts of `length` characters."""
    found = {f"text: {name}": record(_article(text=text)) for name, text in hostile_texts(length)}
    for name, piece in MARKUP.items():
        value = piece * (length // len(piece))
        for part in ("bodies", "headlines"):
            item = {"uri": "x", part: [{"contentType": "text/html", "value": value}]}
            found[f"markup in {part}: {name}"] = record(item)
    found |= {f"json: {name}": record(value) for name, value in _json().items()}
    found |= {f"field: {name}": record(value) for name, value in _fields().items()}
    return found | _envelopes()


def _article(**fields: Any) -> dict[str, Any]:
    return {"id": "poison", "text": "Japan met Vietnam.", **fields}


def _json() -> dict[str, bytes | None]:
    begin = b'{"id": "poison", "text": "Japan met Vietnam.", "more": '
    return {
        "null": None,
        "empty": b"",
        "blank": b" \n\t",
        "no object": b"[1, 2]",
        "a string": b'"text"',
        "cut short": begin,
        "NaN": begin + b"NaN}",
        "infinity": begin + b"-Infinity}",
        "huge integer": begin + b"9" * 100_000 + b"}",
        "huge exponent": begin + b"1e999999999}",
        "many digits": begin + b"0." + b"9" * 100_000 + b"}",
        "deep arrays": begin + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "deep objects": begin + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
        "never closed": begin + b"[" * 500_000,
        "many keys": begin + b"{" + b",".join(b'"%d":0' % n for n in range(50_000)) + b"}}",
        "duplicate keys": b'{"id": "one", "id": "two", "text": "x", "text": "Japan met Vietnam."}',
        "long key": b'{"id": "poison", "text": "x", "' + b"k" * 500_000 + b'": 1}',
        "escapes": b'{"id": "poison", "text": "' + b"\\u0041" * 100_000 + b'"}',
        "lone surrogate escaped": b'{"id": "poison", "text": "\\ud800 Japan"}',
        "surrogates swapped": b'{"id": "poison", "text": "\\udc00\\ud800"}',
        "lone surrogate as bytes": b'{"id": "poison", "text": "\xed\xa0\x80"}',
        "not UTF-8": b'{"id": "poison", "text": "caf\xe9"}',
        "overlong UTF-8": b'{"id": "poison", "text": "\xc0\xaf"}',
        "cut in a character": '{"id": "poison", "text": "日'.encode()[:-1],
        "UTF-16": '{"id": "poison", "text": "Japan"}'.encode("utf-16"),
        "byte order mark": b'\xef\xbb\xbf{"id": "poison", "text": "Japan met Vietnam."}',
        "two byte order marks": b'\xef\xbb\xbf\xef\xbb\xbf{"id": "poison", "text": "x"}',
        "control characters": b'{"id": "poison", "text": "a\x00\x01\x1fb"}',
        "null character": b'{"id": "poison", "text": "a\\u0000b", "title": "\\u0000"}',
        "gzip": b"\x1f\x8b\x08\x00" + bytes(1_000),
        "zeros": bytes(100_000),
        "comments": b'{"id": "poison", /* no */ "text": "x"}',
        "single quotes": b"{'id': 'poison', 'text': 'x'}",
        "two values": b'{"id": "a", "text": "x"}{"id": "b", "text": "x"}',
        "10 MB of text": json.dumps(_article(text="Japan " * (BIG // 6))).encode(),
        "10 MB of nothing": b" " * BIG,
        "10 MB of zeros": bytes(BIG),
        "10 MB of brackets": b"[" * BIG,
    }


def _fields() -> dict[str, Any]:
    odd = {
        "null": None,
        "true": True,
        "number": 7,
        "float": 1e308,
        "array": [],
        "object": {},
        "empty": "",
        "blank": " \u3000\u2028",
        "null character": "\x00",
        "half a character": "\ud800",
        "right to left": "\u202e\u05d0\u0627",
        "long": "9" * 100_000,
        "nested": [[[[{}]]]],
    }
    names = ("id", "title", "text", "url", "source", "published_at", "language")
    found = {f"{n} is {what}": _article(**{n: value}) for n in names for what, value in odd.items()}
    dates = (
        "soon", "0000-00-00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
        "2026-02-30", "2026-01-01T25:00:00Z", "1" * 50, "+12026-01-01", "2026-01-01T00:00:60Z",
        "２０２６-01-01", "2026-01-01T00:00:00.1234567890123Z", "-2026-01-01", "1e9",
    )  # fmt: skip
    found |= {f"published_at {date[:40]}": _article(published_at=date) for date in dates}
    items: dict[str, Any] = {
        "withheld": {"pubStatus": "withheld"},
        "unknown status": {"pubStatus": "gone"},
        "ninjs 2": {"pubstatus": "usable"},
        "headlines of another type": {"headlines": "x"},
        "bodies without values": {"bodies": [{}] * 20_000},
        "thousands of bodies": {"bodies": [{"value": "<p>x"}] * 20_000},
        "unreadable bodies": {"bodies": [{"value": "x", "contentType": "image/png"}] * 1_000},
        "thousands of headlines": {"headlines": [{"value": "x"}] * 20_000},
        "thousands of sources": {"infoSources": [{}] * 20_000},
        "sources of another type": {"infoSources": [1]},
        "endless date": {"versionCreated": "9" * 100_000},
        "odd content type": {"bodies": [{"value": "x", "contentType": ";" * 10_000}]},
        "odd role": {"bodies": [{"value": "x", "role": "\u0130" * 10_000}]},
    }
    base = {"uri": "urn:poison", "bodies": [{"value": "Japan met Vietnam."}]}
    return found | {f"ninjs, {name}": {**base, **fields} for name, fields in items.items()}


def _envelopes() -> dict[str, Poison]:
    good = _article()
    bad = b"{"
    headers: dict[str, Headers] = {
        "null value": (("h", None),),
        "empty name": (("", b"x"),),
        "long": (("h" * 10_000, b"v" * 100_000),),
        "many": tuple((f"h{n}", b"v") for n in range(2_000)),
        "repeated": (("h", b"1"), ("h", b"2")),
        "bytes": (("h", bytes(range(256))),),
        "odd name": (("\u202e\x00\U0001f600", b"v"),),
        "trace of another kind": (("traceparent", b"\xff" * 1_000), ("tracestate", b"\x00")),
        "a dead letter's own": (("dlq-attempts", b"9" * 5_000), ("dlq-reason", b"no such")),
        "a CloudEvent's": (("ce_id", b"x"), ("ce_type", b"\xff"), ("content-type", b"text/html")),
    }
    found = {f"headers, {n}, good": record(good, headers=h) for n, h in headers.items()}
    found |= {f"headers, {n}, bad": record(bad, headers=h) for n, h in headers.items()}
    keys = {"null": None, "empty": b"", "long": b"k" * 200_000, "bytes": bytes(range(256))}
    found |= {f"key, {name}, good": record(good, key=key) for name, key in keys.items()}
    found |= {f"key, {name}, bad": record(bad, key=key) for name, key in keys.items()}
    found["neither key nor value"] = record(None, key=None)
    times = {"0": 0, "the last": 2**63 - 1, "year 10000": 253_402_300_800_000, "2^53": 2**53}
    for name, at in times.items():
        found[f"timestamp {name}, good"] = record(good)._replace(timestamp_ms=at)
        found[f"timestamp {name}, bad"] = record(bad)._replace(timestamp_ms=at)
    return found


def samples() -> list[dict[str, Any]]:
    """Our own articles: flat ones and a ninjs item."""
    lines = (SAMPLES / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    flat = []
    for line in lines:
        with suppress(ValueError):  # one is broken on purpose
            flat.append(json.loads(line))
    dispatch = {"id": "dispatch", "text": (SAMPLES / "dispatch.txt").read_text(encoding="utf-8")}
    return [*flat, dispatch, json.loads((SAMPLES / "ninjs.json").read_text(encoding="utf-8"))]


def mutated(count: int, *, seed: int) -> Iterator[Poison]:
    """Samples with one to four things changed: their bytes, their JSON or their text."""
    chance = random.Random(seed)
    originals = samples()
    for _ in range(count):
        value: Any = json.loads(json.dumps(chance.choice(originals)))
        change = chance.choice([_tree, _tree, _text, None])
        for _ in range(chance.randint(1, 4)):
            value = change(chance, value) if change else value
        encoded = json.dumps(value, ensure_ascii=chance.random() < 0.5)
        data = encoded.encode("utf-8", "surrogatepass")
        if change is None:
            other = json.dumps(chance.choice(originals)).encode()
            for _ in range(chance.randint(1, 4)):
                data = chance.choice(_BYTE_CHANGES)(chance, data, other)
        yield record(data, key=b"mutated")


ByteChange = Callable[[random.Random, bytes, bytes], bytes]


def _cut(chance: random.Random, size: int) -> tuple[int, int]:
    start = chance.randrange(size + 1)
    return start, min(size, start + int(chance.expovariate(1 / 20)))


def _flip(chance: random.Random, data: bytes, _: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8) if changed else 0):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _drop(chance: random.Random, data: bytes, _: bytes) -> bytes:
    start, end = _cut(chance, len(data))
    return data[:start] + data[end:]


def _repeat(chance: random.Random, data: bytes, _: bytes) -> bytes:
    start, end = _cut(chance, len(data))
    return data[:end] + data[start:end] * chance.choice([1, 10, 1_000]) + data[end:]


def _splice(chance: random.Random, data: bytes, other: bytes) -> bytes:
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other)) :]


def _insert(chance: random.Random, data: bytes, _: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    odd = chance.choice(
        [
            b"\x00",
            b"\xff\xfe",
            b'"',
            b"\\",
            b"{",
            b"}",
            b"[",
            b"\\ud800",
            b"\xef\xbb\xbf",
            b",",
            b"-",
        ]
    )
    return data[:at] + odd * chance.choice([1, 1, 100]) + data[at:]


def _truncate(chance: random.Random, data: bytes, _: bytes) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


_BYTE_CHANGES: tuple[ByteChange, ...] = (_flip, _drop, _repeat, _splice, _insert, _truncate)
_ODD_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 2**64, 1e308, "", " ", "\x00", "\ud800", "x" * 5_000, [], {}, [None],
    {"value": None}, [[[]]], "2026-13-45", "\u202e", "<p>" * 100, "&#99999999999;",
)  # fmt: skip


def _tree(chance: random.Random, value: Any) -> Any:
    """`value` with one node of it changed."""
    if not isinstance(value, dict | list) or not value or chance.random() < 0.1:
        return copy.deepcopy(chance.choice(_ODD_VALUES))
    place = chance.choice(list(value)) if isinstance(value, dict) else chance.randrange(len(value))
    match chance.randrange(5):
        case 0:
            del value[place]
        case 1 if isinstance(value, dict):
            value[str(place).upper()] = value.pop(place)
        case 2 if isinstance(value, list) and len(value) < MANY:
            value *= chance.choice([2, 50])
        case 3:
            value[place] = [value[place]]
        case _:
            value[place] = _tree(chance, value[place])
    return value


def _text(chance: random.Random, value: Any) -> Any:
    """`value` with its text or its title changed."""
    if not isinstance(value, dict):
        return value
    holder = value["bodies"][0] if "bodies" in value else value
    name = "value" if "bodies" in value else chance.choice(["text", "title"])
    words = str(holder.get(name, "")).split(" ")
    at = chance.randrange(len(words))
    match chance.randrange(6):
        case 0:
            words[at:at] = [chance.choice(CHARACTERS) * chance.choice([1, 50, 3_000])]
        case 1:
            words[at:at] = words[at : at + 30] * chance.choice([2, 50])
        case 2:
            words = [word.rstrip(".,") for word in words]
        case 3:
            words = [chance.choice([str.upper, str.lower, str.title])(word) for word in words]
        case 4:
            chance.shuffle(words)
        case _:
            words = ["".join(reversed(word)) for word in words]
    holder[name] = " ".join(words)
    return value


_TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(
        st.sampled_from(["Japan", "Vietnam", "met", "the", "of", "said", ".", "\n", "\u200f"])
    ).map(" ".join),
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | _TEXTS,
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=9), inner, max_size=5)
    ),
    max_leaves=12,
)
_ARTICLES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("id", "uri", "title", "text", "url", "source", "published_at", "language", "bodies",
         "headlines", "infoSources", "pubStatus", "versionCreated"),
        _VALUES,
    ),
)  # fmt: skip
_GOOD_BUT_FOR_ONE = st.builds(
    lambda name, value: {**_article(), name: value},
    st.sampled_from(["id", "title", "text", "url", "source", "published_at", "language", "more"]),
    _VALUES,
)
_HEADERS = st.lists(
    st.tuples(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.none() | st.binary()
    ),
    max_size=4,
).map(tuple)
_RECORDS = st.builds(
    lambda value, key, headers: record(value, key=key, headers=headers),
    st.one_of(_ARTICLES, _GOOD_BUT_FOR_ONE, _VALUES, st.binary(), st.just(None)),
    st.none() | st.binary(max_size=50),
    _HEADERS,
)


def invented(count: int, *, number: int) -> list[Poison]:
    """What hypothesis thinks of: JSON of any shape, articles with odd fields, bytes, headers."""
    found: list[Poison] = []

    @seed(number)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(_RECORDS)
    def collect(one: Poison) -> None:
        found.append(one)

    collect()
    return found[:count]
