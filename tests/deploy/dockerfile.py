"""Reads a Dockerfile and runs its steps in bare root file systems, for want of a Docker engine.

It knows the instructions that deploy/Dockerfile uses and refuses any other. A base image is
replaced by a Debian of the same release and Python (debootstrap); network and certificates are the
machine's.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from pathspec import PathSpec

BORROWED = ("/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs")
"""What a container engine gives to a build, too: names, and the certificates of proxies."""
HANDED_ON = ("PIP_", "SSL_CERT_")
"""Variables of the machine that tell pip how to reach its registry."""


@dataclass(frozen=True)
class Step:
    """One instruction: its word, its flags, and the rest as written."""

    word: str
    flags: dict[str, str]
    rest: str


@dataclass
class Stage:
    """One image in the making."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "0:0"
    labels: dict[str, str] = field(default_factory=dict)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)


def parse(text: str) -> list[Step]:
    """The instructions of a Dockerfile, comments and line breaks resolved."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    steps = []
    for line in filter(None, map(str.strip, joined.splitlines())):
        word, _, rest = line.partition(" ")
        flags = {}
        while match := re.match(r"\s*--([a-z]+)=(\S+)\s+", rest):
            flags[match[1]] = match[2]
            rest = rest[match.end() :]
        steps.append(Step(word, flags, rest.strip()))
    return steps


def ignores(text: str) -> PathSpec:
    """A .dockerignore: the last pattern that matches wins, each begins at the context's top."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]
    anchored = [re.sub(r"^(!?)/?(?!\*\*)", r"\1/", line) for line in lines]
    return PathSpec.from_lines("gitwildmatch", anchored)


def build(dockerfile: Path, context: Path, *, base: Path, work: Path) -> Stage:
    """Runs the steps; returns the last stage."""
    ignored = ignores((context / ".dockerignore").read_text(encoding="utf-8"))
    stages: dict[str, Stage] = {}
    stage, arguments = Stage(base), dict[str, str]()
    for step in parse(dockerfile.read_text(encoding="utf-8")):
        rest = step.rest
        if step.word in {"FROM", "ENV", "LABEL", "ARG", "WORKDIR"}:
            known = {**arguments, **stage.environment}
            rest = re.sub(r"\$\{?(\w+)\}?", lambda m: known.get(m[1], m[0]), rest)
        match step.word:
            case "FROM":
                name = rest.partition(" AS ")[2] or str(len(stages))
                root = work / name
                shutil.rmtree(root, ignore_errors=True)
                subprocess.run(["cp", "-a", base, root], check=True)
                path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
                stage = stages[name] = Stage(root, {"PATH": path})
            case "ARG":
                name, _, value = rest.partition("=")
                arguments[name] = value
            case "ENV":
                stage.environment |= dict(item.split("=", 1) for item in shlex.split(rest))
            case "LABEL":
                stage.labels |= dict(item.split("=", 1) for item in shlex.split(rest))
            case "WORKDIR":
                stage.workdir = rest
                (stage.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "USER":
                stage.user = rest
            case "COPY":
                source = stages[step.flags["from"]].root if "from" in step.flags else context
                _copy(stage, source, rest, None if "from" in step.flags else ignored)
            case "RUN":
                _run(stage, rest)
            case "EXPOSE":
                pass
            case "ENTRYPOINT":
                stage.entrypoint = json.loads(rest)
            case "CMD":
                stage.command = json.loads(rest)
            case word:
                raise ValueError(f"{word} is not known here")
    return stage


def _copy(stage: Stage, source: Path, rest: str, ignored: PathSpec | None) -> None:
    *names, target = shlex.split(rest)
    to = stage.root / Path(stage.workdir, target).as_posix().lstrip("/")
    for name in names:
        one = source / name.lstrip("/")
        destination = to / one.name if target.endswith("/") else to
        if ignored is None:
            subprocess.run(["cp", "-a", one, destination], check=True)
            continue
        for file in [one] if one.is_file() else sorted(p for p in one.rglob("*") if p.is_file()):
            if ignored.match_file(file.relative_to(source).as_posix()):
                continue
            place = destination / file.relative_to(one) if one.is_dir() else destination
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, place)


def _run(stage: Stage, command: str) -> None:
    binds = [
        f"mkdir -p $R$(dirname {path}) && {{ test -e $R{path} || touch $R{path}; }}"
        f" && mount --bind {path} $R{path}"
        for path in BORROWED
    ]
    script = " && ".join(
        [
            "mount --make-rprivate /",
            *binds,
            "mount -t proc proc $R/proc",
            f"exec chroot $R sh -c {shlex.quote(f'cd {stage.workdir} && {command}')}",
        ]
    )
    handed = {k: v for k, v in os.environ.items() if k.startswith(HANDED_ON)}
    handed.pop("PIP_FIND_LINKS", None)  # a folder of the machine
    environment = {"HOME": "/root", **stage.environment, **handed, "R": str(stage.root)}
    subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script],
        check=True,
        env=environment,
    )
