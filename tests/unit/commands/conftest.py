"""What the tests of commands have in common."""

import logging
import subprocess
import sys

import pytest

from tests.unit.commands.running import environment


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


@pytest.fixture(autouse=True)
def _logs_as_before():
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    root.handlers = handlers
