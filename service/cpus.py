"""How many processors this process may keep busy.

A container's limit is a quota of time, not a set of processors: affinity shows the whole node. The
kernel's control groups tell (version 2, or the `cpu` controller of version 1).
"""

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


def usable_cpus(*, cgroups: Path = CGROUPS, membership: Path = MEMBERSHIP) -> int:
    """Whole processors: no more than affinity allows, nor than the least quota rounded up."""
    has_affinity = hasattr(os, "sched_getaffinity")
    most = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    quotas = [math.ceil(quota) for quota in _quotas(cgroups, membership)]
    return max(1, min([most, *quotas]))


def _quotas(cgroups: Path, membership: Path) -> Iterator[float]:
    """The quota of this process's group and of each group around it, in processors."""
    lines: list[str] = []
    with suppress(OSError):
        lines = membership.read_text(encoding="utf-8").splitlines()
    for line in lines:
        _, controllers, path = line.split(":", 2)
        group = PurePosixPath(path.lstrip("/"))
        for around in (group, *group.parents):
            with suppress(OSError, ValueError):  # not there, or "max": no limit
                if controllers == "":
                    quota, period = (cgroups / around / "cpu.max").read_text("utf-8").split()
                elif "cpu" in controllers.split(","):
                    place = cgroups / "cpu" / around
                    quota = (place / "cpu.cfs_quota_us").read_text("utf-8")
                    period = (place / "cpu.cfs_period_us").read_text("utf-8")
                else:
                    continue
                if int(quota) > 0:  # -1: no limit
                    yield int(quota) / int(period)
