"""`make bench`: every part in order, each with a table of its own.

    python -m tests.bench [part ...]

Exit status 1 where one of them found something wrong.
"""

import argparse
import importlib
import sys

PARTS = [
    "plumbing",  # reading and writing alone, beside other libraries
    "enrichment",  # what an article costs without a broker, beside the network alone and spaCy
    "whole",  # articles through a broker: throughput, latency, memory, replicas, distance
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=PARTS, metavar="part", help=", ".join(PARTS))
    chosen = parser.parse_args().parts
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    return max([importlib.import_module(f"tests.bench.{part}").main([]) for part in chosen])


if __name__ == "__main__":
    sys.exit(main())
