"""The limit on dead letters: a poison record passes, a bad release does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import DeadLetterLimitReached
from service.transport.deadletters import DeadLetterLimit

BAD, GOOD = True, False


def admitted(limit, outcomes):
    """How many are admitted one by one before the limit is reached; None where it never is."""
    for number, refused in enumerate(outcomes):
        try:
            limit.admit([refused])
        except DeadLetterLimitReached:
            return number
    return None


def test_a_run_is_reached_with_its_last_record():
    limit = DeadLetterLimit(max_run=3, max_ratio=0, window=10)
    assert admitted(limit, [BAD, BAD, GOOD, BAD, BAD, BAD, BAD]) == 5


def test_a_run_goes_on_over_batches():
    limit = DeadLetterLimit(max_run=3, max_ratio=0, window=10)
    limit.admit([GOOD, BAD])
    limit.admit([])
    with pytest.raises(DeadLetterLimitReached, match=r"^3 records in a row were refused$"):
        limit.admit([BAD, BAD, GOOD])


def test_a_share_counts_only_over_a_full_window():
    limit = DeadLetterLimit(max_run=0, max_ratio=0.5, window=4)
    assert admitted(limit, [BAD, BAD, BAD, BAD]) == 3
    limit = DeadLetterLimit(max_run=0, max_ratio=0.5, window=4)
    assert admitted(limit, [BAD, GOOD, GOOD, GOOD, BAD, GOOD, GOOD, BAD, GOOD, BAD]) == 7


def test_a_share_says_how_many_of_how_many():
    limit = DeadLetterLimit(max_run=0, max_ratio=0.25, window=4)
    with pytest.raises(DeadLetterLimitReached, match=r"^1 of the last 4 records were refused$"):
        limit.admit([GOOD, GOOD, GOOD, BAD])


def test_old_records_leave_the_window():
    limit = DeadLetterLimit(max_run=0, max_ratio=0.5, window=4)
    limit.admit([BAD, GOOD, GOOD, GOOD] + [GOOD, GOOD, GOOD, BAD] * 20)


def test_a_share_of_one_means_all():
    limit = DeadLetterLimit(max_run=0, max_ratio=1.0, window=10)
    assert admitted(limit, [BAD] * 9 + [GOOD] + [BAD] * 9) is None
    assert admitted(limit, [BAD]) == 0


@given(st.lists(st.booleans(), max_size=200))
def test_zero_means_never(outcomes):
    assert admitted(DeadLetterLimit(max_run=0, max_ratio=0, window=10), outcomes) is None
    DeadLetterLimit(max_run=0, max_ratio=0, window=10).admit(outcomes)


@given(
    st.lists(st.booleans(), max_size=60),
    st.integers(0, 6),
    st.sampled_from([0, 0.1, 0.3, 0.5, 1.0]),
    st.integers(1, 12),
)
def test_it_is_reached_where_counting_by_hand_says_so(outcomes, max_run, max_ratio, window):
    def reached(seen):
        run = next((n for n, refused in enumerate(reversed(seen)) if not refused), len(seen))
        latest = seen[-window:]
        too_long = max_run and run >= max_run
        too_many = max_ratio and len(latest) == window and sum(latest) >= max_ratio * window
        return bool(too_long or too_many)

    by_hand = next((n for n in range(len(outcomes)) if reached(outcomes[: n + 1])), None)
    limit = DeadLetterLimit(max_run=max_run, max_ratio=max_ratio, window=window)
    assert admitted(limit, outcomes) == by_hand


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 60))
def test_it_does_not_matter_how_records_are_batched(outcomes, size):
    one_by_one = admitted(DeadLetterLimit(max_run=5, max_ratio=0.5, window=10), outcomes)
    limit = DeadLetterLimit(max_run=5, max_ratio=0.5, window=10)
    batches = [outcomes[start : start + size] for start in range(0, len(outcomes), size)]
    reached = None
    for number, batch in enumerate(batches):
        try:
            limit.admit(batch)
        except DeadLetterLimitReached:
            reached = number
            break
    assert reached == (None if one_by_one is None else one_by_one // size)
