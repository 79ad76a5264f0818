"""The one composition root: probes, workers and group sessions, from start to shutdown.

Life of the service: the probes answer from the first moment; the workers load; a session joins the
group and works; where it breaks, another one follows after a pause; SIGTERM or SIGINT lets it
finish what was read, within the deadline. Too many dead letters halt it: it leaves the group, stays
up and says so, for a restart would only refuse the next hundred records.
"""

import asyncio
import functools
import logging
import signal
import time
from collections.abc import Callable

from aiokafka.errors import KafkaError

from service.errors import (
    ConfigurationError,
    DeadLetterLimitReached,
    DyadwireError,
    Fenced,
    TransportError,
    UnreadableRecord,
)
from service.pipeline import Pipeline
from service.probes import ProbeServer, Verdict
from service.settings import Settings
from service.telemetry import Metrics
from service.transport import unpacking
from service.transport.client import Backoff, describe
from service.transport.deadletters import DeadLetterLimit
from service.transport.session import GroupSession
from service.workers import WorkerPool

log = logging.getLogger(__name__)

LOOP_STUCK = 30.0
"""Seconds without a turn of the event loop after which the service is unhealthy."""
HEARTBEAT = 1.0
"""Seconds between two turns that are noted."""
STEADY = 60.0
"""Seconds that a session must have lived for the next failure to be retried at once."""
EXIT_DRAINED, EXIT_FAILED = 0, 1

LoadPipeline = Callable[[], Pipeline]


def load_pipeline(max_article_bytes: int) -> Pipeline:
    """The pipeline with the real enrichment; called in each worker."""
    from service.enrichment.enricher import Enricher

    return Pipeline(Enricher.load(), max_article_bytes=max_article_bytes)


