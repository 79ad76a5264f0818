"""What an article costs: CPU of each process, memory, and bytes in the broker.

    python -m tests.bench.capacity [--articles 1500] [--workers 1] [--words 400] [--partitions 3]

Sends articles of so many words, assembled from ../shared/data/countries_newswire.dev.jsonl,
through the real service and broker. From the moment it is ready to the last of them it takes the
CPU seconds of the service's main process, its workers and the broker, so that the start does not
count, and other work on the machine counts little. Prints JSON.
"""

import argparse
import asyncio
import itertools
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from contracts.record import Record
from deploy.local.broker import LocalKafka
from service.settings import Settings
from tests.bench.replay import DATA
from tests.integration import harness

LIMIT_S = 1500.0
"""Seconds after which a run is given up."""
LEAST_WAIT_S = 0.2
"""Seconds between two looks when the end is near; each costs the main process 2 ms, as much as two
articles, so long before the end there are fewer."""


def assembled(words: int) -> Iterator[dict[str, str]]:
    """Articles of so many words: one text after the other, cut, with the first one's title."""
    with DATA.open(encoding="utf-8") as lines:
        texts = itertools.cycle([json.loads(line) for line in lines])
    while True:
        title, text = "", ""
        while len(text.split()) < words:
            one = next(texts)
            title = title or one["title"]
            text = f"{text}\n\n{one['text']}".strip()
        cut = re.match(rf"(?:\S+\s+){{{words}}}", f"{text} ")
        yield {"title": title, "text": cut[0].rstrip() if cut else text}


def records(count: int, *, words: int) -> list[Record]:
    return [
        Record(f"{number:06d}".encode(), json.dumps({"id": f"{number:06d}", **body}).encode())
        for number, body in zip(range(count), assembled(words), strict=False)
    ]


class Snapshot(NamedTuple):
    """What was used up to a moment; CPU in seconds."""

    at: float
    handled: float
    main: float
    workers: float
    broker: float


async def measure(
    kafka: LocalKafka, directory: Path, *, articles: int, words: int, partitions: int, workers: int
) -> dict[str, Any]:
    """One run on a fresh broker, whose files are in `directory`."""
    settings = harness.fresh_settings(kafka.bootstrap_servers, workers=workers)
    await harness.make_topics(settings, partitions=partitions)
    sent = records(articles, words=words)
    await harness.publish(settings, sent)
    harness.DEADLINE = LIMIT_S
    began = time.monotonic()
    async with harness.replica(settings, directory / "service.log", module="service") as service:
        ready = time.monotonic() - began
        # From the first batch to the last: in between, what is in work would be counted or missed.
        first, last = await snapshot([service]), await finished([service], articles)
        memory = memory_mb(service)
        await asyncio.sleep(1)  # the last batch is counted after its commit
    return {
        "articles": articles,
        "words": round(
            sum(len(json.loads(r.value or b"")["text"].split()) for r in sent) / articles
        ),
        "value_bytes": round(sum(len(r.value or b"") for r in sent) / articles),
        "workers": workers,
        "ready_s": round(ready, 1),
        **figures(first, last),
        "memory_mb": memory,
        "broker_bytes_an_article": stored(settings, directory, articles),
        "dyads_an_article": round(await dyads(settings) / articles, 2),
    }


async def snapshot(replicas: Sequence[harness.Replica]) -> Snapshot:
    """What these replicas, and the brokers that this process runs, have used until now."""
    handled = [await one.metric("dyadwire_articles_enriched_total") for one in replicas]
    mains = [psutil.Process(one.process.pid) for one in replicas]
    pool = [process for main in mains for process in main.children(recursive=True)]
    brokers = [p for p in psutil.Process().children(recursive=True) if p.name() == "java"]
    return Snapshot(time.monotonic(), sum(handled), cpu(mains), cpu(pool), cpu(brokers))


async def finished(replicas: Sequence[harness.Replica], articles: float) -> Snapshot:
    """The moment at which these replicas have handled so many articles since their start.

    Raises:
        TimeoutError: they have not within the limit.
    """
    first = await snapshot(replicas)
    while (now := await snapshot(replicas)).handled < articles:
        if now.at > first.at + LIMIT_S:
            raise TimeoutError(f"{now.handled:.0f} articles after {LIMIT_S:.0f} s")
        done = now.handled - first.handled
        expected = (articles - now.handled) * (now.at - first.at) / done if done else 0.0
        await asyncio.sleep(min(5.0, max(LEAST_WAIT_S, expected / 2)))
    return now


def memory_mb(replica: harness.Replica) -> dict[str, int]:
    """Of a replica's processes; `all` shares what they share out, `all_resident` repeats it."""
    main = psutil.Process(replica.process.pid)
    family = [main, *workers_of(main)]
    own = [process.memory_full_info().pss for process in family]
    resident = [process.memory_info().rss for process in family]
    found = {
        "main": own[0],
        "worker": max(own[1:]),
        "all": sum(own),
        "largest_resident": max(resident),
        "all_resident": sum(resident),
    }
    return {name: round(size / 1e6) for name, size in found.items()}


def workers_of(main: psutil.Process) -> list[psutil.Process]:
    """Its worker processes; the tracker of multiprocessing is none."""
    return [
        p for p in main.children(recursive=True) if "resource_tracker" not in " ".join(p.cmdline())
    ]


def cpu(processes: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def figures(first: Snapshot, last: Snapshot) -> dict[str, Any]:
    done = last.handled - first.handled
    main, pool, broker = (b - a for a, b in zip(first[2:], last[2:], strict=True))
    return {
        "articles_a_second": round(done / (last.at - first.at), 1),
        "articles_a_core_second": round(done / (main + pool), 1),
        "cores_used": round((main + pool) / (last.at - first.at), 2),
        "cpu_ms_an_article": {
            "main": round(1000 * main / done, 2),
            "workers": round(1000 * pool / done, 2),
            "broker": round(1000 * broker / done, 2),
        },
    }


def stored(settings: Settings, directory: Path, articles: int) -> dict[str, int]:
    """Bytes of each topic's segments, as compressed by who wrote them, for one article."""
    topics = {
        "input": settings.input_topic,
        "enriched": settings.enriched_topic,
        "dyads": settings.dyads_topic,
    }
    found = dict.fromkeys(topics, 0)
    for path in directory.rglob("*.log"):
        for name, topic in topics.items():
            if re.fullmatch(rf"{re.escape(topic)}-\d+", path.parent.name):
                found[name] += path.stat().st_size
    return {name: round(size / articles) for name, size in found.items()}


async def dyads(settings: Settings) -> int:
    async with harness.Reader(settings) as reader:
        return len((await reader.read_to_end()).dyads)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=1500)
    parser.add_argument("--words", type=int, default=400)
    parser.add_argument("--partitions", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1)
    arguments = vars(parser.parse_args())
    with tempfile.TemporaryDirectory() as name, LocalKafka(directory=Path(name)) as kafka:
        print(json.dumps(asyncio.run(measure(kafka, Path(name), **arguments)), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
