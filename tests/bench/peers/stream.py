"""FastStream: at least once, the strongest that it offers.

Offsets are committed after the batch was handled (`AckPolicy.NACK_ON_ERROR`) and the producer is
idempotent. There is a `transactional_id` among the broker's arguments, but nothing begins a
transaction or sends offsets to one.
"""

import asyncio

from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage

from tests.bench.peers.task import Task, from_arguments


async def raw(message: KafkaMessage) -> bytes:
    return message.body


def app_of(task: Task) -> FastStream:
    broker = KafkaBroker(
        task.bootstrap, enable_idempotence=True, compression_type="lz4", max_batch_size=131_072
    )

    @broker.subscriber(
        task.source,
        group_id=task.group,
        batch=True,
        max_records=task.batch,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        ack_policy=AckPolicy.NACK_ON_ERROR,
        decoder=raw,
    )
    async def pass_on(message: KafkaMessage) -> None:
        sends = [
            await broker.publish(record.value, task.sink, key=record.key, no_confirm=True)
            for record in message.raw_message
        ]
        await asyncio.gather(*sends)

    return FastStream(broker)


if __name__ == "__main__":
    asyncio.run(app_of(from_arguments()).run())
