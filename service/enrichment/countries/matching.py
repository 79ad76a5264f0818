"""Phrases of the gazetteer in a text: whole words only, the longest ones, in the right case."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from service.enrichment.countries.gazetteer import Gazetteer, Kind, Sense
from service.enrichment.values import Document, Sentence

CAPITALS_SHARE = 0.8
"""Of its letters that a sentence in capitals has in capitals; "U.S. dlr" and "pct" may slip in."""

SHORT_IN_CAPITALS = 4
"""Letters from which a name in capitals is taken for a name also in ordinary sentences."""

ENOUGH_TO_TELL = 200
"""Characters of a sentence looked at."""

SOON = 60
"""Characters in which an ordinary sentence has a word in small letters."""

_SMALL_WORD = re.compile(r"(?<![^\W_])(?!(?:pct|mln|dlrs?|vs|stg|cts)\b)[a-z]{2,}")

MANY = 20
"""Sentences in capitals from which the text is taken to be so throughout."""

LONGEST_HEADLINE = 120
"""Characters."""

FEWEST_WORDS = 5

TITLE_CASE_SHARE = 0.85
"""Of its words that a headline in title case begins with a capital."""

_CAPITALS_KINDS = frozenset({Kind.NAME, Kind.ADJECTIVE, Kind.CAPITAL, Kind.TOWN, Kind.DIVISION})

_DATELINE_ENDS = frozenset({" (", " -", " —", " –"})

_PRONOUN_US = re.compile(
    r"\b(?:LET|HELP|HELPS|TELL|TELLS|GIVE|GIVES|GAVE|OF|FOR|JOIN|AMONG|ABOUT|BEHIND|SHOW|SHOWS|ALL)$"
)
"""Before "US" in capitals: rather the pronoun."""


class Hit(NamedTuple):
    """A phrase of the gazetteer in a document.

    Attributes:
        start: offset in `Document.full`.
        end: offset in `Document.full`.
        phrase: as the gazetteer writes it.
        senses: its readings.
        capitals: whether it stands in capitals where the gazetteer has small letters.
    """

    start: int
    end: int
    phrase: str
    senses: tuple[Sense, ...]
    capitals: bool = False


def find(gazetteer: Gazetteer, document: Document) -> list[Hit]:
    """The longest whole-word hits in `document`, leftmost first; they never overlap."""
    text = document.full
    capitals = capital_sentences(document)
    chosen: list[Hit] = []
    free = 0
    candidates = [
        (start, -end, index)
        for index, start, end in gazetteer.matches(text)
        if not is_joined(text, start, end)
    ]
    candidates.sort()
    for start, minus_end, index in candidates:
        if start < free:
            continue
        end = -minus_end
        surface, phrase = gazetteer.phrase(index)
        in_capitals = surface != phrase
        senses = gazetteer.senses[phrase]
        if in_capitals or phrase == "US":
            shouted = any(begin <= start < close for begin, close in capitals)
            if not _in_capitals(text, (start, end), senses, shouted=shouted):
                continue
        chosen.append(Hit(start, end, phrase, senses, in_capitals))
        free = end
    return chosen


def capital_sentences(document: Document) -> list[tuple[int, int]]:
    """Start and end of the sentences that are written in capitals, the first ones of them.

    A text all in capitals has so many that they are taken as one.
    """
    found = [(s.start, s.end) for s in document.sentences if is_in_capitals(document.text_of(s))]
    return found if len(found) <= MANY else [(found[0][0], found[-1][1])]


def title_case_sentences(document: Document) -> list[tuple[int, int]]:
    """Start and end of the short sentences in which nearly every word begins with a capital."""
    found = []
    for sentence in document.sentences:
        if sentence.end - sentence.start <= LONGEST_HEADLINE:
            words = [w for w in document.text_of(sentence).split() if w[:1].isalpha()]
            capitalised = sum(w[0].isupper() for w in words)
            if len(words) >= FEWEST_WORDS and capitalised >= TITLE_CASE_SHARE * len(words):
                found.append((sentence.start, sentence.end))
    return found


def is_in_capitals(text: str) -> bool:
    """Whether nearly all letters are capitals, and there are enough of them to tell."""
    if _SMALL_WORD.search(text, 0, SOON):
        return False
    beginning = text[:ENOUGH_TO_TELL]
    upper = sum(map(str.isupper, beginning))
    letters = sum(map(str.isalpha, beginning))
    return letters > SHORT_IN_CAPITALS and upper >= CAPITALS_SHARE * letters


def sentence_at(sentences: Sequence[Sentence], starts: Sequence[int], offset: int) -> int:
    """Index of the sentence that holds `offset`, or -1; `starts` are the sentences' starts."""
    index = bisect_right(starts, offset) - 1
    return index if index >= 0 and offset < sentences[index].end else -1


def is_joined(text: str, start: int, end: int) -> bool:
    """Whether the match is part of a longer word, an address, a tag or a currency (US$)."""
    if start and (
        (before := text[start - 1]).isalnum()
        or before == "$"
        or (before in "@#_/" and _glued(text, start))
    ):
        return True
    if end >= len(text):
        return False
    after = text[end]
    if not (text[end - 1].isalnum() or after in {"@", "$"}):
        return False
    return after.isalnum() or after in {"_", "@", "$"}


def _glued(text: str, start: int) -> bool:
    """Whether `@ # _` makes one token with what follows; a slash joins two names."""
    return text[start - 1] != "/" or text[start - 2 : start - 1] in {"/", ":", "."}


def _in_capitals(
    text: str, span: tuple[int, int], senses: tuple[Sense, ...], *, shouted: bool
) -> bool:
    """Whether a phrase in capitals is meant, not another word that looks like it."""
    start, end = span
    if text[start:end] == "US":
        return not (shouted and _PRONOUN_US.search(text[max(0, start - 12) : start].rstrip()))
    if shouted:
        return senses[0].kind is not Kind.ABBREVIATION
    if end - start < SHORT_IN_CAPITALS:
        return False
    if any(s.kind in _CAPITALS_KINDS for s in senses):
        return True
    ends_a_dateline = text[end : end + 1] in {",", ":"} or text[end : end + 2] in _DATELINE_ENDS
    return ends_a_dateline and any(s.kind is Kind.WEAK_TOWN for s in senses)
