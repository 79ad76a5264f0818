"""What the documents promise each other: selectors, names, counts, rights, and the four topics."""

import json
import re

import yaml

from deploy.rules import RESOURCE, RULES, resource
from service.settings import Settings
from service.transport.topics import topic_configs
from tests.deploy.kustomize import K8S, TOP, find, text

DEFAULTS = Settings(bootstrap_servers="kafka:9092")
NAMES = {
    "input": "news.articles.v1",
    "enriched": "news.enriched.v1",
    "dyads": "news.dyads.v1",
    "dead_letter": "news.articles.dlq.v1",
}


def every(node):
    """All mappings in a document."""
    if isinstance(node, dict):
        yield node
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from every(child)


def test_no_placeholder_is_left(overlay):
    made = text(K8S / "overlays" / overlay)
    assert not re.findall(r"CLUSTER|NAMESPACE", made)
    assert "kafkaCluster" not in made, "the values themselves stay behind"


def test_what_selects_pods_selects_these_pods(docs):
    labels = find(docs, "Deployment")["spec"]["template"]["metadata"]["labels"]
    kinds = {"Deployment", "PodDisruptionBudget", "NetworkPolicy", "PodMonitor"}
    selectors = []
    for doc in docs:
        if doc["kind"] in kinds:
            spec = doc["spec"]
            selectors.append(spec.get("podSelector") or spec["selector"])
            spread = every(spec) if doc["kind"] == "Deployment" else ()
            selectors += [m["labelSelector"] for m in spread if "labelSelector" in m]
    assert len(selectors) >= 5
    for selector in selectors:
        assert selector["matchLabels"].items() <= labels.items()
        assert selector["matchLabels"], "an empty one would select everybody's pods"


def test_a_deployment_s_selector_is_stable():
    """It cannot be changed later: nothing that a release may add belongs in it."""
    for overlay in ("plain", "production"):
        docs = list(yaml.safe_load_all(text(K8S / "overlays" / overlay)))
        assert find(docs, "Deployment")["spec"]["selector"] == {
            "matchLabels": {"app.kubernetes.io/name": "dyadwire"}
        }


def test_all_that_is_the_service_s_lives_in_its_namespace(docs):
    home = find(docs, "Namespace")["metadata"]["name"]
    for doc in docs:
        if doc["kind"] not in {"Namespace", "KafkaTopic", "KafkaUser"}:
            assert doc["metadata"]["namespace"] == home, doc["kind"]


