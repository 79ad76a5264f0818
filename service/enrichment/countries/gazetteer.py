"""The gazetteer: every phrase that may stand for a country, and one automaton that finds them."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Self

from ahocorasick_rs import AhoCorasick, MatchKind

DATA = "service.enrichment.data"
DATE = "2026.11.24"
"""When the gazetteer was built; the first part of its version."""


@dataclass(frozen=True, slots=True)
class Sense:
    """One reading of a phrase: a country and how the phrase stands for it."""

    country: str
    kind: str


class Gazetteer:
    """Phrases with their readings.

    Args:
        senses: for each phrase, its readings, the likeliest first.
        digest: names the content.
    """

    def __init__(self, senses: dict[str, tuple[Sense, ...]], *, digest: str) -> None:
        self.version = f"{DATE}+{digest}"
        self.senses = senses
        self._phrases = list(senses)
        self._automaton = AhoCorasick(
            self._phrases, matchkind=MatchKind.Standard, store_patterns=False
        )

    @classmethod
    def load(cls) -> Self:
        """The gazetteer that the package ships."""
        raw = (resources.files(DATA) / "gazetteer.tsv").read_bytes()
        rows = (line.split("\t") for line in raw.decode().splitlines() if line[:1] != "#")
        return cls(
            {row[0]: tuple(Sense(*s.split(":")[:2]) for s in row[1].split()) for row in rows},
            digest=hashlib.sha256(raw).hexdigest()[:8],
        )

    def matches(self, text: str) -> list[tuple[int, int, str]]:
        """Start, end and phrase of every match, also inside of words and of each other."""
        return [
            (start, end, self._phrases[index])
            for index, start, end in self._automaton.find_matches_as_indexes(
                text, overlapping=True
            )
        ]


@dataclass(frozen=True, slots=True)
class Country:
    """What is known of a country: its alpha-3 code, English name and M49 region."""

    code: str
    name: str
    region: str


@cache
def countries() -> dict[str, Country]:
    """The countries by alpha-3 code: ISO 3166-1 and Kosovo (XKX)."""
    raw = (resources.files(DATA) / "countries.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in raw.splitlines() if line[:1] != "#")
    return {row[0]: Country(*row) for row in rows}
