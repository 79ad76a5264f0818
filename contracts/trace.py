"""W3C Trace Context, level 1: `traceparent` and `tracestate` of one record.

Source: W3C Recommendation "Trace Context" of 23 November 2021.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import NamedTuple

from contracts.record import Headers

TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"

MAX_TRACESTATE_LENGTH = 512
"""Characters that vendors must be able to carry (section 3.3.1.5); a longer one is dropped."""
MAX_TRACESTATE_MEMBERS = 32
"""List members at most (section 3.3.1.1); a `tracestate` with more is dropped."""

_MAX_TRACEPARENT_LENGTH = 512
"""Version 00 has 55 bytes; later versions may append fields, within reason."""

_TRACEPARENT = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace_id>[0-9a-f]{32})-(?P<span_id>[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?",
    re.DOTALL,
)
_KEY = r"[a-z0-9][a-z0-9_*/@-]{0,255}"  # as level 2 has it, which takes all keys of level 1
_VALUE = r"[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
_MEMBER = re.compile(rf"(?P<key>{_KEY})={_VALUE}")

_INVALID_VERSION = "ff"
_CURRENT_VERSION = "00"
_SAMPLED = 0x01


class Trace(NamedTuple):
    """Where a record stands in a distributed trace.

    Attributes:
        trace_id: 32 lower-case hexadecimal digits, not all zero.
        span_id: 16 lower-case hexadecimal digits, not all zero.
        flags: 1 where the trace is sampled, else 0.
        state: `tracestate` as given, empty where there is none.
    """

    trace_id: str
    span_id: str
    flags: int = 0
    state: str = ""

    @property
    def traceparent(self) -> str:
        """The `traceparent` header, version 00."""
        return f"{_CURRENT_VERSION}-{self.trace_id}-{self.span_id}-{self.flags:02x}"

    @property
    def sampled(self) -> bool:
        """Whether the caller recorded this trace."""
        return bool(self.flags & _SAMPLED)


def parse(traceparent: bytes | str | None, tracestate: bytes | str | None = None) -> Trace | None:
    """Reads a trace context; None where `traceparent` is missing or invalid, as the spec asks.

    An invalid `tracestate` is dropped and the trace kept. A later version than 00 is read by its
    first four fields.
    """
    match = _TRACEPARENT.fullmatch(_ascii(traceparent, _MAX_TRACEPARENT_LENGTH))
    if match is None or match["version"] == _INVALID_VERSION:
        return None
    if match["version"] == _CURRENT_VERSION and match["more"] is not None:
        return None
    if not int(match["trace_id"], 16) or not int(match["span_id"], 16):
        return None
    flags = int(match["flags"], 16) & _SAMPLED  # the others must be zero in what we send
    return Trace(match["trace_id"], match["span_id"], flags, _state(tracestate))


def from_headers(headers: Iterable[tuple[str, bytes | None]]) -> Trace | None:
    """The trace context of a record, None where it has none or an invalid one."""
    headers = tuple(headers)
    traces = [value for name, value in headers if name == TRACEPARENT]
    if len(traces) != 1:  # which of two parents? The W3C test suite asks to take neither
        return None
    states = [value.decode("latin-1") for name, value in headers if name == TRACESTATE and value]
    return parse(traces[0], ",".join(states))


def to_headers(trace: Trace | None) -> Headers:
    """The headers that carry `trace` on; none where there is none."""
    if trace is None:
        return ()
    parent = ((TRACEPARENT, trace.traceparent.encode("ascii")),)
    return parent + (((TRACESTATE, trace.state.encode("ascii")),) if trace.state else ())


def child(trace: Trace, *, seed: bytes) -> Trace:
    """A span below `trace` in the same trace.

    Its id is derived from the parent and `seed`, so that a replay gives the same span again.

    Args:
        trace: the parent.
        seed: tells siblings apart, such as topic and key of what is sent.
    """
    digest = hashlib.sha256(f"{trace.trace_id}-{trace.span_id}-".encode() + seed).hexdigest()
    span_id = digest[:16]
    if not int(span_id, 16):  # zero is no span id
        span_id = f"{1:016x}"
    return trace._replace(span_id=span_id)


def _ascii(value: bytes | str | None, limit: int) -> str:
    """`value` as text; empty where it is missing, too long or not ASCII."""
    if value is None or len(value) > limit or not value.isascii():
        return ""
    return value.decode("ascii") if isinstance(value, bytes) else value


def _state(value: bytes | str | None) -> str:
    """`value` where it is a valid `tracestate`, else the empty string."""
    state = _ascii(value, MAX_TRACESTATE_LENGTH)
    members = [member for part in state.split(",") if (member := part.strip(" \t"))]
    keys = set()
    for member in members:
        match = _MEMBER.fullmatch(member)
        if match is None or match["key"] in keys:
            return ""
        keys.add(match["key"])
    return ",".join(members) if len(members) <= MAX_TRACESTATE_MEMBERS else ""
