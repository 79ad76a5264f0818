"""`dyadwire redrive`: dead letters back to the input topic, by filter, after a fix."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from typing import Any

from contracts.deadletter import DeadLetter, RejectReason


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "redrive",
        help="dead letters back to the input topic, by filter, after a fix",
        description="Sends dead letters back to the input topic. The same filter sends nothing "
        "twice; --again begins anew.",
    )
    parser.add_argument(
        "--reason", action="append", default=[], choices=[r.value for r in RejectReason]
    )
    parser.add_argument("--field", action="append", default=[], help="the field at fault")
    parser.add_argument(
        "--service-version", action="append", default=[], help="which refused the record"
    )
    parser.add_argument("--since", type=_moment, help="records from this RFC 3339 time on")
    parser.add_argument("--until", type=_moment, help="records before this RFC 3339 time")
    parser.add_argument(
        "--max-attempts", type=_count, help="leave those that were refused more often"
    )
    parser.add_argument("--again", action="store_true", help="also what was sent back before")
    parser.add_argument("--dry-run", action="store_true", help="say what would be sent; send none")
    parser.set_defaults(run=run)


def _moment(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text.upper())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return round(moment.timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no RFC 3339 time") from error


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Sends them back, each named on standard output.

    Raises:
        ConfigurationError: a setting, or the dead-letter topic does not exist.
        BrokerUnavailable: no broker answered, or a record was not taken.
    """
    from service.settings import Settings, load
    from service.transport.letterfilter import LetterFilter
    from service.transport.redrive import redrive

    settings = load(Settings)
    wanted = LetterFilter(
        reasons=tuple(arguments.reason),
        fields=tuple(arguments.field),
        versions=tuple(arguments.service_version),
        since_ms=arguments.since,
        until_ms=arguments.until,
        max_attempts=arguments.max_attempts,
    )

    def show(letter: DeadLetter, sent: bool) -> None:  # noqa: FBT001 a callback's argument
        if sent:
            place = f"{letter.topic}/{letter.partition}@{letter.offset}"
            print(f"{place}\t{letter.reason.value}\t{letter.field or '-'}\t{letter.message}")

    tally = asyncio.run(
        redrive(
            settings,
            wanted,
            group_prefix=settings.group_id,
            again=arguments.again,
            dry_run=arguments.dry_run,
            on_letter=show,
        )
    )
    verb = "would be sent" if arguments.dry_run else "sent"
    print(
        f"{tally.read} dead letters read, {tally.sent} {verb} back to {settings.input_topic}, "
        f"{tally.left} left, {tally.unreadable} unreadable",
        file=sys.stderr,
    )
    return 0
