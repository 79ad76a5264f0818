"""`dyadwire demo` as people run it: in a process of its own, on a real broker."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import psutil
import pytest

from service.commands.articles import read_items
from service.settings import PREFIX

REPOSITORY = Path(__file__).parents[2]
SAMPLES = [REPOSITORY / "deploy" / "samples" / name for name in ("articles.jsonl", "ninjs.json")]
DISPATCH = "dispatch"
"""The id of the plain text sample: its file's name."""
DEADLINE = 100.0


class Running:
    """A demo that runs, and every process that it has been seen to have."""

    def __init__(self, arguments: Sequence[str], **variables: str) -> None:
        inherited = {name: v for name, v in os.environ.items() if not name.startswith(PREFIX)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "service", "demo", *arguments],
            cwd=REPOSITORY,
            env=inherited | {"COLUMNS": "100"} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._family = {psutil.Process(self._process.pid)}
        self.shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def until(self, words: str, *, times: int = 1) -> None:
        """Reads until `words` were shown so often, and notes which processes there are then."""
        assert self._process.stdout is not None
        while self.shown.count(words) < times:
            line = self._process.stdout.readline()
            assert line, f"ended before {words!r}: {self.shown}"
            self.shown += line
        self._family |= set(psutil.Process(self._process.pid).children(recursive=True))

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def finish(self) -> tuple[int, str]:
        """Waits for the end; the exit status and what stands on standard error."""
        rest, errors = self._process.communicate(timeout=DEADLINE)
        self.shown += rest
        return self._process.returncode, errors

    def left(self) -> list[psutil.Process]:
        """Processes of it that still run a moment after its end."""
        _, alive = psutil.wait_procs(
            [process for process in self._family if _runs(process)], timeout=5
        )
        return [process for process in alive if _runs(process)]

    @property
    def family_size(self) -> int:
        return len(self._family)


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def words(text: str) -> str:
    return " ".join(text.split())


def sample_titles() -> Iterator[str]:
    for item in read_items(map(str, SAMPLES)):
        title = getattr(item.parsed, "title", None)
        if title:
            yield title


@pytest.fixture(autouse=True)
def _own_directory(monkeypatch, tmp_path):
    """Keeps the logs of demos, which outlive them, out of the machine's own directory."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))


@pytest.fixture
def articles(tmp_path) -> Path:
    path = tmp_path / "own.jsonl"
    lines = [
        {"id": "own-1", "title": "Our first", "text": "Japan praised Vietnam on Monday."},
        {"id": "own-2", "title": "Our second", "text": "Poland condemned Belarus on Monday."},
        {"id": "own-1", "title": "Our first", "text": "Japan praised Vietnam on Monday."},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_the_samples_come_out_once_each_on_a_broker_of_its_own():
    with Running([]) as demo:
        demo.until("service ready")
        status, errors = demo.finish()
        assert (status, errors) == (0, "")
        assert demo.family_size >= 4  # itself, the broker's two, workers
        assert demo.left() == []
    shown = words(demo.shown)
    titles = list(sample_titles())
    assert len(titles) >= 20
    for title in (*titles, DISPATCH):
        assert shown.count(f"● {words(title)} ") == 1, title
    assert demo.shown.count("✗ refused") == 2
    assert "malformed_json: value:" in shown
    assert "invalid_field: id: is required" in shown
    total = len(titles) + 1 + 2
    assert f"articles in │ {total} " in shown
    assert f"enriched │ {total - 2} " in shown
    assert "dead letters │ 2 " in shown
    assert f"metrics say: {total} records consumed" in shown
    assert "\x1b" not in demo.shown  # no terminal, no colours
    log = re.search(r"^log +(\S+)$", demo.shown, re.MULTILINE)
    assert log is not None
    lines = Path(log[1]).read_text().splitlines()
    assert any(json.loads(line)["message"] == "workers are ready" for line in lines)


def test_own_files_on_a_broker_that_is_there(bootstrap, articles):
    plain = articles.with_name("note.txt")
    plain.write_text("Peru thanked Chile for its help on Monday.\n")
    variables = {f"{PREFIX}BOOTSTRAP_SERVERS": bootstrap}
    for _ in range(2):  # the second run passes the articles of the first over
        with Running([str(articles), str(plain)], **variables) as demo:
            status, errors = demo.finish()
        assert (status, errors) == (0, "")
        shown = words(demo.shown)
        assert shown.startswith(f"using the broker at {bootstrap}")
        assert "articles in │ 4 " in shown
        assert shown.count("● Our first ") == 2  # it was sent twice
        assert shown.count("● Our second ") == 1
        assert shown.count("● note ") == 1
        assert "JPN → VNM supportive" in shown
        assert "POL → BLR opposing" in shown


def test_follow_shows_what_others_publish_until_interrupted(bootstrap, articles):
    variables = {f"{PREFIX}BOOTSTRAP_SERVERS": bootstrap}
    with Running(["--follow", str(articles)], **variables) as demo:
        demo.until("following:")
        environment = os.environ | variables
        publish = [sys.executable, "-m", "service", "publish", str(articles)]
        subprocess.run(publish, cwd=REPOSITORY, env=environment, check=True, capture_output=True)
        demo.until("● Our first", times=4)
        demo.until("● Our second", times=2)
        demo.interrupt()
        status, errors = demo.finish()
        assert (status, errors) == (0, "")
        assert demo.left() == []
    assert "articles in │ 6 " in words(demo.shown)


@pytest.mark.parametrize("moment", ["starting a local", "broker ready", "service ready"])
@pytest.mark.parametrize("how", [Running.interrupt, Running.terminate])
def test_interrupted_it_leaves_nothing_behind(moment, how, articles):
    with Running(["--follow", str(articles)]) as demo:
        demo.until(moment)
        how(demo)
        status, errors = demo.finish()
        assert demo.left() == []
    graceful = {130} if how is Running.interrupt else {130, -signal.SIGTERM}
    assert status in graceful
    assert "Traceback" not in errors


def test_a_service_that_halts_is_said_at_once(bootstrap, tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text("".join(f'{{"title":"no id {number}"}}\n' for number in range(600)))
    with Running([str(bad)], **{f"{PREFIX}BOOTSTRAP_SERVERS": bootstrap}) as demo:
        status, errors = demo.finish()
    assert status == 1
    assert "articles did not come out (" in errors
    assert "halted: 100 records in a row were refused" in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "variables", "reason"),
    [
        (["missing.jsonl"], {}, "missing.jsonl: No such file or directory"),
        ([os.devnull, "--sideways"], {}, "--sideways"),
        ([], {"PATH": "", "JAVA_HOME": ""}, "needs Java 17"),
        ([], {f"{PREFIX}WORKERS": "none"}, f"{PREFIX}WORKERS"),
    ],
)
def test_what_cannot_begin_is_one_line_and_status_2(arguments, variables, reason):
    with Running(arguments, **variables) as demo:
        status, errors = demo.finish()
    assert status == 2
    assert errors.count("\n") == 1
    assert reason in errors


def test_a_broker_that_is_not_there_is_one_line_and_status_1(articles):
    with Running([str(articles)], **{f"{PREFIX}BOOTSTRAP_SERVERS": "127.0.0.1:9"}) as demo:
        status, errors = demo.finish()
    assert status == 1
    assert errors.count("\n") == 1
