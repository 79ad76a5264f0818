"""The bytes of an input record to an `Article`, or to one typed error that says why not."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from contracts import ninjs
from contracts.article import Article
from contracts.deadletter import RejectReason
from contracts.errors import ArticleError
from contracts.wording import first_error

_UTF8_BOM = b"\xef\xbb\xbf"


def parse_article(value: bytes | None) -> Article:
    """Reads an input record's value: a flat `Article`, or a ninjs 3 item.

    An object with an `id` is an `Article`; without one, but with a `uri`, it is a ninjs item.

    Args:
        value: the record's value, UTF-8 JSON; a byte order mark is forgiven, of duplicate keys the
            last one counts.

    Raises:
        ArticleError: with the reason null_value, malformed_json, invalid_field or
            not_publishable. Nothing else is raised, whatever the bytes.
    """
    return article_from(decode(value))


def decode(value: bytes | None) -> Mapping[str, Any]:
    """The JSON object in `value`.

    Raises:
        ArticleError: null_value or malformed_json.
    """
    if value is None:
        raise ArticleError(RejectReason.NULL_VALUE, None, "the record has no value")
    if not value.strip():
        raise ArticleError(RejectReason.MALFORMED_JSON, None, "the value is empty")
    try:
        # Refuses NaN, lone surrogates, bytes that are not UTF-8, huge numbers and deep nesting,
        # each as a ValueError whose message holds a position but nothing of the input.
        decoded = from_json(value.removeprefix(_UTF8_BOM), allow_inf_nan=False)
    except ValueError as error:
        raise ArticleError(RejectReason.MALFORMED_JSON, None, str(error)) from error
    if not isinstance(decoded, dict):
        found = _JSON_TYPES.get(type(decoded), "something else")
        raise ArticleError(
            RejectReason.MALFORMED_JSON, None, f"should be a JSON object, is {found}"
        )
    return decoded


def article_from(decoded: Mapping[str, Any]) -> Article:
    """An `Article` from a JSON object that is already decoded; for its rules see `parse_article`.

    Raises:
        ArticleError: invalid_field or not_publishable.
    """
    if ninjs.is_ninjs(decoded):
        return ninjs.to_article(decoded)
    try:
        return Article.model_validate(decoded)
    except ValidationError as error:
        field, message = first_error(error)
        raise ArticleError(RejectReason.INVALID_FIELD, field, message) from error


_JSON_TYPES: Mapping[type, str] = {
    list: "an array",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "a boolean",
    type(None): "null",
}
