import pytest

from service.transport.batchsize import FIRST_RECORDS, QUICK, SLOW, BatchSize


def test_full_batches_that_are_quick_grow_up_to_what_is_allowed():
    size = BatchSize(500)
    sizes = [size.records]
    for _ in range(5):
        size.fit(size.records, seconds=QUICK / 2)
        sizes.append(size.records)
    assert sizes == [64, 128, 256, 500, 500, 500]


def test_slow_ones_shrink_but_not_below_the_first():
    size = BatchSize(500)
    for _ in range(3):
        size.fit(size.records, seconds=0)
    sizes = []
    for _ in range(4):
        size.fit(size.records, seconds=SLOW)
        sizes.append(size.records)
    assert sizes == [250, 125, 64, 64]


@pytest.mark.parametrize(("records", "seconds"), [(63, 0.0), (64, (QUICK + SLOW) / 2)])
def test_what_is_not_full_or_neither_quick_nor_slow_stays(records, seconds):
    size = BatchSize(500)
    size.fit(records, seconds=seconds)
    assert size.records == FIRST_RECORDS


def test_fewer_may_be_allowed_than_the_first_would_be():
    size = BatchSize(10)
    for seconds in (0, SLOW):
        size.fit(10, seconds=seconds)
        assert size.records == 10


def test_record_by_record_is_for_good():
    size = BatchSize(500)
    assert size.one_by_one()
    assert not size.one_by_one()
    size.fit(1, seconds=0)
    assert size.records == 1
