"""Quix Streams with `processing_guarantee="exactly-once"`, the strongest that it offers.

One transaction for each checkpoint, with the consumer group's generation in it (KIP-447). Its
documentation says to commit more often than by default where the outputs are waited for; an
interval alone would let a whole run be one checkpoint.
"""

from pathlib import Path

from quixstreams import Application

from tests.bench.peers.task import Task, from_arguments


def run(task: Task) -> None:
    app = Application(
        broker_address=task.bootstrap,
        consumer_group=task.group,
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_interval=task.commit_s,
        commit_every=task.batch,
        producer_extra_config={"compression.type": "lz4"},
        auto_create_topics=False,
        use_changelog_topics=False,
        state_dir=Path.cwd() / "state",
    )
    raw = {"key_serializer": "bytes", "value_serializer": "bytes"}
    source = app.topic(task.source, key_deserializer="bytes", value_deserializer="bytes")
    sink = app.topic(task.sink, **raw)
    app.dataframe(source).to_topic(sink)
    app.run()


if __name__ == "__main__":
    run(from_arguments())
