"""Pronouns and definite phrases that point back to a country, where the text is clear."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache, cached_property
from typing import Final

from service.enrichment.countries import anaphors, salience, words
from service.enrichment.countries.anaphors import Anaphor, Pointer
from service.enrichment.countries.gazetteer import region_of
from service.enrichment.countries.matching import sentence_at
from service.enrichment.countries.people import Phrase
from service.enrichment.values import CountryScore, Document, Mention, MentionKind, Sentence

WEIGHT: Final = 0.3
"""Of a mention that only points back: the article already said whom it means."""

LOOK_BACK: Final = 3
"""Sentences before its own in which what a phrase points back to may stand."""

MOST_LOOKED_AT: Final = 60
"""Mentions before a phrase that it may point back to; bounds what a hostile text costs."""

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
def _table(name: str) -> dict[str, frozenset[str]]:
    """Words that mean certain M49 regions or countries, from gazetteer_words.toml."""
    return {key: frozenset(value.split()) for key, value in words.tables()[name].items()}


@cache
def _list(name: str) -> frozenset[str]:
    """Words around a phrase that points back, from gazetteer_words.toml."""
    return frozenset(words.tables()["anaphors"][name].split())


@cache
def _classes() -> dict[str, frozenset[str]]:
    """For each office, the classes of offices that it belongs to."""
    found: dict[str, set[str]] = {}
    for name, offices in words.tables()["office_classes"].items():
        for office in offices.split("|"):
            found.setdefault(office, set()).add(name)
    return {office: frozenset(names) for office, names in found.items()}


class _Whole:
    """What of the whole document a phrase may be asked about.

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


def resolve(
    document: Document, mentions: Sequence[Mention], people: Sequence[Phrase]
) -> list[Mention]:
    """Mentions for the pronouns and definite phrases of `document` that are clear.

    For a phrase that means two countries there is one mention for each, over the same span.

    Args:
        document: the article.
        mentions: what was found so far, in order of start; those of people who speak for no country
            have country "" and are no actors, and what points back to them gets the same.
        people: those of `mentions` that name somebody, with the office.
    """
    starts = [sentence.start for sentence in document.sentences]
    positions = [mention.start for mention in mentions]
    whole = _Whole(document, mentions, people)
    found: list[Mention] = []
    for anaphor in anaphors.find(document.full):
        number = sentence_at(document.sentences, starts, anaphor.start)
        before = bisect_left(positions, anaphor.start)
        if number < 0 or _covered(mentions, before, anaphor):
            continue
        sentences = document.sentences[max(0, number - LOOK_BACK) : number + 1]
        first = max(bisect_left(positions, sentences[0].start), before - MOST_LOOKED_AT)
        window = mentions[first:before]
        recent = [m for m in found[-LOOK_BACK:] if m.start >= sentences[-2:][0].start]
        found.extend(
            Mention(country, anaphor.start, anaphor.end, MentionKind.PRONOUN, WEIGHT, bool(country))
            for country in _meant(anaphor, (*window, *recent), sentences, whole)
        )
    return found


def _covered(mentions: Sequence[Mention], before: int, anaphor: Anaphor) -> bool:
    if before and mentions[before - 1].end > anaphor.start:
        return True
    return before < len(mentions) and mentions[before].start < anaphor.end


def _meant(
    anaphor: Anaphor,
    window: Sequence[Mention],
    sentences: Sequence[Sentence],
    whole: _Whole,
) -> tuple[str, ...]:
    """The countries that a phrase points back to, none where that is not clear."""
    here = sentences[-1]
    previous = sentences[-2] if len(sentences) > 1 else here
    match anaphor.pointer:
        case Pointer.PAIR:
            return _two(anaphor, window, (here, previous), whole)
        case Pointer.THEY:
            initial = anaphor.start == here.start  # in a quotation they are whom the speaker means
            return _both_of(window, previous) if initial and previous is not here else ()
        case Pointer.PERSON | Pointer.HOME:
            persons = [m for m in window if m.kind in (MentionKind.PERSON, MentionKind.PRONOUN)]
            return _person(persons, here, previous)
        case Pointer.OFFICE:
            return _office(anaphor, whole.people)
        case Pointer.TYPE:
            return _of_type(window, _table("types").get(anaphor.value), previous, here)
        case Pointer.REGION:
            return _in_region(anaphor, window)


def _two(
    anaphor: Anaphor,
    window: Sequence[Mention],
    sentences: tuple[Sentence, Sentence],
    whole: _Whole,
) -> tuple[str, ...]:
    """The countries of "both leaders"; `sentences` are its own and the one before."""
    here, previous = sentences
    others = _neighbours(window, here) if anaphor.noun else ()
    if anaphor.value or others:
        return tuple(anaphor.value.split()) or others
    third = _third(anaphor, window, here, whole.text)
    if third:
        return _besides(third, anaphor, whole)
    return _pair(window, here, previous) or _known_pair(anaphor, whole.people)


