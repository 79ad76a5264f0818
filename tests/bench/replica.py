"""The service with the real enrichment on a watched network.

Beside its stages it tells, as the stages `encoder` and `worker`, the CPU seconds that its workers
spend inside of onnxruntime and in the whole pipeline. That takes two clock readings a run, a
thousandth of it.
"""

import asyncio
import functools
import sys
import time
from collections.abc import Sequence

from service.app import serve
from service.enrichment.enricher import Enricher
from service.pipeline import InputRecord, Pipeline, Processed
from service.settings import Settings, load
from service.telemetry import configure_logging
from tests.watched import WatchedEncoder


class WatchedPipeline(Pipeline):
    def __init__(self, encoder: WatchedEncoder, *, max_article_bytes: int) -> None:
        super().__init__(Enricher.load(encoder), max_article_bytes=max_article_bytes)
        self._encoder = encoder

    def process(self, records: Sequence[InputRecord]) -> Processed:
        encoder, worker = self._encoder.seconds, time.process_time()
        processed = super().process(records)
        spent = {
            "encoder": self._encoder.seconds - encoder,
            "worker": time.process_time() - worker,
        }
        return Processed(processed.outcomes, processed.seconds | spent)


def pipeline(max_article_bytes: int) -> Pipeline:
    return WatchedPipeline(WatchedEncoder.load(), max_article_bytes=max_article_bytes)


if __name__ == "__main__":
    settings = load(Settings)
    configure_logging(settings.log_level)
    from tests.bench import replica  # the workers import it by this name

    made = functools.partial(replica.pipeline, settings.max_article_bytes)
    sys.exit(asyncio.run(serve(settings, load=made)))
