"""Stands between us and one broker, so that the broker never outlives us.

Run as a script, in a session of its own: `supervisor.py PARENT_PID DISCARD COMMAND…`. It
starts the command and sends it the signals named on its standard input, one a line. When
that input ends, or its parent is gone (even by SIGKILL), it kills the command and removes
the directory DISCARD, unless that is empty; it exits with the command's status.

Why a process more, and not Linux's parent-death signal on the broker alone: that signal fires
when the *thread* that started the child ends, so a broker started from a worker thread would
die with the thread. Here the supervisor's only thread is the one that starts the broker.

Only the standard library, and no import of our own: it runs with `python -I -S`.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>
_PARENT_CHECK_S = 1.0


def main(argv: list[str]) -> int:
    """Supervise the command in `argv` until it or the parent ends; return its exit status."""
    parent, discard, *command = argv
    # SIGCHLD wakes the select below, so that a broker's end is noticed at once.
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _signum, _frame: None)
    child = subprocess.Popen(  # noqa: S603 - the command line is our own
        command,
        stdin=subprocess.DEVNULL,
        preexec_fn=partial(_die_with, os.getpid()),  # noqa: PLW1509 - no other thread here
    )
    orphaned = _relay(child, int(parent), wake_read)
    if orphaned:
        child.kill()
    status = child.wait()
    if orphaned and discard:
        shutil.rmtree(discard, ignore_errors=True)
        with contextlib.suppress(OSError):  # not empty: the last of several nodes removes it
            Path(discard).parent.rmdir()
    return status if status >= 0 else 128 - status


def _relay(child: subprocess.Popen[bytes], parent: int, wake: int) -> bool:
    """Pass signals on until the child ends (False) or the parent is gone (True)."""
    pending = b""
    while child.poll() is None:
        ready, _, _ = select.select([0, wake], [], [], _PARENT_CHECK_S)
        # A forked child of the parent may hold the pipe open after the parent's end.
        if os.getppid() != parent:
            return True
        if wake in ready:
            os.read(wake, 512)
        if 0 in ready:
            received = os.read(0, 512)
            if not received:
                return True
            *names, pending = (pending + received).split(b"\n")
            for name in names:
                child.send_signal(signal.Signals[name.decode()])
    return False


def _die_with(supervisor: int) -> None:
    """Runs in the child before the command: the kernel kills it if the supervisor dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:  # it died before the call above could take effect
            os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
