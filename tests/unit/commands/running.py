"""Commands run as people and scripts run them, and what they complain of."""

import json
import os

import pytest

from service import cli

USAGE, FAILED, INTERRUPTED = 2, 1, 130


def environment(**variables):
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("DYADWIRE_", "PYTHONIO"))}
    return kept | variables


def complaint(outcome):
    """The one line on standard error of a command that has written nothing."""
    out, err = outcome
    assert out == ""
    assert err.count("\n") == 1, err
    assert err.endswith("\n")
    return err.strip()


def articles(*ids):
    return [json.dumps({"id": i, "text": "Japan criticised Russia."}) for i in ids]


def called(capsys, *arguments):
    """A command in this process: quicker, and good enough where no stream is at stake."""
    with pytest.raises(SystemExit) as ended:
        cli.main([*map(str, arguments)])
    captured = capsys.readouterr()
    return ended.value.code, captured.out, captured.err
