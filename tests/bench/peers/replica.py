"""dyadwire as it is deployed, worker processes and metrics included, with nothing to enrich."""

import asyncio
import sys
from collections.abc import Sequence

from contracts.record import Record
from service.app import serve
from service.pipeline import Enriched, InputRecord, Processed
from service.settings import Settings, load
from service.telemetry import configure_logging
from tests.bench.peers.task import Task, from_arguments


class Passing:
    """Stands for the pipeline: each record goes out as it came in, unparsed."""

    def process(self, records: Sequence[InputRecord]) -> Processed:
        return Processed(
            [
                Enriched(
                    offset=record.offset,
                    article_id="",
                    article=Record(record.key, record.value),
                    dyads=(),
                    language="en",
                    status="full",
                    region="none",
                    stances=(),
                )
                for record in records
            ]
        )


def settings_of(task: Task, **overrides: object) -> Settings:
    """All defaults, but for the names and the probe port."""
    return load(
        Settings,
        bootstrap_servers=task.bootstrap,
        input_topic=task.source,
        enriched_topic=task.sink,
        dyads_topic=f"{task.sink}-dyads",
        dead_letter_topic=f"{task.sink}-dlq",
        group_id=task.group,
        probe_host="127.0.0.1",
        probe_port=0,
        **overrides,
    )


def run(settings: Settings) -> int:
    configure_logging(settings.log_level)
    return asyncio.run(serve(settings, load=Passing))


if __name__ == "__main__":
    sys.exit(run(settings_of(from_arguments())))
