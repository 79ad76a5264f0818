"""ninjs 3 items (IPTC News in JSON) as `Article`.

Only what is needed is read; all else in an item (renditions, altIds, associations …) is ignored.
Items of ninjs 1 and 2 spell names differently (``pubstatus``) and are refused: a withheld one
must not get through because its status was not seen.

Source: IPTC, JSON Schema of ninjs 3.2 (2025).
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, FailFast, Field, StrictStr, ValidationError

from contracts.article import Article, ArticleId, UtcDatetime
from contracts.deadletter import RejectReason
from contracts.errors import ArticleError, NotPublishable
from contracts.htmltext import to_text
from contracts.wording import first_error

_PLAIN = "text/plain"
_HTML = frozenset(["text/html", "application/xhtml+xml"])
_UNSAID = ""
_PREFERENCE = {_PLAIN: 0, _UNSAID: 1, **dict.fromkeys(_HTML, 2)}
"""The content types that can be read, the best first: plain text needs no conversion."""

_MAIN_ROLES = frozenset(["", "main"])
"""Roles are free text in ninjs; the standard's examples use main, or none for a single one."""

_LOOKS_LIKE_HTML = re.compile(r"</(?:p|div|h[1-6]|ul|ol|a)>|<br ?/?>|<p>", re.IGNORECASE)
"""What tells HTML where a body states no content type."""

_FIELD_IN_ITEM = {"id": "uri", "title": "headlines", "text": "bodies", "source": "infoSources"}
"""Where in an item each field of an `Article` comes from."""


class _Part(BaseModel):
    """A piece of a ninjs item; what is not read here is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class NinjsText(_Part):
    """A headline or a body."""

    role: StrictStr | None = Field(default=None, description="main or absent: the one that is read")
    contentType: StrictStr | None = Field(  # noqa: N815 - the standard's name
        default=None, description="text/plain, text/html or application/xhtml+xml"
    )
    value: StrictStr

    @property
    def media_type(self) -> str:
        """The content type without parameters, in lower case; guessed where none is stated."""
        stated = (self.contentType or "").partition(";")[0].strip().lower()
        if not stated and _LOOKS_LIKE_HTML.search(self.value):
            return "text/html"
        return stated

    @property
    def is_main(self) -> bool:
        """Whether the role is main, or none is stated."""
        return (self.role or "").strip().lower() in _MAIN_ROLES

    def text(self) -> str:
        """The value as plain text."""
        return to_text(self.value) if self.media_type in _HTML else self.value


class NinjsSource(_Part):
    """A party that the content comes from."""

    name: StrictStr | None = None
    literal: StrictStr | None = None


_P = TypeVar("_P", bound=_Part)
_Parts = Annotated[tuple[_P, ...], FailFast()]
"""Looked at up to the first that is wrong: one is named, and hundreds of thousands cost seconds."""


class NinjsItem(_Part):
    """The part of a ninjs 3 item that is read."""

    uri: ArticleId = Field(description="Unique id of the item; becomes the article's id")
    headlines: _Parts[NinjsText] = ()
    bodies: _Parts[NinjsText] = ()
    language: StrictStr | None = Field(default=None, description="BCP 47")
    versionCreated: UtcDatetime | None = None  # noqa: N815 - the standard's name
    firstCreated: UtcDatetime | None = None  # noqa: N815 - the standard's name
    infoSources: _Parts[NinjsSource] = ()  # noqa: N815 - the standard's name
    copyrightHolder: StrictStr | None = None  # noqa: N815 - the standard's name
    pubStatus: Literal["usable", "withheld", "canceled"] = Field(  # noqa: N815 - the standard's name
        default="usable", description="Items that are not usable become dead letters"
    )


_OLD_NAMES = {name.lower(): name for name in NinjsItem.model_fields if not name.islower()}
"""Names as ninjs 1 and 2 spell them."""


def is_ninjs(decoded: Mapping[str, Any]) -> bool:
    """Whether `decoded` is a ninjs item: it has a `uri` and no `id`.

    ninjs knows no `id` at the top of an item, and an `Article` no `uri`; where both are there the
    `id` wins, and the object is an `Article`.
    """
    return "uri" in decoded and "id" not in decoded


def to_article(decoded: Mapping[str, Any]) -> Article:
    """The article in a ninjs item.

    The headline is the first with the role main or none, else the first; the body likewise, plain
    text before HTML. HTML is converted, and the converted text is what offsets count in.
    `versionCreated` counts before `firstCreated`, the first named of `infoSources` before
    `copyrightHolder`.

    Raises:
        NotPublishable: `pubStatus` is withheld or canceled.
        ArticleError: a field is not as ninjs 3 has it, or there is nothing to read; the field
            is the item's own, such as ``bodies.0.value``.
    """
    old = next((name for name in _OLD_NAMES if name in decoded), None)
    if old is not None:
        raise _invalid(old, f"is of ninjs 1 or 2; ninjs 3 is read, which has {_OLD_NAMES[old]}")
    try:
        item = NinjsItem.model_validate(decoded)
    except ValidationError as error:
        raise _invalid(*first_error(error)) from error
    if item.pubStatus != "usable":
        raise NotPublishable(message=f"is {item.pubStatus}")
    fields = {
        "id": item.uri,
        "title": _headline(item),
        "text": _body(item),
        "source": _source(item),
        "published_at": item.versionCreated or item.firstCreated,
        "language": item.language,
    }
    try:
        return Article.model_validate(fields)
    except ValidationError as error:
        field, message = first_error(error)
        raise _invalid(_FIELD_IN_ITEM.get(field or "", field), message) from error


def _headline(item: NinjsItem) -> str | None:
    """The headline on one line."""
    headlines = (headline for headline in item.headlines if headline.value.strip())
    best = min(headlines, key=lambda headline: not headline.is_main, default=None)
    return None if best is None else " ".join(best.text().split())


def _body(item: NinjsItem) -> str:
    """The text of the best body, empty where the item has none."""
    bodies = [(at, body) for at, body in enumerate(item.bodies) if body.value.strip()]
    readable = [body for _, body in bodies if body.media_type in _PREFERENCE]
    if bodies and not readable:
        field = f"bodies.{bodies[0][0]}.contentType"
        raise _invalid(field, f"should be {_PLAIN} or one of {', '.join(sorted(_HTML))}")
    best = min(
        readable,
        key=lambda body: (not body.is_main, _PREFERENCE[body.media_type]),
        default=None,
    )
    return "" if best is None else best.text()


def _source(item: NinjsItem) -> str | None:
    named = (source.name or source.literal for source in item.infoSources)
    return next((name for name in named if name), None) or item.copyrightHolder


def _invalid(field: str | None, message: str) -> ArticleError:
    return ArticleError(RejectReason.INVALID_FIELD, field, message)
