"""The input: a news article as a publisher sends it."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

MAX_ID_LENGTH = 512
"""Characters. Longer ids are refused: they become Kafka keys and header values."""
MAX_TITLE_LENGTH = 4096
"""Characters. Every output of an article repeats its title; a longer one is a misplaced text."""
MAX_URL_LENGTH = 8192
"""Characters; what servers commonly take. Every output of an article repeats it."""
MAX_SOURCE_LENGTH = 512
"""Characters. Every output of an article repeats it."""
MAX_LANGUAGE_LENGTH = 64
"""Characters; RFC 5646 asks for room for 35."""

_UNFIT_FOR_IDS = re.compile(
    # C0 and C1 controls, line and paragraph separators, noncharacters: CloudEvents forbids
    # all but the separators in attribute values (section 3.3), and those break lines in logs.
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\ufdd0-\ufdef"
    + "".join(
        chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)
    )
    + "]"
)

_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:?\d\d)?)?", re.ASCII
)
"""RFC 3339, section 5.6; offset, seconds and the whole time may be missing."""


def _assume_utc(value: object) -> object:
    """Takes a date-time string; one without an offset is read as UTC, a date as its midnight."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("should be an RFC 3339 date-time string such as 2026-01-31T09:30:00Z")
    try:
        parsed = datetime.fromisoformat(value.upper())
    except ValueError as error:  # its own message would repeat the input
        raise ValueError("is no date and time of the calendar") from error
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _to_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is outside the years 1 to 9999 in UTC") from error


def _fit_for_headers(value: object) -> object:
    if isinstance(value, str) and _UNFIT_FOR_IDS.search(value):
        raise ValueError("holds a control character, a line break or a noncharacter")
    return value


UtcDatetime = Annotated[AwareDatetime, BeforeValidator(_assume_utc), AfterValidator(_to_utc)]
"""A moment in UTC; written with a trailing ``Z``."""

ArticleId = Annotated[
    str,
    StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=MAX_ID_LENGTH),
    BeforeValidator(_fit_for_headers),
]
"""An id of 1 to 512 characters without control characters; spaces around it are dropped."""


class Article(BaseModel):
    """A news article. Unknown fields are ignored, so that publishers may send more.

    Offsets in the outputs count Unicode code points of `text` (or of `title`, where an evidence
    says so), exactly as given here. An article needs a text or a title.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: ArticleId = Field(
        description="Unique id of the article, without control characters; the key of its record"
    )
    title: StrictStr | None = Field(
        default=None, max_length=MAX_TITLE_LENGTH, description="Headline"
    )
    text: StrictStr = Field(
        default="",
        validate_default=True,
        description="Plain text of the article; may be left out where there is a title",
    )
    url: StrictStr | None = Field(
        default=None, max_length=MAX_URL_LENGTH, description="Where the article was published"
    )
    source: StrictStr | None = Field(
        default=None, max_length=MAX_SOURCE_LENGTH, description="Name of the publisher"
    )
    published_at: UtcDatetime | None = Field(
        default=None, description="When it was published (RFC 3339; UTC where no offset is given)"
    )
    language: StrictStr | None = Field(
        default=None,
        max_length=MAX_LANGUAGE_LENGTH,
        description="Language that the publisher states (BCP 47); a hint only",
    )

    @field_validator("text")
    @classmethod
    def _has_something_to_read(cls, text: str, info: ValidationInfo) -> str:
        # Where the title itself is at fault it is not in `info.data`, and named first anyway.
        title = info.data.get("title") or ""
        if not text.strip() and not title.strip():
            raise ValueError("an article needs a text or a title")
        return text
