"""faust-streaming with `processing_guarantee="exactly_once"`, the strongest that it offers.

A transactional producer for each partition; offsets and outputs are committed by the clock.
"""

import sys

import faust

from tests.bench.peers.task import Task, from_arguments


def app_of(task: Task) -> faust.App:
    app = faust.App(
        task.group,
        broker=f"aiokafka://{task.bootstrap}",
        processing_guarantee="exactly_once",
        broker_commit_interval=task.commit_s,
        topic_partitions=task.partitions,
        producer_compression_type="lz4",
        consumer_auto_offset_reset="earliest",
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        web_enabled=False,
    )
    raw = {
        "key_type": bytes,
        "value_type": bytes,
        "key_serializer": "raw",
        "value_serializer": "raw",
    }
    source = app.topic(task.source, **raw)
    sink = app.topic(task.sink, **raw)

    @app.agent(source)
    async def pass_on(stream: faust.Stream) -> None:
        async for event in stream.events():
            await sink.send(key=event.key, value=event.value)

    return app


if __name__ == "__main__":
    app = app_of(from_arguments())
    app.finalize()
    sys.argv[1:] = ["worker", "--without-web", "--loglevel=info"]
    app.main()
