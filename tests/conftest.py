"""What holds for every test."""

import signal

import hypothesis  # noqa: F401 its plugin would import it after the last test, where Python 3.11 fails
import pytest


@pytest.fixture(autouse=True, scope="session")
def interrupts_reach_children():
    """Undoes what a shell does to a command in the background: there SIGINT is ignored.

    Children inherit that, and tests that interrupt one would wait for ever.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
