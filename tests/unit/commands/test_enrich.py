"""`dyadwire enrich`: bad lines, several files, streams that close, interrupts."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel, field_serializer
from pydantic_core import PydanticSerializationError

from service.commands.enrich import in_one_line
from tests.fakes import FakeEnricher
from tests.unit.commands.running import (
    FAILED,
    INTERRUPTED,
    USAGE,
    articles,
    called,
    environment,
)


def test_enrich_from_standard_input_names_bad_lines_and_does_all_others(dyadwire):
    lines = [*articles("a", "b"), '{"id": ', '{"id": "x", "text": 3}', "", *articles("c", "日本")]
    out, err = dyadwire("enrich", stdin="\n".join(lines).encode(), status=FAILED)
    assert [json.loads(line)["article"]["id"] for line in out.splitlines()] == [
        "a",
        "b",
        "c",
        "日本",
    ]
    first, second = err.splitlines()
    assert first.startswith("stdin:3: malformed_json: ")
    assert second == "stdin:4: invalid_field: text: should be a string"
    assert "日本" in out, "JSON is UTF-8"


def test_enrich_reads_several_files_in_order_whatever_the_locale(dyadwire, tmp_path):
    (tmp_path / "story.txt").write_text("Japan criticised Russia. “Größe”")
    (tmp_path / "more.jsonl").write_text("\n".join(articles("m1", "m2")))
    out, err = dyadwire(
        "enrich",
        "more.jsonl",
        "-",
        "story.txt",
        stdin=articles("s")[0].encode(),
        LC_ALL="C",
        PYTHONUTF8="0",
        PYTHONCOERCECLOCALE="0",
    )
    assert err == ""
    events = [json.loads(line) for line in out.splitlines()]
    assert [event["article"]["id"] for event in events] == ["m1", "m2", "s", "story"]
    assert set(events[0]) == {
        "article",
        "language",
        "topics",
        "regions",
        "countries",
        "dyads",
        "analysis",
    }
    dyads = {(dyad["source"], dyad["target"]): dyad["stance"] for dyad in events[0]["dyads"]}
    assert dyads.get(("JPN", "RUS")) == "opposing"


def test_enrich_of_nothing_is_nothing(dyadwire):
    assert dyadwire("enrich", stdin=b"") == ("", "")


def test_an_article_that_fails_is_one_line_and_the_others_come_out(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("service.enrichment.enricher.Enricher.load", FakeEnricher)
    path = tmp_path / "a.jsonl"
    bad = json.dumps({"id": "bad", "title": "RAISE", "text": "secret"})
    path.write_text("\n".join([*articles("a"), bad, *articles("b")]))
    status, out, err = called(capsys, "enrich", path)
    assert status == FAILED
    assert [json.loads(line)["article"]["id"] for line in out.splitlines()] == ["a", "b"]
    assert err.startswith(f"{path}:2: enrichment_failed: RuntimeError in ")
    assert err.count("\n") == 1


def many(path):
    path.write_text("\n".join(articles(*(f"a{n}" for n in range(2_000)))))


def test_a_reader_that_has_enough_gets_no_traceback(tmp_path):
    many(tmp_path / "many.jsonl")
    with subprocess.Popen(
        [sys.executable, "-m", "service", "enrich", "many.jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment(),
    ) as running:
        assert json.loads(running.stdout.readline())["article"]["id"] == "a0"
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(60) == FAILED


def test_an_interrupt_in_the_middle_gets_no_traceback(tmp_path):
    many(tmp_path / "many.jsonl")
    with subprocess.Popen(
        [sys.executable, "-m", "service", "enrich", "many.jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment(),
    ) as running:
        running.stdout.readline()
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)
        assert err == b""
        assert running.returncode == INTERRUPTED


class Interrupted(BaseModel):
    """Ctrl-C comes while it is being written."""

    number: int = 1

    @field_serializer("number")
    def _interrupt(self, number: int) -> int:
        signal.raise_signal(signal.SIGINT)
        return number


def test_an_interrupt_while_a_line_is_written_is_one():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(PydanticSerializationError):
            Interrupted().model_dump_json()
        with pytest.raises(KeyboardInterrupt):
            in_one_line(Interrupted())
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_one_line_and_status_1(tmp_path):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "service", "enrich"],
            input=articles("a")[0].encode(),
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            env=environment(),
            timeout=60,
            check=False,
        )
    assert done.returncode == FAILED
    assert done.stderr == b"dyadwire enrich: [Errno 28] No space left on device\n"


@pytest.mark.parametrize(
    ("closed", "status", "out", "err"),
    [
        ("<&-", USAGE, b"", b"dyadwire enrich: standard input is closed\n"),
        ("2>&-", FAILED, None, b""),
        (">&-", FAILED, b"", b"stdin:1: malformed_json: "),
    ],
)
def test_closed_streams_are_no_traceback(tmp_path, closed, status, out, err):
    done = subprocess.run(
        ["bash", "-c", f'"$@" {closed}', "-", sys.executable, "-m", "service", "enrich"],
        input=b'{"id"\n' + articles("a")[0].encode(),
        capture_output=True,
        cwd=tmp_path,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert done.returncode == status
    assert done.stderr.startswith(err)
    assert done.stderr.count(b"\n") <= 1
    if out is None:
        assert json.loads(done.stdout)["article"]["id"] == "a"
    else:
        assert done.stdout == out
