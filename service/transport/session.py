"""One membership in the consumer group: joins, runs a stream for each partition, leaves.

It ends by being told to, or by a failure that only joining anew can mend (a fence, a stream that
broke); whoever runs it starts another one then. A half-broken member is never patched up.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from service.errors import BrokerUnavailable
from service.settings import Settings
from service.telemetry import Metrics
from service.transport.client import connection, describe, retry, stop_quietly, unreachable
from service.transport.deadletters import DeadLetterLimit
from service.transport.partition import PartitionStream, Process

log = logging.getLogger(__name__)

TICK = 1.0
"""Seconds between two looks at the membership."""
HEARTBEAT = 1.0
"""Seconds between two heartbeats at most. By them a member hears that the group rebalances; those
that heard it earlier stand still until it has."""
METADATA_MAX_AGE_MS = 30_000
"""Milliseconds until a partition that was added is noticed; the default is five minutes."""
LOOK_AGAIN = 5.0
"""Seconds until an input topic that is not there is looked for again."""
NO_PARTITION = TopicPartition("", -1)
"""Polling it returns nothing, counts as a poll for the broker's sake, and raises what the group's
coordination has come to, also where no partition is assigned."""


class GroupSession(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    """A member of the group, from joining to leaving.

    Args:
        process: outcomes for records, in order.
        limit: judges the dead letters of the whole service.
        settings: group, topics, sizes and deadlines.
        metrics: what happens is counted there.
    """

    def __init__(
        self, *, process: Process, limit: DeadLetterLimit, settings: Settings, metrics: Metrics
    ) -> None:
        self._process = process
        self._limit = limit
        self._settings = settings
        self._metrics = metrics
        self._streams: dict[TopicPartition, tuple[PartitionStream, asyncio.Task[None]]] = {}
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._consumer: AIOKafkaConsumer | None = None
        self._ending = asyncio.Lock()
        self._trouble: str | None = None
        self._topic_trouble: str | None = None
        self._topic_asked_at = time.monotonic()
        self.joined = False
        self.drained = True

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set, then finishes what was read, and leaves the group.

        Raises:
            Exception: what broke a stream or the membership; the group was left all the same.
        """
        stopping = asyncio.ensure_future(stop.wait())
        working = asyncio.ensure_future(self._work())
        waited: set[asyncio.Future[Any]] = {stopping, working, self._failed}
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            for future in (self._failed, working):
                if future.done():
                    future.result()
        finally:
            stopping.cancel()
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            await self._leave()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Starts a stream for each partition; it fences and reads offsets before any record."""
        partitions = sorted(assigned)
        self._metrics.rebalances.inc()
        self._metrics.assigned.set(len(partitions))
        log.info("partitions assigned", extra={"partitions": [p.partition for p in partitions]})
        for partition in partitions:
            self._begin(partition)
        self.joined = True

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Finishes what was read, within the time that the group waits for it."""
        self.joined = False
        if not self._streams:
            return
        log.info("partitions revoked", extra={"partitions": [p.partition for p in revoked]})
        # Well inside what the group waits: a member that is late is out of it.
        await self._end_streams(drain=self._settings.rebalance_timeout / 2)

    @property
    def ready(self) -> bool:
        """Whether the group has answered and each partition that it assigned is being read.

        A member without partitions is ready, unless the topic is not there for it.
        """
        opened = all(stream.opened for stream, _ in self._streams.values())
        return self.joined and opened and self._topic_trouble is None

    @property
    def trouble(self) -> str | None:
        """What fails at present and is tried again, None where nothing does."""
        streams = self._streams.copy().values()
        return next(
            (s.trouble for s, _ in streams if s.trouble), self._topic_trouble or self._trouble
        )

    def _note_trouble(self, what: str) -> None:
        self._trouble = what

    @property
    def stalled(self) -> list[int]:
        """Partitions with work of which none was done for too long."""
        limit = self._settings.stall_timeout
        return [
            partition.partition
            for partition, (stream, _) in self._streams.copy().items()
            if stream.stalled(for_seconds=limit)
        ]

    async def _work(self) -> None:
        await self._join()
        while True:
            await asyncio.sleep(TICK)
            if self._consumer is not None:
                await self._consumer.getmany(NO_PARTITION, timeout_ms=0)
                self._look_for_topic(self._consumer)
            for partition, (stream, _) in self._streams.items():
                self._metrics.lag.labels(partition.partition).set(stream.lag)

    def _look_for_topic(self, consumer: AIOKafkaConsumer) -> None:
        """Notes where the input topic is not there for us: aiokafka joins all the same, idle."""
        topic = self._settings.input_topic
        why = None
        if topic in consumer._client.cluster.unauthorized_topics:  # noqa: SLF001 it is told nowhere else
            why = f"TopicAuthorizationFailed: Read on topic {topic} is not allowed"
        elif not consumer.partitions_for_topic(topic):
            why = f"UnknownTopicOrPartition: there is no topic {topic}"
        if why is not None and why != self._topic_trouble:
            log.warning("the input topic cannot be read, it is looked for again: %s", why)
        self._topic_trouble = why
        if why is not None and time.monotonic() - self._topic_asked_at > LOOK_AGAIN:
            self._topic_asked_at = time.monotonic()
            consumer._client.force_metadata_update()  # noqa: SLF001 nor is there another way to ask

    async def _join(self) -> None:
        async def attempt() -> None:
            consumer = self._new_consumer()
            try:
                await consumer.start()
            except BaseException as error:
                await stop_quietly(consumer)
                if isinstance(error, (KafkaError, OSError)):
                    why = await unreachable(settings, timeout=settings.request_timeout / 2)
                    raise BrokerUnavailable(why or describe(error)) from error
                raise
            self._consumer = consumer

        settings = self._settings
        timeout = 2 * settings.request_timeout
        await retry(attempt, what="reaching a broker", timeout=timeout, note=self._note_trouble)
        self._trouble = None
        if self._consumer is not None:
            self._consumer.subscribe([settings.input_topic], listener=self)

    def _new_consumer(self) -> AIOKafkaConsumer:
        settings = self._settings
        return AIOKafkaConsumer(
            **connection(settings),
            group_id=settings.group_id,
            group_instance_id=settings.group_instance_id,
            auto_offset_reset="none",  # the streams follow the policy, and count what it skips
            enable_auto_commit=False,  # offsets are committed with the outputs
            isolation_level="read_committed",
            session_timeout_ms=round(settings.session_timeout * 1000),
            heartbeat_interval_ms=round(min(HEARTBEAT, settings.session_timeout / 3) * 1000),
            rebalance_timeout_ms=round(settings.rebalance_timeout * 1000),
            max_partition_fetch_bytes=settings.fetch_max_bytes,
            metadata_max_age_ms=METADATA_MAX_AGE_MS,
            fetch_max_wait_ms=round(settings.fetch_max_wait * 1000),
        )

    def _begin(self, partition: TopicPartition) -> None:
        if self._consumer is None:
            return
        stream = PartitionStream(
            self._consumer,
            partition,
            process=self._process,
            limit=self._limit,
            settings=self._settings,
            metrics=self._metrics,
        )
        task = asyncio.create_task(stream.run(), name=f"partition-{partition.partition}")
        task.add_done_callback(self._note_end)
        self._streams[partition] = (stream, task)

    def _note_end(self, task: "asyncio.Task[None]") -> None:
        mine = any(task is known for _, known in self._streams.values())
        if task.cancelled() or not mine or self._failed.done():
            return
        error = task.exception()
        if error is not None:
            self._failed.set_exception(error)

    async def _end_streams(self, *, drain: float) -> None:
        async with self._ending:  # leaving may meet a rebalance that is still finishing them
            streams, self._streams = self._streams, {}
            ends = [_end(stream, task, drain) for stream, task in streams.values()]
            self.drained &= all(await asyncio.gather(*ends))
            for partition in streams:
                for gauge in (self._metrics.lag, self._metrics.partition_progress):
                    with suppress(KeyError):
                        gauge.remove(partition.partition)
            self._metrics.assigned.set(0)

    async def _leave(self) -> None:
        # aiokafka calls no revoke callback on stop.
        await self._end_streams(drain=self._settings.shutdown_timeout / 2)
        if self._consumer is not None:
            await stop_quietly(self._consumer)
        if self._failed.done() and not self._failed.cancelled():
            self._failed.exception()  # seen: it was raised, or came too late to matter


async def _end(stream: PartitionStream, task: "asyncio.Task[None]", drain: float) -> bool:
    """Ends a stream; returns whether all that it had read was committed."""
    draining = asyncio.ensure_future(stream.drain())
    await asyncio.wait({draining, task}, timeout=drain, return_when=asyncio.FIRST_COMPLETED)
    drained = draining.done() and not task.done()
    draining.cancel()
    task.cancel()
    results = await asyncio.gather(task, return_exceptions=True)
    if isinstance(results[0], Exception):
        log.info("a stream had ended with %s", describe(results[0]))
    await stream.close()
    return drained
