"""`dyadwire run`: the service."""

import argparse
import signal
import sys
from types import FrameType
from typing import Any, NoReturn


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "run", help="the service, configured by DYADWIRE_* environment variables"
    )
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Works until SIGTERM or SIGINT; 0 where all that was read was committed.

    Raises:
        ConfigurationError: a setting is missing or wrong.
    """
    # The first process of a container does not even die of a SIGTERM that it has no handler for.
    signal.signal(signal.SIGTERM, _leave)
    import asyncio

    from service.app import serve
    from service.settings import Settings, load
    from service.telemetry import configure_logging

    settings = load(Settings)
    configure_logging(settings.log_level)
    return asyncio.run(serve(settings))


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """A SIGTERM before the service can take one: nothing was read."""
    sys.exit(0)
