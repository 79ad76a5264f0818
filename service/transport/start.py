"""Where to read a partition from when the group's offset does not say.

It has none, or one that the topic no longer holds: retention has deleted the record, or the log was
truncated. The set policy decides. The client is not left to do it by itself, for it would pass over
records without a word.
"""

import logging

from aiokafka import AIOKafkaConsumer, TopicPartition

from service.settings import Settings
from service.telemetry import Metrics
from service.transport.client import STOP_TIMEOUT, retry

log = logging.getLogger(__name__)


class Start:
    """The first record to read of one partition.

    Args:
        consumer: the group member's consumer.
        partition: which.
        settings: the policy, and deadlines.
        metrics: what is passed over is counted there.
    """

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        partition: TopicPartition,
        *,
        settings: Settings,
        metrics: Metrics,
    ) -> None:
        self._consumer = consumer
        self._partition = partition
        self._policy = settings.auto_offset_reset
        self._timeout = settings.write_timeout + STOP_TIMEOUT
        self._metrics = metrics

    async def choose(self) -> int:
        """Where the policy says that a group without an offset begins."""
        return self._by_policy(*await self._ends())

    async def instead_of(self, position: int) -> int:
        """Where to go on when the broker has refused `position`; the same where it now has it."""
        first, last = await self._ends()
        if first <= position <= last:
            return position
        begin = self._by_policy(first, last)
        reason = "deleted" if position < first else "truncated"
        skipped = max(0, begin - position)
        self._metrics.offset_resets.labels(reason).inc()
        self._metrics.skipped.inc(skipped)
        log.error(
            "%s/%d holds offsets %d to %d and no longer %d (%s): going on at %d (%s), %d skipped",
            *self._partition,
            first,
            last,
            position,
            reason,
            begin,
            self._policy,
            skipped,
        )
        return begin

    def _by_policy(self, first: int, last: int) -> int:
        return first if self._policy == "earliest" else last

    async def _ends(self) -> tuple[int, int]:
        """The first offset that the topic holds, and the one after the last."""

        async def attempt() -> tuple[int, int]:
            first = await self._consumer.beginning_offsets([self._partition])
            last = await self._consumer.end_offsets([self._partition])
            return first[self._partition], last[self._partition]

        topic, partition = self._partition
        what = f"reading where {topic}/{partition} begins and ends"
        return await retry(attempt, what=what, timeout=self._timeout)
