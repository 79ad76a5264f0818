"""One broker: its directory, its child process and its log."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from deploy.local.config import Ports
from deploy.local.errors import BrokerStartError, PortClashError

if TYPE_CHECKING:
    from collections.abc import Sequence

SUPERVISOR: Final = Path(__file__).with_name("supervisor.py")

_TAIL_LINES = 30
_TAIL_BYTES = 64 * 1024
_BIND_FAILURES = ("Address already in use", "BindException")

SignalName = Literal["SIGTERM", "SIGKILL", "SIGSTOP", "SIGCONT"]


class Node:
    """One broker and where it lives: `directory/server.properties`, `…/data`, `…/broker.log`."""

    def __init__(self, directory: Path, *, discard: bool) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.properties_file = directory / "server.properties"
        self.log_file = directory / "broker.log"
        self.ports = Ports(client=0, controller=0)
        self._discard = discard
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def alive(self) -> bool:
        """Whether the process runs; a paused one counts."""
        return self._process is not None and self._process.poll() is None

    def write_properties(self, text: str) -> None:
        """Write the broker's settings, for the next launch."""
        self.directory.mkdir(exist_ok=True)
        self.properties_file.write_text(text, encoding="ascii")

    def launch(self, command: Sequence[str]) -> None:
        """Start `command` under a supervisor that ends it when this process ends."""
        self._log_start = self.log_file.stat().st_size if self.log_file.exists() else 0
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the command line is our own
                [
                    sys.executable,
                    *("-I", "-S", str(SUPERVISOR), str(os.getpid())),
                    str(self.directory) if self._discard else "",
                    *command,
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A terminal's Ctrl-C is for the service: it drains while the broker still runs.
                start_new_session=True,
            )

    def send(self, name: SignalName) -> None:
        """Send the broker a signal; one that ended already needs none."""
        if self._process is None or self._process.stdin is None or not self.alive:
            return
        with contextlib.suppress(BrokenPipeError):  # it ended just now
            self._process.stdin.write(f"{name}\n".encode())
            self._process.stdin.flush()

    def ask_to_stop(self) -> None:
        """Ask for an orderly shutdown; a paused broker is resumed, or it could not hear."""
        self.send("SIGCONT")
        self.send("SIGTERM")

    def wait(self, timeout: float) -> bool:
        """Wait for the process to end; False if it has not within `timeout` seconds."""
        if self._process is None:
            return True
        try:
            self._process.wait(max(timeout, 0.0))
        except subprocess.TimeoutExpired:
            return False
        if self._process.stdin is not None:
            # A signal's name may still be in it that nobody reads any more.
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process = None
        return True

    def end(self, *, gracefully: bool, deadline: float) -> None:
        """Wait for a broker that was asked to stop until `deadline` (monotonic), then kill it."""
        if gracefully and self.wait(deadline - time.monotonic()):
            return
        self.send("SIGKILL")
        # The supervisor reaps it at once; if it cannot, ending its input is all that is left.
        if not self.wait(10.0) and self._process is not None:
            self._process.kill()  # the kernel then kills the broker with its supervisor
            self.wait(10.0)

    def raise_if_ended(self) -> None:
        """Raise `BrokerStartError` (or its `PortClashError`) if the process is no more."""
        if self.alive:
            return
        tail = self.log_tail()
        clash = any(failure in tail for failure in _BIND_FAILURES)
        kind = PortClashError if clash else BrokerStartError
        raise kind("the broker ended while it was starting", log_tail=tail)

    def log_tail(self) -> str:
        """The last lines of the log since the last launch."""
        try:
            with self.log_file.open("rb") as log:
                size = log.seek(0, os.SEEK_END)
                log.seek(max(self._log_start, size - _TAIL_BYTES))
                text = log.read().decode(errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-_TAIL_LINES:])
