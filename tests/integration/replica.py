"""A replica with a fake enrichment, in a process of its own."""

import asyncio
import functools
import sys

from service.app import serve
from service.settings import Settings, load
from service.telemetry import configure_logging
from tests.fakes import fake_pipeline

if __name__ == "__main__":
    settings = load(Settings)
    configure_logging(settings.log_level)
    pipeline = functools.partial(fake_pipeline, settings.max_article_bytes)
    sys.exit(asyncio.run(serve(settings, load=pipeline)))
