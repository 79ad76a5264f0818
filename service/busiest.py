"""Counts of dyads by pair of countries, of which only the busiest are shown.

There are some 31,000 pairs: each with a series of its own would cost a monitoring system more than
all else that the service tells it. So all pairs are counted here, where a pair costs a few hundred
bytes, and the busiest ones are shown. A shown count is the pair's count since the start: it never
falls, also when the pair was hidden meanwhile, so that rates over it are right.
"""

import heapq
import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from contracts.vocabulary import Stance

SHOWN = 100
"""Pairs that are shown, each with three stances: 300 series a replica at any moment."""
HALF_LIFE = 3600.0
"""Seconds after which a dyad counts half for a pair's rank: a new crisis gets there in minutes."""


@dataclass(slots=True)
class _Pair:
    """Counts by stance since the start, and the decayed count as of `at`."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Stance, 0))
    recent: float = 0.0
    at: float = 0.0

    def recent_at(self, now: float) -> float:
        return self.recent * math.exp2((self.at - now) / HALF_LIFE)


class BusiestDyads(Collector):
    """A counter by pair and stance, of the pairs that had most dyads of late.

    Args:
        name: the metric's, with `_total`.
        documentation: what it counts.
        shown: at most so many pairs are shown.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        name: str,
        documentation: str,
        *,
        shown: int = SHOWN,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._documentation = documentation
        self._shown = shown
        self._clock = clock
        self._pairs: dict[str, _Pair] = {}
        self._lock = threading.Lock()  # counted in the event loop, shown in the probes' thread

    def count(self, pair: str, stance: str) -> None:
        """Counts one dyad of `pair`, `JPN-VNM`."""
        now = self._clock()
        with self._lock:
            known = self._pairs.get(pair)
            if known is None:
                known = self._pairs[pair] = _Pair()
            known.recent = known.recent_at(now) + 1
            known.at = now
            known.counts[stance] += 1

    def describe(self) -> Iterator[CounterMetricFamily]:
        """The metric without samples: it is registered by its name."""
        yield self._family()

    def collect(self) -> Iterator[CounterMetricFamily]:
        """The busiest pairs, in alphabetical order."""
        family = self._family()
        now = self._clock()
        with self._lock:
            busiest = heapq.nlargest(
                self._shown, self._pairs.items(), key=lambda item: item[1].recent_at(now)
            )
            samples = [(pair, dict(known.counts)) for pair, known in sorted(busiest)]
        for pair, counts in samples:
            for stance, count in counts.items():
                family.add_metric([pair, stance], count)
        yield family

    def _family(self) -> CounterMetricFamily:
        return CounterMetricFamily(self._name, self._documentation, labels=["dyad", "stance"])
