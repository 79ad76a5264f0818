"""A replica whose enrichment takes memory: SWELL without end in one article, LEAK 4 MB in each."""

import asyncio
import functools
import sys
import time

from service.app import serve
from service.pipeline import Pipeline
from service.settings import Settings, load
from service.telemetry import configure_logging
from tests.fakes import FakeEnricher

PIECE = 4_000_000
"""Bytes."""
MOST = 1_000_000_000
"""Bytes at which SWELL only waits: where nobody kills it, it must not take the machine."""

_kept: list[bytearray] = []


class TakingEnricher(FakeEnricher):
    def _enrich(self, article):
        match article.title:
            case "LEAK":
                _kept.append(bytearray(b"x" * PIECE))
            case "SWELL":
                while True:
                    if len(_kept) * PIECE < MOST:
                        _kept.append(bytearray(b"x" * PIECE))
                    time.sleep(0.005)
        return super()._enrich(article)


def pipeline(max_article_bytes):
    return Pipeline(TakingEnricher(), max_article_bytes=max_article_bytes)


if __name__ == "__main__":
    settings = load(Settings)
    configure_logging(settings.log_level)
    from tests.faults import mischief  # the workers import it by this name

    made = functools.partial(mischief.pipeline, settings.max_article_bytes)
    sys.exit(asyncio.run(serve(settings, load=made)))
