"""Batches that expand beyond the limit are refused; all others come out as aiokafka reads them."""

import gzip
import tracemalloc

import pytest
from aiokafka import codec
from aiokafka.record._crecords import default_records as compiled
from aiokafka.record.default_records import DefaultRecordBatch as PythonBatch
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from service.transport import unpacking
from service.transport.unpacking import BatchTooLarge

CODECS = {"gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
LIMIT = 1_000_000


@pytest.fixture(autouse=True)
def limited():
    """A low limit, and what was before again afterwards."""
    modules = (compiled, unpacking.python_reader)
    names = [f"{name}_decode" for name in CODECS]
    before = [(module, name, getattr(module, name)) for module in modules for name in names]
    unpacking.limit(LIMIT)
    yield
    for module, name, function in before:
        setattr(module, name, function)


def batch(values, *, codec_number):
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=codec_number, is_transactional=False, producer_id=-1,
        producer_epoch=-1, base_sequence=-1, batch_size=10**9,
    )  # fmt: skip
    for offset, value in enumerate(values):
        builder.append(offset, timestamp=0, key=None, value=value, headers=[])
    return bytes(builder.build())


@pytest.mark.parametrize("reader", [compiled.DefaultRecordBatch, PythonBatch])
@pytest.mark.parametrize("name", CODECS)
def test_a_batch_within_the_limit_is_read(name, reader):
    values = [b"a", b"", bytes(range(256)) * 1_000]
    data = batch(values, codec_number=CODECS[name])
    assert [record.value for record in reader(bytearray(data))] == values


@pytest.mark.parametrize("reader", [compiled.DefaultRecordBatch, PythonBatch])
@pytest.mark.parametrize("name", CODECS)
def test_a_batch_that_expands_beyond_it_is_refused(name, reader):
    data = batch([bytes(LIMIT + 1)], codec_number=CODECS[name])
    assert len(data) < LIMIT / 10
    with pytest.raises(BatchTooLarge, match="more than 1000000 bytes"):
        list(reader(bytearray(data)))


@pytest.mark.parametrize("name", CODECS)
def test_what_is_damaged_is_refused_in_the_same_way(name):
    unpack = getattr(compiled, f"{name}_decode")
    whole = getattr(codec, f"{name}_encode")(bytes(range(256)) * 100)
    assert unpack(whole) == bytes(range(256)) * 100
    for data in (b"\xff" * 50, whole[: len(whole) // 2]):
        with pytest.raises(BatchTooLarge):
            unpack(data)


def test_a_gzip_file_of_several_members_is_read_whole():
    assert compiled.gzip_decode(gzip.compress(b"one ") + gzip.compress(b"two")) == b"one two"


def test_snappy_without_the_header_of_java_is_read():
    plain = bytes(codec.snappy_encode(b"text" * 100, xerial_compatible=False))
    assert compiled.snappy_decode(plain) == b"text" * 100


@pytest.mark.parametrize("name", CODECS)
def test_a_small_batch_costs_no_more_where_the_limit_is_high(name):
    unpacking.limit()
    small = getattr(codec, f"{name}_encode")(b"text" * 100)
    tracemalloc.start()
    try:
        getattr(compiled, f"{name}_decode")(small)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < unpacking.MAX_BATCH_BYTES / 50
