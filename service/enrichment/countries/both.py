"""Which two countries "both leaders" means."""

import re
from collections.abc import Sequence
from functools import cache, cached_property
from typing import Final

from service.enrichment.countries import salience, words
from service.enrichment.countries.anaphors import Anaphor
from service.enrichment.countries.people import Phrase
from service.enrichment.values import CountryScore, Document, Mention, Sentence

PAIR: Final = 2

CLEARLY: Final = 1.3
"""How much more salient than a third the second of two countries must be."""

_JOINING: Final = frozenset({" and ", " and the "})

_SHARED: Final = frozenset({"with", "for"})
"""After "A and B", before a phrase that may well be A and B."""

_REPORTED: Final = re.compile(
    r"\b(?:said|says|saying|that|told|adding|added|insisted|announced|confirmed)\b"
)
"""What a country says of the two may be of itself and another."""


@cache
def _list(name: str) -> frozenset[str]:
    """Words around a phrase that points back, from gazetteer_words.toml."""
    return frozenset(words.tables()["anaphors"][name].split())


class Whole:
    """What a whole document tells of its countries and people, for phrases that point back.

    Attributes:
        text: `Document.full`.
        people: where each country's holder of each office is first named.
    """

    def __init__(
        self, document: Document, mentions: Sequence[Mention], people: Sequence[Phrase]
    ) -> None:
        self.text = document.full
        self.people = _first_of_each(people)
        self._document = document
        self._mentions = [mention for mention in mentions if mention.country]

    @cached_property
    def countries(self) -> Sequence[CountryScore]:
        """The countries, most salient first."""
        return salience.rank(self._document, self._mentions)

    @cached_property
    def named(self) -> dict[str, int]:
        """Where each country is first named."""
        return {mention.country: mention.start for mention in reversed(self._mentions)}


def _first_of_each(people: Sequence[Phrase]) -> list[Phrase]:
    """Where each country's holder of each office is first named: all that is asked of them here.

    A text may name one person thousands of times, and point back as often.
    """
    first: dict[tuple[str, str], Phrase] = {}
    for person in people:
        known = first.setdefault((person.country, person.office), person)
        if person.start < known.start:
            first[person.country, person.office] = person
    return list(first.values())


def meant(
    anaphor: Anaphor,
    window: Sequence[Mention],
    sentences: tuple[Sentence, Sentence],
    whole: Whole,
) -> tuple[str, ...]:
    """The two countries, in order of code; none where it is not clear which.

    Args:
        anaphor: "both leaders", "the two sides", "neither country".
        window: the mentions before it that it may point back to, in order.
        sentences: its own and the one before, which is its own again in the first one.
        whole: the document.
    """
    here, previous = sentences
    others = _neighbours(window, here) if anaphor.noun else ()
    if anaphor.value or others:
        return tuple(anaphor.value.split()) or others
    third = _third(anaphor, window, here, whole.text)
    if third:
        return _besides(third, anaphor, whole)
    return _pair(window, here, previous) or _known_pair(anaphor, whole.people)


def _neighbours(window: Sequence[Mention], sentence: Sentence) -> tuple[str, ...]:
    """The two countries named before, where the sentence names a third one, whose they are."""
    own = {m.country for m in window if m.start >= sentence.start and m.actor}
    others = {m.country for m in window if m.start < sentence.start and m.actor} - own
    return tuple(sorted(others)) if (len(own), len(others)) == (1, PAIR) else ()


def _third(
    anaphor: Anaphor, window: Sequence[Mention], sentence: Sentence, text: str
) -> frozenset[str]:
    """Who deals with the two: the sentence's only country, or "A and B"; none where it may be one.

    Kenya phoned both leaders; Kenya and Ghana urged the two sides to talk.
    """
    own = [m for m in window if m.start >= sentence.start and m.actor]
    countries = frozenset(m.country for m in own)
    if (
        not own
        or not _is_object(text, anaphor)
        or _REPORTED.search(text, own[0].end, anaphor.start)
    ):
        return frozenset()
    if len(countries) == 1:
        return countries
    joint = len(own) == PAIR and text[own[0].end : own[1].start] in _JOINING
    return countries if joint and words.before(text, anaphor.start) not in _SHARED else frozenset()


def _is_object(text: str, anaphor: Anaphor) -> bool:
    """Whether a verb, or a preposition like "to", stands right before, and no verb right after."""
    last, earlier = words.two_before(text, anaphor.start)
    if not (last.isalpha() and last.islower()) or last in _list("no_object"):
        return False
    if (earlier, last) == ("according", "to"):
        return False
    return words.after(text, anaphor.end) not in _list("finite")


def _besides(third: frozenset[str], anaphor: Anaphor, whole: Whole) -> tuple[str, ...]:
    """The two of whom the document tells most besides a third one, if that is clear.

    Who criticised neither side has done nothing to either.
    """
    if whole.text.startswith("neither", anaphor.start):
        return ()
    others = [
        country
        for country in whole.countries
        if country.code not in third and whole.named[country.code] < anaphor.start
    ]
    first, further = others[:PAIR], others[PAIR:]
    if len(first) < PAIR or (further and first[-1].salience < CLEARLY * further[0].salience):
        return ()
    return tuple(sorted(country.code for country in first))


def _pair(window: Sequence[Mention], sentence: Sentence, previous: Sentence) -> tuple[str, ...]:
    """The two countries of the nearest stretch that names exactly two."""
    for start in (sentence.start, previous.start, 0):
        named = {m.country for m in window if m.start >= start and m.actor}
        if len(named) == PAIR:
            return tuple(sorted(named))
        if len(named) > PAIR:
            return ()
    return ()


def _known_pair(anaphor: Anaphor, people: Sequence[Phrase]) -> tuple[str, ...]:
    """The two countries for which alone somebody has spoken so far."""
    known = {person.country for person in people if person.start < anaphor.start}
    return tuple(sorted(known)) if len(known) == PAIR else ()


def of_sentence(window: Sequence[Mention], sentence: Sentence) -> tuple[str, ...]:
    """The two countries of that sentence, where it names exactly two: farmers are "they" too."""
    named = {m.country for m in window if sentence.start <= m.start < sentence.end and m.actor}
    return tuple(sorted(named)) if len(named) == PAIR else ()
