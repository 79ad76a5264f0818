"""A partition that changes hands while its old owner is in the middle of a transaction."""

import asyncio
import contextlib

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.record import Record
from service.errors import Fenced
from service.pipeline import Pipeline
from service.telemetry import Metrics
from service.transport.deadletters import DeadLetterLimit
from service.transport.partition import PartitionStream
from tests.fakes import FakeEnricher
from tests.integration.harness import Reader, article, fresh_settings, make_topics, publish


@contextlib.asynccontextmanager
async def stream(settings, metrics):
    """A stream of partition 0 whose group membership nobody looks after."""
    pipeline = Pipeline(FakeEnricher(), max_article_bytes=settings.max_article_bytes)

    async def process(records):
        return pipeline.process(records)

    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers,
        group_id=settings.group_id,
        enable_auto_commit=False,
        auto_offset_reset="none",
    )
    partition = TopicPartition(settings.input_topic, 0)
    consumer.assign([partition])
    async with consumer:
        made = PartitionStream(
            consumer,
            partition,
            process=process,
            limit=DeadLetterLimit(max_run=0, max_ratio=0, window=10),
            settings=settings,
            metrics=metrics,
        )
        running = asyncio.create_task(made.run())
        try:
            yield running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await made.close()


def failed(metrics):
    return metrics.transactions.labels("failed")._value.get()


async def test_a_stream_that_was_overtaken_while_it_retried_repeats_nothing(bootstrap):
    """It cannot write its first batch; another instance can, and writes those behind it too."""
    settings = fresh_settings(bootstrap, batch_max_records=10, write_timeout=4.0)
    await make_topics(settings, partitions=1)
    bad = Record(b"article-000000", b"{", ())
    await publish(settings, [bad, *(article(n) for n in range(1, 40))])
    hindered = settings.model_copy(update={"dead_letter_topic": "is-not-there"})
    metrics = Metrics()
    async with Reader(settings) as reader, stream(hindered, metrics) as old:
        while not failed(metrics):
            assert not old.done()
            await asyncio.sleep(0.05)
        await asyncio.sleep(1)  # it has fenced again, and tries for four seconds
        async with stream(settings, Metrics()):
            await reader.read_until(40, settle=0)
        with pytest.raises(Fenced):
            await asyncio.wait_for(old, 60)
        seen = await reader.read_until(40)
    assert seen.ids() == {f"article-{number:06d}": 1 for number in range(40)}
