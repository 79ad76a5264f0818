"""Record -> `Enriched` | `Rejected`; knows no Kafka.

Takes raw records and returns what is to be written for each: bytes in, bytes out, so that it can
run in another process at the cost of a copy. A record never raises: what cannot be enriched becomes
a `Rejected` with its reason, and its neighbours are not touched.
"""

import logging
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from contracts import cloudevents, trace
from contracts.article import Article
from contracts.deadletter import DeadLetter, RejectReason
from contracts.errors import ArticleError
from contracts.events import EnrichedArticle, dyad_events
from contracts.parsing import parse_article
from contracts.record import Record
from service import __version__

log = logging.getLogger(__name__)

MAX_OUTPUT_BYTES = 900_000
"""Of one enriched article or dyad event: below the 1,048,588 bytes that brokers take by default."""


NO_REGION = "none"
"""What metrics call the region of an article that has none."""


class InputRecord(NamedTuple):
    """A record as it was read; `timestamp_ms` counts milliseconds since 1970 in UTC."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


class Enriched(NamedTuple):
    """What is written for a record that was enriched, and what the metrics say of it."""

    offset: int
    article_id: str
    article: Record
    dyads: tuple[Record, ...]
    language: str
    status: str
    region: str
    """The code of the main one, or `NO_REGION`."""
    stances: tuple[str, ...]
    """Of each of `dyads`."""


class Rejected(NamedTuple):
    """What is written for a record that was refused, and why."""

    offset: int
    reason: RejectReason
    field: str | None
    message: str
    dead_letter: Record


Outcome = Enriched | Rejected


@dataclass(frozen=True, slots=True)
class Processed:
    """Outcomes in the order of the records, and the seconds that each step took."""

    outcomes: list[Outcome]
    seconds: dict[str, float] = field(default_factory=dict)


Stage = Callable[[str], AbstractContextManager[object]]
"""What to enter around a stage of that name."""


class EnricherLike(Protocol):
    """What a pipeline needs of an enricher; `service.enrichment.enricher.Enricher` is one."""

    def enrich(
        self, articles: Sequence[Article], *, stage: Stage = nullcontext
    ) -> list[EnrichedArticle]:
        """Enriches a batch: as many out as in, in order; enters `stage` around each stage."""
        ...


def reject(
    record: InputRecord, *, reason: RejectReason, field: str | None, message: str
) -> Rejected:
    """The dead letter for `record`, its bytes untouched."""
    letter = DeadLetter.refuse(
        Record(record.key, record.value, record.headers),
        reason=reason,
        field=field,
        message=message,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp_ms,
        service_version=__version__,
    )
    return Rejected(record.offset, reason, letter.field, letter.message, letter.to_record())


class Pipeline:
    """Parses, enriches and serialises records.

    Args:
        enricher: what enriches the articles.
        max_article_bytes: larger values are refused unread.
        clock: seconds, for the step timings alone; no output depends on it.
    """

    def __init__(
        self,
        enricher: EnricherLike,
        *,
        max_article_bytes: int,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._enricher = enricher
        self._max_article_bytes = max_article_bytes
        self._clock = clock

    def process(self, records: Sequence[InputRecord]) -> Processed:
        """One outcome for each record, in order."""
        seconds: defaultdict[str, float] = defaultdict(float)

        @contextmanager
        def stage(name: str) -> Iterator[None]:
            started = self._clock()
            try:
                yield
            finally:  # a stage that failed took its time too
                seconds[name] += self._clock() - started

        with stage("parse"):
            parsed = [self._parse(record) for record in records]
            articles = [item for item in parsed if isinstance(item, Article)]
        enriched = iter(enrich_each(self._enricher, articles, stage=stage))
        with stage("serialise"):
            outcomes = [
                self._outcome(record, next(enriched) if isinstance(item, Article) else item)
                for record, item in zip(records, parsed, strict=True)
            ]
        return Processed(outcomes, dict(seconds))

    def _parse(self, record: InputRecord) -> Article | ArticleError:
        value = record.value
        if value is None:
            return ArticleError(RejectReason.NULL_VALUE, None, "the record has no value")
        if len(value) > self._max_article_bytes:
            return ArticleError(
                RejectReason.TOO_LARGE,
                "value",
                f"{len(value)} bytes; at most {self._max_article_bytes} are taken",
            )
        try:
            return parse_article(value)
        except ArticleError as error:
            return error

    @staticmethod
    def _outcome(record: InputRecord, result: EnrichedArticle | ArticleError) -> Outcome:
        if isinstance(result, EnrichedArticle):
            try:
                return _written(record, result)
            except Exception as error:  # what cannot be written costs one article as well
                log.exception(
                    "article could not be written", extra={"article_id": result.article.id}
                )
                result = ArticleError(RejectReason.ENRICHMENT_FAILED, None, where_from(error))
        field = result.field or _WHOLE.get(result.reason)
        return reject(record, reason=result.reason, field=field, message=result.message)


def enrich_each(
    enricher: EnricherLike, articles: Sequence[Article], *, stage: Stage = nullcontext
) -> list[EnrichedArticle | ArticleError]:
    """The whole batch at once; where that fails, each alone, so that one spoils no other.

    Returns:
        As many as `articles`, in order: what was enriched, or an error with `enrichment_failed`.
    """
    if not articles:
        return []
    if len(articles) > 1:
        try:
            return [*_enrich_all(enricher, articles, stage=stage)]
        except Exception as error:  # noqa: BLE001 a bug must cost one article, not the stream
            log.warning(
                "a batch of %d failed, each is tried alone: %s", len(articles), where_from(error)
            )
    return [_enrich_alone(enricher, article, stage=stage) for article in articles]


def _enrich_all(
    enricher: EnricherLike, articles: Sequence[Article], *, stage: Stage
) -> list[EnrichedArticle]:
    enriched = enricher.enrich(articles, stage=stage)
    if len(enriched) != len(articles):
        raise ValueError(f"{len(enriched)} results for {len(articles)} articles")
    return enriched


def _enrich_alone(
    enricher: EnricherLike, article: Article, *, stage: Stage
) -> EnrichedArticle | ArticleError:
    try:
        return _enrich_all(enricher, [article], stage=stage)[0]
    except Exception as error:
        log.exception("article could not be enriched", extra={"article_id": article.id})
        return ArticleError(RejectReason.ENRICHMENT_FAILED, None, where_from(error))


def where_from(error: BaseException) -> str:
    """The error's type and the line that raised it: its message may hold the article's text."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    last = frames[-1]
    return f"{type(error).__name__} in {last.name} ({Path(last.filename).name}:{last.lineno})"