def test_the_namespace_admits_only_restricted_pods(docs):
    labels = find(docs, "Namespace")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_pod_keeps_to_the_restricted_level_and_beyond(docs):
    pod = find(docs, "Deployment")["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert find(docs, "ServiceAccount")["automountServiceAccountToken"] is False
    assert pod["serviceAccountName"] == find(docs, "ServiceAccount")["metadata"]["name"]
    assert pod["enableServiceLinks"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_the_user_is_the_image_s(docs):
    dockerfile = (TOP / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    (user,) = re.findall(r"^USER (\d+):(\d+)$", dockerfile, re.MULTILINE)
    context = find(docs, "Deployment")["spec"]["template"]["spec"]["securityContext"]
    assert (str(context["runAsUser"]), str(context["runAsGroup"])) == user


def test_an_update_never_has_fewer_replicas_and_evictions_come_one_by_one(docs):
    spec = find(docs, "Deployment")["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert find(docs, "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


def test_only_one_thing_counts_the_replicas(production):
    assert "replicas" not in find(production, "Deployment")["spec"]
    assert not [doc for doc in production if doc["kind"] == "HorizontalPodAutoscaler"]


def test_the_four_topics_are_those_of_the_contract(production):
    document = yaml.safe_load((TOP / "contracts" / "asyncapi.yaml").read_text(encoding="utf-8"))
    contract = {channel["address"] for channel in document["channels"].values()}
    made = {doc["metadata"]["name"] for doc in production if doc["kind"] == "KafkaTopic"}
    assert made == contract == set(NAMES.values())
    assert {getattr(DEFAULTS, f"{name}_topic") for name in NAMES} == contract


def test_topics_take_what_the_service_takes(production):
    """The sizes are those that `dyadwire demo` makes topics with."""
    wanted = topic_configs(DEFAULTS)
    for name, config in wanted.items():
        made = find(production, "KafkaTopic", name)["spec"]["config"]
        size = made.get("max.message.bytes")
        assert (str(size) if size else None) == config.get("max.message.bytes"), name
        assert made["cleanup.policy"] == "delete"
    sizes = [int(wanted[NAMES[n]]["max.message.bytes"]) for n in ("input", "dead_letter")]
    assert sizes[1] == sizes[0] + 65_536


def test_topics_survive_a_broker_and_dead_letters_outlive_articles(production):
    topics = [doc["spec"] for doc in production if doc["kind"] == "KafkaTopic"]
    assert all(spec["replicas"] - spec["config"]["min.insync.replicas"] >= 1 for spec in topics)
    kept = {
        name: find(production, "KafkaTopic", topic)["spec"]["config"]["retention.ms"]
        for name, topic in NAMES.items()
    }
    assert kept["dead_letter"] >= kept["input"] >= 86_400_000


def test_replicas_follow_the_lag_of_the_group_up_to_the_partitions(production):
    scaled = find(production, "ScaledObject")["spec"]
    (trigger,) = scaled["triggers"]
    (source,) = find(production, "Deployment")["spec"]["template"]["spec"]["containers"][0][
        "envFrom"
    ]
    settings = find(production, "ConfigMap", source["configMapRef"]["name"])["data"]
    metadata = trigger["metadata"]
    assert metadata["topic"] == settings["DYADWIRE_INPUT_TOPIC"]
    assert metadata["consumerGroup"] == settings["DYADWIRE_GROUP_ID"]
    assert metadata["bootstrapServers"] == settings["DYADWIRE_BOOTSTRAP_SERVERS"]
    assert metadata["offsetResetPolicy"] == settings["DYADWIRE_AUTO_OFFSET_RESET"]
    assert metadata["allowIdleConsumers"] == "false"
    assert scaled["scaleTargetRef"]["name"] == find(production, "Deployment")["metadata"]["name"]
    partitions = find(production, "KafkaTopic", metadata["topic"])["spec"]["partitions"]
    assert 2 <= scaled["minReplicaCount"] <= scaled["fallback"]["replicas"] <= partitions
    assert scaled["maxReplicaCount"] == partitions
    login = find(production, "TriggerAuthentication")
    assert trigger["authenticationRef"]["name"] == login["metadata"]["name"]


def test_secrets_are_those_that_strimzi_makes(production):
    user = find(production, "KafkaUser")["metadata"]
    wanted = {user["name"], f"{user['labels']['strimzi.io/cluster']}-cluster-ca-cert"}
    volumes = find(production, "Deployment")["spec"]["template"]["spec"]["volumes"]
    projected = {s["secret"]["name"] for v in volumes for s in v["projected"]["sources"]}
    login = find(production, "TriggerAuthentication")["spec"]["secretTargetRef"]
    assert projected == {one["name"] for one in login} == wanted


def test_the_service_has_the_least_rights_and_no_more(production):
    acls = yaml.safe_load((TOP / "deploy" / "acls.yaml").read_text(encoding="utf-8"))
    authorization = find(production, "KafkaUser")["spec"]["authorization"]
    assert authorization == {"type": "simple", "acls": acls["service"]}


def test_the_rules_are_those_that_promtool_tests(production):
    rules = RULES.read_text(encoding="utf-8")
    assert RESOURCE.read_text(encoding="utf-8") == resource(rules), "run `make rules`"
    assert find(production, "PrometheusRule")["spec"] == yaml.safe_load(rules)


def test_the_dashboard_is_the_one_that_is_tested(production):
    dashboard = find(production, "ConfigMap", "dyadwire-dashboard")
    assert dashboard["metadata"]["labels"]["grafana_dashboard"] == "1"
    (made,) = dashboard["data"].values()
    tested = (TOP / "deploy" / "grafana" / "dyadwire.json").read_text(encoding="utf-8")
    assert json.loads(made) == json.loads(tested)


def test_metrics_come_under_the_job_that_the_rules_ask_for(production):
    monitor = find(production, "PodMonitor")["spec"]
    labels = find(production, "Deployment")["spec"]["template"]["metadata"]["labels"]
    job = labels[monitor["jobLabel"]]
    asked = set(re.findall(r'job="([^"]+)"', RULES.read_text(encoding="utf-8")))
    assert asked <= {job}
