"""All pairs are counted, the busiest of late are shown, and what is shown never falls."""

import itertools
import string
import threading

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily

from contracts.vocabulary import Stance
from service.busiest import HALF_LIFE, SHOWN, BusiestDyads


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def busiest(clock):
    return BusiestDyads("dyads_total", "Dyads", shown=2, clock=clock)


def shown(collector):
    """Counts by pair and stance."""
    (family,) = collector.collect()
    return {(s.labels["dyad"], s.labels["stance"]): s.value for s in family.samples}


def pairs(collector):
    return {pair for pair, _ in shown(collector)}


def test_nothing_is_shown_before_there_is_a_dyad(busiest):
    assert shown(busiest) == {}


def test_a_pair_is_shown_with_each_stance(busiest):
    busiest.count("JPN-VNM", "supportive")
    busiest.count("JPN-VNM", Stance.SUPPORTIVE)
    assert shown(busiest) == {
        ("JPN-VNM", "supportive"): 2,
        ("JPN-VNM", "neutral"): 0,
        ("JPN-VNM", "opposing"): 0,
    }


def test_the_busiest_are_shown(busiest):
    for pair, count in (("A-B", 3), ("C-D", 1), ("E-F", 2)):
        for _ in range(count):
            busiest.count(pair, "neutral")
    assert pairs(busiest) == {"A-B", "E-F"}


def test_a_pair_that_is_busy_now_displaces_one_that_was_busy_long_ago(busiest, clock):
    for _ in range(1000):
        busiest.count("A-B", "neutral")
        busiest.count("C-D", "neutral")
    clock.now += 10 * HALF_LIFE
    busiest.count("E-F", "opposing")
    busiest.count("E-F", "opposing")
    busiest.count("A-B", "neutral")
    assert pairs(busiest) == {"A-B", "E-F"}


def test_a_count_goes_on_while_its_pair_is_hidden(busiest, clock):
    for _ in range(5):
        busiest.count("A-B", "neutral")
    clock.now += 10 * HALF_LIFE
    for pair in ("C-D", "E-F"):
        for _ in range(4):
            busiest.count(pair, "neutral")
    busiest.count("A-B", "neutral")
    assert "A-B" not in pairs(busiest)
    for _ in range(9):
        busiest.count("A-B", "neutral")
    assert shown(busiest)["A-B", "neutral"] == 15


def test_the_series_are_bounded_whatever_comes():
    collector = BusiestDyads("dyads_total", "Dyads")
    names = ["".join(letters) for letters in itertools.product(string.ascii_uppercase, repeat=2)]
    for name in names:
        collector.count(f"{name}X-ZZZ", "neutral")
    assert len(names) > SHOWN
    assert len(shown(collector)) == SHOWN * len(Stance)


def test_it_is_registered_by_its_name(busiest):
    registry = CollectorRegistry()
    registry.register(busiest)
    with pytest.raises(ValueError, match="dyads_total"):
        registry.register(BusiestDyads("dyads_total", "Again"))


def test_it_can_be_shown_while_it_counts():
    collector = BusiestDyads("dyads_total", "Dyads")
    done = threading.Event()

    def count():
        for number in range(20_000):
            collector.count(f"P{number % 3000}", "neutral")
        done.set()

    thread = threading.Thread(target=count)
    thread.start()
    families = []
    while not done.is_set():
        families += collector.collect()
    thread.join()
    assert all(isinstance(family, CounterMetricFamily) for family in families)
    assert sum(sum(pair.counts.values()) for pair in collector._pairs.values()) == 20_000
