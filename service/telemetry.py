"""Every metric by name, and the logs.

Metrics speak of records, batches and partitions, never of single articles: ids belong in logs.
"""

import json
import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    disable_created_metrics,
)
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from contracts.deadletter import RejectReason
from contracts.vocabulary import AnalysisStatus, M49Region, Stance
from service import __version__
from service.busiest import BusiestDyads
from service.pipeline import NO_REGION, Enriched, Rejected

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_AGES = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 21600, 86400)
_BATCH_RECORDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)


class Metrics:
    """All metrics of one service, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        # A second series for each counter, of use to nobody here.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        self.build = Info("dyadwire_build", "What is running", registry=registry)
        self.build.info({"version": __version__})
        self.consumed = Counter(
            "dyadwire_records_consumed_total",
            "Records read from the input topic",
            registry=registry,
        )
        self.enriched = Counter(
            "dyadwire_articles_enriched_total",
            "Articles enriched and committed, by the extent of their analysis",
            ["status"],
            registry=registry,
        )
        for status in AnalysisStatus:
            self.enriched.labels(status.value)
        self.rejected = Counter(
            "dyadwire_records_rejected_total",
            "Records committed to the dead-letter topic, by reason",
            ["reason"],
            registry=registry,
        )
        for reason in RejectReason:
            self.rejected.labels(reason.value)
        self.dyads = Counter(
            "dyadwire_dyads_produced_total",
            "Dyad events committed, by stance and the article's main M49 region",
            ["stance", "region"],
            registry=registry,
        )
        for stance in Stance:
            for region in (*M49Region, NO_REGION):
                self.dyads.labels(stance.value, region)
        self.busiest_dyads = BusiestDyads(
            "dyadwire_busiest_dyads_total",
            "Dyad events committed, by pair and stance, of the 100 pairs that had most of late",
        )
        registry.register(self.busiest_dyads)
        self.languages = Counter(
            "dyadwire_articles_by_language_total",
            "Articles enriched, by detected language",
            ["language"],
            registry=registry,
        )
        self.produced = Counter(
            "dyadwire_records_produced_total",
            "Records committed to the output topics",
            ["topic"],
            registry=registry,
        )
        self.transactions = Counter(
            "dyadwire_transactions_total",
            "Kafka transactions by result: committed, failed (tried again), fenced",
            ["result"],
            registry=registry,
        )
        for result in ("committed", "failed", "fenced"):
            self.transactions.labels(result)
        self.offset_resets = Counter(
            "dyadwire_offset_resets_total",
            "Times that the group's offset was not in the topic any more: deleted by retention, "
            "or truncated away",
            ["reason"],
            registry=registry,
        )
        for cause in ("deleted", "truncated"):
            self.offset_resets.labels(cause)
        self.skipped = Counter(
            "dyadwire_records_skipped_total",
            "Records passed over at such a reset: deleted before they were read, or before the "
            "end where DYADWIRE_AUTO_OFFSET_RESET says latest",
            registry=registry,
        )
        self.batch_records = Histogram(
            "dyadwire_batch_records",
            "Records of one transaction",
            buckets=_BATCH_RECORDS,
            registry=registry,
        )
        self.stage_seconds = Histogram(
            "dyadwire_stage_seconds",
            "Seconds that a batch spends in a stage: parse, text, language, countries, topics, "
            "dyads, stance and serialise count its workers' time; process the wait for them, "
            "write the transaction",
            ["stage"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.age_seconds = Histogram(
            "dyadwire_article_age_seconds",
            "Seconds from a record's timestamp to the commit of its outputs",
            buckets=_AGES,
            registry=registry,
        )
        self.lag = Gauge(
            "dyadwire_consumer_lag_records",
            "Records of an assigned partition that are not committed yet",
            ["partition"],
            registry=registry,
        )
        self.in_flight = Gauge(
            "dyadwire_records_in_flight", "Records read and not committed yet", registry=registry
        )
        self.assigned = Gauge(
            "dyadwire_partitions_assigned", "Partitions assigned to this replica", registry=registry
        )
        self.rebalances = Counter(
            "dyadwire_rebalances_total", "Assignments received from the group", registry=registry
        )
        self.sessions = Counter(
            "dyadwire_group_sessions_total",
            "Times that the group was joined anew, by reason",
            ["reason"],
            registry=registry,
        )
        for why in ("failed", "fenced"):
            self.sessions.labels(why)
        self.worker_losses = Counter(
            "dyadwire_worker_losses_total",
            "Worker processes replaced, by how they were lost",
            ["loss"],
            registry=registry,
        )
        for loss in ("crashed", "hung", "grown"):
            self.worker_losses.labels(loss)
        self.ready = Gauge("dyadwire_ready", "1 while /readyz answers 200", registry=registry)
        self.halted = Gauge(
            "dyadwire_halted",
            "1 while the service has stopped consuming because of too many dead letters",
            registry=registry,
        )
        self.partition_progress = Gauge(
            "dyadwire_partition_progress_timestamp_seconds",
            "When an assigned partition last had a commit, or nothing to do; at first, when it was "
            "assigned",
            ["partition"],
            registry=registry,
        )
        self.last_progress = Gauge(
            "dyadwire_last_progress_timestamp_seconds",
            "When the last transaction was committed, or was found that there is nothing to do",
            registry=registry,
        )

    def last_progress_at(self) -> float:
        """Seconds since 1970 of the last progress, 0 where there was none."""
        (family,) = self.last_progress.collect()
        return family.samples[0].value

    def count_outcomes(self, outcomes: Iterable[Enriched | Rejected]) -> None:
        """Counts what a committed transaction held."""
        for outcome in outcomes:
            if isinstance(outcome, Rejected):
                self.rejected.labels(outcome.reason.value).inc()
                continue
            self.enriched.labels(outcome.status).inc()
            self.languages.labels(outcome.language).inc()
            for dyad, stance in zip(outcome.dyads, outcome.stances, strict=True):
                self.dyads.labels(stance, outcome.region).inc()
                self.busiest_dyads.count((dyad.key or b"").decode(), stance)


_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and whatever `extra` holds."""

    def format(self, record: logging.LogRecord) -> str:
        """The line for `record`."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {k: v for k, v in vars(record).items() if k not in _STANDARD | line.keys()}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        text = json.dumps(line, ensure_ascii=False, default=str)
        # A lone surrogate, as in the name of a file, is nothing that UTF-8 can hold.
        return text.encode("utf-8", "backslashreplace").decode("utf-8")


def configure_logging(level: str | int, *, handler: logging.Handler | None = None) -> None:
    """Sends all logs as JSON lines to `handler`, by default to standard error."""
    handler = handler or logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    # aiokafka reports what this service handles and logs itself: retries, rebalances.
    logging.getLogger("aiokafka").setLevel(max(logging.WARNING, logging.getLogger().level))
