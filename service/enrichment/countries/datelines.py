"""Where the datelines are: HANOI (Kyodo) --, BRUSSELS, March 16 -, LEXINGTON, Neb. (AP)."""

import re
from dataclasses import dataclass
from typing import Final

from service.enrichment.values import Document

MAX_SENTENCES = 40
"""Sentences at whose beginning a dateline is looked for; a digest has one for each item."""

SHORTEST: Final = 3
"""Capitals with which a dateline inside of the text begins."""

_MONTH: Final = (
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT"
    r"|NOV|DEC)[a-zA-Z]*\.? \d{1,2}(?:, \d{4})?"
)
_PLACE: Final = r"[A-Z][A-Z.'’/-]+(?: [A-Z][A-Z.'’/-]+){0,3}"
_DASH: Final = r"\s*(?:--|—|–|-|:)\s"
_DATELINE: Final = re.compile(
    rf"\s*(?:{_PLACE}(?:, [A-Z][\w. ]{{1,20}}?)??(?:, {_MONTH})?\s*(?:\([^()\n]{{2,40}}\))?{_DASH}"
    rf"|[A-Z][\w.'’]+(?: [A-Z][\w.'’]+){{0,3}}(?:, [A-Z][\w. ]{{1,20}}?)??"
    rf"(?:, {_MONTH}{_DASH}|(?:, {_MONTH})?\s*\([A-Z][A-Za-z/ ]{{1,20}}\){_DASH}))"
)
_MAX_LENGTH: Final = 120


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
        if match:
            spans.append((start, match.end()))
    return Datelines(tuple(spans))
