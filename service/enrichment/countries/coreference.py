"""Pronouns and definite phrases that point back to a country, where the text is clear."""

from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from typing import Final

from service.enrichment.countries import anaphors, both, quotations, words
from service.enrichment.countries.anaphors import Anaphor, Pointer
from service.enrichment.countries.gazetteer import region_of
from service.enrichment.countries.matching import sentence_at
from service.enrichment.countries.people import Phrase
from service.enrichment.values import Document, Mention, MentionKind, Sentence

WEIGHT: Final = 0.3
"""Of a mention that only points back: the article already said whom it means."""

LOOK_BACK: Final = 3
"""Sentences before its own in which what a phrase points back to may stand."""

MOST_LOOKED_AT: Final = 60
"""Mentions before a phrase that it may point back to; bounds what a hostile text costs."""

_OF_ONE: Final = frozenset({Pointer.PERSON, Pointer.HOME, Pointer.OFFICE})
"""What points back to one person; "he" is none of "the two sides"."""


@cache
def _table(name: str) -> dict[str, frozenset[str]]:
    """Words that mean certain M49 regions or countries, from gazetteer_words.toml."""
    return {key: frozenset(value.split()) for key, value in words.tables()[name].items()}


@cache
def _classes() -> dict[str, frozenset[str]]:
    """For each office, the classes of offices that it belongs to."""
    found: dict[str, set[str]] = {}
    for name, offices in words.tables()["office_classes"].items():
        for office in offices.split("|"):
            found.setdefault(office, set()).add(name)
    return {office: frozenset(names) for office, names in found.items()}


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
    whole = both.Whole(document, mentions, people)
    found: list[tuple[Pointer, Mention]] = []
    for anaphor in anaphors.find(document.full):
        number = sentence_at(document.sentences, starts, anaphor.start)
        before = bisect_left(positions, anaphor.start)
        if number < 0 or _covered(mentions, before, anaphor):
            continue
        sentences = document.sentences[max(0, number - LOOK_BACK) : number + 1]
        first = max(bisect_left(positions, sentences[0].start), before - MOST_LOOKED_AT)
        told = (*mentions[first:before], *_told(anaphor, found, sentences))
        found.extend(
            (anaphor.pointer, _mention(country, anaphor))
            for country in _meant(anaphor, told, sentences, whole)
        )
    return [mention for _, mention in found]


def _told(
    anaphor: Anaphor, found: Sequence[tuple[Pointer, Mention]], sentences: Sequence[Sentence]
) -> list[Mention]:
    """What the last phrases that point back mean, as far as this one may mean the same."""
    last = found[-LOOK_BACK:]
    if anaphor.pointer in (Pointer.PERSON, Pointer.HOME):
        return [m for pointer, m in last if pointer in _OF_ONE and m.start >= sentences[0].start]
    return [m for _, m in last if m.start >= sentences[-2:][0].start]


def _mention(country: str, anaphor: Anaphor) -> Mention:
    return Mention(
        country, anaphor.start, anaphor.end, MentionKind.PRONOUN, WEIGHT, actor=bool(country)
    )


def _covered(mentions: Sequence[Mention], before: int, anaphor: Anaphor) -> bool:
    if before and mentions[before - 1].end > anaphor.start:
        return True
    return before < len(mentions) and mentions[before].start < anaphor.end


def _meant(
    anaphor: Anaphor,
    window: Sequence[Mention],
    sentences: Sequence[Sentence],
    whole: both.Whole,
) -> tuple[str, ...]:
    """The countries that a phrase points back to, none where that is not clear."""
    here = sentences[-1]
    previous = sentences[-2] if len(sentences) > 1 else here
    match anaphor.pointer:
        case Pointer.PAIR:
            return both.meant(anaphor, window, (here, previous), whole)
        case Pointer.THEY:
            initial = anaphor.start == here.start  # in a quotation they are whom the speaker means
            return both.of_sentence(window, previous) if initial and previous is not here else ()
        case Pointer.PERSON | Pointer.HOME:
            persons = [m for m in window if m.kind in (MentionKind.PERSON, MentionKind.PRONOUN)]
            return _person(persons, *_near(anaphor, sentences, whole.text))
        case Pointer.OFFICE:
            return _office(anaphor, whole.people)
        case Pointer.TYPE:
            return _of_type(window, _table("types").get(anaphor.value), previous, here)
        case Pointer.REGION:
            return _in_region(anaphor, window)


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


def _near(
    anaphor: Anaphor, sentences: Sequence[Sentence], text: str
) -> tuple[int, Sequence[Sentence]]:
    """Where whom a pronoun means may stand: offset of the end, and sentences up to it.

    That is before the quotation, where one ends right before: who is quoted is none of whom it
    speaks.
    """
    opened = quotations.before(text, anaphor.start)
    end = anaphor.start if opened is None else opened
    return end, [sentence for sentence in sentences if sentence.start <= end]


def _person(persons: Sequence[Mention], end: int, sentences: Sequence[Sentence]) -> tuple[str, ...]:
    """The country of the only one it can be, in the last of the sentences or the one before."""
    for sentence in reversed(sentences[-2:]):
        near = {m.country for m in persons if sentence.start <= m.start < end}
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