class Service:
    """One replica.

    Args:
        settings: all of them.
        load: makes the pipeline of a worker; None for the real one.
    """

    def __init__(self, settings: Settings, *, load: LoadPipeline | None = None) -> None:
        self._settings = settings
        unpacking.limit()
        self.metrics = metrics = Metrics()
        self._workers = WorkerPool(
            load or functools.partial(load_pipeline, settings.max_article_bytes),
            workers=settings.workers,
            timeout=settings.worker_timeout,
            max_growth=settings.worker_max_growth_bytes,
            on_loss=lambda loss: metrics.worker_losses.labels(loss).inc(),
        )
        # One for all sessions: joining the group anew forgives nothing.
        self._limit = DeadLetterLimit(
            max_run=settings.dead_letter_max_run,
            max_ratio=settings.dead_letter_max_ratio,
            window=settings.dead_letter_window,
        )
        self._broken: str | None = None
        self._last_failure: str | None = None
        self._stop = asyncio.Event()
        self._session: GroupSession | None = None
        self._halted: str | None = None
        self._turned_at = time.monotonic()
        self._began_at = time.time()
        metrics.ready.set_function(lambda: self._ready()[0])
        self.probes = ProbeServer(
            host=settings.probe_host,
            port=settings.probe_port,
            registry=metrics.registry,
            healthy=self._healthy,
            ready=self._ready,
        )

    def stop(self) -> None:
        """Begins the shutdown: what was read is finished, then `run` returns."""
        self._stop.set()

    async def run(self) -> int:
        """Works until `stop`.

        Returns:
            The exit status: 0 where all that was read was committed, 1 otherwise.

        Raises:
            WorkerStartFailed: the enrichment cannot be loaded.
        """
        self.probes.start()
        log.info("probes answer", extra={"port": self.probes.port})
        heart = asyncio.create_task(self._beat())
        try:
            work = asyncio.create_task(self._work())
            stopping = asyncio.create_task(self._stop.wait())
            await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if self._session is None:
                work.cancel()  # nothing was read yet
            done, _ = await asyncio.wait({work}, timeout=self._settings.shutdown_timeout)
            if not done:
                log.error("not drained within %.0f s", self._settings.shutdown_timeout)
                work.cancel()
                await asyncio.wait({work}, timeout=1)
                return EXIT_FAILED
            return EXIT_DRAINED if work.cancelled() else work.result()
        finally:
            heart.cancel()
            self._workers.close()
            self.probes.close()

    async def _work(self) -> int:
        await self._workers.start()
        log.info("workers are ready", extra={"workers": self._settings.workers})
        backoff = Backoff()
        drained = True
        while not self._stop.is_set():
            started = time.monotonic()
            try:
                drained = await self._run_session()
            except DeadLetterLimitReached as error:
                await self._halt(error)
                return EXIT_FAILED
            except ConfigurationError:
                raise
            except Exception as error:  # noqa: BLE001 whatever broke it, the group is joined anew
                drained = False
                self._note_failure(error)
                if time.monotonic() - started > STEADY:
                    backoff.reset()
                await self._pause(backoff)
        return EXIT_DRAINED if drained else EXIT_FAILED

    async def _run_session(self) -> bool:
        self._session = session = GroupSession(
            process=self._workers.process,
            limit=self._limit,
            settings=self._settings,
            metrics=self.metrics,
        )
        await session.run(self._stop)
        return session.drained

    def _note_failure(self, error: Exception) -> None:
        # An outage is no reason for a restart; what breaks one session after another may be.
        outage = isinstance(error, (TransportError, KafkaError, OSError))
        unreadable = isinstance(error, UnreadableRecord)
        self._last_failure = describe(error)
        self._broken = None if outage and not unreadable else self._last_failure
        reason = "fenced" if isinstance(error, Fenced) else "failed"
        self.metrics.sessions.labels(reason).inc()
        expected = isinstance(error, (DyadwireError, KafkaError, OSError))
        log.warning(
            "the group is joined anew: %s", describe(error), exc_info=None if expected else error
        )

    async def _pause(self, backoff: Backoff) -> None:
        waiting = asyncio.ensure_future(backoff.wait())
        stopping = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        stopping.cancel()

    async def _halt(self, error: DeadLetterLimitReached) -> None:
        self._halted = str(error)
        self.metrics.halted.set(1)
        log.critical(
            "halted: %s; nothing is consumed until a restart. The records wait in the input topic",
            error,
        )
        await self._stop.wait()

    async def _beat(self) -> None:
        while True:
            self._turned_at = time.monotonic()
            await asyncio.sleep(HEARTBEAT)

    # Called from the probes' thread.

    def _healthy(self) -> Verdict:
        still = time.monotonic() - self._turned_at
        if still > LOOP_STUCK:
            return False, f"the event loop has not turned for {still:.0f} s"
        session = self._session
        stalled = session.stalled if session is not None and self._halted is None else []
        if stalled:
            why = f": {session.trouble}" if session is not None and session.trouble else ""
            return False, f"no progress on partitions {stalled} although there is lag{why}"
        idle = time.time() - max(self._began_at, self.metrics.last_progress_at())
        if self._broken is not None and idle > self._settings.stall_timeout:
            return False, f"one session after another breaks: {self._broken}"
        return True, "ok"

    def _ready(self) -> Verdict:
        if self._halted is not None:
            return False, f"halted: {self._halted}"
        if self._stop.is_set():
            return False, "shutting down"
        if self._session is None:
            return False, "starting"
        if not self._session.ready:
            why = self._session.trouble or self._last_failure
            return False, f"joining the group: {why}" if why else "joining the group"
        return True, "ok"


async def serve(settings: Settings, *, load: LoadPipeline | None = None) -> int:
    """Runs a replica until SIGTERM or SIGINT; returns the exit status.

    Raises:
        ConfigurationError: the probe port cannot be listened on.
        WorkerStartFailed: the enrichment cannot be loaded.
    """
    try:
        service = Service(settings, load=load)
    except OSError as error:
        raise ConfigurationError(
            f"DYADWIRE_PROBE_HOST, DYADWIRE_PROBE_PORT: cannot listen on {settings.probe_host} "
            f"port {settings.probe_port}: {error.strerror or error}"
        ) from error
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, service.stop)
    return await service.run()
