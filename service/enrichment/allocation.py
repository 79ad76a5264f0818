"""Freed memory is kept for the next run of the network instead of given back to the system."""

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's mallopt(3)."""

KEPT_BYTES = 128 * 2**20
"""What may stay free at the top of the heap; the largest runs of `stance` take half of it."""

MAPPED_FROM_BYTES = 32 * 2**20
"""Larger pieces come from the system and go back to it: the most that glibc allows."""


def keep_freed_memory() -> bool:
    """Tells the allocator so; for the whole process, and whether it has understood.

    By default glibc returns a network's intermediate results to the system after each run, and the
    next run waits for the kernel to clear the same pages again: twice the time for some dozens of
    pairs. Where the C library is another one, nothing is changed.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # musl has none
        return False
    return bool(
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES) and mallopt(M_MMAP_THRESHOLD, MAPPED_FROM_BYTES)
    )
