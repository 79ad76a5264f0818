"""W3C Trace Context in record headers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import trace
from contracts.trace import Trace

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN_ID = "00f067aa0ba902b7"
PARENT = f"00-{TRACE_ID}-{SPAN_ID}-01"


def test_a_valid_parent_is_read():
    assert trace.parse(PARENT.encode()) == Trace(TRACE_ID, SPAN_ID, 1, "")
    assert trace.parse(PARENT).sampled
    assert not trace.parse(f"00-{TRACE_ID}-{SPAN_ID}-00").sampled


@pytest.mark.parametrize(
    "invalid",
    [
        None,
        b"",
        f"00-{'0' * 32}-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        f"ff-{TRACE_ID}-{SPAN_ID}-01",
        f"0-{TRACE_ID}-{SPAN_ID}-01",
        PARENT.upper(),
        PARENT + "-more",
        PARENT + "-",
        PARENT + "\n",
        " " + PARENT,
        PARENT[:-1],
        PARENT.replace("-", "_"),
        f"00-{TRACE_ID}-{SPAN_ID}-0g",
        f"01-{TRACE_ID}-{SPAN_ID}-01more",
        PARENT.replace("4", "\u0664", 1),
        "cc-" + PARENT[3:] + "-" + "x" * 1_000_000,
        b"\xff" * 55,
    ],
    ids=lambda value: repr(value)[:40],
)
def test_an_invalid_parent_is_no_parent(invalid):
    assert trace.parse(invalid) is None
    assert trace.parse(invalid, "a=b") is None


@pytest.mark.parametrize("later", [f"cc{PARENT[2:]}", f"cc{PARENT[2:]}-more-fields"])
def test_later_versions_are_read_by_their_first_fields(later):
    parsed = trace.parse(later)
    assert parsed == Trace(TRACE_ID, SPAN_ID, 1)
    assert parsed.traceparent == PARENT


def test_flags_that_are_not_known_are_not_passed_on():
    assert trace.parse(f"00-{TRACE_ID}-{SPAN_ID}-ff").traceparent == PARENT


@pytest.mark.parametrize(
    ("state", "kept"),
    [
        ("a=1", "a=1"),
        (" a=1 ,\tb=2,,", "a=1,b=2"),
        ("tenant@vendor=x y", "tenant@vendor=x y"),
        ("1a=b", "1a=b"),
        ("a=", ""),
        ("A=1", ""),
        ("a=1,a=2", ""),
        ("a=1=2", ""),
        ("a=\u00e9", ""),
        ("a=1\n", ""),
        ("nothing", ""),
        (",".join(f"k{n}=1" for n in range(32)), ",".join(f"k{n}=1" for n in range(32))),
        (",".join(f"k{n}=1" for n in range(33)), ""),
        ("a=" + "x" * 256, "a=" + "x" * 256),
        ("a=" + "x" * 257, ""),
        ("a=" + "x" * 250 + ",b=" + "x" * 250 + ",c=" + "x" * 250, ""),
    ],
    ids=lambda value: value[:30],
)
def test_a_state_is_kept_or_dropped_and_the_trace_stays(state, kept):
    assert trace.parse(PARENT, state) == Trace(TRACE_ID, SPAN_ID, 1, kept)


def test_headers_there_and_back():
    headers = (("x", b"1"), ("traceparent", PARENT.encode()), ("tracestate", b"a=1"))
    read = trace.from_headers((*headers, ("tracestate", b"b=2")))
    assert trace.to_headers(read) == (
        ("traceparent", PARENT.encode()),
        ("tracestate", b"a=1,b=2"),
    )
    assert trace.to_headers(None) == ()
    assert trace.to_headers(Trace(TRACE_ID, SPAN_ID)) == (
        ("traceparent", f"00-{TRACE_ID}-{SPAN_ID}-00".encode()),
    )


def test_none_or_two_parents_are_no_parent():
    parent = ("traceparent", PARENT.encode())
    assert trace.from_headers(()) is None
    assert trace.from_headers((("traceparent", None),)) is None
    assert trace.from_headers((parent, parent)) is None


def test_a_child_is_the_same_span_again_and_differs_from_its_siblings():
    parent = trace.parse(PARENT, "a=1")
    child = trace.child(parent, seed=b"one")
    assert child == trace.child(parent, seed=b"one")
    assert child != trace.child(parent, seed=b"two")
    assert (child.trace_id, child.flags, child.state) == (TRACE_ID, 1, "a=1")
    assert child.span_id not in {SPAN_ID, trace.child(child, seed=b"one").span_id}


@given(st.binary(max_size=80), st.binary(max_size=80))
@settings(deadline=None, max_examples=200)
def test_any_headers_give_a_valid_trace_or_none(parent, state):
    for candidate in (parent, PARENT.encode()):
        read = trace.from_headers((("traceparent", candidate), ("tracestate", state)))
        if read is not None:
            assert trace.from_headers(trace.to_headers(read)) == read
            assert trace.parse(trace.child(read, seed=parent).traceparent) is not None
