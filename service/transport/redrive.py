"""Dead letters back to the input topic, each at most once for the same filter.

A run reads the dead-letter topic up to where it ended when the run began. What matches is sent back
in transactions together with the offset that the run has reached, in a consumer group of its own
for each filter: the same run again sends nothing twice, whatever died in between.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import InvalidProducerEpoch, KafkaError, ProducerFenced

from contracts.deadletter import DeadLetter, redriven_headers
from contracts.record import Record
from service.errors import BrokerUnavailable, ConfigurationError, WriteFailed
from service.settings import ClientSettings
from service.transport import unpacking
from service.transport.client import connection, describe, running
from service.transport.letterfilter import LetterFilter
from service.transport.producer import ABORT_TIMEOUT, BATCH_BYTES, MAX_REQUEST_BYTES, send_record

log = logging.getLogger(__name__)

BATCH = 500
"""Dead letters of one transaction."""
POLL_MS = 1_000
"""Milliseconds that one poll waits."""
PATIENCE = 120.0
"""Seconds without a record until it gives up: a transaction of the service that is still open holds
the dead letters after it back, by default for at most 60 s."""


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
    on_letter: Callable[[DeadLetter, bool], None] = lambda _letter, _sent: None,
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
        WriteFailed: another run with the same filter took over.
    """
    unpacking.limit()
    group = wanted.group_id(group_prefix)
    consumer = AIOKafkaConsumer(
        **connection(settings),
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    tally = Tally()
    async with (
        running(consumer, timeout=settings.request_timeout, settings=settings),
        _sender(settings, group, dry_run=dry_run) as send,
    ):
        async with _answering(tally, within=settings.request_timeout):
            ends = await _open(consumer, settings.dead_letter_topic, again=again)
        async for records in _until(consumer, ends, tally, within=settings.request_timeout):
            found = list(_letters(records, wanted, tally))
            back = [record for _, record in found if record is not None]
            offsets = {partition: batch[-1].offset + 1 for partition, batch in records.items()}
            async with _answering(tally, within=2 * settings.request_timeout):
                await send(back, offsets)
            tally.sent += len(back)
            # Only now: what is reported as sent has been.
            for letter, record in found:
                on_letter(letter, record is not None)
    return tally


Records = Mapping[TopicPartition, "list[ConsumerRecord[bytes, bytes]]"]
Send = Callable[[Sequence[Record], Mapping[TopicPartition, int]], Awaitable[None]]


@asynccontextmanager
async def _answering(tally: Tally, *, within: float) -> AsyncIterator[None]:
    """A deadline for calls to the broker, and one error for whatever becomes of them."""
    try:
        async with asyncio.timeout(within):
            yield
    except (ProducerFenced, InvalidProducerEpoch) as error:
        raise WriteFailed(
            f"another redrive with the same filter took over, after {tally.sent} letters"
        ) from error
    except (KafkaError, OSError) as error:
        raise BrokerUnavailable(f"after {tally.sent} letters: {describe(error)}") from error


@asynccontextmanager
async def _sender(settings: ClientSettings, group: str, *, dry_run: bool) -> AsyncIterator[Send]:
    """What sends records and the offsets reached in one transaction; nothing where `dry_run`."""
    if dry_run:
        yield _send_nothing
        return
    producer = AIOKafkaProducer(
        **connection(settings),
        transactional_id=group,
        compression_type="lz4",
        max_batch_size=BATCH_BYTES,
        max_request_size=MAX_REQUEST_BYTES,
    )

    async def send(records: Sequence[Record], offsets: Mapping[TopicPartition, int]) -> None:
        sends = []
        try:
            for record in records:
                sent = await send_record(producer, settings.input_topic, record)
                sends.append(sent)
        finally:
            results = await asyncio.gather(*sends, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        await producer.send_offsets_to_transaction(offsets, group)
        await producer.commit_transaction()
        await producer.begin_transaction()

    async with running(producer, timeout=settings.request_timeout, settings=settings):
        try:
            async with _answering(Tally(), within=2 * settings.request_timeout):
                # An earlier run that died may have a transaction pending: its end is waited for.
                await producer.begin_transaction()
            yield send
        finally:
            # Else readers of the input topic would wait for its end until it times out.
            with suppress(Exception):
                async with asyncio.timeout(ABORT_TIMEOUT):
                    await producer.abort_transaction()


async def _send_nothing(records: Sequence[Record], offsets: Mapping[TopicPartition, int]) -> None:
    """A dry run's."""


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
    consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int], tally: Tally, *, within: float
) -> AsyncIterator[Records]:
    """Batches of records up to `ends`; what comes in meanwhile is left for the next run."""
    open_partitions = set(ends)
    heard_at = time.monotonic()
    while True:
        async with _answering(tally, within=within):
            for partition in list(open_partitions):
                if await consumer.position(partition) >= ends[partition]:
                    open_partitions.remove(partition)
                    consumer.pause(partition)
            if not open_partitions:
                return
            polled = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH)
        if polled:
            heard_at = time.monotonic()
        elif time.monotonic() - heard_at > PATIENCE:
            numbers = sorted(partition.partition for partition in open_partitions)
            raise BrokerUnavailable(
                f"after {tally.sent} letters: nothing came from partitions {numbers} of the dead "
                f"letters for {PATIENCE:.0f} s"
            )
        batches = {
            partition: [record for record in records if record.offset < ends[partition]]
            for partition, records in polled.items()
        }
        batches = {partition: records for partition, records in batches.items() if records}
        if batches:
            yield batches


def _letters(
    records: Records, wanted: LetterFilter, tally: Tally
) -> Iterator[tuple[DeadLetter, Record | None]]:
    """Each dead letter, and the record that goes back where it is wanted."""
    for record in (record for batch in records.values() for record in batch):
        tally.read += 1
        headers = tuple(record.headers)
        try:
            letter = DeadLetter.from_record(record.key, record.value, headers)
        except ValueError as error:
            tally.unreadable += 1
            log.warning(
                "offset %d of partition %d holds no dead letter: %s",
                record.offset,
                record.partition,
                error,
            )
            continue
        if wanted.matches(letter):
            yield letter, Record(letter.key, letter.value, redriven_headers(headers))
        else:
            tally.left += 1
            yield letter, None
