"""Worker processes that crash, hang and cannot be started; real ones."""

import asyncio
import functools
import json
import os
import signal
import struct
import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from contracts.deadletter import RejectReason
from service import workers
from service.errors import WorkerStartFailed
from service.pipeline import Enriched, InputRecord, Rejected
from service.workers import CHUNK, WorkerPool, _chunk_size
from tests.fakes import fake_pipeline
from tests.unit import loaders

ROOT = Path(__file__).parents[2]
SOON = 15.0
"""Seconds within which what must happen happens; on failure only."""


def record(number, title=None):
    body = {"id": f"a{number}", "text": "Japan and Vietnam met.", "title": title}
    return InputRecord("articles", 0, number, 0, b"k", json.dumps(body).encode(), ())


def children():
    """Ids of the workers' processes: a broker of other tests may be a child as well."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):  # it ends as we look
            if "spawn_main" in str(child.cmdline()):
                found.append(child.pid)
    return found


async def gone(pids):
    deadline = time.monotonic() + SOON
    while time.monotonic() < deadline:
        if not any(psutil.pid_exists(pid) for pid in pids):
            return True
        await asyncio.sleep(0.05)
    return False


@pytest.fixture
async def make_pool():
    """Makes started pools; afterwards no process is left, whatever happened."""
    pools, losses = [], []

    async def make(load=fake_pipeline, *, count=1, give_up=60.0):
        pool = WorkerPool(load, workers=count, timeout=give_up, on_loss=losses.append)
        pool.losses = losses
        pools.append(pool)
        await pool.start()
        return pool

    yield make
    for pool in pools:
        pool.close()
        assert pool.pids == []
    assert await gone(children())


async def test_order_is_kept_over_chunks_and_workers(make_pool):
    pool = await make_pool(count=2)
    assert len(set(pool.pids)) == 2
    assert os.getpid() not in pool.pids
    # The first chunk takes longest, so that it ends last.
    records = [record(n, title="SLOW" if n < 4 else None) for n in range(3 * CHUNK + 5)]
    processed = await pool.process(records)
    assert [outcome.article_id for outcome in processed.outcomes] == [
        f"a{n}" for n in range(len(records))
    ]
    assert set(processed.seconds) == {"parse", "fake", "serialise"}
    assert processed.seconds["fake"] >= 4 * 0.05
    assert (await pool.process([])).outcomes == []
    assert pool.losses == []


async def test_records_that_crash_and_hang_are_found_and_cost_themselves_alone(make_pool):
    pool = await make_pool(give_up=1.0)
    first = pool.pids
    titles = {3: "CRASH", 6: "HANG"}
    processed = await pool.process([record(n, title=titles.get(n)) for n in range(8)])
    outcomes = processed.outcomes
    assert [outcome.offset for outcome in outcomes] == list(range(8))
    rejected = {o.offset: o.reason for o in outcomes if isinstance(o, Rejected)}
    assert rejected == {3: RejectReason.WORKER_CRASHED, 6: RejectReason.WORKER_TIMEOUT}
    assert "2 times" in outcomes[3].message
    assert outcomes[3].dead_letter.value == record(3, title="CRASH").value
    assert pool.losses.count("crashed") == 5, "8, 4 and 2 records with it, then twice alone"
    assert pool.losses.count("hung") == 4, "4 and 2 records with it, then twice alone"
    assert await gone(first), "a worker that hung was killed"
    assert len(pool.pids) == 1
    (outcome,) = (await pool.process([record(1)])).outcomes
    assert isinstance(outcome, Enriched)


async def test_a_worker_that_was_killed_while_idle_costs_no_record(make_pool):
    pool = await make_pool()
    os.kill(pool.pids[0], signal.SIGKILL)
    processed = await pool.process([record(1)])
    assert [type(outcome) for outcome in processed.outcomes] == [Enriched]
    assert pool.losses == ["crashed"]


async def test_outcomes_that_cannot_be_sent_cost_one_record_and_not_the_stream(make_pool):
    pool = await make_pool(loaders.unsendable)
    processed = await pool.process([record(1), record(2, title="UNSENDABLE"), record(3)])
    assert [type(outcome) for outcome in processed.outcomes] == [Enriched, Rejected, Enriched]


@pytest.mark.parametrize(
    ("load", "why"),
    [
        (loaders.fails, "FileNotFoundError: model.onnx is missing"),
        (loaders.times_out, "TimeoutError"),
        (loaders.dies, "BrokenProcessPool"),
    ],
)
async def test_a_pipeline_that_cannot_be_loaded_is_told(make_pool, load, why):
    with pytest.raises(WorkerStartFailed, match=why) as caught:
        await make_pool(load, count=2)
    assert "\n" not in str(caught.value).strip()


async def test_a_worker_that_is_killed_while_it_loads_is_started_again(make_pool, tmp_path):
    pool = await make_pool(functools.partial(loaders.dies_once, tmp_path / "flag"))
    (outcome,) = (await pool.process([record(1)])).outcomes
    assert isinstance(outcome, Enriched)
    assert pool.losses == ["crashed"]


async def test_a_pipeline_that_never_loads_is_given_up(make_pool, monkeypatch):
    monkeypatch.setattr(workers, "START_TIMEOUT", 0.5)
    with pytest.raises(WorkerStartFailed, match="not within 0 s"):
        await make_pool(loaders.hangs)


async def test_a_worker_that_cannot_be_replaced_blames_no_record(make_pool, tmp_path):
    flag = tmp_path / "flag"
    pool = await make_pool(functools.partial(loaders.loads_once, flag))
    with pytest.raises(WorkerStartFailed, match="no room for the model"):
        await pool.process([record(1), record(2, title="CRASH")])
    with pytest.raises(WorkerStartFailed):
        await pool.process([record(1)])
    flag.unlink()
    processed = await pool.process([record(1)])
    assert [type(outcome) for outcome in processed.outcomes] == [Enriched], "it recovers"


async def test_cancelling_in_the_middle_leaves_the_pool_usable(make_pool):
    pool = await make_pool()
    before = pool.pids
    working = asyncio.create_task(pool.process([record(n, title="SLOW") for n in range(2 * CHUNK)]))
    await asyncio.sleep(0.2)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    processed = await pool.process([record(n) for n in range(2 * CHUNK)])
    assert [outcome.offset for outcome in processed.outcomes] == list(range(2 * CHUNK))
    assert all(isinstance(outcome, Enriched) for outcome in processed.outcomes)
    assert pool.pids == before
    assert pool.losses == []


async def test_cancelling_a_hang_blames_nobody_who_comes_after(make_pool):
    pool = await make_pool(give_up=1.0)
    working = asyncio.create_task(pool.process([record(0, title="HANG")]))
    await asyncio.sleep(0.2)
    working.cancel()
    processed = await pool.process([record(1)])
    assert [type(outcome) for outcome in processed.outcomes] == [Enriched]
    assert pool.losses == ["hung"]


async def test_cancelling_the_start_leaves_no_process(make_pool):
    starting = asyncio.create_task(make_pool(loaders.hangs, count=2))
    await asyncio.sleep(0.1)
    assert len(children()) == 2
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting


async def test_a_closed_pool_starts_no_process_again(make_pool):
    pool = await make_pool()
    working = asyncio.create_task(pool.process([record(0, title="SLOW"), record(1, title="SLOW")]))
    await asyncio.sleep(0.02)
    pool.close()
    pool.close()
    with pytest.raises(WorkerStartFailed, match="closed"):
        await working


PARENT = """
    import asyncio, functools, sys, time
    from pathlib import Path
    from service.workers import WorkerPool
    from tests.fakes import fake_pipeline
    from tests.unit.test_workers import record

    async def main():
        pool = WorkerPool(fake_pipeline, workers=2, timeout=60)
        await pool.start()
        print(*pool.pids, flush=True)
        try:
            await pool.process([record(0, title="HANG")])
        finally:
            pool.close()

    if __name__ == "__main__":
        asyncio.run(main())
