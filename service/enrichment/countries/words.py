"""The words around a name that decide how it is read; English."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from service.enrichment.countries.gazetteer import DATA

_QUOTES = "\"“‘'("
_SKIPPED = f" \t{_QUOTES}"
_AFTER = re.compile(r"[ \t]?-?[ \t]?([\w&][\w'’&-]*)")
_REACH = 32
"""Characters looked at for a word or two."""


@dataclass(frozen=True, slots=True)
class Words:
    """Sets of lower-case words; `given` and `given_names` are capitalised."""

    locative: frozenset[str]
    motion: frozenset[str]
    facility: frozenset[str]
    organisation: frozenset[str]
    state: frozenset[str]
    culture: frozenset[str]
    currency: frozenset[str]
    agreement: frozenset[str]
    after_language: frozenset[str]
    before_surname: frozenset[str]
    given: frozenset[str]
    given_names: frozenset[str]


@cache
def load() -> Words:
    """The word lists that the package ships."""
    table = tables()
    names = (
        "locative",
        "motion",
        "facility",
        "organisation",
        "state",
        "culture",
        "currency",
        "agreement",
        "after_language",
        "before_surname",
        "given",
        "given_names",
    )
    return Words(*(frozenset(table[name].split()) for name in names))


@cache
def tables() -> dict[str, Any]:
    """gazetteer_words.toml as it is: strings at the top, tables of strings below."""
    raw = (resources.files(DATA) / "gazetteer_words.toml").read_text(encoding="utf-8")
    return tomllib.loads(raw)


def before(text: str, start: int) -> str:
    """The word that ends right before `start` on the same line, or ""."""
    return two_before(text, start)[0]


def two_before(text: str, start: int) -> tuple[str, str]:
    """The word right before `start` on the same line and the one before it, or ""."""
    end = start
    while end and text[end - 1] in _SKIPPED:
        end -= 1
    if end == start:
        return "", ""
    words = text[max(0, end - _REACH) : end].rsplit("\n", 1)[-1].rsplit(None, 2)
    if not words:
        return "", ""
    last = words[-1].lstrip(_QUOTES)
    return last, words[-2].lstrip(_QUOTES) if len(words) > 1 else ""


def after(text: str, end: int) -> str:
    """The word that begins right after `end` or after a hyphen, or ""."""
    found = _AFTER.match(text, end, end + _REACH)
    return found[1] if found else ""
