"""Makes the four topics where they are missing: for the demo, the tests and small set-ups.

In production topics belong to whoever runs the cluster; the service itself creates none.
"""

import asyncio

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from service.errors import BrokerUnavailable
from service.settings import ClientSettings
from service.transport.client import connection, describe
from service.transport.producer import DEAD_LETTER_OVERHEAD

RECORD_OVERHEAD = 16_384
"""Bytes that key, headers and framing may add to the largest article."""


def topic_configs(settings: ClientSettings) -> dict[str, dict[str, str]]:
    """What each of the four topics needs beyond the broker's defaults."""
    article = settings.max_article_bytes + RECORD_OVERHEAD
    return {
        settings.input_topic: {"max.message.bytes": str(article)},
        settings.enriched_topic: {},
        settings.dyads_topic: {},
        # Whatever the input topic took, it must take with the headers that say why.
        settings.dead_letter_topic: {"max.message.bytes": str(article + DEAD_LETTER_OVERHEAD)},
    }


async def create_topics(
    settings: ClientSettings, *, partitions: int, replication: int = 1
) -> list[str]:
    """Creates what is missing; topics that exist stay as they are.

    Returns:
        The names of the topics that were created.

    Raises:
        BrokerUnavailable: no broker answered, or it refused.
    """
    topics = [
        NewTopic(name, partitions, replication, topic_configs=config)
        for name, config in topic_configs(settings).items()
    ]
    admin = AIOKafkaAdminClient(**connection(settings))
    try:
        async with asyncio.timeout(2 * settings.request_timeout):
            await admin.start()
            response = await admin.create_topics(topics)
    except (KafkaError, OSError) as error:
        raise BrokerUnavailable(f"topics could not be created: {describe(error)}") from error
    finally:
        await admin.close()
    created = []
    for name, code, *message in response.topic_errors:
        error_type = for_code(code)
        if code and error_type is not TopicAlreadyExistsError:
            why = " ".join(filter(None, message))
            raise BrokerUnavailable(f"{name} could not be created: {error_type.__name__} {why}")
        if not code:
            created.append(name)
    return created
