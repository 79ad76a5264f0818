"""onnxruntime reports nothing to its makers and leaves nothing behind."""

import os
import subprocess
import sys

LOAD = "from service.enrichment.encoder import PairEncoder; PairEncoder.load()"
TELLS = ("HOME", "XDG_", "CI", "GITHUB_", "ORT_")
"""Variables by which onnxruntime decides whether and where to keep its records."""


def test_loading_the_network_leaves_no_record_of_it(tmp_path):
    """As in production: no variable of a CI, on which it would keep still by itself."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(TELLS)}
    done = subprocess.run(
        [sys.executable, "-c", LOAD],
        env=kept | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert [str(path) for path in tmp_path.rglob("*")] == []
    assert done.stderr == ""
