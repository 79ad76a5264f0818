"""An input topic that is not there: the service says so, waits, and works once it is."""

import asyncio
import time

from tests.integration.harness import (
    DEADLINE,
    Reader,
    article,
    fresh_settings,
    make_topics,
    publish,
    replica,
)


async def test_a_missing_input_topic_is_told_and_waited_for(bootstrap, tmp_path):
    settings = fresh_settings(bootstrap)
    async with replica(settings, tmp_path / "log", until="there is no topic") as service:
        assert (await service.get("/readyz"))[0] == 503
        assert (await service.get("/healthz"))[0] == 200, "a restart would mend nothing"
        await make_topics(settings, partitions=1)
        await publish(settings, [article(1)])
        async with Reader(settings) as reader:
            seen = await reader.read_until(1)
        deadline = time.monotonic() + DEADLINE
        while (await service.get("/readyz"))[0] != 200 and time.monotonic() < deadline:  # noqa: ASYNC110 another process
            await asyncio.sleep(0.2)
        assert await service.get("/readyz") == (200, "ok\n")
        told = [line for line in service.log_lines() if "cannot be read" in str(line["message"])]
    assert seen.ids() == {"article-000001": 1}
    assert len(told) == 1, "it is said once"
