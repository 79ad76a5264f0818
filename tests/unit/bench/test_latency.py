import pytest

from tests.bench.latency import Feed, percentiles


def test_articles_come_as_often_as_asked_and_at_the_same_moments_each_time():
    feed = Feed(rate=50, seconds=20)
    moments = feed.moments()
    assert moments == feed.moments() == sorted(moments)
    assert len(moments) == pytest.approx(1_000, rel=0.1)
    assert moments[-1] < 20


def test_a_regular_feed_has_equal_gaps():
    assert Feed(rate=2, seconds=2, regular=True).moments() == [0, 0.5, 1, 1.5]


def test_percentiles_are_values_that_were_taken():
    taken = [number / 1_000 for number in range(200, 0, -1)]
    assert percentiles(taken) == {"p50_ms": 100, "p90_ms": 180, "p99_ms": 198, "max_ms": 200}
    assert percentiles([0.5]) == dict.fromkeys(("p50_ms", "p90_ms", "p99_ms", "max_ms"), 500)
    assert percentiles([]) == {}
