"""A Kafka record without its topic, as the contracts write and read it."""

from collections.abc import Iterable
from typing import NamedTuple

Headers = tuple[tuple[str, bytes | None], ...]
"""Record headers in order; names may repeat, values are bytes or null."""


class Record(NamedTuple):
    """What goes into a topic or came out of one.

    Attributes:
        key: bytes, or None for a null key.
        value: bytes, or None for a null value (a tombstone).
        headers: in order.
    """

    key: bytes | None
    value: bytes | None
    headers: Headers = ()


def header(headers: Iterable[tuple[str, bytes | None]], name: str) -> bytes | None:
    """The value of the last header called `name`, None where there is none or it is null."""
    found = None
    for candidate, value in headers:
        if candidate == name:
            found = value
    return found


def header_text(headers: Iterable[tuple[str, bytes | None]], name: str) -> str | None:
    """`header` as text; bytes that are not UTF-8 become U+FFFD, so that reading never fails."""
    value = header(headers, name)
    return None if value is None else value.decode("utf-8", errors="replace")
