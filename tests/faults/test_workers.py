"""Workers killed, stopped and swollen from outside, under load on a real broker."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress

import psutil
import pytest

from contracts.deadletter import RejectReason
from deploy.local.broker import LocalKafka
from tests.faults.scale import SCALE
from tests.integration.harness import (
    Reader,
    article,
    committed,
    fresh_settings,
    make_topics,
    publish,
    replica,
)

MISCHIEF = "tests.faults.mischief"
"""The service with an enrichment that swells and leaks where a title asks for it."""
KILLS = 50 if SCALE.long else 5
STOPS = 15 if SCALE.long else 1
GIVE_UP = 1_500 if SCALE.long else 600
TOO_MUCH = 400_000_000
"""Bytes at which the stand-in for the kernel kills a process for its memory."""


@pytest.fixture(scope="module")
def kafka():
    with LocalKafka() as broker:
        yield broker


@pytest.fixture
async def settings(kafka):
    chosen = fresh_settings(kafka.bootstrap_servers, workers=2, batch_max_records=16)
    await make_topics(chosen, partitions=3)
    return chosen


def workers(service):
    """The workers' processes of a replica, those among them that live."""
    found = []
    for child in psutil.Process(service.process.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child)
    return found


async def hit(service, number, times, *, losses=None, every=(0.2, 1.5)):
    """Sends a signal to a worker at random moments, so many times."""
    chance = random.Random(20_261_125)
    done = 0
    deadline = time.monotonic() + GIVE_UP
    while done < times and time.monotonic() < deadline:
        await asyncio.sleep(chance.uniform(*every))
        chosen = workers(service)
        if chosen:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(chosen).pid, number)
                done += 1
        while losses and await service.metric("dyadwire_worker_losses_total") < done:  # noqa: ASYNC110 another process's
            await asyncio.sleep(0.2)
    return done


def expected(count):
    return Counter({f"article-{number:06d}": 1 for number in range(count)})


async def feed(settings, stop):
    """Publishes slow articles, ahead of what two workers can do, until `stop`; returns how many."""
    count = 0
    while not stop.is_set():
        await publish(settings, [article(count + n, title="SLOW") for n in range(100)])
        count += 100
        while sum((await committed(settings)).values()) < count - 200 and not stop.is_set():  # noqa: ASYNC110 the same
            await asyncio.sleep(0.2)
    return count


@pytest.mark.timeout(GIVE_UP + 60)
@pytest.mark.parametrize(
    ("number", "times"), [(signal.SIGKILL, KILLS), (signal.SIGSTOP, STOPS)], ids=["killed", "hung"]
)
async def test_workers_lost_at_random_under_load_cost_no_article(settings, tmp_path, number, times):
    settings = settings.model_copy(update={"worker_timeout": 10.0})
    stop = asyncio.Event()
    async with replica(settings, tmp_path / "log") as service, Reader(settings) as reader:
        feeding = asyncio.create_task(feed(settings, stop))
        await reader.read_until(20, settle=0)
        process = psutil.Process(service.process.pid)
        before = process.num_fds(), process.num_threads()
        done = await hit(service, number, times, losses=number == signal.SIGSTOP)
        stop.set()
        count = await feeding
        while reader.seen.handled < count:
            await reader.read_until(count, settle=0)
        seen = await reader.read_until(count, settle=2)
        losses = await service.metric("dyadwire_worker_losses_total")
        after = process.num_fds(), process.num_threads()
        assert await service.terminate() == 0
    assert done == times
    assert losses >= times / 2, "some may have been lost already when they were hit"
    assert seen.ids() == expected(count), "each once"
    assert seen.letters == [], "no record is to blame for what came from outside"
    assert sum((await committed(settings)).values()) == count
    assert after[0] <= before[0] + 20, "no descriptor is left behind by a lost worker"
    assert after[1] <= before[1] + 6, "and no thread"


async def test_a_record_for_which_the_kernel_kills_is_found_and_its_neighbours_live(
    settings, tmp_path
):
    """The test stands in for the kernel: it kills a worker that holds too much memory."""
    records = [article(n, title="SWELL" if n == 17 else None) for n in range(60)]
    await publish(settings, records, partition=0)
    async with (
        replica(settings, tmp_path / "log", module=MISCHIEF) as service,
        Reader(settings) as reader,
    ):
        kills = 0
        deadline = time.monotonic() + GIVE_UP
        while reader.seen.handled < 60 and time.monotonic() < deadline:
            await reader.read_until(0, settle=0.05)
            for worker in workers(service):
                with suppress(psutil.NoSuchProcess):
                    if worker.memory_info().rss > TOO_MUCH:
                        worker.kill()
                        kills += 1
        seen = await reader.read_until(60, settle=1)
        crashed = await service.metric("dyadwire_worker_losses_total")
        assert await service.terminate() == 0
    assert kills >= 2
    assert crashed >= 2
    assert seen.ids() == expected(60)
    (letter,) = seen.letters
    assert (letter.key, letter.reason) == (b"article-000017", RejectReason.WORKER_CRASHED)
    assert letter.value == records[17].value


async def test_a_worker_that_leaks_is_replaced_between_two_batches(settings, tmp_path):
    settings = settings.model_copy(update={"worker_max_growth_bytes": 60_000_000, "workers": 1})
    await publish(settings, [article(n, title="LEAK") for n in range(150)])
    most = 0
    async with (
        replica(settings, tmp_path / "log", module=MISCHIEF) as service,
        Reader(settings) as reader,
    ):
        deadline = time.monotonic() + GIVE_UP
        while reader.seen.handled < 150 and time.monotonic() < deadline:
            await reader.read_until(0, settle=0.05)
            for worker in workers(service):
                with suppress(psutil.NoSuchProcess):
                    most = max(most, worker.memory_info().rss)
        seen = await reader.read_until(150, settle=1)
        _, metrics = await service.get("/metrics")
        assert await service.terminate() == 0
    (line,) = [x for x in metrics.splitlines() if 'worker_losses_total{loss="grown"}' in x]
    assert float(line.rsplit(" ", 1)[1]) >= 3
    assert seen.ids() == expected(150)
    assert seen.letters == []
    assert most < TOO_MUCH, "150 articles leak 600 MB"
