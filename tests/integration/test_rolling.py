"""An update of the Deployment under load: the stream goes on, nothing is lost, nothing comes twice.

`python -m tests.integration.rolling` measures how long it pauses; here the figures are only shown.
"""

import pytest

from tests.integration.harness import Reader, make_topics
from tests.integration.rolling import PARTITIONS, REPLICAS, roll, settings_of


@pytest.mark.timeout(1200)
async def test_replicas_are_replaced_one_by_one_and_each_article_comes_out_once(
    bootstrap, tmp_path, record_property
):
    settings = settings_of(bootstrap, shutdown_timeout=60)
    await make_topics(settings, partitions=PARTITIONS)
    async with Reader(settings) as reader:
        rollout = await roll(settings, reader, tmp_path)
        seen = await reader.read_to_end()
    record_property("rollout", str(rollout))
    print(rollout)  # noqa: T201 shown by -s
    assert seen.ids() == dict.fromkeys(rollout.sent, 1)
    assert len(seen.dyads) == len(rollout.sent)
    assert not seen.letters
    during = [at for at in rollout.arrived.values() if rollout.began < at < rollout.ended]
    assert during, "outputs were committed while replicas came and went"
    assert rollout.statuses == [0] * REPLICAS, "each that went had drained"
