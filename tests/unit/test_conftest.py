import signal
import subprocess
import sys


def test_an_interrupt_reaches_children_also_where_the_tests_run_in_the_background():
    tests = "tests/unit/commands/test_enrich.py::test_an_interrupt_in_the_middle_gets_no_traceback"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # as `make test &` does
    )
    assert done.returncode == 0, done.stdout[-2000:]
