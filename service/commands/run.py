"""`dyadwire run`: the service."""

import argparse
from typing import Any


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
    import asyncio

    from service.app import serve
    from service.settings import Settings, load
    from service.telemetry import configure_logging

    settings = load(Settings)
    configure_logging(settings.log_level)
    return asyncio.run(serve(settings))
