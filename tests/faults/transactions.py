"""Catching a replica in the middle of a transaction, by what the broker tells from outside."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator

from aiokafka import AIOKafkaConsumer, TopicPartition

from service.settings import Settings
from tests.integration.harness import Replica

TRIES = 2_000
SETTLED = 0.5
"""Seconds after which what a stopped process had sent has arrived."""


class Pending:
    """Tells whether records of a transaction without an end lie in the enriched topic."""

    def __init__(self, committed: AIOKafkaConsumer, written: AIOKafkaConsumer, topic: str) -> None:
        self._committed, self._written, self._topic = committed, written, topic

    async def __call__(self) -> bool:
        numbers = self._written.partitions_for_topic(self._topic)
        parts = [TopicPartition(self._topic, number) for number in numbers]
        # The stable end first: what is committed between the two questions is then not taken
        # for pending, or only for a moment.
        stable = await self._committed.end_offsets(parts)
        return any(end > stable[tp] for tp, end in (await self._written.end_offsets(parts)).items())

    async def over(self) -> None:
        """Returns when there are none; the broker looks once a second."""
        for _ in range(TRIES):
            if not await self():
                return
            await asyncio.sleep(SETTLED)
        raise TimeoutError("a transaction without an end stays pending")


@contextlib.asynccontextmanager
async def pending(settings: Settings) -> AsyncIterator[Pending]:
    """Asks the broker of `settings`."""
    servers, topic = settings.bootstrap_servers, settings.enriched_topic
    async with (
        AIOKafkaConsumer(
            topic, bootstrap_servers=servers, isolation_level="read_committed"
        ) as committed,
        AIOKafkaConsumer(topic, bootstrap_servers=servers) as written,
    ):
        yield Pending(committed, written, topic)


async def stop_within_transaction(replica: Replica, is_pending: Pending) -> None:
    """SIGSTOP between produce and commit; it must be the only one that writes."""
    for _ in range(TRIES):
        if not await is_pending():
            continue
        replica.signal(signal.SIGSTOP)
        await asyncio.sleep(SETTLED)
        if await is_pending():
            return
        replica.signal(signal.SIGCONT)
    raise TimeoutError("it was never caught within a transaction")
