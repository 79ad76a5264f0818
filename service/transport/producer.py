"""One transactional producer for one input partition.

Its transactional id is derived from group, topic and partition: starting it fences whoever wrote
for that partition before, so a zombie cannot commit. (aiokafka commits offsets to a transaction by
the group's name alone, without generation; the id is the only fence.)

After any failure the producer is thrown away: an aiokafka producer that lost one batch refuses the
following ones, and after a fence it cannot begin again.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    InvalidProducerEpoch,
    KafkaError,
    MessageSizeTooLargeError,
    ProducerFenced,
)

from contracts.record import Record
from service.errors import Fenced, WriteFailed
from service.pipeline import Outcome, Rejected
from service.settings import Settings
from service.transport.client import connection, describe, stop_quietly

log = logging.getLogger(__name__)

DEAD_LETTER_OVERHEAD = 65_536
"""Bytes that the headers of a dead letter may add to the record as read."""
BATCH_BYTES = 131_072
"""Of one partition's batch: one request is in flight a broker, so small ones wait on each other."""
MAX_REQUEST_BYTES = 100 * 1024 * 1024
"""What brokers take by default. Not tied to the largest article: a dead letter is as large as
whatever was read, and the topic's own limit is the one that must hold."""
ABORT_TIMEOUT = 2.0
"""Seconds for a last abort; where the broker is away its transaction timeout does it."""


class _Output(NamedTuple):
    topic: str
    record: Record


class PartitionWriter:
    """Writes the outcomes of one input partition, each batch in one transaction.

    Args:
        settings: how to reach the broker and which topics to write.
        partition: the input partition.
    """

    def __init__(self, settings: Settings, partition: TopicPartition) -> None:
        self._settings = settings
        self._partition = partition
        self._producer: AIOKafkaProducer | None = None

    @property
    def transactional_id(self) -> str:
        """The same for whoever writes for this partition in this group."""
        topic, partition = self._partition
        return f"{self._settings.group_id}.{topic}.{partition}"

    async def fence(self) -> None:
        """Starts a producer: earlier ones can no longer commit, and none of theirs is pending.

        Offsets of the group that are read from here on are final.

        Raises:
            WriteFailed: the broker did not answer; call again.
        """
        await self._discard()  # unfinished business of an earlier one is aborted by this start
        settings = self._settings
        self._producer = producer = AIOKafkaProducer(
            **connection(settings),
            transactional_id=self.transactional_id,
            transaction_timeout_ms=round(settings.transaction_timeout * 1000),
            compression_type=None if settings.compression == "none" else settings.compression,
            max_batch_size=BATCH_BYTES,
            max_request_size=MAX_REQUEST_BYTES,
        )
        async with self._failures_typed("starting the producer"):
            await producer.start()
            await producer.begin_transaction()  # waits for the id; the broker hears of no begin

    async def write(self, outcomes: Sequence[Outcome], *, next_offset: int) -> Counter[str]:
        """Commits the outputs of `outcomes` together with `next_offset`; all or nothing.

        Returns:
            How many records went to each topic.

        Raises:
            Fenced: another producer has the partition; nothing was written.
            WriteFailed: it did not commit, or it is unknown whether it did. Call `fence`, and read
                the group's offset, before anything else.
        """
        producer = self._producer
        if producer is None:
            raise WriteFailed("the writer is closed")
        counts: Counter[str] = Counter()
        async with self._failures_typed("writing a transaction"):
            sends = []
            topics = []
            try:
                for output in self._outputs(outcomes):
                    topics.append(output.topic)
                    sends.append(await send_record(producer, output.topic, output.record))
                    counts[output.topic] += 1
            except KafkaError as error:
                raise _refusal(error, topics[-1]) from error
            finally:
                # Each is looked at, also when a later one failed: a commit waits for sends but
                # does not mind how they ended.
                results = await asyncio.gather(*sends, return_exceptions=True)
            for topic, result in zip(topics, results, strict=True):
                if isinstance(result, BaseException):
                    raise _refusal(result, topic)
            offsets = {self._partition: next_offset}
            await producer.send_offsets_to_transaction(offsets, self._settings.group_id)
            await producer.commit_transaction()
            await producer.begin_transaction()
        return counts

    async def close(self) -> None:
        """Aborts what is unfinished, so that no reader waits for it, and stops. Idempotent."""
        if self._producer is not None:
            with suppress(KafkaError, OSError, TimeoutError, AssertionError):
                async with asyncio.timeout(ABORT_TIMEOUT):
                    await self._producer.abort_transaction()
        await self._discard()

    async def _discard(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await stop_quietly(producer)

    def _outputs(self, outcomes: Sequence[Outcome]) -> Iterator[_Output]:
        for outcome in outcomes:
            if isinstance(outcome, Rejected):
                yield _Output(self._settings.dead_letter_topic, outcome.dead_letter)
                continue
            yield _Output(self._settings.enriched_topic, outcome.article)
            for dyad in outcome.dyads:
                yield _Output(self._settings.dyads_topic, dyad)

    @asynccontextmanager
    async def _failures_typed(self, what: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._settings.write_timeout):
                yield
        except (ProducerFenced, InvalidProducerEpoch) as error:
            raise Fenced(f"{what} for {self.transactional_id}: {describe(error)}") from error
        except WriteFailed as error:
            raise WriteFailed(f"{what} for {self.transactional_id}: {error}") from error
        except (KafkaError, OSError, TimeoutError, AssertionError) as error:
            # AssertionError: aiokafka's answer to a call in the wrong state, as after a failure
            raise WriteFailed(f"{what} for {self.transactional_id}: {describe(error)}") from error


def _refusal(error: BaseException, topic: str) -> BaseException:
    """`error` with the name of the topic that did not take a record, and with what to mend."""
    if isinstance(error, (ProducerFenced, InvalidProducerEpoch)) or not isinstance(
        error, KafkaError
    ):
        return error
    if isinstance(error, MessageSizeTooLargeError):
        return WriteFailed(f"{topic} takes no record so large: raise its max.message.bytes")
    return WriteFailed(f"{topic}: {describe(error)}")


async def send_record(
    producer: AIOKafkaProducer, topic: str, record: Record
) -> "asyncio.Future[Any]":
    """Hands a record over; the future ends when the broker has it, or with why it has not."""
    key, value, headers = record
    if key is not None or value is not None:
        sent: asyncio.Future[Any]
        sent = await producer.send(topic, value, key, headers=list(headers))
        return sent
    # aiokafka's send refuses a record with neither key nor value; a dead letter may be one.
    batch = producer.create_batch()
    batch.append(timestamp=None, key=None, value=None, headers=list(headers))
    partitions = await producer.partitions_for(topic)
    sent = await producer.send_batch(batch, topic, partition=min(partitions))
    return sent
