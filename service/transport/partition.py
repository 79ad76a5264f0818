"""One assigned partition: fetch, process, commit, in its own order and at its own pace.

Three steps run side by side: the next batch is fetched and processed while the last one is
committed. A batch's outputs and its offset are one transaction; where batches are processed faster
than they are committed, those that wait for it go into one. After a failed transaction the
producer is rebuilt, the group's offset is read again, and what it does not cover is written again:
the enrichment is not repeated, and nothing that did commit is written twice. Where the offset read
then lies beyond the batch, another instance had the partition meanwhile: the batches behind may be
committed too, and the stream ends as if it had been fenced.

Back-pressure: at most `READ_AHEAD` batches wait; then this partition is not asked for more.
The client holds one fetch of it ready and asks the broker for no further one, so memory stays
bounded without pausing, which would throw that fetch away; the session's own polls keep the
membership meanwhile.
"""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError

from service.errors import Fenced, UnreadableRecord, WriteFailed
from service.pipeline import InputRecord, Outcome, Processed, Rejected
from service.settings import Settings
from service.telemetry import Metrics
from service.transport.batchsize import BatchSize
from service.transport.client import STOP_TIMEOUT, Backoff, retry
from service.transport.deadletters import DeadLetterLimit
from service.transport.producer import PartitionWriter
from service.transport.start import Start
from service.transport.unpacking import BatchTooLarge

log = logging.getLogger(__name__)

READ_AHEAD = 2
"""Batches that are processed while one is committed, and that one transaction may take along."""
POLL_MS = 200
"""Milliseconds that one poll of a partition waits for records."""

Process = Callable[[Sequence[InputRecord]], Awaitable[Processed]]


@dataclass(frozen=True, slots=True)
class _Batch:
    """Records on their way, the offset after them, and their outcomes to come."""

    records: Sequence[InputRecord]
    next_offset: int
    work: "asyncio.Task[Processed]"


class _Ahead(asyncio.Queue[_Batch]):
    """Batches in their order, of which the first can be looked at."""

    _waiting: deque[_Batch]

    def _init(self, maxsize: int) -> None:  # noqa: ARG002 one of three that may be overridden
        self._queue = self._waiting = deque()

    def first_enriched(self) -> _Batch | None:
        """The next one if all of its records are enriched by now; it stays."""
        if not self._waiting:
            return None
        batch = self._waiting[0]
        work = batch.work
        if not batch.records or not work.done() or work.cancelled() or work.exception():
            return None
        refused = any(isinstance(outcome, Rejected) for outcome in work.result().outcomes)
        return None if refused else batch


