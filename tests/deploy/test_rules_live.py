"""Every expression of rules and dashboard, asked of a real Prometheus that scrapes the real service
while it works on a real broker, has an answer."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from contracts.record import Record
from deploy.local.broker import LocalKafka
from service.settings import Settings
from tests.deploy import promql
from tests.deploy.prometheus import Prometheus, tool
from tests.integration.harness import Replica, fresh_settings, get, make_topics, publish

SAMPLES = promql.DEPLOY / "samples" / "articles.jsonl"
FRENCH = "Le Japon et le Vietnam ont signé un accord de coopération à Hanoï, selon les ministères."
ARTICLES = 600
LIMIT = 60
"""Dead letters in a row that halt the service."""

RULES = promql.rule_expressions()
PANELS = promql.dashboard_expressions()


class Scene(NamedTuple):
    """One replica at work, and the Prometheus that scrapes it."""

    settings: Settings
    port: int
    prometheus: Prometheus


@pytest.fixture(scope="module")
def scene(tmp_path_factory) -> Iterator[Scene]:
    tool("prometheus")  # no broker is started where it is missing
    directory = tmp_path_factory.mktemp("scene")
    with LocalKafka() as broker:
        settings = fresh_settings(broker.bootstrap_servers, dead_letter_max_run=LIMIT)
        asyncio.run(make_topics(settings, partitions=2))
        replica = Replica(settings, directory / "service.log", module="service")
        try:
            asyncio.run(replica.ready())
            port = asyncio.run(replica.port())
            with Prometheus.running(directory / "prometheus", {"dyadwire-0": port}) as prometheus:
                prometheus.until(lambda: prometheus.query("dyadwire_ready == 1"), "a scrape")
                asyncio.run(publish(settings, load()))
                prometheus.until(
                    lambda: prometheus.query(
                        "sum(dyadwire_articles_enriched_total) > 100"
                        " and sum(rate(dyadwire_articles_enriched_total[1m])) > 0"
                        " and sum(increase(dyadwire_busiest_dyads_total[1m])) > 0"
                        " and sum(namespace_job:dyadwire_article_age_seconds:p99_rate5m) >= 0"
                    ),
                    "the figures of work",
                )
                yield Scene(settings, port, prometheus)
        finally:
            asyncio.run(replica.kill())


def load() -> list[Record]:
    """Articles with a few in French and, rarer, some that are refused for several reasons."""
    lines = SAMPLES.read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line) for line in lines if line.endswith("}")]  # one is broken on purpose
    records = []
    for number in range(ARTICLES):
        body: dict[str, object] = texts[number % len(texts)] | {"id": f"a-{number}"}
        if number % 20 == 0:
            body = {"id": f"a-{number}", "text": FRENCH}
        if number % 100 == 1:
            body = {"id": f"a-{number}"}
        value = b"{" if number % 100 == 2 else json.dumps(body).encode()
        records.append(Record(f"a-{number}".encode(), value))
    return records


def answered(prometheus: Prometheus, expression: str) -> bool:
    """Whether there is a number; a scrape or an evaluation later is early enough."""
    return bool(prometheus.until(lambda: prometheus.values(expression), expression))


@pytest.mark.parametrize("expression", PANELS, ids=lambda expression: expression.where)
def test_each_query_of_the_dashboard_returns_data(scene, expression):
    assert answered(scene.prometheus, expression.text)


@pytest.mark.parametrize("expression", RULES, ids=lambda expression: expression.where)
def test_what_each_rule_looks_at_returns_data(scene, expression):
    parts = promql.selectors(expression.text) | set(promql.without_thresholds(expression.text))
    for part in parts:
        assert answered(scene.prometheus, part), part


def test_each_recording_rule_records(scene):
    for rule in promql.rules():
        if "record" in rule:
            labels = '{namespace="news", job="news/dyadwire"}'
            assert answered(scene.prometheus, rule["record"] + labels)


def test_what_prometheus_is_given_keeps_to_its_conventions(scene):
    status, text = get(scene.port, "/metrics")
    assert status == 200
    assert "dyadwire_consumer_lag_records{" in text
    done = subprocess.run(
        [tool("promtool"), "check", "metrics"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_prometheus_evaluates_every_rule_without_an_error(scene):
    rules = scene.prometheus.rules()
    assert len(rules) == len(promql.rules())
    assert {(rule["health"], rule.get("lastError", "")) for rule in rules} == {("ok", "")}


def test_nothing_fires_at_work_and_a_halt_fires_at_once(scene):
    """The last test here: afterwards the replica is halted."""
    prometheus = scene.prometheus
    prometheus.until(
        lambda: prometheus.query("sum(dyadwire_consumer_lag_records) == 0"), "the end of the work"
    )
    assert "firing" not in prometheus.alerts().values()
    bad = [Record(f"bad-{number}".encode(), b"{") for number in range(3 * LIMIT)]
    asyncio.run(publish(scene.settings, bad))
    prometheus.until(
        lambda: prometheus.alerts().get("DyadwireHalted") == "firing", "the alert of the halt"
    )
    assert prometheus.values("sum(dyadwire_ready)") == [0]
