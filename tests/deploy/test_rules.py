"""The rules hold what they promise, look at metrics that exist, and are explained."""

import re
import subprocess
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from service.telemetry import Metrics
from tests.deploy import promql
from tests.deploy.prometheus import tool

TESTS = sorted((promql.DEPLOY / "prometheus" / "tests").glob("*.yaml"))
ALERTS = [rule for rule in promql.rules() if "alert" in rule]
RECORDED = {rule["record"] for rule in promql.rules() if "record" in rule}


def exported() -> set[str]:
    """The names of all series that a replica can show, also of those that have none yet."""
    suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
    return {
        name
        for family in Metrics().registry.collect()
        for name in (
            *(sample.name for sample in family.samples),
            *(family.name + suffix for suffix in suffixes.get(family.type, ("",))),
        )
    }


def promtool(*arguments: str, **keywords) -> "subprocess.CompletedProcess[str]":
    command = [tool("promtool"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **keywords)


def test_the_rules_are_well_formed():
    done = promtool("check", "rules", "--lint=all", "--lint-fatal", str(promql.RULES))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name.partition(".")[0])
def test_alerts_fire_when_they_should_and_only_then(path: Path):
    done = promtool("test", "rules", path.name, cwd=path.parent)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_made_to_fire_by_a_test():
    tests = "\n".join(path.read_text(encoding="utf-8") for path in TESTS)
    fired = re.findall(r"alertname: (\w+)\n +eval_time: \w+\n +exp_alerts:\n +- exp_labels", tests)
    assert set(fired) == {alert["alert"] for alert in ALERTS}


def test_every_metric_of_the_rules_is_exported():
    used = {name for _, text in promql.rule_expressions() for name in promql.names(text)}
    assert {"dyadwire_halted", "process_start_time_seconds"} <= used
    assert used - RECORDED <= exported()


def test_every_metric_of_the_dashboard_is_exported():
    used = {name for _, text in promql.dashboard_expressions() for name in promql.names(text)}
    assert {"dyadwire_busiest_dyads_total", "process_cpu_seconds_total"} <= used
    # It needs no recording rules: whoever imports it may have none.
    assert used <= exported()


def test_what_is_exported_keeps_to_the_conventions():
    text = generate_latest(Metrics().registry).decode()
    done = promtool("check", "metrics", input=text)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_says_what_it_means_and_where_to_read_on(alert):
    assert alert["alert"].startswith("Dyadwire")
    assert alert["labels"] == {"severity": alert["labels"]["severity"]}
    assert alert["labels"]["severity"] in {"critical", "warning"}
    notes = alert["annotations"]
    assert set(notes) == {"summary", "description", "runbook_url"}
    runbook = promql.RUNBOOK.relative_to(promql.DEPLOY.parent).as_posix()
    assert notes["runbook_url"] == f"{runbook}#{alert['alert'].lower()}"


def test_the_runbook_has_a_chapter_for_each_alert_and_no_other():
    chapters = re.split(r"^## ", promql.RUNBOOK.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    named = [chapter.partition("\n")[0] for chapter in chapters]
    assert named == [alert["alert"] for alert in ALERTS]
    for chapter in chapters:
        for part in ("**Means.**", "**Look at.**", "**Do.**"):
            assert part in chapter, chapter[:60]