_WHOLE = dict.fromkeys((RejectReason.NULL_VALUE, RejectReason.MALFORMED_JSON), "value")
"""What is at fault where no single field is."""
_LATEST = datetime(9999, 12, 31, tzinfo=UTC)


def _moment(timestamp_ms: int) -> datetime:
    """A record's timestamp; producers may send any 64-bit number, so it is kept within bounds."""
    latest_ms = round(_LATEST.timestamp() * 1000)
    return datetime.fromtimestamp(min(max(0, timestamp_ms), latest_ms) / 1000, tz=UTC)


def _written(record: InputRecord, result: EnrichedArticle) -> Outcome:
    parent = trace.from_headers(record.headers)
    span = None if parent is None else trace.child(parent, seed=b"process")
    time_of_record = _moment(record.timestamp_ms)
    article = cloudevents.enriched_record(result, time=time_of_record, trace=span)
    dyads = tuple(
        cloudevents.dyad_record(event, time=time_of_record, trace=span)
        for event in dyad_events(result)
    )
    for name, output in (("article", article), *(("dyads", dyad) for dyad in dyads)):
        size = len(output.value or b"")
        if size > MAX_OUTPUT_BYTES:
            return reject(
                record,
                reason=RejectReason.OUTPUT_TOO_LARGE,
                field=name,
                message=f"the output has {size} bytes; at most {MAX_OUTPUT_BYTES} are written",
            )
    return Enriched(
        offset=record.offset,
        article_id=result.article.id,
        article=article,
        dyads=dyads,
        language=result.language.code,
        status=result.analysis.status.value,
        region=result.regions[0].code.value if result.regions else NO_REGION,
        stances=tuple(dyad.stance.value for dyad in result.dyads),
    )
