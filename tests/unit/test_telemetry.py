"""Metrics keep to Prometheus' conventions and are all in the README; logs are JSON lines.

`python -m tests.unit.test_telemetry` prints the README's table.
"""

import io
import json
import logging
import re
import sys
import warnings
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from contracts.deadletter import RejectReason
from contracts.record import Record
from service import __version__
from service.pipeline import Enriched, InputRecord, reject
from service.telemetry import JsonFormatter, Metrics, configure_logging

README = Path(__file__).parents[2] / "README.md"
UNITS = ("_seconds", "_bytes", "_records", "_timestamp_seconds")
COUNTED = {
    "dyadwire_partitions_assigned",
    "dyadwire_records_in_flight",
    "dyadwire_ready",
    "dyadwire_halted",
}
"""Gauges whose name says what they count, or a yes or no."""
CLOSED_LABELS = {
    "status",
    "reason",
    "stance",
    "region",
    "language",
    "topic",
    "result",
    "stage",
    "partition",
    "loss",
}


def ours(metrics):
    families = text_string_to_metric_families(generate_latest(metrics.registry).decode())
    return [family for family in families if family.name.startswith("dyadwire_")]


def exposed_name(family):
    suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
    return family.name if family.name.endswith("_info") else family.name + suffix


def table() -> str:
    """The README's table of metrics."""
    rows = [f"| `{exposed_name(f)}` | {f.documentation} |" for f in ours(Metrics())]
    return "\n".join(["| metric | meaning |", "|---|---|", *rows])


def test_names_and_units_are_prometheus_conventions():
    families = ours(Metrics())
    assert len(families) >= 18
    for family in families:
        assert re.fullmatch(r"dyadwire_[a-z]+(_[a-z]+)*", family.name), family.name
        assert family.documentation
        if family.type == "counter":
            assert not family.name.endswith(UNITS), "a counter's name says what is counted"
        elif family.type == "histogram":
            assert family.name.endswith(UNITS)
        elif family.name not in COUNTED | {"dyadwire_build_info"}:
            assert family.name.endswith(UNITS), family.name


def test_labels_are_closed_lists_and_never_ids():
    assert {
        name for metric in vars(Metrics()).values() for name in getattr(metric, "_labelnames", ())
    } == CLOSED_LABELS


def test_there_is_no_series_of_creation_times():
    assert b"_created" not in generate_latest(Metrics().registry)


def test_what_alerts_look_at_is_there_before_it_happens():
    """A counter that appears with its first event shows no increase at it."""
    metrics = Metrics()
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in ours(metrics)
        for sample in family.samples
    }
    for reason in RejectReason:
        assert samples["dyadwire_records_rejected_total", reason.value] == 0
    for result in ("committed", "failed", "fenced"):
        assert samples["dyadwire_transactions_total", result] == 0
    for reason in ("failed", "fenced"):
        assert samples["dyadwire_group_sessions_total", reason] == 0
    for status in ("full", "partial", "none"):
        assert samples["dyadwire_articles_enriched_total", status] == 0
    for stance in ("supportive", "neutral", "opposing"):
        for region in ("035", "none"):
            assert samples["dyadwire_dyads_produced_total", region, stance] == 0
    assert samples["dyadwire_halted",] == 0
    assert samples["dyadwire_build_info", __version__] == 1


def test_the_series_of_a_replica_are_bounded_whatever_comes():
    metrics = Metrics()
    for number in range(1000):
        metrics.busiest_dyads.count(f"AAA-{number}", "neutral")
    for number in range(56):  # langdetect's 55, and none
        metrics.languages.labels(str(number)).inc()
    for stage in range(10):
        metrics.stage_seconds.labels(str(stage)).observe(1)
    for topic in ("enriched", "dyads", "dead letters"):
        metrics.produced.labels(topic).inc()
    text = generate_latest(metrics.registry).decode()
    assert len([line for line in text.splitlines() if not line.startswith("#")]) < 700


def test_two_services_in_one_process_count_apart():
    one, other = Metrics(), Metrics()
    one.consumed.inc()
    assert one.registry.get_sample_value("dyadwire_records_consumed_total") == 1
    assert other.registry.get_sample_value("dyadwire_records_consumed_total") == 0


