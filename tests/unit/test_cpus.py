"""Workers are as many as the container may run, not as the node has processors."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.cpus import CGROUPS, usable_cpus

AFFINITY = len(os.sched_getaffinity(0))


@pytest.fixture(autouse=True)
def a_node_of_sixteen(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)))


def counted(tmp_path, membership: str, files: dict[str, str]) -> int:
    (tmp_path / "self").write_text(membership)
    for name, text in files.items():
        file = tmp_path / "cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return usable_cpus(cgroups=tmp_path / "cgroup", membership=tmp_path / "self")


@pytest.mark.parametrize(
    ("limit", "count"),
    [
        ("200000 100000\n", 2),
        ("150000 100000\n", 2),  # a worker and a half are two workers
        ("10000 100000\n", 1),
        ("max 100000\n", 16),
        ("6400000 100000\n", 16),
        ("nonsense\n", 16),
    ],
)
def test_a_container_s_limit_counts(tmp_path, limit, count):
    assert counted(tmp_path, "0::/\n", {"cpu.max": limit}) == count


def test_the_least_limit_on_the_way_up_counts(tmp_path):
    files = {"pods/mine/cpu.max": "max 100000\n", "pods/cpu.max": "300000 100000\n"}
    assert counted(tmp_path, "0::/pods/mine\n", files) == 3


def test_version_1_is_read_too(tmp_path):
    files = {"cpu/mine/cpu.cfs_quota_us": "200000\n", "cpu/mine/cpu.cfs_period_us": "100000\n"}
    files |= {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}
    assert counted(tmp_path, "5:cpuset:/other\n4:cpu,cpuacct:/mine\n0::/\n", files) == 2


def test_without_control_groups_affinity_counts(tmp_path):
    assert usable_cpus(cgroups=tmp_path / "none", membership=tmp_path / "none") == 16


@pytest.mark.skipif(AFFINITY < 2, reason="one processor: no quota can make it fewer")
def test_a_real_quota_is_seen_by_a_process_in_the_group():
    """A group with one processor's time, of whichever version this machine has."""
    version_2 = (CGROUPS / "cgroup.controllers").exists()
    group = CGROUPS / ("" if version_2 else "cpu") / f"dyadwire-test-{os.getpid()}"
    limit = {"cpu.max": "100000 100000"} if version_2 else {"cpu.cfs_quota_us": "100000"}
    try:
        group.mkdir()
        for name, value in limit.items():
            (group / name).write_text(value)
    except OSError as error:
        pytest.skip(f"control groups cannot be made here: {error}")
    code = (
        "import os, pathlib, sys; from service.cpus import usable_cpus; before = usable_cpus();"
        f"pathlib.Path({str(group / 'cgroup.procs')!r}).write_text(str(os.getpid()));"
        "print(before, usable_cpus())"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
        )
    finally:
        group.rmdir()
    before, after = map(int, done.stdout.split())
    assert before >= 2
    assert after == 1
