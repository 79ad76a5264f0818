"""`python -m deploy.local`: the broker in the foreground, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import time
from pathlib import Path

from deploy.local import wire
from deploy.local.broker import LocalKafka
from deploy.local.errors import LocalKafkaError, LocalKafkaUnavailable
from deploy.local.ports import HOST

TOPICS = ("news.articles.v1", "news.enriched.v1", "news.dyads.v1", "news.articles.dlq.v1")
PARTITIONS = 3

EXIT_FAILED = 1
EXIT_UNAVAILABLE = 2

_CHECK_S = 0.5


class _Terminated(BaseException):
    """SIGTERM, as an exception: the way out is the same as Ctrl-C's."""


def main(argv: list[str] | None = None) -> int:
    """Run the broker until asked to stop; return the exit status."""
    options = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        with LocalKafka(nodes=options.nodes, directory=options.directory) as kafka:
            if options.topics is not None:
                _create_topics(kafka, options.topics or TOPICS, replication=options.nodes)
            print(kafka.bootstrap_servers, flush=True)  # noqa: T201 - what it is called for
            while all(kafka.alive(node) for node in range(options.nodes)):
                time.sleep(_CHECK_S)
            _say("a broker ended by itself; the end of its log:", *kafka.log_tails())
            return EXIT_FAILED
    except (KeyboardInterrupt, _Terminated):
        return 0
    except LocalKafkaUnavailable as error:
        _say(error)
        return EXIT_UNAVAILABLE
    except (LocalKafkaError, OSError) as error:
        _say(error)
        return EXIT_FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument("--nodes", type=int, choices=(1, 3), default=1, help="brokers to run")
    parser.add_argument(
        "--directory", type=Path, help="keep data and logs here (default: temporary)"
    )
    parser.add_argument(
        "--topics",
        nargs="*",
        metavar="NAME",
        help=f"create these topics, {PARTITIONS} partitions each (none named: the service's four)",
    )
    return parser


def _create_topics(
    kafka: LocalKafka, names: list[str] | tuple[str, ...], *, replication: int
) -> None:
    port = int(kafka.bootstrap_servers.split(",")[0].rpartition(":")[2])
    wire.create_topics(HOST, port, dict.fromkeys(names, PARTITIONS), replication=replication)


def _say(*lines: object) -> None:
    print(*lines, sep="\n", file=sys.stderr)  # noqa: T201 - for the person at the terminal


def _terminate(_signum: int, _frame: object) -> None:
    raise _Terminated


if __name__ == "__main__":
    sys.exit(main())
