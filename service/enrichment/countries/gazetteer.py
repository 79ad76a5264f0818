"""The gazetteer: every phrase that may stand for a country, and one automaton that finds them."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Self

from ahocorasick_rs import AhoCorasick, MatchKind

DATA = "service.enrichment.data"
DATE = "2026.11.28"
"""When the gazetteer was built; the first part of its version."""


class Kind(StrEnum):
    """How a phrase of the gazetteer bears on a country; one letter in gazetteer.tsv."""

    NAME = "N"
    ADJECTIVE = "A"
    PEOPLE = "P"
    """A noun for somebody from there: Briton, Israelis."""
    CAPITAL = "C"
    TOWN = "T"
    WEAK_TOWN = "t"
    """A town with the name of a common word or person: Mobile, Jackson."""
    DIVISION = "S"
    """A state, province or region: Texas, Ontario."""
    ABBREVIATION = "Z"
    """A division's abbreviation, good only after a town and a comma: Pa., TX."""
    GOVERNMENT = "G"
    FORCES = "F"
    MOVEMENT = "M"
    BEARER = "B"
    """A firm, medium or team that has the name but does not act for the country."""
    LEADER = "L"
    """Full name of somebody who speaks for it."""
    KNOWN_SURNAME = "K"
    """Stands alone: Putin."""
    SURNAME_AT_HOME = "k"
    """Stands alone where the document names its country too: Jeenbekov."""
    SURNAME = "l"
    """Stands alone only where its full name or a title came before: Bush."""
    TRAP = "X"
    """Holds a country's name and means none, or another one: French fries, New England."""
    CUE = "Q"
    """Shows the country of a story without naming it: sheriff's office, Crown Court."""


@dataclass(frozen=True, slots=True)
class Sense:
    """One reading of a phrase.

    Attributes:
        country: alpha-3; "-" where a trap means no country.
        kind: how the phrase bears on it.
        divisions: the states that a town of this name, or this abbreviation, belongs to.
        size: of a town: twice the decimal logarithm of its inhabitants.
        strength: of a cue, in [0, 1].
        money: whether a cue speaks of business, and so of a market rather than of a place.
    """

    country: str
    kind: Kind
    divisions: frozenset[str] = frozenset()
    size: int = 0
    strength: float = 0.0
    money: bool = False


class Gazetteer:
    """Phrases with their readings, and the automaton over them.

    A phrase is known as written and in capitals, for headlines of the wire.

    Args:
        senses: for each phrase, its readings, the likeliest first.
        digest: names the content.
    """

    def __init__(self, senses: dict[str, tuple[Sense, ...]], *, digest: str) -> None:
        self.version = f"{DATE}+{digest}"
        self.senses = senses
        capitals = {p.upper(): p for p in senses if p.upper() not in senses}
        self._phrases = [*((p, p) for p in senses), *capitals.items()]
        self._automaton = AhoCorasick(
            [surface for surface, _ in self._phrases],
            matchkind=MatchKind.Standard,
            store_patterns=False,
        )

    @classmethod
    def load(cls) -> Self:
        """The gazetteer that the package ships."""
        senses, digest = listed()
        return cls(senses, digest=digest)

    def matches(self, text: str) -> Iterable[tuple[int, int, int]]:
        """Index of phrase, start and end of every match, also inside of words and each other."""
        found: list[tuple[int, int, int]] = self._automaton.find_matches_as_indexes(
            text, overlapping=True
        )
        return found

    def phrase(self, index: int) -> tuple[str, str]:
        """The phrase as matched, and as the gazetteer writes it."""
        return self._phrases[index]


@cache
def listed() -> tuple[dict[str, tuple[Sense, ...]], str]:
    """The phrases that the package ships, each with its readings, and what names their content."""
    raw = (resources.files(DATA) / "gazetteer.tsv").read_bytes()
    senses: dict[str, tuple[Sense, ...]] = {}
    sense = cache(_sense)
    parse = cache(lambda readings: tuple(map(sense, readings.split(" "))))
    for line in raw.decode().splitlines():
        if not line.startswith("#"):
            phrase, _, readings = line.partition("\t")
            senses[phrase] = parse(readings)
    return senses, hashlib.sha256(raw).hexdigest()[:8]


def _sense(reading: str) -> Sense:
    country, kind, *extra = reading.split(":")
    match kind:
        case "T" | "t":
            divisions = frozenset(extra[1].split(",")) if len(extra) > 1 else frozenset()
            return Sense(country, Kind(kind), divisions, size=int(extra[0]))
        case "Q":
            return Sense(country, Kind.CUE, strength=float(extra[0]), money=len(extra) > 1)
        case _:
            return Sense(country, Kind(kind), frozenset(extra))


@dataclass(frozen=True, slots=True)
class Country:
    """What is known of a country: its alpha-3 code, English name and M49 region ("" if none)."""

    code: str
    name: str
    region: str


def region_of(code: str) -> str:
    """The M49 region of a country by its alpha-3 code; "" where it is unknown or has none."""
    known = countries().get(code)
    return known.region if known else ""


@cache
def countries() -> dict[str, Country]:
    """The countries by alpha-3 code: ISO 3166-1 and Kosovo (XKX)."""
    raw = (resources.files(DATA) / "countries.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in raw.splitlines() if not line.startswith("#"))
    return {row[0]: Country(*row) for row in rows}
