"""Replicas that come and go."""

import asyncio
import contextlib
import itertools
import signal
from pathlib import Path
from typing import Self

from service.settings import Settings
from tests.integration.harness import FAKE, Replica

REAL = "service"
PATIENT_ROUNDS = 5


class Fleet:
    """The replicas of one group, each a process tree of its own; none survives it.

    Args:
        settings: what they share.
        directory: where their logs go.
        module: `FAKE`, or `REAL` for the real enrichment.
    """

    def __init__(self, settings: Settings, directory: Path, *, module: str = FAKE) -> None:
        self._settings = settings
        self._directory = directory
        self._module = module
        self._numbers = itertools.count(1)
        self.running: list[Replica] = []
        self.replaced = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await asyncio.gather(*(self.kill(one) for one in self.running.copy()))

    def spawn(self, **overrides: object) -> Replica:
        """Starts one and does not wait for it."""
        settings = self._settings.model_copy(update=overrides)
        log = self._directory / f"replica-{next(self._numbers):03d}.log"
        replica = Replica(settings, log, module=self._module)
        self.running.append(replica)
        return replica

    async def grow(self, count: int = 1, **overrides: object) -> list[Replica]:
        """Starts so many; returns when each is ready."""
        started = [self.spawn(**overrides) for _ in range(count)]
        await asyncio.gather(*(one.ready() for one in started))
        return started

    async def whole(self, count: int, **overrides: object) -> None:
        """Returns when so many are ready; replaces those that have ended by themselves.

        On a machine that is busy enough a replica gives up starting, and is started again by
        whoever runs it: Kubernetes, or here this.
        """
        for _ in range(PATIENT_ROUNDS):
            for one in [one for one in self.running if one.process.poll() is not None]:
                self.running.remove(one)
                self.replaced += 1
            for _ in range(count - len(self.running)):
                self.spawn(**overrides)
            waits = (one.ready() for one in self.running)
            results = await asyncio.gather(*waits, return_exceptions=True)
            if not any(isinstance(result, BaseException) for result in results):
                return
        raise TimeoutError(f"{count} replicas did not become ready: {results}")

    async def kill(self, replica: Replica) -> None:
        """SIGKILL; its workers end with it."""
        self.running.remove(replica)
        with contextlib.suppress(ProcessLookupError):
            replica.signal(signal.SIGCONT)
        await replica.kill()

    async def terminate(self, replica: Replica) -> int:
        """SIGTERM; returns the exit status."""
        self.running.remove(replica)
        replica.signal(signal.SIGTERM)
        return await replica.wait()


def partitions_of(replica: Replica) -> set[int]:
    """The input partitions that a replica was assigned last, by its log; revoked ones are not."""
    held: set[int] = set()
    for line in replica.log_lines():
        if line.get("message") == "partitions assigned":
            held = set(line["partitions"])
        elif line.get("message") == "partitions revoked":
            held = set()
    return held
