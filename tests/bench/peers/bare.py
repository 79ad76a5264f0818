"""The plain loop that an expert would write with aiokafka: what all the others are measured by.

One transactional producer, a poll over all partitions, and a transaction for what it gave: the
outputs and the offsets after them. Every send is awaited before the commit, for aiokafka commits
over a failed one. A failure ends the process, and another one begins at the committed offsets.
"""

import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.bench.peers.task import Task, from_arguments


async def run(task: Task) -> None:
    consumer = AIOKafkaConsumer(
        task.source,
        bootstrap_servers=task.bootstrap,
        group_id=task.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=task.bootstrap,
        transactional_id=task.group,
        compression_type="lz4",
        max_batch_size=131_072,
    )
    await producer.start()
    await consumer.start()
    while True:
        polled = await consumer.getmany(timeout_ms=200, max_records=task.batch)
        if not polled:
            continue
        async with producer.transaction():
            sends = [
                await producer.send(task.sink, record.value, record.key)
                for records in polled.values()
                for record in records
            ]
            await asyncio.gather(*sends)
            offsets = {where: records[-1].offset + 1 for where, records in polled.items()}
            await producer.send_offsets_to_transaction(offsets, task.group)


if __name__ == "__main__":
    asyncio.run(run(from_arguments()))
