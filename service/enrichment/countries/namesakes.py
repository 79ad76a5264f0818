"""Names of places inside of people's names: Michael Jordan, Chad Kelly, Genetta Reeves."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from service.enrichment.countries import names, words
from service.enrichment.countries.gazetteer import Kind, listed
from service.enrichment.countries.matching import Hit
from service.enrichment.countries.reading import NAMELIKE, NATIONAL, Context

_NEXT_NAME: Final = re.compile(r" (?:[A-Z]\. |(?:le|de|la|van|du) )?([A-Z][a-z’']+)")
_NEXT_WORDS: Final = re.compile(r"(?: [A-Z][\w’'-]*){2,3}")
_REACH: Final = 40
_NAME_KINDS: Final = NAMELIKE | {Kind.ADJECTIVE, Kind.PEOPLE}
_PAIRED: Final = frozenset(
    {Kind.NAME, Kind.ADJECTIVE, Kind.LEADER, Kind.KNOWN_SURNAME, Kind.SURNAME_AT_HOME, Kind.SURNAME}
)

OFTEN_GIVEN: Final = frozenset({"Jordan", "Chad", "Georgia"})
"""Names of countries that are common first names."""

_TITLES: Final = (
    "Mr Mrs Ms Miss Dr Judge Justice Officer Detective Deputy Sheriff Coach Senator Councilman "
    "Councilwoman Councillor Professor Sir Lord Lady Dame Saint husband wife son daughter brother "
    "sister named"
)
"""Of what stands before a surname, that which is no first name."""

_BEFORE_A_COUNTRY: Final = (
    "Christian Coach Deputy Detective Judge Justice Miss Officer Senator Sen. Rep. Saint"
)
"""Likewise, that which may stand before a country too: Miss Israel."""

_NAMED: Final = (
    "baby boy brother child daughter girl guy infant kid man player pupil sister someone son "
    "student teenager toddler woman"
)
"""Who is "named Chad", while a report has "named Iran"."""

_BODY: Final = (
    "administration aerospace airways assembly authority boycott broadcasting bureau business cafe "
    "capital channel chemical circle climate coast commission congress construction corporation "
    "cricket customs defence defense democratic democrats development dialogue economic electric "
    "electricity energy exim express federal federation festival first flying football forces "
    "forum foundation gas gazette gov guard health holdings human institute insurance intelligence "
    "international investment journal law legal libre limited line maritime media medical "
    "merchants meteorological mobile movement museum national navy network observer oil open "
    "orchestra organisation organization out party petroleum pipeline police policy ports post "
    "power press project railroad railway railways red region reserve resources revenue review "
    "rugby securities senator service services shipping society space stadium students studies "
    "technologies technology telecom telecommunications telecoms television theatre theater times "
    "today tourism trade trust union unicom university week workers"
)
"""After the name of a place in the name of a firm, a body or a thing, and of hardly a person."""


@cache
def _words(listed_words: str) -> frozenset[str]:
    return frozenset(listed_words.split())


def is_surname(context: Context, hit: Hit) -> bool:
    """Whether a name of a place is a person's, by which the text may call them again."""
    if not _may_be_a_person(hit):
        return False
    previous, earlier = words.two_before(context.full, hit.start)
    if previous not in context.words.given_names:
        return False
    kind = hit.senses[0].kind
    if previous == "named" and kind in NATIONAL | {Kind.CAPITAL}:
        return hit.phrase in context.words.given and earlier.lower() in _words(_NAMED)
    if kind not in NATIONAL or hit.phrase in OFTEN_GIVEN:
        return True
    return previous not in _words(_BEFORE_A_COUNTRY)


def surnames_in_full(context: Context, alike: Mapping[str, Sequence[Hit]]) -> Iterator[str]:
    """The names of countries that end somebody's whole name among the phrases of `alike`.

    Such a name is a trap of the gazetteer: Michael Jordan.
    """
    for phrase, named in alike.items():
        first, _, last = phrase.rpartition(" ")
        if first in context.words.given_names and named[0].senses[0].kind is Kind.TRAP:
            own = alike.get(last)
            if own and own[0].senses[0].kind in NATIONAL:
                yield last


def is_given_name(context: Context, hit: Hit) -> bool:
    """Whether a name of a place begins a person's: Chad Kelly."""
    text, known = context.full, context.words
    if not _may_be_a_person(hit) or hit.phrase not in known.given:
        return False
    if context.in_headline(hit.start):
        return False
    match = _NEXT_NAME.match(text, hit.end, hit.end + _REACH)
    if not match or not names.trimmed(match[1]) or _is_of_a_body(context, match[1]):
        return False
    following = _NEXT_WORDS.match(text, hit.end, hit.end + _REACH)
    if following and any(_is_of_a_body(context, word) for word in following[0].split()):
        return False
    return words.before(text, hit.start).lower() not in known.locative | {"to", "from", "of"}


def _is_of_a_body(context: Context, word: str) -> bool:
    lower = word.removesuffix("'s").removesuffix("’s").rstrip("'’").lower()
    return lower in _words(_BODY) or lower in context.words.organisation


def _may_be_a_person(hit: Hit) -> bool:
    kind = hit.senses[0].kind
    return " " not in hit.phrase and kind in _NAME_KINDS and not (hit.capitals and kind in NAMELIKE)


def is_first_name(context: Context, word: str) -> bool:
    """Whether `word` is a common first name and no title."""
    return (
        word in context.words.given_names and word not in _words(_TITLES) and not word.endswith(".")
    )


def has_first_name(context: Context, hit: Hit) -> bool:
    """Whether a capitalised word that is no office and begins no sentence stands before."""
    previous, earlier = words.two_before(context.full, hit.start)
    if previous.lower() in context.words.before_surname:
        return False
    if previous in context.words.given_names:
        return not previous.endswith(".")
    if not previous[:1].isupper() or previous.isupper() or not previous[-1:].isalpha():
        return False
    return bool(earlier) and earlier[-1] not in '.!?:;"”'


def is_anothers(context: Context, hit: Hit, following: str) -> bool:
    """Whether a known leader's surname is part of somebody else's name."""
    if hit.capitals or context.in_headline(hit.start):
        return False
    if _ends_a_compound(context.full, hit.start) or has_first_name(context, hit):
        return True
    if context.full[hit.end : hit.end + 1] != " " or not following[:1].isupper():
        return False
    return following.lower() not in context.words.organisation


def _ends_a_compound(text: str, start: int) -> bool:
    """Whether a surname is the last part of a double one; "Putin-Trump" is none."""
    if text[start - 1 : start] != "-":
        return False
    before = text[max(0, start - _REACH) : start - 1].split()
    part = before[-1].rsplit("-", 1)[-1] if before else ""
    senses = listed()[0].get(part, ())
    return not any(sense.kind in _PAIRED for sense in senses)
