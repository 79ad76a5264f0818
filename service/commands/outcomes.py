"""What the service writes, read as a subscriber reads it, and held against what was sent."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from contracts.article import Article
from contracts.cloudevents import UnreadableEventError, read_event
from contracts.deadletter import DeadLetter, NoDeadLetterError
from contracts.events import EnrichedArticle
from service.commands.articles import Item
from service.errors import BrokerUnavailable, DyadwireError
from service.settings import ClientSettings, Settings
from service.transport.client import connection, describe, running

log = logging.getLogger(__name__)

Outcome = EnrichedArticle | DeadLetter

POLL_MS = 200
"""Milliseconds that one poll waits; what is there is returned at once."""
REST_TIMEOUT = 20.0
"""Seconds to read to the end: another writer's open transaction may hold readers up for longer."""


class CameOutTwice(DyadwireError):
    """An article has more outcomes than it was sent."""


class Ledger:
    """Which of the articles that were sent have come out: each must, once.

    Args:
        items: what is sent.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self._key_of: dict[bytes, str | bytes] = {}
        self._place_of: dict[str | bytes, str] = {}
        self._missing: Counter[str | bytes] = Counter()
        self._left = 0
        for item in items:
            key = item.parsed.id if isinstance(item.parsed, Article) else item.value
            self._key_of[item.value] = key
            self._place_of[key] = item.place
            self._missing[key] += 1
            self._left += 1

    def settle(self, outcome: Outcome) -> bool:
        """Notes that something came out; False where it is none of what was sent.

        Raises:
            CameOutTwice: it had come out already.
        """
        if isinstance(outcome, EnrichedArticle):
            key: str | bytes | None = outcome.article.id
        else:
            key = self._key_of.get(outcome.value or b"")
        if key is None or key not in self._missing:
            return False
        self._missing[key] -= 1
        if self._missing[key] < 0:
            raise CameOutTwice(
                f"{self._place_of[key]} came out twice; does another dyadwire work on this broker?"
            )
        self._left -= 1
        return True

    @property
    def complete(self) -> bool:
        """Whether every article has come out."""
        return self._left == 0

    @property
    def missing(self) -> list[str]:
        """Where the articles stand that have not come out yet."""
        return [self._place_of[key] for key, count in self._missing.items() if count > 0]


class Outcomes:
    """Reads enriched articles and dead letters, from the moment that it was opened.

    Args:
        consumer: started, read_committed, with the partitions of both topics assigned.
        settings: the topics' names.
    """

    def __init__(self, consumer: AIOKafkaConsumer, settings: ClientSettings) -> None:
        self._consumer = consumer
        self._dead_letter_topic = settings.dead_letter_topic

    async def read(self) -> list[Outcome]:
        """What has come out since the last call; waits a moment where that is nothing.

        Raises:
            BrokerUnavailable: the broker refused.
        """
        try:
            polled = await self._consumer.getmany(timeout_ms=POLL_MS)
        except KafkaError as error:
            raise BrokerUnavailable(f"reading what came out: {describe(error)}") from error
        return list(self._readable(record for batch in polled.values() for record in batch))

    async def read_rest(self) -> list[Outcome]:
        """What is left up to the present end of the topics.

        Raises:
            BrokerUnavailable: the broker did not answer within a few seconds.
        """
        rest: list[Outcome] = []
        try:
            async with asyncio.timeout(REST_TIMEOUT):
                ends = await self._consumer.end_offsets(self._consumer.assignment())
                for partition, end in ends.items():
                    while await self._consumer.position(partition) < end:
                        rest += await self.read()
        except (KafkaError, TimeoutError) as error:
            raise BrokerUnavailable(f"reading to the end: {describe(error)}") from error
        return rest

    def _readable(self, records: "Iterable[ConsumerRecord[bytes, bytes]]") -> Iterator[Outcome]:
        for record in records:
            headers = tuple(record.headers)
            try:
                if record.topic == self._dead_letter_topic:
                    yield DeadLetter.from_record(record.key, record.value, headers)
                    continue
                event = read_event(record.key, record.value, headers)
            except (NoDeadLetterError, UnreadableEventError) as error:
                log.warning("%s offset %d: %s", record.topic, record.offset, error)
                continue
            if isinstance(event, EnrichedArticle):
                yield event


@asynccontextmanager
async def outcomes(settings: ClientSettings) -> AsyncIterator[Outcomes]:
    """Opens the two output topics at their end.

    Raises:
        BrokerUnavailable: no broker answered.
    """
    consumer = AIOKafkaConsumer(
        settings.enriched_topic,
        settings.dead_letter_topic,
        **connection(settings),
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="latest",
    )
    async with running(consumer, timeout=settings.request_timeout):
        try:
            await consumer.seek_to_end()
        except KafkaError as error:
            raise BrokerUnavailable(f"reading what comes out: {describe(error)}") from error
        yield Outcomes(consumer, settings)


async def start_group_at_end(settings: Settings) -> None:
    """Lets the group begin behind what the input topic holds: those articles are not its own.

    Raises:
        BrokerUnavailable: no broker answered.
    """
    whole = AIOKafkaConsumer(settings.input_topic, **connection(settings))
    member = AIOKafkaConsumer(
        **connection(settings), group_id=settings.group_id, enable_auto_commit=False
    )
    timeout = settings.request_timeout
    try:
        async with running(whole, timeout=timeout), running(member, timeout=timeout):
            partitions: list[TopicPartition] = list(whole.assignment())
            member.assign(partitions)
            await member.commit(await whole.end_offsets(partitions))
    except (KafkaError, OSError) as error:
        raise BrokerUnavailable(f"preparing the group: {describe(error)}") from error
