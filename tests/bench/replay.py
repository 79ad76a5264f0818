"""Real texts through the real service and broker, counted by a separate read_committed reader.

    python -m tests.bench.replay [--articles 10000] [--partitions 3] [--workers N]

Takes the newswire texts of ../shared/data/countries_newswire.dev.jsonl, repeated with ids of their
own as often as needed, and prints what went in, what came out and how fast. Exit status 1 where
inputs are not exactly the enriched articles and dead letters, each once.
"""

import argparse
import asyncio
import itertools
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

from contracts.record import Record
from deploy.local.broker import LocalKafka
from tests.integration import harness

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "countries_newswire.dev.jsonl"


def records(count: int) -> list[Record]:
    with DATA.open(encoding="utf-8") as lines:
        texts = [json.loads(line) for line in lines]
    chosen = itertools.islice(itertools.cycle(texts), count)
    return [
        Record(
            f"{number:06d}".encode(),
            json.dumps(
                {
                    "id": f"{number:06d}",
                    "title": text["title"],
                    "text": f"{text.get('dateline') or ''} {text['text']}".strip(),
                }
            ).encode(),
        )
        for number, text in enumerate(chosen)
    ]


async def replay(bootstrap: str, *, articles: int, partitions: int, workers: int) -> bool:
    settings = harness.fresh_settings(bootstrap, workers=workers)
    await harness.make_topics(settings, partitions=partitions)
    sent = records(articles)
    words = sum(len((r.value or b"").split()) for r in sent) / len(sent)
    await harness.publish(settings, sent)
    harness.DEADLINE = 1800
    with tempfile.TemporaryDirectory() as directory:
        began = time.perf_counter()
        async with harness.replica(settings, Path(directory) / "log", module="service") as service:
            ready = time.perf_counter()
            async with harness.Reader(settings) as reader:
                await reader.read_until(articles, settle=0)
                done = time.perf_counter()
                seen = await reader.read_until(articles, settle=3)
            process = psutil.Process(service.process.pid)
            family = [process, *process.children(recursive=True)]
            memory = sum(p.memory_info().rss for p in family) / 1e6
            status = await service.terminate()
    ids = seen.ids()
    exact = len(ids) == articles and set(ids.values()) == {1}
    print(
        f"in {articles} ({words:.0f} words on average), partitions {partitions}, {workers} workers"
    )
    print(
        f"enriched {len(seen.enriched)}, dead letters {len(seen.letters)}, dyads {len(seen.dyads)}"
    )
    for (reason, message), count in Counter(
        (x.reason.value, x.message) for x in seen.letters
    ).items():
        print(f"    {count} {reason}: {message}")
    print(f"each exactly once: {exact}; exit status {status}")
    print(f"ready after {ready - began:.1f} s; {articles / (done - ready):.0f} articles/s")
    print(f"resident memory of all processes {memory:.0f} MB")
    return exact and status == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--partitions", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    with LocalKafka() as kafka:
        return 0 if asyncio.run(replay(kafka.bootstrap_servers, **vars(arguments))) else 1


if __name__ == "__main__":
    sys.exit(main())
