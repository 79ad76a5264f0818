"""`python -m tests.bench.slowest [COUNT]`: which single article takes the enrichment longest.

Reads the hand-made hostile records and COUNT mutated ones (2,000), one by one and without a broker,
and prints the ten slowest: seconds of processor time, of the clock, and the stages that took them.
"""

import sys
import time
from collections.abc import Iterator

from service.app import load_pipeline
from service.pipeline import InputRecord
from service.settings import Settings
from tests.faults import poison

SHOWN = 10


def main(count: int) -> None:
    pipeline = load_pipeline(Settings.model_fields["max_article_bytes"].default)
    rows = []
    for name, one in _records(count):
        record = InputRecord("articles", 0, 0, one.timestamp_ms or 0, *one.record)
        clock, cpu = time.perf_counter(), time.process_time()
        processed = pipeline.process([record])
        rows.append((time.process_time() - cpu, time.perf_counter() - clock, name, processed))
    rows.sort(key=lambda row: row[0], reverse=True)
    print(f"{len(rows)} records; processor time, clock, name, stages")
    for cpu, clock, name, processed in rows[:SHOWN]:
        stages = ", ".join(f"{k} {v:.2f}" for k, v in processed.seconds.items() if v > 0.02)
        print(f"{cpu:.2f} s  {clock:.2f} s  {name}  ({stages})")


def _records(count: int) -> Iterator[tuple[str, poison.Poison]]:
    yield "the first of all", poison.record({"id": "a", "text": "Japan met Vietnam in Tokyo."})
    yield from poison.by_hand().items()
    for number, one in enumerate(poison.mutated(count, seed=1)):
        yield f"mutated {number}", one


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
