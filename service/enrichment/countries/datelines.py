"""Where the datelines are: HANOI (Kyodo) --, BRUSSELS, 16 March -, Nairobi, Kenya | AFP |."""

import re
from dataclasses import dataclass
from typing import Final

from service.enrichment.countries.gazetteer import Kind, listed
from service.enrichment.values import Document

MAX_SENTENCES = 40
"""Sentences at whose beginning a dateline is looked for; a digest has one for each item."""

SHORTEST: Final = 3
"""Capitals with which a dateline inside of the text begins."""

_MONTH: Final = (
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT"
    r"|NOV|DEC)[a-zA-Z]*\.?"
)
_DATE: Final = (
    rf"(?:{_MONTH} (?:\d{{1,2}}(?:, \d{{4}})?|\d{{4}})|\d{{1,2}} {_MONTH}(?:,? \d{{4}})?)"
)
_CAPITALS: Final = r"[A-Z][A-Z.'’/-]+(?: [A-Z][A-Z.'’/-]+){0,3}"
_TOWN: Final = r"[A-Z][\w.'’]+(?: [A-Z][\w.'’]+){0,3}"
_NAME: Final = r"[A-Z][\w.'’-]*(?: (?:of|and|the|(?:d['’])?[A-Z][\w.'’-]*)){0,5}"
_COUNTRY: Final = f", {_NAME}"
_DASH: Final = r"\s*(?:--|—|–|-|:|\||//)\s"
_AGENCY: Final = r"\s*\([A-Z][A-Za-z/. ]{1,20}\)"
_BARS: Final = r"\s\|\s?[A-Z][A-Za-z/. ]{1,20}\s?\|\s"
_DATELINE: Final = re.compile(
    rf"\s*(?:{_CAPITALS}(?:{_COUNTRY})??"
    rf"(?:{_BARS}|(?:,? {_DATE})?(?:\s*\([^()\n]{{2,40}}\))?{_DASH})"
    rf"|{_TOWN}(?:{_COUNTRY})??"
    rf"(?:{_BARS}|, {_DATE}{_DASH}|(?:, {_DATE})?{_AGENCY}{_DASH}))"
)
_OF_A_TOWN: Final = re.compile(
    rf"\s*({_TOWN})(?:, (?:the )?({_NAME}){_DASH}"
    rf"|(?:, {_DATE})? \([a-z/]{{2,10}}\){_DASH}"
    rf"|\. {_DATE}(?:\.|{_AGENCY})(?:{_DASH}|\s))"
)
"""Nairobi, Kenya —; Nairobi (dpa) -; Moscow. January 5.: without a town no datelines."""
_MAX_LENGTH: Final = 120
_TOWNS: Final = frozenset({Kind.CAPITAL, Kind.TOWN, Kind.WEAK_TOWN})
_AROUND: Final = frozenset({Kind.NAME, Kind.DIVISION, Kind.ABBREVIATION})


@dataclass(frozen=True, slots=True)
class Datelines:
    """The stretches of a document that are datelines."""

    spans: tuple[tuple[int, int], ...]

    def holds(self, offset: int) -> bool:
        """Whether `offset` lies in one."""
        for start, end in self.spans:  # noqa: SIM110 - any() with a generator costs five times this
            if start <= offset < end:
                return True
        return False


def find(document: Document) -> Datelines:
    """The datelines at the beginning of the text and of its sentences."""
    text = document.full
    starts = [document.text_start]
    starts += [
        s.start
        for s in document.sentences[:MAX_SENTENCES]
        if s.part == "text" and s.start != document.text_start
    ]
    spans: list[tuple[int, int]] = []
    for start in starts:
        if start != document.text_start and not text[start : start + SHORTEST].isupper():
            continue
        match = _DATELINE.match(text, start, start + _MAX_LENGTH)
        if not match and start == document.text_start:
            match = _of_a_town(text, start)
        if match:
            spans.append((start, match.end()))
    return Datelines(tuple(spans))


def _of_a_town(text: str, start: int) -> re.Match[str] | None:
    """A dateline that only its town shows to be one."""
    match = _OF_A_TOWN.match(text, start, start + _MAX_LENGTH)
    if match is None:
        return None
    towns = _countries_of(match[1], _TOWNS)
    within = _countries_of(match[2], _AROUND) if match[2] else towns
    return match if towns & within else None


def _countries_of(phrase: str, kinds: frozenset[Kind]) -> frozenset[str]:
    """The countries that a phrase of the gazetteer means as one of these kinds."""
    senses, _ = listed()
    return frozenset(s.country for s in senses.get(phrase, ()) if s.kind in kinds)
