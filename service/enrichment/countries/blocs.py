"""Blocs: the EU, NATO, the G7 and others; actors of their own kind, never countries."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from ahocorasick_rs import AhoCorasick, MatchKind

from service.enrichment.countries.gazetteer import DATA, countries

EVERY_COUNTRY = "*"
"""Stands for all countries in the table: the United Nations."""


@dataclass(frozen=True, slots=True)
class Bloc:
    """A bloc and its members.

    Attributes:
        code: EU, NATO, G7.
        name: in full.
        members: alpha-3 codes.
        as_of: the day on which they were members.
    """

    code: str
    name: str
    members: frozenset[str]
    as_of: date


@dataclass(frozen=True, slots=True)
class BlocMention:
    """A phrase that names a bloc; offsets in the text that was searched."""

    bloc: str
    start: int
    end: int


@cache
def blocs() -> dict[str, Bloc]:
    """The known blocs by code, from countries_blocs.toml."""
    table = _table()
    as_of = table.pop("as_of")
    return {
        code: Bloc(
            code,
            row["name"],
            frozenset(countries())
            if row["members"] == EVERY_COUNTRY
            else frozenset(row["members"].split()),
            as_of,
        )
        for code, row in table.items()
    }


def find(text: str) -> tuple[BlocMention, ...]:
    """The phrases of `text` that name a bloc, in order; the longest where several begin."""
    automaton, codes = _automaton()
    readable = text.encode(errors="replace").decode()
    return tuple(
        BlocMention(codes[index], start, end)
        for index, start, end in automaton.find_matches_as_indexes(readable)
        if not (start and text[start - 1].isalnum()) and not text[end : end + 1].isalnum()
    )


@cache
def _automaton() -> tuple[AhoCorasick, list[str]]:
    table = _table()
    del table["as_of"]
    owners = {phrase: code for code, row in table.items() for phrase in row["phrases"]}
    automaton = AhoCorasick(list(owners), matchkind=MatchKind.LeftmostLongest, store_patterns=False)
    return automaton, list(owners.values())


def _table() -> dict[str, Any]:
    raw = (resources.files(DATA) / "countries_blocs.toml").read_text(encoding="utf-8")
    return tomllib.loads(raw)
