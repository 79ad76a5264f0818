"""The record that could not be processed, bytes untouched, with headers that say why.

A dead letter keeps key, value and headers as they were read. What is known about its refusal
stands in `dlq-…` headers after the original ones; values are UTF-8 text.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from contracts.record import Headers, Record, header_text
from contracts.wording import MAX_FIELD_LENGTH, first_error, one_line

_ATTEMPTS = "dlq-attempts"
_HEADER_OF = {
    "reason": "dlq-reason",
    "field": "dlq-field",
    "message": "dlq-message",
    "topic": "dlq-topic",
    "partition": "dlq-partition",
    "offset": "dlq-offset",
    "timestamp_ms": "dlq-timestamp",
    "service_version": "dlq-service-version",
    "attempts": _ATTEMPTS,
}

HEADER_NAMES = frozenset(_HEADER_OF.values())
"""What dyadwire adds to a dead letter; every other header is the original's, whatever its name."""

_MAX_ATTEMPTS_DIGITS = 9
"""No record is refused a thousand million times; a longer number is garbage."""


class NoDeadLetterError(ValueError):
    """A record of the dead-letter topic without the headers of a dead letter."""


class RejectReason(StrEnum):
    """Why a record was refused; the value of `dlq-reason`. Values may be added, never changed."""

    NULL_VALUE = "null_value"
    """The record has no value."""
    MALFORMED_JSON = "malformed_json"
    """The value is not JSON, or no JSON object."""
    INVALID_FIELD = "invalid_field"
    """A field is missing or not as the contract says; `field` names it."""
    NOT_PUBLISHABLE = "not_publishable"
    """The publisher says so: a ninjs item that is withheld or canceled."""
    TOO_LARGE = "too_large"
    """The value is longer than the service takes."""
    ENRICHMENT_FAILED = "enrichment_failed"
    """Enrichment raised on this article alone."""
    WORKER_CRASHED = "worker_crashed"
    """The process that enriched this article alone died."""
    WORKER_TIMEOUT = "worker_timeout"
    """Enrichment of this article alone took too long."""
    OUTPUT_TOO_LARGE = "output_too_large"
    """What came out is larger than the broker takes."""


def _short_path(field: str) -> str:
    return one_line(field, limit=MAX_FIELD_LENGTH)


class DeadLetter(BaseModel):
    """A refused record and why it was refused; field and message are cut to what fits a header."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64"
    )

    key: bytes | None = Field(description="Key as read")
    value: bytes | None = Field(description="Value as read, bytes untouched")
    reason: RejectReason
    field: Annotated[str, AfterValidator(_short_path)] | None = Field(
        default=None, description="Path of the field at fault"
    )
    message: Annotated[str, AfterValidator(one_line)] = Field(
        default="", description="One line of at most 500 characters, nothing of the article's text"
    )
    topic: str = Field(description="Topic that the record was read from")
    partition: int = Field(ge=0)
    offset: int = Field(ge=0)
    timestamp_ms: int | None = Field(
        default=None, description="Timestamp of the record, milliseconds since 1970 UTC"
    )
    service_version: str = Field(description="Version of the service that refused the record")
    attempts: int = Field(default=1, ge=1, description="How often the record was refused so far")
    headers: Headers = Field(default=(), description="Headers as read, without any `dlq-…`")

    @classmethod
    def refuse(
        cls,
        record: Record,
        *,
        reason: RejectReason,
        topic: str,
        partition: int,
        offset: int,
        service_version: str,
        field: str | None = None,
        message: str = "",
        timestamp_ms: int | None = None,
    ) -> Self:
        """The dead letter of `record`.

        A record that was redriven counts on: `attempts` is one more than its `dlq-attempts`.
        """
        return cls(
            key=record.key,
            value=record.value,
            reason=reason,
            field=field,
            message=message,
            topic=topic,
            partition=partition,
            offset=offset,
            timestamp_ms=timestamp_ms,
            service_version=service_version,
            attempts=attempts(record.headers) + 1,
            headers=original_headers(record.headers),
        )

    def to_record(self) -> Record:
        """The record for the dead-letter topic."""
        facts = {header: getattr(self, name) for name, header in _HEADER_OF.items()}
        added = tuple(
            (name, str(fact).encode()) for name, fact in facts.items() if fact is not None
        )
        return Record(self.key, self.value, original_headers(self.headers) + added)

    @classmethod
    def from_record(cls, key: bytes | None, value: bytes | None, headers: Headers) -> Self:
        """Reads a record of the dead-letter topic.

        Raises:
            NoDeadLetterError: it has not the headers of a dead letter.
        """
        facts = {name: header_text(headers, header) for name, header in _HEADER_OF.items()}
        stated = {name: fact for name, fact in facts.items() if fact is not None}
        try:
            return cls.model_validate(
                {"key": key, "value": value, "headers": original_headers(headers), **stated}
            )
        except ValidationError as error:
            field, message = first_error(error)
            raise NoDeadLetterError(f"{_HEADER_OF.get(field or '', field)}: {message}") from error


def original_headers(headers: Headers) -> Headers:
    """The headers that the record had before dyadwire refused it."""
    return tuple(pair for pair in headers if pair[0] not in HEADER_NAMES)


def attempts(headers: Headers) -> int:
    """How often a record with these headers was refused before; 0 where it never was.

    A count that is no number is read as none: anybody may send this header.
    """
    text = header_text(headers, _ATTEMPTS) or ""
    few = text.isascii() and text.isdecimal() and len(text) <= _MAX_ATTEMPTS_DIGITS
    return int(text) if few else 0


def redriven_headers(headers: Headers) -> Headers:
    """What goes back to the input topic with a dead letter: its own headers and the count."""
    count = attempts(headers)
    counted = ((_ATTEMPTS, str(count).encode()),) if count else ()
    return original_headers(headers) + counted
