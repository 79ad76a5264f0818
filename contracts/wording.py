"""How messages about records are written: one short line, no text of the article."""

from pydantic import ValidationError

MAX_MESSAGE_LENGTH = 500
"""Characters. Messages travel in headers and logs."""
MAX_FIELD_LENGTH = 200
"""Characters of a field's path."""

_ELLIPSIS = "…"
_WORDING = {
    "missing": "is required",
    "string_type": "should be a string",
    "tuple_type": "should be an array",
    "model_type": "should be an object",
    "json_invalid": "is no valid JSON",
}
"""pydantic's error types whose own message speaks of Python rather than of JSON."""
_PREFIXES = ("Value error, ", "Input ", "String ")


def one_line(text: str, *, limit: int = MAX_MESSAGE_LENGTH) -> str:
    """`text` on one line, cut to `limit` characters, fit for a header and a log.

    What cannot be printed, line breaks among it, becomes a space; lone surrogates, which UTF-8
    cannot hold, are among it.
    """
    start = text[: 4 * limit]  # fills the limit; a message of megabytes stays cheap
    line = " ".join("".join(char if char.isprintable() else " " for char in start).split())
    if len(line) <= limit and len(start) == len(text):
        return line
    return line[: limit - 1].rstrip() + _ELLIPSIS


def first_error(error: ValidationError) -> tuple[str | None, str]:
    """The path of the first field at fault, None for the value as a whole, and what is wrong.

    The input itself is left out: it may be the article's text.
    """
    detail = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = ".".join(str(part) for part in detail["loc"])
    message = _WORDING.get(detail["type"], detail["msg"])
    for prefix in _PREFIXES:
        message = message.removeprefix(prefix)
    return one_line(path, limit=MAX_FIELD_LENGTH) or None, one_line(message)
