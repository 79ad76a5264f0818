"""What the manifests set is what the service reads: names, values, files, and what follows."""

import os

import pytest

from service.settings import PREFIX, Settings, load
from tests.deploy.kustomize import find

SECRETS = {"username": "dyadwire", "password": "from a test"}


def container(docs):
    (only,) = find(docs, "Deployment")["spec"]["template"]["spec"]["containers"]
    return only


def variables(docs) -> dict[str, str]:
    """The container's environment, as the kubelet would put it together."""
    own = container(docs)
    (source,) = own["envFrom"]
    values = dict(find(docs, "ConfigMap", source["configMapRef"]["name"])["data"])
    for variable in own["env"]:
        name, given = variable["name"], variable["valueFrom"]
        if reference := given.get("secretKeyRef"):
            values[name] = SECRETS[reference["key"]]
        elif reference := given.get("resourceFieldRef"):
            assert reference["containerName"] == own["name"]
            section, _, resource = reference["resource"].partition(".")
            assert reference["divisor"] == "1"
            values[name] = own["resources"][section][resource]
        else:
            assert given["fieldRef"]["fieldPath"] == "metadata.name"
            values[name] = "dyadwire-5d8f9c-abcde"
    return values


def mounted_files(docs) -> set[str]:
    """The paths that the container's volumes are known to hold."""
    pod = find(docs, "Deployment")["spec"]["template"]["spec"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    paths = set()
    for mount in container(docs)["volumeMounts"]:
        assert mount["readOnly"]
        for source in volumes[mount["name"]].get("projected", {}).get("sources", ()):
            paths |= {f"{mount['mountPath']}/{item['path']}" for item in source["secret"]["items"]}
    return paths


@pytest.fixture
def settings(docs, monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    files = mounted_files(docs)
    for name, value in variables(docs).items():
        if value.startswith("/"):
            assert value in files, f"{name}: nothing puts {value} there"
            local = tmp_path / value.lstrip("/")
            local.parent.mkdir(parents=True, exist_ok=True)
            local.touch()
            value = str(local)  # noqa: PLW2901 the same file, as the test can have it
        monkeypatch.setenv(name, value)
    return load(Settings)


def test_every_variable_is_a_setting(docs):
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    assert set(variables(docs)) <= known


def test_every_value_is_taken(settings):
    assert settings.input_topic == "news.articles.v1"
    assert settings.client_id.startswith("dyadwire-")


def test_what_repeats_a_default_is_the_default(docs, settings):
    """Those that stand in the base for people to see; a changed default must not be lost there."""
    differ = {
        name
        for name, field in Settings.model_fields.items()
        if PREFIX + name.upper() in variables(docs) and getattr(settings, name) != field.default
    }
    assert differ <= {
        *("bootstrap_servers", "client_id", "workers", "sasl_username", "sasl_password"),
        *("security_protocol", "ssl_cafile", "ssl_certfile", "ssl_keyfile"),
    }


def test_a_worker_for_each_cpu_that_is_asked_for_and_no_limit_on_cpu(docs, settings):
    resources = container(docs)["resources"]
    assert settings.workers == int(resources["requests"]["cpu"])
    assert set(resources["limits"]) == {"memory"}


def test_the_grace_period_outlasts_the_drain(docs, settings):
    pod = find(docs, "Deployment")["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] >= settings.shutdown_timeout + 8


def test_probes_and_scrapes_ask_the_port_that_answers(docs, settings):
    own = container(docs)
    (port,) = own["ports"]
    assert port["containerPort"] == settings.probe_port
    asked = {name: own[name]["httpGet"] for name in own if name.endswith("Probe")}
    assert {name: get["path"] for name, get in asked.items()} == {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",
        "readinessProbe": "/readyz",
    }
    policy = find(docs, "NetworkPolicy")["spec"]
    (admitted,) = policy["ingress"][0]["ports"]
    ports = {get["port"] for get in asked.values()} | {admitted["port"]}
    for monitor in (doc for doc in docs if doc["kind"] == "PodMonitor"):
        ports |= {endpoint["port"] for endpoint in monitor["spec"]["podMetricsEndpoints"]}
    assert ports == {port["name"]}


def test_the_brokers_are_let_out_to(docs, settings):
    number = int(settings.bootstrap_servers.rpartition(":")[2])
    rules = find(docs, "NetworkPolicy")["spec"]["egress"]
    ports = [port for rule in rules for port in rule["ports"]]
    assert any(p["port"] <= number <= p.get("endPort", p["port"]) for p in ports)