def _office(anaphor: Anaphor, people: Sequence[Phrase]) -> tuple[str, ...]:
    """The country of the only one named so far who holds such an office."""
    classes = _classes().get(anaphor.value, frozenset())
    known = {
        person.country
        for person in people
        if person.start < anaphor.start and classes & _classes().get(person.office, frozenset())
    }
    return tuple(known) if len(known) == 1 else ()


def _in_region(anaphor: Anaphor, window: Sequence[Mention]) -> tuple[str, ...]:
    regions = _table("regions")[anaphor.value]
    named = {m.country for m in window if m.actor and region_of(m.country) in regions}
    if anaphor.noun in _table("types"):
        named &= _table("types")[anaphor.noun]
    return tuple(named) if len(named) == 1 else ()


def _known_pair(anaphor: Anaphor, people: Sequence[Phrase]) -> tuple[str, ...]:
    """The two countries for which alone somebody has spoken so far."""
    known = {person.country for person in people if person.start < anaphor.start}
    return tuple(sorted(known)) if len(known) == PAIR else ()


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


def _besides(third: frozenset[str], anaphor: Anaphor, whole: _Whole) -> tuple[str, ...]:
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


def _is_object(text: str, anaphor: Anaphor) -> bool:
    """Whether a verb, or a preposition like "to", stands right before, and no verb right after."""
    last, earlier = words.two_before(text, anaphor.start)
    if not (last.isalpha() and last.islower()) or last in _list("no_object"):
        return False
    if (earlier, last) == ("according", "to"):
        return False
    return words.after(text, anaphor.end) not in _list("finite")


def _pair(window: Sequence[Mention], sentence: Sentence, previous: Sentence) -> tuple[str, ...]:
    """The two countries of the nearest stretch that names exactly two."""
    for start in (sentence.start, previous.start, 0):
        named = {m.country for m in window if m.start >= start and m.actor}
        if len(named) == PAIR:
            return tuple(sorted(named))
        if len(named) > PAIR:
            return ()
    return ()


def _neighbours(window: Sequence[Mention], sentence: Sentence) -> tuple[str, ...]:
    """The two countries named before, where the sentence names a third one, whose they are."""
    own = {m.country for m in window if m.start >= sentence.start and m.actor}
    others = {m.country for m in window if m.start < sentence.start and m.actor} - own
    return tuple(sorted(others)) if (len(own), len(others)) == (1, PAIR) else ()


def _both_of(window: Sequence[Mention], sentence: Sentence) -> tuple[str, ...]:
    """The two countries of that sentence, where it names exactly two: farmers are "they" too."""
    named = {m.country for m in window if sentence.start <= m.start < sentence.end and m.actor}
    return tuple(sorted(named)) if len(named) == PAIR else ()


def _person(persons: Sequence[Mention], sentence: Sentence, previous: Sentence) -> tuple[str, ...]:
    """The country of the only one it can be, in this sentence or else in the one before."""
    for start in (sentence.start, previous.start):
        near = {m.country for m in persons if m.start >= start}
        if near:
            return tuple(near) if len(near) == 1 else ()
    return ()


def _of_type(
    window: Sequence[Mention], members: frozenset[str] | None, previous: Sentence, here: Sentence
) -> tuple[str, ...]:
    """The only country of that type that is near; for "the country" the only one at all."""
    for start in (here.start, previous.start):
        named = {m.country for m in window if m.start >= start and m.actor}
        fitting = named & members if members else named
        if named:
            return tuple(fitting) if len(fitting) == 1 else ()
    return ()


def with_phrases(mentions: Sequence[Mention], phrases: Sequence[Phrase]) -> list[Mention]:
    """`mentions` with each of `phrases` in the place of what it covers, in order of start.

    Of phrases that overlap the earlier, then the longer one stays.
    """
    free = 0
    chosen: list[Phrase] = []
    for phrase in sorted(phrases, key=lambda p: (p.start, -p.end)):
        if phrase.start >= free and phrase.end > phrase.start:
            chosen.append(phrase)
            free = phrase.end
    index = 0
    kept = [
        Mention(p.country, p.start, p.end, MentionKind.PERSON, 1.0, actor=bool(p.country))
        for p in chosen
    ]
    for mention in mentions:
        while index < len(chosen) and chosen[index].end <= mention.start:
            index += 1
        if index >= len(chosen) or mention.end <= chosen[index].start:
            kept.append(mention)
    return sorted(kept, key=lambda mention: (mention.start, mention.end))
