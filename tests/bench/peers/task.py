"""What each system of `tests.bench.plumbing` is told: where to read and where to write.

Every module beside this one is a program, `python -m tests.bench.peers.NAME` with these arguments:
it reads the records of one topic and writes each of them, key and value untouched, to another one
until it is killed. It imports nothing of this project but this module (the two of dyadwire apart),
for the others run in an environment of their own.
"""

import argparse
from dataclasses import dataclass, fields

BATCH = 500
"""Records of one transaction, or between two commits, where that is ours to choose."""
COMMIT_S = 0.5
"""Seconds between two commits of a system that commits by the clock. The defaults are some seconds:
a reader of committed records would wait for so long, and a run would see few commits."""


@dataclass(frozen=True)
class Task:
    """One run: the topics, the consumer group, and how often to commit."""

    bootstrap: str
    source: str
    sink: str
    group: str
    partitions: int
    batch: int = BATCH
    commit_s: float = COMMIT_S

    def arguments(self) -> list[str]:
        return [
            f"--{field.name.replace('_', '-')}={getattr(self, field.name)}"
            for field in fields(self)
        ]


def from_arguments() -> Task:
    parser = argparse.ArgumentParser()
    for field in fields(Task):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=field.type, required=True)
    return Task(**vars(parser.parse_args()))