class PartitionStream:
    """Reads one partition from the group's offset on and commits what becomes of its records.

    Args:
        consumer: the group member's consumer; polled for this partition alone.
        partition: which.
        process: outcomes for records, in order.
        limit: judges the dead letters of the whole service.
        settings: sizes, topics and deadlines.
        metrics: what happens is counted there.
    """

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        partition: TopicPartition,
        *,
        process: Process,
        limit: DeadLetterLimit,
        settings: Settings,
        metrics: Metrics,
    ) -> None:
        self._consumer = consumer
        self._partition = partition
        self._process = process
        self._limit = limit
        self._settings = settings
        self._metrics = metrics
        self._writer = PartitionWriter(settings, partition)
        self._start = Start(consumer, partition, settings=settings, metrics=metrics)
        self._queue = _Ahead(READ_AHEAD)
        self._fetching: asyncio.Task[None] | None = None
        self._size = BatchSize(settings.batch_max_records)
        self._in_flight = 0
        self._committed: int | None = None
        self.opened = False
        self.trouble: str | None = None
        self._note_partition_progress()

    async def run(self) -> None:
        """Works until it is cancelled.

        Raises:
            Fenced: another instance has the partition.
            DeadLetterLimitReached: too many records were refused.
            WorkerStartFailed: the enrichment cannot run.
        """
        await self._begin()
        self._fetching = asyncio.create_task(self._fetch_all())
        committing = asyncio.create_task(self._commit_all())
        self.opened = True
        try:
            done, _ = await asyncio.wait(
                {self._fetching, committing}, return_when=asyncio.FIRST_EXCEPTION
            )
            for task in done:
                if not task.cancelled():
                    task.result()
        finally:
            self.opened = False
            self._fetching.cancel()
            committing.cancel()
            await asyncio.gather(self._fetching, committing, return_exceptions=True)

    async def drain(self) -> None:
        """Fetches no more and returns when the batch in hand is committed; bound it from outside.

        What was read ahead is given back: it stays uncommitted, and whoever has the partition next
        reads it. Finishing it all could take longer than a shutdown may.
        """
        if self._fetching is not None:
            self._fetching.cancel()
        while not self._queue.empty():
            self._queue.get_nowait().work.cancel()
            self._queue.task_done()
        await self._queue.join()

    async def close(self) -> None:
        """Gives the partition up: aborts what is unfinished and frees the producer."""
        left = [self._queue.get_nowait().work for _ in range(self._queue.qsize())]
        for work in left:
            work.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        self._count_in_flight(-self._in_flight)
        await self._writer.close()

    @property
    def lag(self) -> int:
        """Records of the partition that are not committed yet, as far as the broker has told."""
        if self._partition not in self._consumer.assignment() or self._committed is None:
            return self._in_flight
        end = self._consumer.highwater(self._partition)
        return self._in_flight if end is None else max(0, end - self._committed)

    def stalled(self, *, for_seconds: float) -> bool:
        """Whether there is work and none of it was done for so long."""
        return self.lag > 0 and time.monotonic() - self._progressed_at > for_seconds

    async def _begin(self) -> None:
        """Fences, and goes to where the group is, or where it is to begin."""
        self._committed = await self._fence()
        begin = self._committed
        if begin is None:
            begin = await self._start.choose()
            if self._settings.auto_offset_reset == "latest":
                # What comes from now on is ours: a successor must not begin at a later end.
                await self._queue_offset(begin)
        self._consumer.seek(self._partition, begin)

    async def _fence(self) -> int | None:
        """Makes sure that no one else writes; returns the group's offset, which is then final."""
        timeout = self._settings.write_timeout + STOP_TIMEOUT
        await retry(
            self._writer.fence,
            what=f"taking over {self._name}",
            timeout=timeout,
            note=self._note_trouble,
        )
        return await retry(
            lambda: self._consumer.committed(self._partition),
            what=f"reading the group's offset of {self._name}",
            timeout=timeout,
            note=self._note_trouble,
        )

    @property
    def _name(self) -> str:
        return f"{self._partition.topic}/{self._partition.partition}"

    async def _queue_offset(self, offset: int) -> None:
        """Has the group's offset committed in its turn, without records."""
        nothing = asyncio.create_task(_no_outcomes())
        await self._queue.put(_Batch((), offset, nothing))

    async def _fetch_all(self) -> None:
        while True:
            records = await self._poll()
            if not records:
                await self._note_idle()
                continue
            self._metrics.consumed.inc(len(records))
            self._count_in_flight(len(records))
            work = asyncio.create_task(self._timed_process(records))
            try:
                await self._queue.put(_Batch(records, records[-1].offset + 1, work))
            except asyncio.CancelledError:
                work.cancel()  # whoever has the partition next reads these again
                raise

    async def _poll(self) -> list[InputRecord]:
        try:
            polled = await self._consumer.getmany(
                self._partition, timeout_ms=POLL_MS, max_records=self._size.records
            )
        except NoOffsetForPartitionError:
            return []  # found by the client before `_begin` told it where to read
        except OffsetOutOfRangeError:
            position = await self._consumer.position(self._partition)
            begin = await self._start.instead_of(position)
            if begin != position:
                self._consumer.seek(self._partition, begin)
                await self._queue_offset(begin)
            return []
        except UnicodeDecodeError as error:
            # aiokafka decodes the names of headers, and cannot step over a record without doing so.
            if self._size.one_by_one():  # what stands before it is read
                return []
            await self._queue.join()
            position = await self._consumer.position(self._partition)
            raise UnreadableRecord(
                f"{self._name}: a record at or soon after offset {position} has a header "
                f"whose name is not UTF-8: {error}"
            ) from error
        except BatchTooLarge as error:
            if self._size.one_by_one():  # what one poll has read before it would be lost
                return []
            await self._queue.join()
            position = await self._consumer.position(self._partition)
            raise UnreadableRecord(
                f"{self._name}: a batch at or soon after offset {position} cannot be read: {error}"
            ) from error
        return [_input(record) for record in polled.get(self._partition, ())]

    async def _note_idle(self) -> None:
        """Nothing to read and nothing in work: what is left before the end holds no records."""
        if self._in_flight == 0:
            self._committed = await self._consumer.position(self._partition)
            if self.lag == 0:
                self._note_progress()

    async def _timed_process(self, records: Sequence[InputRecord]) -> Processed:
        started = time.perf_counter()
        processed = await self._process(records)
        took = time.perf_counter() - started
        self._size.fit(len(records), seconds=took)
        stages = {**processed.seconds, "process": took}
        for stage, seconds in stages.items():
            self._metrics.stage_seconds.labels(stage).observe(seconds)
        return processed

    async def _commit_all(self) -> None:
        while True:
            batch = await self._queue.get()
            outcomes = list((await batch.work).outcomes)
            # Before the transaction: what would go beyond the limit waits in the input topic.
            self._limit.admit([isinstance(outcome, Rejected) for outcome in outcomes])
            batches = [batch, *self._take_enriched()]
            for following in batches[1:]:
                outcomes += following.work.result().outcomes
            await self._commit(outcomes, next_offset=batches[-1].next_offset)
            records = [record for batch in batches for record in batch.records]
            self._note_committed(records, outcomes, next_offset=batches[-1].next_offset)
            for _ in batches:
                self._queue.task_done()  # not where it failed: then nothing was drained

    def _take_enriched(self) -> Iterator[_Batch]:
        """What waits and is ready. A batch with refusals is committed in its own turn."""
        while (batch := self._queue.first_enriched()) is not None:
            self._queue.get_nowait()
            self._limit.admit([False] * len(batch.records))
            yield batch

    async def _commit(self, outcomes: list[Outcome], *, next_offset: int) -> None:
        backoff = Backoff()
        started = time.perf_counter()
        while True:
            try:
                counts = await self._writer.write(outcomes, next_offset=next_offset)
            except WriteFailed as error:
                self._metrics.transactions.labels("failed").inc()
                log.warning("will be tried again: %s", error)
                self._note_trouble(str(error))
            except Fenced:
                self._metrics.transactions.labels("fenced").inc()
                raise
            else:
                break
            await backoff.wait()
            committed = await self._fence()
            if committed is not None and committed > next_offset:
                self._metrics.transactions.labels("fenced").inc()
                topic, partition = self._partition
                raise Fenced(
                    f"{topic}/{partition} was committed up to {committed} by another instance "
                    f"while the batch up to {next_offset} was tried again"
                )
            if committed is not None:
                outcomes = [outcome for outcome in outcomes if outcome.offset >= committed]
            if committed == next_offset:
                log.warning("the transaction up to offset %d had committed", next_offset)
                counts = Counter()
                break
        self._metrics.stage_seconds.labels("write").observe(time.perf_counter() - started)
        self._metrics.transactions.labels("committed").inc()
        for topic, count in counts.items():
            self._metrics.produced.labels(topic).inc(count)

    def _note_committed(
        self, records: Sequence[InputRecord], outcomes: Sequence[Outcome], *, next_offset: int
    ) -> None:
        self._committed = next_offset
        self._count_in_flight(-len(records))
        self._note_progress()
        if records:
            self._metrics.batch_records.observe(len(records))
        self._metrics.count_outcomes(outcomes)
        now = time.time()
        for record, outcome in zip(records, outcomes, strict=True):
            self._metrics.age_seconds.observe(max(0.0, now - record.timestamp_ms / 1000))
            if isinstance(outcome, Rejected):
                log.warning(
                    "record refused: %s",
                    outcome.message,
                    extra={
                        "reason": outcome.reason.value,
                        "field": outcome.field,
                        "topic": record.topic,
                        "partition": record.partition,
                        "offset": record.offset,
                        "article_id": (record.key or b"").decode(errors="replace") or None,
                    },
                )
            else:
                log.debug("article enriched", extra={"article_id": outcome.article_id})

    def _note_trouble(self, what: str) -> None:
        self.trouble = what

    def _note_progress(self) -> None:
        self.trouble = None
        self._note_partition_progress()
        self._metrics.last_progress.set_to_current_time()

    def _note_partition_progress(self) -> None:
        self._progressed_at = time.monotonic()
        partition = self._partition.partition
        self._metrics.partition_progress.labels(partition).set_to_current_time()

    def _count_in_flight(self, change: int) -> None:
        self._in_flight += change
        self._metrics.in_flight.inc(change)


async def _no_outcomes() -> Processed:
    return Processed([])


def _input(record: "ConsumerRecord[bytes, bytes]") -> InputRecord:
    return InputRecord(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp,
        key=record.key,
        value=record.value,
        headers=tuple(record.headers),
    )
