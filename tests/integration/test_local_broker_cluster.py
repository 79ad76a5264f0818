"""Three local brokers: a topic with three replicas survives the death of one."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.broker import LocalKafka

DEADLINE_S = 30


@pytest.fixture(scope="module")
def cluster():
    with LocalKafka(nodes=3) as running:
        yield running


async def test_topic_is_served_with_one_broker_killed(cluster):
    servers = cluster.bootstrap_servers
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    # Each broker leads one partition, so whichever dies was a leader.
    await admin.create_topics([NewTopic("replicated", 3, 3)])
    await admin.close()
    partitions = [TopicPartition("replicated", number) for number in range(3)]

    async with asyncio.timeout(2 * DEADLINE_S):
        async with AIOKafkaProducer(bootstrap_servers=servers, acks="all") as producer:
            for partition in partitions:
                await producer.send_and_wait("replicated", b"before", partition=partition.partition)
            cluster.kill(1)
            assert [cluster.alive(node) for node in range(3)] == [True, False, True]
            for partition in partitions:
                await producer.send_and_wait("replicated", b"after", partition=partition.partition)

        cluster.restart(1)
        cluster.kill(2)
        consumer = AIOKafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest")
        await consumer.start()
        consumer.assign(partitions)
        seen = sorted([(await consumer.getone()).value for _ in range(6)])
        await consumer.stop()
    assert seen == [b"after"] * 3 + [b"before"] * 3
