"""The command line as people and scripts meet it: one line of complaint, exit status."""

import socket

import pytest

from service import __version__, cli
from tests.unit.commands.running import (
    FAILED,
    USAGE,
    articles,
    called,
    complaint,
)

NOWHERE = {"DYADWIRE_BOOTSTRAP_SERVERS": "127.0.0.1:1"}


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


def test_schemas_are_written_and_checked(capsys, tmp_path):
    assert called(capsys, "schemas", tmp_path / "new")[0] == 0
    assert called(capsys, "schemas", "--check", tmp_path / "new") == (0, "", "")
    changed = tmp_path / "new" / "article.v1.json"
    changed.write_text("{}")
    status, out, err = called(capsys, "schemas", "--check", tmp_path / "new")
    assert (status, out, err) == (FAILED, "", "article.v1.json: differs from the model\n")
