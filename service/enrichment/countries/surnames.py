"""Surnames of known leaders that a document gives to other people: M.K. Stalin, Maria Gallant."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Final, NamedTuple

from service.enrichment.countries import names, namesakes
from service.enrichment.countries.evidence import speaking
from service.enrichment.countries.gazetteer import Kind, Sense, listed
from service.enrichment.countries.matching import Hit
from service.enrichment.countries.reading import Context

LONGEST_FIRST_NAMES: Final = 40
"""Characters before a surname in which the names before it stand."""

MOST_FIRST_NAMES: Final = 3

_ALONE: Final = frozenset({Kind.KNOWN_SURNAME, Kind.SURNAME_AT_HOME})
_SURNAMES: Final = _ALONE | {Kind.SURNAME}
_INITIALS: Final = re.compile(r"(?:[A-Z]\.-?){1,3}")
_ARTICLES: Final = frozenset({"al-", "el-"})
_GIVEN: Final = re.compile(r" ([A-Z][a-z]+)(-[a-z]+)?")
"""A given name behind the family name, surely one where it is double: Yoon Ha-neul."""


def known_alone(context: Context, hits: Sequence[Hit]) -> list[Hit]:
    """`hits` without the surnames of leaders whom the document does not mean.

    It means somebody else where it has the full name of another country's leader, or introduces
    the surname with another first name, and nowhere has the full name of the leader.
    """
    found: dict[str, list[Hit]] = {}
    for hit in hits:
        if _surname_countries(hit):
            found.setdefault(hit.phrase, []).append(hit)
    if not found:
        return list(hits)
    bearers, speakers = _bearers(hits), speaking(hits)
    ends = frozenset(hit.end for hit in hits)
    others = set()
    for phrase, alone in found.items():
        own = _surname_countries(alone[0])
        if own & bearers.by_part[phrase]:
            continue
        if bearers.by_surname[phrase] or _is_introduced(context, alone, speakers, ends):
            others.add(phrase)
    if not others:
        return list(hits)
    return [
        hit._replace(senses=senses)
        for hit in hits
        if (senses := _without_surnames(hit) if hit.phrase in others else hit.senses)
    ]


def _surname_countries(hit: Hit) -> frozenset[str]:
    return frozenset(sense.country for sense in hit.senses if sense.kind in _SURNAMES)


def _without_surnames(hit: Hit) -> tuple[Sense, ...]:
    return tuple(sense for sense in hit.senses if sense.kind not in _SURNAMES)


class _Bearers(NamedTuple):
    """The countries of the leaders whom a document names in full, by what may call them later."""

    by_surname: Mapping[str, AbstractSet[str]]
    by_part: Mapping[str, AbstractSet[str]]


def _bearers(hits: Sequence[Hit]) -> _Bearers:
    by_surname: dict[str, set[str]] = defaultdict(set)
    by_part: dict[str, set[str]] = defaultdict(set)
    for phrase, senses in {hit.phrase: hit.senses for hit in hits}.items():
        for sense in senses:
            if sense.kind is Kind.LEADER:
                for surname in _surnames_of(phrase, sense.country):
                    by_surname[surname].add(sense.country)
                    by_part[surname].add(sense.country)
                for part in phrase.split(" "):
                    by_part[part].add(sense.country)
    return _Bearers(by_surname, by_part)


def _surnames_of(name: str, country: str) -> list[str]:
    parts = name.split(" ")
    last = [" ".join(parts[index:]) for index in range(1, len(parts))]
    if parts[-1][: len("al-")].lower() in _ARTICLES:
        last.append(parts[-1][len("al-") :])
    return [parts[0], *last] if country in names.FAMILY_NAME_FIRST else last


def _is_introduced(
    context: Context,
    alone: Sequence[Hit],
    speakers: Mapping[str, AbstractSet[str]],
    ends: AbstractSet[int],
) -> bool:
    """Whether the first hit in the text of a surname is in the full name of nobody known by it."""
    own = _surname_countries(alone[0])
    body = [hit for hit in alone if not context.in_headline(hit.start) and not hit.capitals]
    if not body or not any(sense.kind in _ALONE for sense in body[0].senses):
        return False
    first, text = body[0], context.full
    before = _first_names(text, first.start)
    is_unnamed = all(speakers.get(country, set()) <= {first.phrase} for country in own)
    if not (
        _has_other_given_name(context, first, own, is_unnamed=is_unnamed)
        or _has_other_first_name(
            context, first, before, may_be_any=is_unnamed and first.start - 1 not in ends
        )
    ):
        return False
    start = first.start - sum(len(name) + 1 for name in before)
    return bool(names.office_before(text, start)) or not any(
        names.office_before(text, hit.start) in names.high_offices() for hit in body
    )


def _has_other_given_name(
    context: Context, hit: Hit, countries: AbstractSet[str], *, is_unnamed: bool
) -> bool:
    """Whether a given name that is no leader's stands behind a family name: Deng Dau Deng."""
    if not countries & names.FAMILY_NAME_FIRST:
        return False
    given = _GIVEN.match(context.full, hit.end)
    if not given or given[1].lower() in context.words.organisation:
        return False
    is_sure = bool(given[2]) or is_unnamed
    return is_sure and not _is_of_a_leader(given[1], hit.phrase, countries)


def _has_other_first_name(
    context: Context, hit: Hit, before: Sequence[str], *, may_be_any: bool
) -> bool:
    """Whether a first name that is no leader's stands before a surname.

    Args:
        context: the document.
        hit: the surname.
        before: the capitalised words before it.
        may_be_any: whether any capitalised word will do for a first name, and not only common ones.
    """
    countries = _surname_countries(hit)
    if not before or any(_is_of_a_leader(name, hit.phrase, countries) for name in before):
        return False
    nearest = before[-1]
    if _INITIALS.fullmatch(nearest) or namesakes.is_first_name(context, nearest):
        return True
    is_last = not _GIVEN.match(context.full, hit.end)
    return may_be_any and is_last and namesakes.has_first_name(context, hit)


def _first_names(text: str, start: int) -> list[str]:
    """The capitalised words on the line right before `start`, at most `MOST_FIRST_NAMES`."""
    if text[start - 1 : start] != " ":
        return []
    found: list[str] = []
    line = text[max(0, start - LONGEST_FIRST_NAMES) : start].rsplit("\n", 1)[-1]
    for word in reversed(line.split()[-MOST_FIRST_NAMES:]):
        if not word[0].isupper():
            break
        found.insert(0, word)
    return found


@cache
def _given_initials() -> Mapping[tuple[str, str], AbstractSet[str]]:
    """By surname and country, with what letters the given names of known leaders begin."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for phrase, senses in listed()[0].items():
        for sense in senses:
            if sense.kind is Kind.LEADER:
                parts = phrase.split(" ")
                given = parts[1:2] if sense.country in names.FAMILY_NAME_FIRST else parts[:-1]
                for surname in _surnames_of(phrase, sense.country):
                    found[surname, sense.country].update(part[0] for part in given if part)
    return found


def _is_of_a_leader(given: str, surname: str, countries: AbstractSet[str]) -> bool:
    """Whether one has a name that begins with the same letter, or whether no full name is known."""
    initials = _given_initials()
    known = [initials.get((surname, country)) for country in countries]
    return any(letters is None or given[0] in letters for letters in known)