"""


@pytest.mark.timeout(60)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_workers_die_with_their_parent_also_in_the_middle_of_work(number, tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(textwrap.dedent(PARENT))
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
        start_new_session=True,
    ) as parent:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 2
        assert all(psutil.pid_exists(pid) for pid in pids)
        time.sleep(0.2)
        if number == signal.SIGINT:
            os.killpg(parent.pid, number)  # as a terminal does
        else:
            parent.send_signal(number)
        parent.wait(SOON)
    assert asyncio.run(gone(pids))


async def test_a_worker_that_dies_within_an_answer_holds_up_nobody():
    """Its executor's thread awaits the rest of the answer, and the interpreter the thread."""
    worker = workers._Worker(fake_pipeline, lambda _: None)
    await worker.start()
    executor = worker._executor
    reader = executor._executor_manager_thread
    begun = struct.pack("!i", 1_000) + b"of which no more comes"
    os.write(executor._result_queue._writer.fileno(), begun)
    worker.kill()
    await asyncio.to_thread(reader.join, SOON)
    assert not reader.is_alive()


@pytest.mark.parametrize(
    ("records", "workers", "sizes"),
    [
        (1, 2, [1]),
        (5, 2, [3, 2]),
        (20, 1, [20]),
        (64, 2, [32, 32]),
        (100, 2, [32, 32, 32, 4]),
        (512, 2, [128] * 4),
        (512, 1, [256] * 2),
    ],
)
def test_a_batch_is_shared_out(records, workers, sizes):
    size = _chunk_size(records, workers=workers)
    assert [min(size, records - start) for start in range(0, records, size)] == sizes
