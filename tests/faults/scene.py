"""What every fault happens in: topics, a load, replicas and the reader that judges."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from service.settings import Settings
from service.transport.topics import create_topics
from tests.faults.account import Verdict
from tests.faults.fleet import Fleet
from tests.faults.load import Body, Load, fake_body
from tests.faults.watch import Watch
from tests.integration.harness import FAKE, fresh_settings

PARTITIONS = 6
RATE = 60.0
"""Articles a second: there is a transaction open at nearly every moment."""


@dataclass(frozen=True)
class Scene:
    settings: Settings
    load: Load
    watch: Watch
    fleet: Fleet

    async def close(self) -> Verdict:
        """Ends the load, lets the service catch up, and asserts that nothing went wrong.

        Replicas must be running. `Verdict.articles` are those that went in.
        """
        await self.load.stop()
        verdict = await self.watch.verdict()
        assert verdict.faults == {}, verdict
        assert self.load.acknowledged <= self.watch.account.inputs.keys(), (
            "the broker lost an input"
        )
        return verdict


@contextlib.asynccontextmanager
async def scene(
    bootstrap: str,
    directory: Path,
    *,
    rate: float = RATE,
    body: Body = fake_body,
    module: str = FAKE,
    partitions: int = PARTITIONS,
    replication: int = 1,
    **overrides: object,
) -> AsyncIterator[Scene]:
    """A load and a reader, and no replica yet."""
    settings = fresh_settings(bootstrap, **overrides)
    await create_topics(settings, partitions=partitions, replication=replication)
    async with (
        Watch(settings) as watch,
        Fleet(settings, directory, module=module) as fleet,
        Load(settings, rate=rate, body=body) as load,
    ):
        yield Scene(settings, load, watch, fleet)
