"""A limit on what one compressed batch may expand to.

A broker takes batches by their compressed size, so one megabyte of it may hold gigabytes; aiokafka
unpacks whatever it gets, in one piece, and the process would be killed for its memory over and
over. aiokafka offers no place to say how much is too much, so its functions that unpack are
wrapped, where its readers of batches look them up.
"""

import mmap
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Final

import cramjam
from aiokafka import codec
from aiokafka.record import default_records as python_reader

try:
    from aiokafka.record._crecords import default_records as compiled_reader
except ImportError:  # where aiokafka was built without its extensions
    compiled_reader = python_reader

MAX_BATCH_BYTES: Final = 64 * 1024 * 1024
"""Four of the largest articles that may be configured. Publishers' batches have a few MB."""

_PIECE: Final = 1024 * 1024
_XERIAL: Final = b"\x82SNAPPY\x00"
_XERIAL_HEADER: Final = 16

Unpack = Callable[[bytes], bytes]


class BatchTooLarge(ValueError):
    """A batch expands to more than is held in memory, or is no batch of its compression."""


def limit(most: int = MAX_BATCH_BYTES) -> None:
    """From now on aiokafka unpacks no batch to more than `most` bytes; it raises `BatchTooLarge`.

    Old formats of messages (magic 0 and 1), which Kafka 4 does not store, are not looked at.
    """
    unpackers: dict[str, Unpack] = {
        "gzip_decode": lambda payload: _gzip(payload, most),
        "snappy_decode": lambda payload: _snappy(payload, most),
        "lz4_decode": lambda payload: _into(cramjam.lz4.decompress_into, payload, most),
        "zstd_decode": lambda payload: _into(cramjam.zstd.decompress_into, payload, most),
    }
    for reader in (compiled_reader, python_reader):
        for name, unpack in unpackers.items():
            setattr(reader, name, unpack)


def _too_large(most: int) -> BatchTooLarge:
    return BatchTooLarge(f"it expands to more than {most} bytes")


def _gzip(payload: bytes, most: int) -> bytes:
    found = bytearray()
    rest = bytes(payload)
    while rest:  # a file may have several members
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        while not member.eof:
            try:
                piece = member.decompress(rest, _PIECE)
            except zlib.error as error:
                raise BatchTooLarge(f"it is damaged: {error}") from error
            rest = member.unconsumed_tail
            found += piece
            if len(found) > most:
                found.clear()  # the error keeps this frame, and so what it holds
                raise _too_large(most)
            if not piece and not member.eof:
                raise BatchTooLarge("it is damaged: it ends too soon")
        rest = member.unused_data
    return bytes(found)


def _into(unpack: Callable[[bytes, mmap.mmap], int], payload: bytes, most: int) -> bytes:
    # Mapped, not a bytearray, which is filled with zeros first: of this only what is written to
    # takes memory and time. It is closed before an error could keep it.
    with mmap.mmap(-1, most) as room:
        try:
            size = unpack(payload, room)
        except cramjam.DecompressionError as error:
            raise BatchTooLarge(f"{_too_large(most)}, or is damaged: {error}") from error
        return room[:size]


def _snappy(payload: bytes, most: int) -> bytes:
    """Each block says its size, and is refused if it is of another: so nothing is unpacked yet."""
    try:
        if sum(map(cramjam.snappy.decompress_raw_len, _snappy_blocks(payload))) > most:
            raise _too_large(most)
        return bytes(codec.snappy_decode(payload))
    except (cramjam.DecompressionError, struct.error) as error:
        raise BatchTooLarge(f"it is damaged: {error}") from error


def _snappy_blocks(payload: bytes) -> Iterator[bytes]:
    """One block, or many behind the header of Java's library, each with its length before it."""
    if not payload.startswith(_XERIAL):
        yield payload
        return
    at = _XERIAL_HEADER
    while at < len(payload):
        (size,) = struct.unpack_from(">I", payload, at)
        at += 4
        yield payload[at : at + size]
        at += size
