"""Runs the pipeline outside the event loop: worker processes that can die or hang.

Each worker is a pool of one process, so that one that dies takes only its own batch down. A batch
whose worker died or did not answer is halved and tried again until the one record that does it is
found; a record that brings a worker down twice on its own is rejected, its neighbours are not. A
worker that has grown too much is replaced between two batches, before the kernel takes it in one.
"""

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from contracts.deadletter import RejectReason
from service import interrupts
from service.errors import WorkerStartFailed
from service.pipeline import InputRecord, Outcome, Pipeline, Processed, reject
from service.telemetry import configure_logging

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

log = logging.getLogger(__name__)

CHUNK = 32
"""Records that a worker takes at once, of a batch that is large enough for all workers to have as
many; a smaller one is shared out evenly. A call costs some 0.1 ms, an article dozens."""
CHUNKS_A_WORKER = 2
"""Of a batch that is larger than that, as batches are whose records are quick."""
ATTEMPTS_ALONE = 2
"""Times that a record may bring a worker down on its own: the first may be another's fault."""
START_ATTEMPTS = 3
"""Times that a worker's start is tried where its process is killed before it has loaded."""
START_TIMEOUT = 60.0
"""Seconds that a worker may take to load its models."""

T = TypeVar("T")
Loss = Literal["crashed", "hung", "grown"]
_Fault = Literal["crashed", "hung"]
_REASONS: dict[_Fault, RejectReason] = {
    "crashed": RejectReason.WORKER_CRASHED,
    "hung": RejectReason.WORKER_TIMEOUT,
}


