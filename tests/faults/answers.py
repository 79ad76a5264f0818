"""Publishes poison and says of each record what became of it, exactly.

A record is known by the trace id in its `traceparent`, which every event repeats, and by its place
in the input topic, which a dead letter names.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from contracts import cloudevents, trace
from contracts.deadletter import HEADER_NAMES, DeadLetter, RejectReason
from contracts.events import EnrichedArticle
from contracts.record import Headers, Record
from service.settings import Settings
from service.transport.topics import create_topics
from tests.faults.poison import Poison
from tests.integration.harness import Seen

LARGEST = 15_000_000
"""Bytes of a record that the topics take; the service takes fewer."""
NAMING = {
    RejectReason.NULL_VALUE,
    RejectReason.MALFORMED_JSON,
    RejectReason.INVALID_FIELD,
    RejectReason.NOT_PUBLISHABLE,
    RejectReason.TOO_LARGE,
    RejectReason.OUTPUT_TOO_LARGE,
}
"""Reasons that say what is wrong with a record; the others say that the service failed on it."""


async def make_wide_topics(settings: Settings, *, partitions: int) -> None:
    """Topics that take larger records than the service, and any timestamp."""
    wide = settings.model_copy(update={"max_article_bytes": LARGEST})
    await create_topics(wide, partitions=partitions)
    await configure(
        settings, settings.input_topic, {"message.timestamp.after.max.ms": str(2**63 - 1)}
    )


async def configure(settings: Settings, topic: str, values: dict[str, str]) -> None:
    """Sets settings of a topic; those not named go back to their defaults, but for its size."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    await admin.start()
    try:
        kept = {"max.message.bytes": str(LARGEST + 100_000)} | values
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, kept)])
    finally:
        await admin.close()


@dataclass
class Answers:
    """What was sent, by number, and where to; `check` compares it with what came out."""

    sent: dict[int, Record] = field(default_factory=dict)
    places: dict[tuple[int, int], int] = field(default_factory=dict)

    async def publish(self, settings: Settings, poisons: Iterable[Poison]) -> None:
        """Sends each record with a trace of its own, so that its outputs can be told."""
        producer = AIOKafkaProducer(
            bootstrap_servers=settings.bootstrap_servers,
            enable_idempotence=True,
            max_request_size=2 * LARGEST,
            compression_type="lz4",
            linger_ms=5,
        )
        await producer.start()
        partitions = sorted(await producer.partitions_for(settings.input_topic))
        waiting: list[tuple[int, asyncio.Future]] = []
        try:
            for number, poison in enumerate(poisons, start=len(self.sent) + 1):
                record = traced(poison.record, number)
                self.sent[number] = record
                partition = partitions[number % len(partitions)]
                waiting.append((number, await _send(producer, settings, record, poison, partition)))
            for number, future in waiting:
                sent = await future
                self.places[sent.partition, sent.offset] = number
        finally:
            await producer.stop()

    def check(self, seen: Seen) -> Counter[str]:
        """Raises AssertionError unless each record came out once, whole; returns what as."""
        handled: Counter[int] = Counter()
        kinds: Counter[str] = Counter()
        for record in seen.enriched:
            event = cloudevents.read_event(*record)
            assert isinstance(event, EnrichedArticle)
            handled[number_of(record.headers)] += 1
            kinds["enriched"] += 1
        for record in seen.dyads:
            assert number_of(record.headers) in self.sent
        for letter in seen.letters:
            number = self.places[letter.partition, letter.offset]
            handled[number] += 1
            kinds[letter.reason.value] += 1
            self._check_letter(letter, self.sent[number])
        assert handled == Counter(dict.fromkeys(self.sent, 1)), "each once"
        return kinds

    @staticmethod
    def _check_letter(letter: DeadLetter, sent: Record) -> None:
        assert letter.reason in NAMING, letter.message
        assert letter.field, "the field at fault is named"
        assert letter.message
        assert letter.message.isprintable()
        own = tuple(pair for pair in sent.headers if pair[0] not in HEADER_NAMES)
        assert (letter.key, letter.value, letter.headers) == (sent.key, sent.value, own)


async def _send(
    producer: AIOKafkaProducer, settings: Settings, record: Record, poison: Poison, partition: int
) -> asyncio.Future:
    if record.key is not None or record.value is not None:
        return await producer.send(
            settings.input_topic,
            record.value,
            record.key,
            partition=partition,
            timestamp_ms=poison.timestamp_ms,
            headers=list(record.headers),
        )
    batch = producer.create_batch()  # `send` refuses such a record; a broker may hold one
    batch.append(timestamp=None, key=None, value=None, headers=list(record.headers))
    return await producer.send_batch(batch, settings.input_topic, partition=partition)


def traced(record: Record, number: int) -> Record:
    """`record` with a trace id that is its number, and of two traces neither would count."""
    parent = f"00-{number:032x}-{1:016x}-01".encode()
    others = tuple(pair for pair in record.headers if pair[0].lower() != "traceparent")
    return record._replace(headers=(*others, ("traceparent", parent)))


def number_of(headers: Headers) -> int:
    """The number in an output's trace."""
    found = trace.from_headers(headers)
    assert found is not None
    return int(found.trace_id, 16)
