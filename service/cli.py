"""The command line: `dyadwire COMMAND`, the same as `python -m service COMMAND`.

Exit status: 0 done; 1 done, but some of the input was bad (each said on standard error); 2 a wrong
argument, setting or file, said in one line; 130 interrupted.
"""

import argparse
import os
import sys
from typing import NoReturn

from service import __version__
from service.commands import demo, enrich, publish, redrive, run, schemas, stance
from service.errors import ConfigurationError, DyadwireError

EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130

COMMANDS = (run, enrich, stance, publish, redrive, schemas, demo)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, not the whole usage."""
        self.exit(EXIT_USAGE, f"{self.prog}: {message} (--help shows the usage)\n")


def main(argv: list[str] | None = None) -> NoReturn:
    """Runs the command that `argv` (by default the process's) names, and exits."""
    parser = _Parser(
        prog="dyadwire",
        description="Reads news articles from Kafka and publishes who takes which stance "
        "towards whom.",
    )
    parser.add_argument("--version", action="version", version=f"dyadwire {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add(commands)
    arguments = parser.parse_args(argv)
    sys.exit(_guarded(arguments))


def _guarded(arguments: argparse.Namespace) -> int:
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except ConfigurationError as error:
        return _complain(arguments, error, EXIT_USAGE)
    except DyadwireError as error:
        return _complain(arguments, error, EXIT_FAILED)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader (such as `head`) has what it wanted; nothing more can be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    return status


def _complain(arguments: argparse.Namespace, error: Exception, status: int) -> int:
    print(f"dyadwire {arguments.command}: {error}", file=sys.stderr)
    return status