def test_outcomes_are_counted_by_what_became_of_them():
    metrics = Metrics()
    article, dyad = Record(b"a", b"{}"), Record(b"JPN-VNM", b"{}")
    stances = ("opposing", "opposing")
    enriched = Enriched(0, "a", article, (dyad, dyad), "en", "full", "035", stances)
    record = InputRecord("t", 0, 1, 0, b"k", None, ())
    refused = reject(record, reason=RejectReason.NULL_VALUE, field=None, message="")
    other = enriched._replace(language="fr", dyads=(), stances=())
    metrics.count_outcomes([enriched, refused, other])

    def value(name, **labels):
        return metrics.registry.get_sample_value(name, labels)

    assert value("dyadwire_articles_enriched_total", status="full") == 2
    assert value("dyadwire_articles_by_language_total", language="fr") == 1
    assert value("dyadwire_dyads_produced_total", stance="opposing", region="035") == 2
    assert value("dyadwire_busiest_dyads_total", dyad="JPN-VNM", stance="opposing") == 2
    assert value("dyadwire_busiest_dyads_total", dyad="JPN-VNM", stance="neutral") == 0
    assert value("dyadwire_records_rejected_total", reason="null_value") == 1


def test_every_metric_is_described_in_the_readme():
    section = README.read_text(encoding="utf-8").partition("\n## Metrics and health\n")[2]
    named = set(re.findall(r"`(dyadwire_[a-z_]+)", section.partition("\n## ")[0]))
    assert {exposed_name(family) for family in ours(Metrics())} <= named


@pytest.fixture
def logged():
    """Configures logging to a buffer and gives the lines; puts all back afterwards."""
    root, client = logging.getLogger(), logging.getLogger("aiokafka")
    before = root.level, root.handlers[:], client.level
    stream = io.StringIO()

    def lines():
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    lines.stream = stream
    root.handlers = []
    configure_logging("INFO", handler=logging.StreamHandler(stream))
    yield lines
    logging.captureWarnings(capture=False)
    level, root.handlers, client_level = before
    root.setLevel(level)
    client.setLevel(client_level)


def test_a_line_is_one_json_object_with_what_extra_holds(logged):
    logging.getLogger("service.x").info(
        "read %d\nlines", 3, extra={"article_id": "日本-1", "path": Path("/tmp")}
    )
    (line,) = logged()
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "INFO",
        "logger": "service.x",
        "message": "read 3\nlines",
        "article_id": "日本-1",
        "path": "/tmp",
    }
    assert "日本" in logged.stream.getvalue(), "people read logs too"


def test_extra_does_not_replace_what_every_line_has(logged):
    logging.getLogger("service").warning("x", extra={"level": "fine", "time": "never"})
    (line,) = logged()
    assert line["level"] == "WARNING"
    assert line["time"] != "never"


def test_an_exception_is_on_the_same_line(logged):
    try:
        int("two\nlines")
    except ValueError:
        logging.getLogger("service").exception("failed")
    (line,) = logged()
    assert line["exception"].endswith(r"with base 10: 'two\nlines'")
    assert line["exception"].startswith("Traceback")


@pytest.mark.parametrize("text", ["\ud800", "\u2028 \x85 \x00 \x1b[31m", '"quoted" \\ '])
def test_any_text_makes_a_line_that_can_be_read_back(text):
    record = logging.makeLogRecord({"msg": text, "article_id": text})
    line = JsonFormatter().format(record)
    line.encode("utf-8")
    assert "\n" not in line
    assert json.loads(line)["message"] == text
    assert json.loads(line)["article_id"] == text


@pytest.mark.filterwarnings("always")
def test_warnings_are_lines_too(logged):
    warnings.warn("old\nhat", DeprecationWarning, stacklevel=1)
    (line,) = logged()
    assert line["logger"] == "py.warnings"
    assert "old\nhat" in line["message"]


def test_the_level_holds_and_the_client_is_heard_from_warnings_on(logged):
    logging.getLogger("service").debug("quiet")
    logging.getLogger("aiokafka.consumer").info("quiet")
    logging.getLogger("aiokafka.consumer").warning("loud")
    assert [line["message"] for line in logged()] == ["loud"]


def test_a_level_between_the_named_ones_is_taken(logged):
    """Worker processes are given their parent's as a number."""
    configure_logging(25, handler=logging.StreamHandler(logged.stream))
    logging.getLogger("service").info("quiet")
    logging.getLogger("service").log(25, "loud")
    assert [line["message"] for line in logged()] == ["loud"]


def test_configuring_twice_does_not_say_everything_twice(logged):
    configure_logging("ERROR", handler=logging.StreamHandler(logged.stream))
    logging.getLogger("service").error("once")
    logging.getLogger("aiokafka").warning("below ERROR")
    assert [line["message"] for line in logged()] == ["once"]


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
