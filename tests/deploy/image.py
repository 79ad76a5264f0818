"""`python -m tests.deploy.image`: builds deploy/Dockerfile without Docker and runs what comes out.

The image's user, a read-only root file system, no capability, no new privilege, process id 1: as
the manifests ask for it. What it cannot show: the real base image (a Debian of the same release
with its own Python stands in), the seccomp profile, and a cluster.
Needs root, debootstrap and unshare; some minutes the first time. Exit status 0 where all held.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import IO

from deploy.local.broker import LocalKafka
from deploy.local.ports import free_ports
from service.settings import PREFIX, Settings
from tests.deploy.dockerfile import Builder, Stage
from tests.integration.harness import Reader, Seen, environment, fresh_settings, get, make_topics

TOP = Path(__file__).parents[2]
WORK = TOP / "build" / "image"
RELEASE = "trixie"
PACKAGES = "python3,python3-venv,ca-certificates"
GIVE_UP = 120.0
UNWANTED = ("cc", "gcc", "g++", "ld", "as", "make", "cargo", "git", "curl", "wget")

CONTAINER = """
mount --make-rprivate /
mount --bind "$R" "$R"
mount -t proc proc "$R/proc"
mount -t tmpfs -o mode=755 tmpfs "$R/dev"
for one in null zero random urandom; do
  touch "$R/dev/$one"
  mount --bind /dev/$one "$R/dev/$one"
done
mkdir "$R/dev/shm"
mount -t tmpfs -o size=64m,mode=1777 tmpfs "$R/dev/shm"
mount -o remount,bind,ro "$R"
exec chroot "$R" /usr/bin/setpriv --reuid="${U%:*}" --regid="${U#*:}" --clear-groups \\
  --no-new-privs --bounding-set=-all --inh-caps=-all /usr/bin/env -u R -u U "$@"
