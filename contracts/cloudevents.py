"""Events to and from CloudEvents 1.0 records in Kafka's binary mode.

The value is the event's JSON and nothing else; the headers ``ce_…`` hold the CloudEvents
attributes, so that a subscriber can choose by topic, region, country and stance without parsing.
Header values are plain UTF-8, as the Kafka binding asks (section 3.2.3): no percent-encoding.

Source: CloudEvents 1.0.2, its Kafka protocol binding, its partitioning extension.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from pydantic import ValidationError

from contracts import trace as tracing
from contracts.events import DyadEvent, EnrichedArticle
from contracts.record import Record, header_text
from contracts.trace import Trace
from contracts.vocabulary import Stance
from contracts.wording import first_error

ENRICHED_TYPE: Final = "dyadwire.article.enriched.v1"
DYAD_TYPE: Final = "dyadwire.dyad.v1"
ENRICHED_SCHEMA: Final = "urn:dyadwire:schema:enriched-article:v1"
DYAD_SCHEMA: Final = "urn:dyadwire:schema:dyad-event:v1"
SOURCE: Final = "/dyadwire"
CONTENT_TYPE: Final = "application/json"
SPEC_VERSION: Final = "1.0"

_ID_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:dyadwire:events")
"""Changing it would change every id."""

_MODELS: Final[dict[str, type[EnrichedArticle] | type[DyadEvent]]] = {
    ENRICHED_TYPE: EnrichedArticle,
    DYAD_TYPE: DyadEvent,
}


class UnreadableEventError(ValueError):
    """A record that is no event of the types known here, or whose value is not as promised."""


def enriched_record(
    event: EnrichedArticle, *, time: datetime, trace: Trace | None = None
) -> Record:
    """The record of `event` for `news.enriched.v1`; its key is the article's id.

    Args:
        event: what became of an article.
        time: of the record that the article came in, aware; no part of the id.
        trace: the span that sends the record, if the article came with a trace.

    Raises:
        ValueError: `time` has no offset from UTC.
    """
    stances = {dyad.stance for dyad in event.dyads}
    attributes = {
        "type": ENRICHED_TYPE,
        "subject": event.article.id,
        "dataschema": ENRICHED_SCHEMA,
        "partitionkey": event.article.id,
        **_place_and_topic(event),
        "country": event.countries[0].code if event.countries else "",
        "countries": ",".join(country.code for country in event.countries),
        "stances": ",".join(stance for stance in Stance if stance in stances),
    }
    return _record(event, attributes, time=time, trace=trace)


def dyad_record(event: DyadEvent, *, time: datetime, trace: Trace | None = None) -> Record:
    """The record of `event` for `news.dyads.v1`; its key is the dyad, `JPN-VNM`.

    The subject is ``source/target/article id``, so that a prefix chooses an actor (``JPN/``) or
    one direction of a dyad (``JPN/VNM/``).

    Args:
        event: one ordered pair of an article.
        time: of the record that the article came in, aware; no part of the id.
        trace: the span that sends the record, if the article came with a trace.

    Raises:
        ValueError: `time` has no offset from UTC.
    """
    attributes = {
        "type": DYAD_TYPE,
        "subject": f"{event.source}/{event.target}/{event.article.id}",
        "dataschema": DYAD_SCHEMA,
        "partitionkey": event.dyad,
        **_place_and_topic(event),
        "dyadsource": event.source,
        "dyadtarget": event.target,
        "stance": event.stance.value,
    }
    return _record(event, attributes, time=time, trace=trace)


def read_event(
    key: bytes | None,  # noqa: ARG001 - a record is read as it comes: key, value, headers
    value: bytes | None,
    headers: Iterable[tuple[str, bytes | None]],
) -> EnrichedArticle | DyadEvent:
    """The event of a record, for subscribers; fields that are not known here are ignored.

    Args:
        key: of the record; not needed, the value says it all.
        value: of the record.
        headers: of the record, as aiokafka and other clients give them.

    Raises:
        UnreadableEventError: its type is not known here, or its value is not as the type says.
    """
    kind = header_text(headers, "ce_type")
    if kind is None:
        raise UnreadableEventError("the record has no ce_type header: no CloudEvent in binary mode")
    model = _MODELS.get(kind)
    if model is None:
        raise UnreadableEventError(f"unknown ce_type {kind[:100]!r}; known: {', '.join(_MODELS)}")
    try:
        return model.model_validate_json(value or b"")
    except ValidationError as error:
        field, message = first_error(error)
        raise UnreadableEventError(f"{kind}: {field or 'value'}: {message}") from error


def event_id(kind: str, data: bytes) -> str:
    """The id of an event with this type and data: the same content has the same id for ever."""
    return str(uuid.uuid5(_ID_NAMESPACE, f"{kind}\n{data.decode()}"))


def _place_and_topic(event: EnrichedArticle | DyadEvent) -> Mapping[str, str]:
    """The extensions that both events carry; lists in the order of the event, the first twice."""
    return {
        "topic": event.topics[0].code.value if event.topics else "",
        "topics": ",".join(topic.code for topic in event.topics),
        "region": event.regions[0].code.value if event.regions else "",
        "regions": ",".join(region.code for region in event.regions),
        "language": event.language.code,
        "status": event.analysis.status.value,
    }


def _record(
    event: EnrichedArticle | DyadEvent,
    attributes: Mapping[str, str],
    *,
    time: datetime,
    trace: Trace | None,
) -> Record:
    """Puts `event` on the wire; an attribute without a value gets no header."""
    if time.tzinfo is None:
        raise ValueError("the time of an event needs an offset from UTC")
    data = event.model_dump_json().encode()
    context = {
        "specversion": SPEC_VERSION,
        "id": event_id(attributes["type"], data),
        "source": SOURCE,
        "time": time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        **attributes,
    }
    headers = (
        ("content-type", CONTENT_TYPE.encode()),
        *((f"ce_{name}", text.encode()) for name, text in context.items() if text),
        *tracing.to_headers(trace),
    )
    return Record(attributes["partitionkey"].encode(), data, headers)
