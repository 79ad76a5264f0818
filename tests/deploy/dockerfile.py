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


class Ignores:
    """A .dockerignore: the last pattern that matches a path, or a folder around it, decides."""

    def __init__(self, text: str) -> None:
        lines = (line.strip() for line in text.splitlines())
        self._patterns = [
            (not line.startswith("!"), re.compile(_expression(line.lstrip("!").strip("/"))))
            for line in lines
            if line and not line.startswith("#")
        ]

    def match(self, path: str) -> bool:
        """Whether the path stays out of the build."""
        decisions = [out for out, pattern in self._patterns if pattern.fullmatch(path)]
        return decisions[-1] if decisions else False


def _expression(pattern: str) -> str:
    parts = re.split(r"(\*\*/|\*)", pattern)
    known = {"**/": "(?:.*/)?", "*": "[^/]*"}
    return "".join(known.get(part) or re.escape(part) for part in parts) + "(?:/.*)?"


class Builder:
    """Runs the steps of a Dockerfile; `last` is then the stage that is the image.

    Args:
        context: the folder that is built from.
        base: the root file system that stands in for every base image.
        work: where the stages' root file systems are made.
    """

    def __init__(self, context: Path, *, base: Path, work: Path) -> None:
        self._context = context
        self._base = base
        self._work = work
        self._ignored = Ignores((context / ".dockerignore").read_text(encoding="utf-8"))
        self._stages: dict[str, Stage] = {}
        self._arguments: dict[str, str] = {}
        self.last = Stage(base)

    def build(self, dockerfile: Path) -> Stage:
        """Returns the last stage.

        Raises:
            AttributeError: an instruction that is not known here.
        """
        for step in parse(dockerfile.read_text(encoding="utf-8")):
            getattr(self, f"_{step.word.lower()}")(step)
        return self.last

    def _known(self, text: str) -> str:
        known = {**self._arguments, **self.last.environment}
        return re.sub(r"\$\{?(\w+)\}?", lambda match: known.get(match[1], match[0]), text)

    def _pairs(self, text: str) -> dict[str, str]:
        return dict(item.split("=", 1) for item in shlex.split(self._known(text)))

    def _from(self, step: Step) -> None:
        name = step.rest.partition(" AS ")[2] or str(len(self._stages))
        root = self._work / name
        shutil.rmtree(root, ignore_errors=True)
        subprocess.run(["cp", "-a", self._base, root], check=True)
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        self.last = self._stages[name] = Stage(root, {"PATH": path})

    def _arg(self, step: Step) -> None:
        self._arguments |= self._pairs(step.rest)

    def _env(self, step: Step) -> None:
        self.last.environment |= self._pairs(step.rest)

    def _label(self, step: Step) -> None:
        self.last.labels |= self._pairs(step.rest)

    def _workdir(self, step: Step) -> None:
        self.last.workdir = step.rest
        (self.last.root / step.rest.lstrip("/")).mkdir(parents=True, exist_ok=True)

    def _user(self, step: Step) -> None:
        self.last.user = step.rest

    def _copy(self, step: Step) -> None:
        stage = step.flags.get("from")
        source = self._stages[stage].root if stage else self._context
        _copy(self.last, source, step.rest, None if stage else self._ignored)

    def _run(self, step: Step) -> None:
        _run(self.last, step.rest)

    def _expose(self, step: Step) -> None:
        """A note for people."""

    def _entrypoint(self, step: Step) -> None:
        self.last.entrypoint = json.loads(step.rest)

    def _cmd(self, step: Step) -> None:
        self.last.command = json.loads(step.rest)


def _copy(stage: Stage, source: Path, rest: str, ignored: Ignores | None) -> None:
    *names, target = shlex.split(rest)
    to = stage.root / Path(stage.workdir, target).as_posix().lstrip("/")
    for name in names:
        one = source / name.lstrip("/")
        destination = to / one.name if target.endswith("/") else to
        if ignored is None:
            subprocess.run(["cp", "-a", one, destination], check=True)
            continue
        for file in [one] if one.is_file() else sorted(p for p in one.rglob("*") if p.is_file()):
            if ignored.match(file.relative_to(source).as_posix()):
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
