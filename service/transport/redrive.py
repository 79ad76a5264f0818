"""Dead letters back to the input topic, each at most once for the same filter.

A run reads the dead-letter topic up to where it ended when the run began. What matches is sent back
in transactions together with the offset that the run has reached, in a consumer group of its own
for each filter: the same run again sends nothing twice, whatever died in between.
"""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import asdict, dataclass

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from contracts.deadletter import DeadLetter, redriven_headers
from contracts.record import Record
from service.errors import BrokerUnavailable, ConfigurationError
from service.settings import ClientSettings
from service.transport.client import connection, describe, running
from service.transport.producer import BATCH_BYTES, MAX_REQUEST_BYTES, send_record

log = logging.getLogger(__name__)

BATCH = 500
"""Dead letters of one transaction."""
POLL_MS = 1_000
"""Milliseconds that one poll waits."""


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Which dead letters to send back: all that match every condition given.

    Attributes:
        reasons: values of `dlq-reason`; empty for any.
        fields: values of `dlq-field`; empty for any.
        versions: service versions that refused them; empty for any.
        since_ms: refused record's own timestamp at or after, milliseconds since 1970 UTC.
        until_ms: before.
        max_attempts: letters refused more often stay where they are.
    """

    reasons: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    since_ms: int | None = None
    until_ms: int | None = None
    max_attempts: int | None = None

    def matches(self, letter: DeadLetter) -> bool:
        """Whether `letter` is to be sent back."""
        at = letter.timestamp_ms or 0
        return (
            (not self.reasons or letter.reason.value in self.reasons)
            and (not self.fields or letter.field in self.fields)
            and (not self.versions or letter.service_version in self.versions)
            and (self.since_ms is None or at >= self.since_ms)
            and (self.until_ms is None or at < self.until_ms)
            and (self.max_attempts is None or letter.attempts <= self.max_attempts)
        )

    def group_id(self, prefix: str) -> str:
        """The consumer group that remembers how far a run with this filter came."""
        digest = hashlib.sha256(repr(sorted(asdict(self).items())).encode()).hexdigest()
        return f"{prefix}.redrive.{digest[:12]}"


@dataclass(slots=True)
class Tally:
    """What a run has done so far."""

    read: int = 0
    sent: int = 0
    left: int = 0
    unreadable: int = 0


async def redrive(
    settings: ClientSettings,
    wanted: LetterFilter,
    *,
    group_prefix: str,
    again: bool = False,
    dry_run: bool = False,
    on_letter: Callable[[DeadLetter, bool], None] = lambda letter, sent: None,
) -> Tally:
    """Sends the dead letters that match back to the input topic.

    Args:
        settings: how to reach the broker, and the topics.
        wanted: which letters.
        group_prefix: first part of the name of the group that remembers this run.
        again: begin at the start of the topic, whatever an earlier run has sent.
        dry_run: send and remember nothing.
        on_letter: called for each letter, with whether it is sent.

    Raises:
        BrokerUnavailable: no broker answered, or a record was not taken.
        ConfigurationError: the dead-letter topic does not exist.
    """
    group = wanted.group_id(group_prefix)
    consumer = AIOKafkaConsumer(
        **connection(settings),
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    producer = AIOKafkaProducer(
        **connection(settings),
        transactional_id=group,
        compression_type="lz4",
        max_batch_size=BATCH_BYTES,
        max_request_size=MAX_REQUEST_BYTES,
    )
    tally = Tally()
    timeout = settings.request_timeout
    try:
        async with running(consumer, timeout=timeout), running(producer, timeout=timeout):
            if not dry_run:
                # An earlier run that died may have a transaction pending: its end is waited for.
                await producer.begin_transaction()
            ends = await _open(consumer, settings.dead_letter_topic, again=again)
            async for records in _until(consumer, ends):
                back = list(_going_back(records, wanted, tally, on_letter))
                if dry_run:
                    continue
                sends = [
                    await send_record(producer, settings.input_topic, record) for record in back
                ]
                await asyncio.gather(*sends)
                offsets = {tp: batch[-1].offset + 1 for tp, batch in records.items()}
                await producer.send_offsets_to_transaction(offsets, group)
                await producer.commit_transaction()
                await producer.begin_transaction()
    except (KafkaError, OSError) as error:
        raise BrokerUnavailable(f"after {tally.sent} letters: {describe(error)}") from error
    return tally


Records = Mapping[TopicPartition, "list[ConsumerRecord[bytes, bytes]]"]


async def _open(
    consumer: AIOKafkaConsumer, topic: str, *, again: bool
) -> dict[TopicPartition, int]:
    """Assigns every partition at the offset that was reached; returns where each ends now."""
    await consumer._client.force_metadata_update()  # noqa: SLF001
    numbers = consumer.partitions_for_topic(topic)
    if not numbers:
        raise ConfigurationError(f"DYADWIRE_DEAD_LETTER_TOPIC: there is no topic {topic}")
    partitions = [TopicPartition(topic, number) for number in sorted(numbers)]
    consumer.assign(partitions)
    for partition in partitions:
        reached = None if again else await consumer.committed(partition)
        if reached is None:
            await consumer.seek_to_beginning(partition)
        else:
            consumer.seek(partition, reached)
    ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
    return ends


async def _until(
    consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]
) -> AsyncIterator[Records]:
    """Batches of records up to `ends`; what comes in meanwhile is left for the next run."""
    open_partitions = set(ends)
    while True:
        for partition in list(open_partitions):
            if await consumer.position(partition) >= ends[partition]:
                open_partitions.remove(partition)
                consumer.pause(partition)
        if not open_partitions:
            return
        polled = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH)
        batches = {
            partition: [record for record in records if record.offset < ends[partition]]
            for partition, records in polled.items()
        }
        yield {partition: records for partition, records in batches.items() if records}


def _going_back(
    records: Records,
    wanted: LetterFilter,
    tally: Tally,
    on_letter: Callable[[DeadLetter, bool], None],
) -> Iterator[Record]:
    for record in (record for batch in records.values() for record in batch):
        tally.read += 1
        try:
            letter = DeadLetter.from_record(record.key, record.value, tuple(record.headers))
        except ValueError as error:
            tally.unreadable += 1
            log.warning("offset %d holds no dead letter: %s", record.offset, error)
            continue
        goes = wanted.matches(letter)
        tally.sent += goes
        tally.left += not goes
        on_letter(letter, goes)
        if goes:
            yield Record(letter.key, letter.value, redriven_headers(tuple(record.headers)))
