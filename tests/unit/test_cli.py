"""The command line as people and scripts meet it: output, one line of complaint, exit status."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel, field_serializer
from pydantic_core import PydanticSerializationError

from service import __version__, cli
from service.commands.enrich import in_one_line
from service.enrichment.stance import StanceModel
from tests.fakes import FakeEnricher

USAGE, FAILED, INTERRUPTED = 2, 1, 130
NOWHERE = {"DYADWIRE_BOOTSTRAP_SERVERS": "127.0.0.1:1"}


def environment(**variables):
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("DYADWIRE_", "PYTHONIO"))}
    return kept | variables


@pytest.fixture
def dyadwire(tmp_path):
    """Runs a command in a directory of its own."""

    def run(*arguments, stdin=b"", status=0, **variables):
        done = subprocess.run(
            [sys.executable, "-m", "service", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            cwd=tmp_path,
            env=environment(**variables),
            timeout=60,
            check=False,
        )
        assert done.returncode == status, done.stderr.decode()
        assert b"Traceback" not in done.stderr
        return done.stdout.decode(), done.stderr.decode()

    return run


def complaint(outcome):
    """The one line on standard error of a command that has written nothing."""
    out, err = outcome
    assert out == ""
    assert err.count("\n") == 1, err
    assert err.endswith("\n")
    return err.strip()


def articles(*ids):
    return [json.dumps({"id": i, "text": "Japan criticised Russia."}) for i in ids]


@pytest.fixture(autouse=True)
def _logs_as_before():
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    root.handlers = handlers


def called(capsys, *arguments):
    """A command in this process: quicker, and good enough where no stream is at stake."""
    with pytest.raises(SystemExit) as ended:
        cli.main([*map(str, arguments)])
    captured = capsys.readouterr()
    return ended.value.code, captured.out, captured.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "COMMAND"),
        (["nosuch"], "'nosuch'"),
        (["two\nlines"], "two"),
        (["enrich", "--nope"], "--nope"),
        (["enrich", "--format", "xml"], "'xml'"),
        (["enrich", "missing.json"], "missing.json: No such file or directory"),
        (["enrich", "/"], "/: Is a directory"),
        (["stance", "missing.json"], "missing.json: No such file or directory"),
        (["stance", "/"], "/: Is a directory"),
        (["stance", "a", "b"], "b"),
        (["publish"], "FILE"),
        (["redrive", "--reason", "bad_luck"], "'bad_luck'"),
        (["redrive", "--since", "yesterday"], "'yesterday'"),
        (["redrive", "--until", "2026-02-30T00:00:00Z"], "RFC 3339"),
        (["redrive", "--max-attempts", "0"], "'0'"),
        (["schemas", "/dev/null"], "/dev/null"),
    ],
)
def test_a_wrong_argument_is_one_line_and_status_2(capsys, arguments, words):
    status, out, err = called(capsys, *arguments)
    assert (status, out) == (USAGE, "")
    assert err.startswith("dyadwire")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", [["run"], ["publish", __file__], ["redrive"]])
def test_a_missing_or_wrong_setting_is_one_line_and_status_2(capsys, monkeypatch, command):
    monkeypatch.delenv("DYADWIRE_BOOTSTRAP_SERVERS", raising=False)
    status, out, err = called(capsys, *command)
    assert (status, out, err.count("\n")) == (USAGE, "", 1)
    assert err.startswith(f"dyadwire {command[0]}: DYADWIRE_BOOTSTRAP_SERVERS: ")
    monkeypatch.setenv("DYADWIRE_BOOTSTRAP_SERVERS", "localhost:9092")
    monkeypatch.setenv("DYADWIRE_MAX_ARTICLE_BYTES", "lots")
    status, out, err = called(capsys, *command)
    assert (status, out, err.count("\n")) == (USAGE, "", 1)
    assert err.startswith(f"dyadwire {command[0]}: DYADWIRE_MAX_ARTICLE_BYTES: ")


def test_complaints_as_a_shell_sees_them(dyadwire):
    assert "'nosuch'" in complaint(dyadwire("nosuch", status=USAGE))
    assert "missing.txt" in complaint(dyadwire("enrich", "missing.txt", status=USAGE))
    line = complaint(
        dyadwire("run", status=USAGE, DYADWIRE_BOOTSTRAP_SERVERS="h", DYADWIRE_WORKERS="x")
    )
    assert "DYADWIRE_WORKERS" in line


def test_no_broker_is_one_line_and_status_1(dyadwire, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(articles("a", "b")))
    for command in (["publish", path], ["redrive"]):
        line = complaint(dyadwire(*command, status=FAILED, **NOWHERE))
        assert line.startswith(f"dyadwire {command[0]}: no broker answered: ")
        assert "127.0.0.1" in line


def test_a_taken_probe_port_is_one_line_and_status_2(dyadwire):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        outcome = dyadwire(
            "run",
            status=USAGE,
            DYADWIRE_PROBE_PORT=port,
            DYADWIRE_PROBE_HOST="127.0.0.1",
            **NOWHERE,
        )
    assert f"cannot listen on 127.0.0.1 port {port}" in complaint(outcome)


def test_version_and_help(capsys):
    assert called(capsys, "--version") == (0, f"dyadwire {__version__}\n", "")
    status, out, err = called(capsys, "--help")
    assert (status, err) == (0, "")
    for command in cli.COMMANDS:
        name = command.__name__.rpartition(".")[2]
        assert f"\n    {name} " in out
        status, out_of_command, _ = called(capsys, name, "--help")
        assert status == 0
        assert f"dyadwire {name}" in out_of_command


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


TEXT = "Tokyo said it would sanction Moscow."


def pair(identity, source, target, text=TEXT):
    def span(actor):
        return None if actor is None else {"start": actor[0], "end": actor[1]}

    return {"id": identity, "text": text, "source": span(source), "target": span(target)}


def test_stance_answers_in_order_and_names_bad_lines_with_their_ids(dyadwire):
    tokyo, moscow, end = (0, 5), (29, 35), len(TEXT)
    bad = [
        pair("beyond", (0, end + 1), moscow),
        pair("empty", (3, 3), moscow),
        pair("backwards", tokyo, (35, 29)),
        pair("negative", (-1, 5), moscow),
        {"id": "no target", "text": TEXT, "source": {"start": 0, "end": 5}},
        pair("no number", ("0", 5), moscow),
        pair(None, tokyo, moscow),
    ]
    good = [
        pair("both", tokyo, moscow),
        pair(7, None, moscow),
        pair("no target but null", tokyo, None),
        pair("astral 𝔍", (2, 7), (31, 37), text="𝔍 " + TEXT),
        pair("whole", (0, end), (0, end)),
    ]
    lines = [json.dumps(one) for one in [good[0], *bad, *good[1:]]]
    content = "\ufeff" + "\n".join([*lines[:3], "no json", "[]", *lines[3:]])
    out, err = dyadwire("stance", stdin=content.encode(), status=FAILED)
    answers = [json.loads(line) for line in out.splitlines()]
    assert [answer["id"] for answer in answers] == [one["id"] for one in good]
    for answer in answers:
        assert set(answer) == {"id", "stance", "score", "confidence", "event", "quad_class"}
        assert answer["stance"] in {"supportive", "neutral", "opposing"}
        assert -1 <= answer["score"] <= 1
        assert 0 <= answer["confidence"] <= 1
        assert answer["quad_class"] in {1, 2, 3, 4}
    complaints = err.splitlines()
    assert complaints[0] == (
        f"stdin:2 (id 'beyond'): source: 0 to {end + 1} is no span of a text of {end}"
    )
    assert [line.partition(":")[2].partition(" ")[0].rstrip(":") for line in complaints] == [
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
        "10",
    ]
    assert "'no target'" in err
    assert "target: is required" in err


def test_stance_reads_a_file_and_both_actors_may_be_left_out(dyadwire, tmp_path):
    (tmp_path / "pairs.jsonl").write_text(json.dumps(pair("x", None, None)))
    out, err = dyadwire("stance", "pairs.jsonl")
    assert json.loads(out)["id"] == "x"
    assert err == ""
    assert dyadwire("stance", stdin=b"\n\n") == ("", "")


def test_a_pair_that_cannot_be_judged_costs_itself_alone(capsys, monkeypatch, tmp_path):
    class Fussy:
        def __init__(self):
            self._model = real()

        def judge(self, pairs):
            if any("fussy" in one.text for one in pairs):
                raise ValueError("the text is: secret")
            return self._model.judge(pairs)

    real = StanceModel.load
    monkeypatch.setattr(StanceModel, "load", Fussy)
    path = tmp_path / "pairs.jsonl"
    pairs = [pair("a", (0, 5), None), pair("b", (0, 5), None, "fussy text"), pair("c", None, None)]
    path.write_text("\n".join(map(json.dumps, pairs)))
    status, out, err = called(capsys, "stance", path)
    assert status == FAILED
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["a", "c"]
    assert err.startswith(f"{path}:2 (id 'b'): could not be judged: ValueError in judge ")
    assert "secret" not in err


def test_schemas_are_written_and_checked(capsys, tmp_path):
    assert called(capsys, "schemas", tmp_path / "new")[0] == 0
    assert called(capsys, "schemas", "--check", tmp_path / "new") == (0, "", "")
    changed = tmp_path / "new" / "article.v1.json"
    changed.write_text("{}")
    status, out, err = called(capsys, "schemas", "--check", tmp_path / "new")
    assert (status, out, err) == (FAILED, "", "article.v1.json: differs from the model\n")
