"""Stretches of a text, and whether an offset lies in one of them."""

from bisect import bisect_right
from collections.abc import Iterable


class Stretches:
    """Half-open stretches; those that overlap are one.

    Looking is logarithmic in their number: a text may have thousands of headlines, and each of its
    phrases asks.

    Args:
        spans: start and end of each, in any order.
    """

    __slots__ = ("_ends", "_starts")

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(end, self._ends[-1])
            elif start < end:
                self._starts.append(start)
                self._ends.append(end)

    def holds(self, offset: int) -> bool:
        """Whether `offset` lies in one of them."""
        place = bisect_right(self._starts, offset) - 1
        return place >= 0 and offset < self._ends[place]
