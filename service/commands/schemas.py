"""`dyadwire schemas`: writes the JSON Schemas of the contracts, or checks those that are there."""

import argparse
import sys
from pathlib import Path
from typing import Any

from service.errors import ConfigurationError


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Declares the command."""
    parser = commands.add_parser("schemas", help="writes the JSON Schemas")
    parser.add_argument("directory", nargs="?", type=Path, help="default: the contracts' own")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; status 1 where they are out of date"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Writes or checks; 1 where the check finds a difference.

    Raises:
        ConfigurationError: the directory, or a file in it, cannot be written or read.
    """
    from contracts import jsonschemas

    directory = arguments.directory or jsonschemas.DIRECTORY
    try:
        if not arguments.check:
            jsonschemas.write(directory)
            return 0
        differences = jsonschemas.check(directory)
    except OSError as error:
        raise ConfigurationError(f"{directory}: {error.strerror or error}") from error
    for difference in differences:
        print(difference, file=sys.stderr)
    return 1 if differences else 0
