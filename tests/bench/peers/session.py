"""dyadwire's transport alone: its group session, streams and producers, no worker processes.

It is not how the service is deployed. Beside `replica` it tells what the way to the worker
processes and back costs; an enrichment, which takes milliseconds, needs them all the same.
"""

import asyncio
from collections.abc import Sequence

from service.pipeline import InputRecord, Processed
from service.telemetry import Metrics, configure_logging
from service.transport import unpacking
from service.transport.deadletters import DeadLetterLimit
from service.transport.session import GroupSession
from tests.bench.peers.replica import Passing, settings_of
from tests.bench.peers.task import Task, from_arguments


async def run(task: Task) -> None:
    settings = settings_of(task)
    configure_logging(settings.log_level)
    unpacking.limit()
    passing = Passing()

    async def process(records: Sequence[InputRecord]) -> Processed:
        return passing.process(records)

    session = GroupSession(
        process=process,
        limit=DeadLetterLimit(max_run=0, max_ratio=0, window=1_000),
        settings=settings,
        metrics=Metrics(),
    )
    await session.run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(run(from_arguments()))
