"""Every document is what the cluster and the operators take, to the last field."""

import copy
import json
import shutil
import subprocess
from pathlib import Path

import kubernetes_validate
import pytest

from tests.deploy.kustomize import OVERLAYS, TOP, documents, find, without

VERSIONS = ("1.33", "1.37")
"""The oldest Kubernetes that the manifests are for, and the newest whose schemas are known here."""
OPERATORS = {"keda.sh", "kafka.strimzi.io", "monitoring.coreos.com"}
CRDS = Path(__file__).parent / "crds"


def group(doc):
    return doc["apiVersion"].split("/")[0]


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_every_document(docs, version):
    own = [doc for doc in docs if group(doc) not in OPERATORS]
    assert len(own) >= 6
    for doc in own:
        kubernetes_validate.validate(doc, version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_field_that_does_not_exist_would_be_noticed(version):
    deployment = copy.deepcopy(find(documents("plain"), "Deployment"))
    deployment["spec"]["template"]["spec"]["terminationGraceSeconds"] = 45
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, version, strict=True)


@pytest.fixture(scope="session")
def crds():
    """A folder with the operators' schemas, as npm installs them by the lock file."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            without(tool)
    folder = TOP / "build" / "crds"
    folder.mkdir(parents=True, exist_ok=True)
    lock = (CRDS / "package-lock.json").read_bytes()
    shutil.copy(CRDS / "check.mjs", folder)
    installed = folder / "installed"
    if not installed.exists() or installed.read_bytes() != lock:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(CRDS / name, folder)
        install = ["npm", "ci", "--prefix", folder, "--ignore-scripts", "--no-fund", "--no-audit"]
        subprocess.run(install, check=True, capture_output=True)
        installed.write_bytes(lock)
    return folder


def complaints(crds, docs) -> str:
    done = subprocess.run(
        ["node", crds / "check.mjs"],
        input=json.dumps(docs),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == bool(done.stdout.strip())
    return done.stdout.strip()


@pytest.mark.timeout(900)  # the first time npm installs
def test_the_operators_take_every_document(crds):
    theirs = [doc for name in OVERLAYS for doc in documents(name) if group(doc) in OPERATORS]
    assert {group(doc) for doc in theirs} == OPERATORS
    assert complaints(crds, theirs) == ""


@pytest.mark.timeout(900)
def test_a_wrong_or_unknown_field_of_an_operator_s_would_be_noticed(crds, production):
    wrong, unknown = (copy.deepcopy(find(production, "ScaledObject")) for _ in range(2))
    wrong["spec"]["maxReplicaCount"] = "twelve"
    unknown["spec"]["minReplicas"] = 2
    said = complaints(crds, [wrong, unknown])
    assert "data/spec/maxReplicaCount must be integer" in said
    assert "'\"minReplicas\"' does not exist" in said
