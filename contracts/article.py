"""The input: a news article as a publisher sends it."""

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictStr,
    StringConstraints,
    model_validator,
)

MAX_ID_LENGTH = 512
"""Characters. Longer ids are refused: they become Kafka keys and header values."""

_RFC3339_LENGTH = len("2026-01-01")


def _assume_utc(value: object) -> object:
    """Takes a date-time string; one without an offset is read as UTC."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if not isinstance(value, str) or len(value) < _RFC3339_LENGTH:
        raise ValueError("should be an RFC 3339 date-time string")
    parsed = datetime.fromisoformat(value)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _to_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is outside the years 1 to 9999 in UTC") from error


UtcDatetime = Annotated[AwareDatetime, BeforeValidator(_assume_utc), AfterValidator(_to_utc)]
"""A moment in UTC; written with a trailing ``Z``."""

ArticleId = Annotated[
    str, StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=512)
]


class Article(BaseModel):
    """A news article. Unknown fields are ignored, so that publishers may send more.

    Offsets in the outputs count Unicode code points of `text` (or of `title`, where an evidence
    says so), exactly as given here.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: ArticleId = Field(description="Unique id of the article; the key of its Kafka record")
    title: StrictStr | None = Field(default=None, description="Headline")
    text: StrictStr = Field(default="", description="Plain text of the article")
    url: StrictStr | None = Field(default=None, description="Where the article was published")
    source: StrictStr | None = Field(default=None, description="Name of the publisher")
    published_at: UtcDatetime | None = Field(
        default=None, description="When it was published (RFC 3339; UTC where no offset is given)"
    )
    language: StrictStr | None = Field(
        default=None, description="Language that the publisher states (BCP 47); a hint only"
    )

    @model_validator(mode="after")
    def _has_something_to_read(self) -> Self:
        if not self.text.strip() and not (self.title or "").strip():
            raise ValueError("text: an article needs a text or a title")
        return self
