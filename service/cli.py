"""The command line: `dyadwire COMMAND`, the same as `python -m service COMMAND`.

Exit status: 0 done; 1 done, but some of the input was bad (each said on standard error); 2 a wrong
argument, setting or file, said in one line; 130 interrupted.
"""

import argparse
import io
import logging
import os
import sys
from pathlib import Path
from typing import NoReturn

from service import __version__
from service.commands import demo, enrich, publish, redrive, run, schemas, stance
from service.errors import ConfigurationError, DyadwireError

EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130

SAID_BETTER = ("aiokafka", "asyncio", "service.pipeline")
"""Loggers of which the commands say in their own words, with the place, what there is to say."""

COMMANDS = (run, enrich, stance, publish, redrive, schemas, demo)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, not the whole usage."""
        message = _in_one_line(message)
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
    _prepare_streams()
    arguments = parser.parse_args(argv)
    _prepare_logs(arguments.command)
    sys.exit(_guarded(arguments))


def _prepare_streams() -> None:
    """UTF-8 whatever the locale: JSON is nothing else. A closed stream takes all and keeps none."""
    for name, errors in (("stdout", "strict"), ("stderr", "backslashreplace")):
        stream = getattr(sys, name)
        if stream is None:
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 for good
            setattr(sys, name, nowhere)
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)


def _prepare_logs(command: str) -> None:
    """One line for what is worth saying; `run` and `demo` set up logs of their own."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine(command))
    handler.addFilter(lambda record: not record.name.startswith(SAID_BETTER))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


class _OneLine(logging.Formatter):
    def __init__(self, command: str) -> None:
        super().__init__()
        self._command = command

    def format(self, record: logging.LogRecord) -> str:
        """The message alone, without a traceback."""
        return f"dyadwire {self._command}: {_in_one_line(record.getMessage())}"


def _guarded(arguments: argparse.Namespace) -> int:
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except ConfigurationError as error:
        return _complain(arguments, str(error), EXIT_USAGE)
    except DyadwireError as error:
        return _complain(arguments, str(error), EXIT_FAILED)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader (such as `head`) has what it wanted; nothing more can be written.
        _write_no_more()
        return EXIT_FAILED
    except OSError as error:  # a full disk, a file that went away
        _write_no_more()
        return _complain(arguments, str(error), EXIT_FAILED)
    return status


def _write_no_more() -> None:
    """Points standard output nowhere, or the interpreter would fail at its last flush."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _complain(arguments: argparse.Namespace, message: str, status: int) -> int:
    print(f"dyadwire {arguments.command}: {_in_one_line(message)}", file=sys.stderr)
    return status


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
