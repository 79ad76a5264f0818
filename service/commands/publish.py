"""`dyadwire publish`: articles from files to the input topic, with progress."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterable
from typing import Any

from contracts.article import Article
from service.commands.articles import FORMATS, Item, check_readable, read_items
from service.settings import ClientSettings

WINDOW = 1_000
"""Sends that may be on their way at once."""


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Declares the command."""
    parser = commands.add_parser("publish", help="articles from files to the input topic")
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="JSON, JSON Lines, ninjs or plain text; - is standard input",
    )
    parser.add_argument("--format", choices=FORMATS, default="auto", help="default: auto")
    parser.add_argument(
        "--force", action="store_true", help="publish bad articles too, as they are"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Publishes; 1 where an article was bad, which standard error names with its place.

    Raises:
        ConfigurationError: a setting or a file.
        BrokerUnavailable: no broker answered, or a record was not taken.
    """
    from rich.console import Console  # noqa: PLC0415 see the package's docstring
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn  # noqa: PLC0415
    from rich.progress import TimeElapsedColumn  # noqa: PLC0415

    from service.settings import load  # noqa: PLC0415

    settings = load(ClientSettings)
    check_readable(arguments.files)
    bad = 0

    def wanted() -> Iterable[Item]:
        nonlocal bad
        for item in read_items(arguments.files, form=arguments.format):
            if not isinstance(item.parsed, Article):
                bad += 1
                print(f"{item.place}: {item.parsed}", file=sys.stderr)
                if not arguments.force:
                    continue
            yield item

    columns = (SpinnerColumn(), TextColumn("published"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("publish", total=None)
        sent = asyncio.run(
            publish_items(settings, wanted(), on_sent=lambda: progress.advance(task))
        )
        progress.update(task, total=sent)
    print(f"{sent} articles published to {settings.input_topic}", file=sys.stderr)
    return 1 if bad else 0


async def publish_items(
    settings: ClientSettings, items: Iterable[Item], *, on_sent: Callable[[], None] = lambda: None
) -> int:
    """Sends every item, keyed by its article's id; returns how many the broker has taken.

    Raises:
        BrokerUnavailable: no broker answered, or a record was not taken.
    """
    from aiokafka import AIOKafkaProducer  # noqa: PLC0415
    from aiokafka.errors import KafkaError  # noqa: PLC0415

    from service.errors import BrokerUnavailable  # noqa: PLC0415
    from service.transport.client import connection, describe, running  # noqa: PLC0415
    from service.transport.producer import BATCH_BYTES, MAX_REQUEST_BYTES  # noqa: PLC0415

    producer = AIOKafkaProducer(
        **connection(settings),
        enable_idempotence=True,
        compression_type="lz4",
        linger_ms=5,
        max_batch_size=BATCH_BYTES,
        max_request_size=MAX_REQUEST_BYTES,
    )
    sent = 0
    async with running(producer, timeout=settings.request_timeout):
        waiting: set[asyncio.Future[Any]] = set()

        async def settle(*, down_to: int) -> None:
            nonlocal waiting, sent
            while len(waiting) > down_to:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for future in done:
                    future.result()
                    sent += 1
                    on_sent()

        try:
            for item in items:
                key = item.parsed.id.encode() if isinstance(item.parsed, Article) else None
                waiting.add(await producer.send(settings.input_topic, item.value, key))
                await settle(down_to=WINDOW)
            await settle(down_to=0)
        except (KafkaError, OSError) as error:
            raise BrokerUnavailable(
                f"{sent} were published, then one was not taken: {describe(error)}"
            ) from error
    return sent