class WorkerPool:
    """Worker processes, each with a pipeline of its own.

    Args:
        load: makes the pipeline; called once in each worker, so it must be picklable.
        workers: how many processes.
        timeout: seconds after which a worker that does not answer is killed.
        max_growth: bytes that a worker may hold more than after loading until it is replaced; 0
            for any number.
        on_loss: called with "crashed", "hung" or "grown" for each worker that is replaced.
    """

    def __init__(
        self,
        load: Callable[[], Pipeline],
        *,
        workers: int,
        timeout: float,
        max_growth: int = 0,
        on_loss: Callable[[Loss], None] = lambda _: None,
    ) -> None:
        self._timeout = timeout
        self._max_growth = max_growth
        self._on_loss = on_loss
        self._workers = [_Worker(load, on_loss) for _ in range(workers)]
        self._idle: asyncio.Queue[_Worker] = asyncio.Queue()

    async def start(self) -> None:
        """Returns when every worker has loaded its pipeline.

        Raises:
            WorkerStartFailed: one could not load it.
        """
        try:
            await _all(worker.start() for worker in self._workers)
        except BaseException:
            self.close()
            raise
        for worker in self._workers:
            self._idle.put_nowait(worker)

    def close(self) -> None:
        """Ends the workers for good; what they have in work is lost. Idempotent."""
        for worker in self._workers:
            worker.close()

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that run."""
        return [worker.pid for worker in self._workers if worker.pid is not None]

    async def process(self, records: Sequence[InputRecord]) -> Processed:
        """One outcome for each record, in order; chunks run side by side in idle workers.

        Raises:
            WorkerStartFailed: a lost worker could not be replaced, or the pool is closed; no record
                is to blame.
        """
        size = _chunk_size(len(records), workers=len(self._workers))
        chunks = [records[start : start + size] for start in range(0, len(records), size)]
        return _join(await _all(self._process_chunk(chunk) for chunk in chunks))

    async def _process_chunk(self, records: Sequence[InputRecord]) -> Processed:
        loss: _Fault = "crashed"
        for _ in range(ATTEMPTS_ALONE):
            result = await self._try(records)
            if isinstance(result, Processed):
                return result
            loss = result
            log.warning("a worker %s over %d records", loss, len(records))
            if len(records) > 1:
                middle = len(records) // 2
                halves = (records[:middle], records[middle:])
                return _join([await self._process_chunk(half) for half in halves])
        message = f"the worker {loss} over this record alone, {ATTEMPTS_ALONE} times"
        return Processed([reject(records[0], reason=_REASONS[loss], field=None, message=message)])

    async def _try(self, records: Sequence[InputRecord]) -> Processed | _Fault:
        worker = await self._idle.get()
        try:
            await worker.start()
            loss: _Fault
            try:
                async with asyncio.timeout(self._timeout):
                    processed = await worker.process(records)
                self._replace_grown(worker)
                return processed  # noqa: TRY300 what follows is of those that failed
            except BrokenProcessPool:
                loss = "crashed"
            except TimeoutError:
                loss = "hung"
            except Exception:
                # A pipeline never raises, but its outcomes must be sent: as bad as a crash, and
                # one that must not come back with the same records for ever.
                log.exception("a worker did not get its outcomes across")
                loss = "crashed"
            worker.kill()
            self._on_loss(loss)
            return loss
        finally:
            # Also when nobody waits any more: what is asked next of this worker queues behind.
            self._idle.put_nowait(worker)

    def _replace_grown(self, worker: "_Worker") -> None:
        if self._max_growth and worker.growth > self._max_growth:
            log.warning(
                "a worker has grown by %d bytes since it loaded and is replaced", worker.growth
            )
            worker.kill()
            self._on_loss("grown")


class _Worker:
    """One process, started when first needed and again after it was killed.

    Attributes:
        growth: bytes of memory that it held after its latest batch beyond those after loading.
    """

    def __init__(self, load: Callable[[], Pipeline], on_loss: Callable[[Loss], None]) -> None:
        self._load = load
        self._on_loss = on_loss
        self._loaded_size = 0
        self.growth = 0
        self._executor: ProcessPoolExecutor | None = None
        self._process: BaseProcess | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Starts the process where there is none; once more where it is killed meanwhile."""
        for left in reversed(range(START_ATTEMPTS)):
            try:
                return await self._start()
            except WorkerStartFailed as error:
                if not left or not isinstance(error.__cause__, BrokenProcessPool):
                    raise
                log.warning("a worker was killed while it was loading, another one is started")
                self._on_loss("crashed")
        return None

    async def _start(self) -> None:
        if self._executor is not None:
            return
        if self._closed:
            raise WorkerStartFailed("the workers are closed")
        # Not fork: the parent has threads (the probes' server among them).
        context = multiprocessing.get_context("spawn")
        executor = ProcessPoolExecutor(
            1,
            mp_context=context,
            initializer=_live_with_parent,
            initargs=(logging.getLogger().getEffectiveLevel(),),
        )
        self._executor = executor
        deadline = asyncio.timeout(START_TIMEOUT)
        try:
            with interrupts.held():  # a Ctrl-C in the terminal would meet it while it imports
                loading = executor.submit(_load_pipeline, self._load)
            # Known from the first task on, but no public name tells it before 3.14.
            (self._process,) = executor._processes.values()  # noqa: SLF001
            async with deadline:
                self._loaded_size = await asyncio.wrap_future(loading)
        except BaseException as error:
            self.kill()
            if not isinstance(error, Exception):
                raise
            late = f"not within {START_TIMEOUT:.0f} s" if deadline.expired() else None
            why = late or f"{type(error).__name__}: {error}".rstrip(": ")
            raise WorkerStartFailed(f"a worker could not load its pipeline: {why}") from error

    async def process(self, records: Sequence[InputRecord]) -> Processed:
        loop = asyncio.get_running_loop()
        processed, size = await loop.run_in_executor(self._executor, _process, records)
        self.growth = size - self._loaded_size
        return processed

    def kill(self) -> None:
        executor, process = self._executor, self._process
        self._executor = self._process = None
        if process is not None:
            process.kill()  # does nothing to one that has ended: its id may be another's by now
        if executor is not None:
            answers = executor._result_queue  # noqa: SLF001 no public name
            executor.shutdown(wait=False, cancel_futures=True)
            # Of a process that died in the middle of an answer the executor's thread awaits the
            # rest, and this process could not end before it: it only gives up at the pipe's end,
            # which is held open here.
            if answers is not None:
                answers._writer.close()  # type: ignore[attr-defined]  # noqa: SLF001

    def close(self) -> None:
        self._closed = True
        self.kill()


def _chunk_size(records: int, *, workers: int) -> int:
    """Records of a batch that one call of a worker takes."""
    evenly = -(-records // workers)
    return max(1, min(evenly, CHUNK), records // (CHUNKS_A_WORKER * workers))


async def _all(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The results in order; where one fails, the others are ended before its error is raised."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _join(parts: Sequence[Processed]) -> Processed:
    outcomes: list[Outcome] = []
    seconds: Counter[str] = Counter()
    for part in parts:
        outcomes.extend(part.outcomes)
        seconds.update(part.seconds)
    return Processed(outcomes, dict(seconds))


# What runs in the worker process.

_pipeline: Pipeline | None = None


def _live_with_parent(log_level: int) -> None:
    """Leaves signals to the parent, and ends when it does: no orphan survives a `kill -9`."""
    configure_logging(log_level)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def follow() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=follow, name="follow-parent", daemon=True).start()


def _load_pipeline(load: Callable[[], Pipeline]) -> int:
    """Returns the bytes of memory that the worker holds then."""
    global _pipeline  # noqa: PLW0603 a process has one pipeline, made after the process
    _pipeline = load()
    return _resident_bytes()


def _process(records: Sequence[InputRecord]) -> tuple[Processed, int]:
    """The outcomes, and the bytes of memory that the worker holds afterwards."""
    if _pipeline is None:
        raise RuntimeError("the worker has not loaded its pipeline")
    return _pipeline.process(records), _resident_bytes()


def _resident_bytes() -> int:
    """Of this process; 0 where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
