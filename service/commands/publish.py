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
    from rich import progress as bars
    from rich.console import Console

    from service.settings import load

    settings = load(ClientSettings)
    check_readable(arguments.files)
    bad = 0
    console = Console(stderr=True)

    def wanted() -> Iterable[Item]:
        nonlocal bad
        for item in read_items(arguments.files, form=arguments.format):
            problem = _problem(item, most=settings.max_article_bytes)
            if problem:
                bad += 1
                console.print(
                    f"{item.place}: {problem}", markup=False, highlight=False, soft_wrap=True
                )
                if not arguments.force:
                    continue
            yield item

    columns = (
        bars.SpinnerColumn(),
        bars.TextColumn("published"),
        bars.MofNCompleteColumn(),
        bars.TimeElapsedColumn(),
    )
    # Where nobody watches, the last line says it all.
    quiet = not console.is_terminal
    with bars.Progress(*columns, console=console, disable=quiet, redirect_stdout=False) as progress:
        task = progress.add_task("publish", total=None)
        sent = asyncio.run(
            publish_items(settings, wanted(), on_sent=lambda: progress.advance(task))
        )
        progress.update(task, total=sent)
    print(f"{sent} articles published to {settings.input_topic}", file=sys.stderr)
    return 1 if bad else 0


def _problem(item: Item, *, most: int) -> str | None:
    """Why the service would refuse it."""
    if not isinstance(item.parsed, Article):
        return str(item.parsed)
    if len(item.value) > most:
        return f"too_large: value: {len(item.value)} bytes; at most {most} are taken"
    return None


async def publish_items(
    settings: ClientSettings, items: Iterable[Item], *, on_sent: Callable[[], None] = lambda: None
) -> int:
    """Sends every item, keyed by its article's id; returns how many the broker has taken.

    Raises:
        BrokerUnavailable: no broker answered, or a record was not taken.
    """
    from aiokafka import AIOKafkaProducer
    from aiokafka.errors import KafkaError

    from service.errors import BrokerUnavailable
    from service.transport.client import connection, describe, running
    from service.transport.producer import BATCH_BYTES, MAX_REQUEST_BYTES

    producer = AIOKafkaProducer(
        **connection(settings),
        enable_idempotence=True,
        compression_type="lz4",
        linger_ms=5,
        max_batch_size=BATCH_BYTES,
        max_request_size=MAX_REQUEST_BYTES,
    )
    sent = 0
    waiting: dict[asyncio.Future[Any], str] = {}

    async def settle(*, down_to: int) -> None:
        nonlocal sent
        while len(waiting) > down_to:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for future in done:
                place = waiting.pop(future)
                error = future.exception()
                if error is not None:
                    raise _NotTakenError(place, error)
                sent += 1
                on_sent()

    async with running(producer, timeout=settings.request_timeout, settings=settings):
        try:
            for item in items:
                key = item.parsed.id.encode() if isinstance(item.parsed, Article) else None
                try:
                    future = await producer.send(settings.input_topic, item.value, key)
                except KafkaError as error:
                    raise _NotTakenError(item.place, error) from error
                waiting[future] = item.place
                await settle(down_to=WINDOW)
            await settle(down_to=0)
        except _NotTakenError as failure:
            raise BrokerUnavailable(
                f"{sent} articles were published to {settings.input_topic}, then {failure.place} "
                f"was not taken: {describe(failure.error)}"
            ) from failure.error
        finally:
            for future in waiting:  # those that fail after the first are no news
                future.add_done_callback(lambda done: done.cancelled() or done.exception())
    return sent


class _NotTakenError(Exception):
    def __init__(self, place: str, error: BaseException) -> None:
        super().__init__(place)
        self.place = place
        self.error = error
