"""Records that are deleted before they are read: the policy is followed, and they are counted."""

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from tests.integration.harness import (
    Reader,
    article,
    committed,
    fresh_settings,
    make_topics,
    publish,
    replica,
)


async def delete_before(settings, offset):
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    await admin.start()
    try:
        partition = TopicPartition(settings.input_topic, 0)
        await admin.delete_records({partition: RecordsToDelete(before_offset=offset)})
    finally:
        await admin.close()


@pytest.mark.parametrize(("policy", "resumes_at"), [("earliest", 25), ("latest", 30)])
async def test_deleted_records_are_counted_and_the_policy_is_followed(
    bootstrap, tmp_path, policy, resumes_at
):
    settings = fresh_settings(bootstrap, auto_offset_reset=policy)
    await make_topics(settings, partitions=1)
    async with Reader(settings) as reader:
        async with replica(settings, tmp_path / "before") as before:
            await publish(settings, [article(n) for n in range(10)])
            await reader.read_until(10, settle=0)
            assert await before.terminate() == 0
        assert await committed(settings) == {0: 10}
        await publish(settings, [article(n) for n in range(10, 30)])
        await delete_before(settings, 25)
        async with replica(settings, tmp_path / "after") as after:
            await after.until_metric("dyadwire_offset_resets_total", 1)
            await publish(settings, [article(n) for n in range(30, 35)])
            seen = await reader.read_until(10 + 35 - resumes_at)
            assert await after.metric("dyadwire_records_skipped_total") == resumes_at - 10
            assert "and no longer 10 (deleted)" in after.log()
    rest = [*range(10), *range(resumes_at, 35)]
    assert seen.ids() == {f"article-{number:06d}": 1 for number in rest}
    assert await committed(settings) == {0: 35}


async def test_what_is_passed_over_is_committed_and_not_counted_twice(bootstrap, tmp_path):
    """Where nothing is left to read, the group's offset would point to what is gone for ever."""
    settings = fresh_settings(bootstrap)
    await make_topics(settings, partitions=1)
    await publish(settings, [article(n) for n in range(5)])
    async with Reader(settings) as reader:
        async with replica(settings, tmp_path / "before") as before:
            await reader.read_until(5, settle=0)
            await before.terminate()
        await publish(settings, [article(n) for n in range(5, 9)])
        await delete_before(settings, 9)
        async with replica(settings, tmp_path / "after") as after:
            await after.until_metric("dyadwire_records_skipped_total", 4)
            assert await after.terminate() == 0
        assert await committed(settings) == {0: 9}
        async with replica(settings, tmp_path / "last") as last:
            await publish(settings, [article(9)])
            await reader.read_until(6)
            assert await last.metric("dyadwire_records_skipped_total") == 0


async def test_a_group_that_begins_at_the_end_owns_what_comes_from_then_on(bootstrap, tmp_path):
    """Its first replica dies before it has committed a batch: the next one must not begin later."""
    settings = fresh_settings(bootstrap, auto_offset_reset="latest", worker_timeout=2)
    await make_topics(settings, partitions=1)
    await publish(settings, [article(0)])
    async with replica(settings, tmp_path / "first") as first:
        await first.until_metric("dyadwire_transactions_total", 1)
        await publish(settings, [article(1, title="HANG")])
        await first.until_metric("dyadwire_records_in_flight", 1)
        await first.kill()
    await publish(settings, [article(2)])
    async with Reader(settings) as reader, replica(settings, tmp_path / "second"):
        seen = await reader.read_until(2)
    assert seen.ids() == {"article-000001": 1, "article-000002": 1}