"""


def main() -> int:
    """Builds, measures, runs; prints a line for each."""
    missing = [tool for tool in ("debootstrap", "unshare") if shutil.which(tool) is None]
    if os.geteuid() != 0 or missing:
        sys.stderr.write(f"needs root{''.join(f' and {tool}' for tool in missing)}\n")
        return 2
    base = _base()
    stage = Builder(TOP, base=base, work=WORK).build(TOP / "deploy" / "Dockerfile")
    _look(stage, base)
    with LocalKafka() as kafka:
        _serve(stage, kafka.bootstrap_servers)
    return 0


def _base() -> Path:
    base = WORK / RELEASE
    if not (base / ".made").exists():
        shutil.rmtree(base, ignore_errors=True)
        base.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", RELEASE, base],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        shutil.rmtree(base / "var/cache/apt")
        (base / ".made").touch()
    return base


def _look(stage: Stage, base: Path) -> None:
    home = stage.root / "opt/dyadwire"
    _say("image's own layer", f"{_megabytes(home):.0f} MB, {_compressed(home):.0f} MB compressed")
    _say("stand-in for the base", f"{_megabytes(base):.0f} MB")
    for place in sorted(home.glob("lib/python*/site-packages/*"), key=_megabytes)[-6:][::-1]:
        _say("  of it", f"{_megabytes(place):.0f} MB {place.name}")
    tools = [str(p) for name in UNWANTED for p in stage.root.glob(f"**/bin/{name}")]
    _hold(holds=not tools, what=f"no compiler or fetcher: {tools or 'none found'}")
    installed = {p.name for p in home.glob("lib/python*/site-packages/*")}
    builders = installed & {"pip", "setuptools", "hatchling"}
    _hold(holds=not builders, what="no installer beside the service")
    training = list(home.glob("lib/python*/site-packages/service/training"))
    _hold(holds=not training, what="nothing of the training")
    models = list(home.glob("lib/python*/site-packages/service/enrichment/models/network.onnx"))
    _hold(holds=len(models) == 1, what="the model is inside")
    loose = [p for p in home.rglob("*") if not p.is_symlink() and p.stat().st_mode & 0o022]
    _hold(holds=not loose, what="no file that others may write")
    uid, _, gid = stage.user.partition(":")
    _hold(holds=uid.isdigit() and gid.isdigit() and int(uid) >= 10_000, what=f"user {stage.user}")


def _serve(stage: Stage, bootstrap: str) -> None:
    """The service from the image against a real broker: ready, articles through, SIGTERM."""
    _say("version", _command(stage, {}, "--version").stdout.strip())
    settings = fresh_settings(bootstrap, workers=1, probe_port=free_ports(1)[0])
    asyncio.run(make_topics(settings, partitions=3))
    ours = {k: v for k, v in environment(settings).items() if k.startswith(PREFIX)}
    with _running(stage, ours) as (outer, started):
        while get(settings.probe_port, "/readyz")[0] != HTTPStatus.OK:
            _hold(holds=outer.poll() is None, what="it runs on", quiet=True)
            _hold(holds=time.monotonic() - started < GIVE_UP, what="it gets ready", quiet=True)
            time.sleep(0.05)
        _say("start to ready", f"{time.monotonic() - started:.1f} s")
        inside = stage.root.glob("opt/dyadwire/lib/*/site-packages/deploy/samples/*.[jt]*")
        names = [f"/{path.relative_to(stage.root)}" for path in sorted(inside)]
        said = _command(stage, ours, "publish", *names).stderr
        sent = int(said.split(" articles published")[0].split()[-1])
        seen = asyncio.run(_read(settings, sent))
        _hold(
            holds=len(seen.enriched) == sent > 0 and not seen.letters,
            what=f"{len(seen.enriched)} of {sent} articles enriched, "
            f"{len(seen.dyads)} dyad events, {len(seen.letters)} dead letters",
        )
        _stop(outer)


async def _read(settings: Settings, count: int) -> Seen:
    async with Reader(settings) as reader:
        return await reader.read_until(count)


def _stop(outer: "subprocess.Popen[bytes]") -> None:
    """Looks at the process as the kernel sees it, then lets it end."""
    inner = int(_children(outer.pid)[0])
    _say("resident", _resident(inner))
    status = Path(f"/proc/{inner}/status").read_text(encoding="utf-8")
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    _hold(holds=facts["NSpid"].split()[-1] == "1", what="it is process 1 of its container")
    _hold(holds=facts["Uid"].split() == ["10001"] * 4, what="it runs as 10001")
    capabilities = [int(facts[name], 16) for name in ("CapBnd", "CapEff", "CapInh")]
    _hold(holds=not any(capabilities), what="no capability")
    _hold(holds=facts["NoNewPrivs"] == "1", what="no new privileges")
    asked = time.monotonic()
    os.kill(inner, signal.SIGTERM)
    outer.wait(GIVE_UP)
    took = time.monotonic() - asked
    _hold(holds=outer.returncode == 0, what=f"SIGTERM: status {outer.returncode}, {took:.1f} s")


@contextlib.contextmanager
def _running(
    stage: Stage, ours: dict[str, str]
) -> Iterator[tuple["subprocess.Popen[bytes]", float]]:
    with tempfile.TemporaryFile() as log:
        outer = subprocess.Popen(
            _container([*stage.entrypoint, *stage.command]),
            env=_environment(stage, ours),
            stdout=log,
            stderr=log,
        )
        try:
            yield outer, time.monotonic()
        except BaseException:
            sys.stderr.write(_tail(log))
            raise
        finally:
            for pid in _children(outer.pid):  # its process 1: all others end with it
                os.kill(int(pid), signal.SIGKILL)
            outer.wait()


def _command(
    stage: Stage, ours: dict[str, str], *arguments: str
) -> "subprocess.CompletedProcess[str]":
    """One of the other commands, from the image."""
    done = subprocess.run(
        _container([*stage.entrypoint, *arguments]),
        env=_environment(stage, ours),
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode not in {0, 1}:  # 1: some of the samples are bad on purpose
        raise SystemExit(f"{arguments[0]}: status {done.returncode}\n{done.stderr}")
    return done


def _container(command: list[str]) -> list[str]:
    unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    return [*unshare, "sh", "-ec", CONTAINER, "sh", *command]


def _environment(stage: Stage, ours: dict[str, str]) -> dict[str, str]:
    return {**stage.environment, **ours, "R": str(stage.root), "U": stage.user}


def _children(pid: int) -> list[str]:
    with contextlib.suppress(FileNotFoundError):  # it has ended
        return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    return []


def _resident(pid: int) -> str:
    """Of the service and its workers; the proportional set shares what is shared."""
    family = [pid, *map(int, _children(pid))]
    sums = []
    for name in ("Rss:", "Pss:"):
        texts = [Path(f"/proc/{one}/smaps_rollup").read_text(encoding="utf-8") for one in family]
        lines = [line for text in texts for line in text.splitlines() if line.startswith(name)]
        sums.append(sum(int(line.split()[1]) for line in lines) / 1000)
    return f"{sums[0]:.0f} MB, of that {sums[1]:.0f} MB its own, in {len(family)} processes"


def _megabytes(path: Path) -> float:
    total = subprocess.run(["du", "-sk", path], check=True, capture_output=True, text=True)
    return int(total.stdout.split()[0]) * 1024 / 1e6


def _compressed(path: Path) -> float:
    packed = subprocess.run(
        f"tar -C {path} -cf - . | gzip -6 | wc -c",
        shell=True,
        check=True,
        capture_output=True,
        text=True,
    )
    return int(packed.stdout) / 1e6


def _tail(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read().decode(errors="replace")[-5000:]


def _say(what: str, value: str) -> None:
    sys.stdout.write(f"{what:<24}{value}\n")
    sys.stdout.flush()


def _hold(*, holds: bool, what: str, quiet: bool = False) -> None:
    if not (holds and quiet):
        _say("ok" if holds else "FAILED", what)
    if not holds:
        raise SystemExit(1)


if __name__ == "__main__":
    sys.exit(main())
