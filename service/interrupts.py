"""A Ctrl-C that must not come now."""

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Holds SIGINT back; where one came meanwhile, it arrives at the end.

    For a process that is started within, until it has chosen to ignore it, and for calls that make
    another error of a `KeyboardInterrupt`.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
