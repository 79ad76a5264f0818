"""Names of places inside of people's names: Michael Jordan, Chad Kelly, Genetta Reeves."""

import re
from typing import Final

from service.enrichment.countries import words
from service.enrichment.countries.gazetteer import Kind
from service.enrichment.countries.matching import Hit
from service.enrichment.countries.reading import NAMELIKE, Context

_NEXT_NAME: Final = re.compile(r" (?:[A-Z]\. |(?:le|de|la|van|du) )?([A-Z][a-z’']+)")
_REACH: Final = 30
_NAME_KINDS: Final = NAMELIKE | {Kind.ADJECTIVE, Kind.PEOPLE}


def is_surname(context: Context, hit: Hit) -> bool:
    """Whether a name of a place is a person's, by which the text may call them again."""
    if not _may_be_a_person(hit):
        return False
    if words.before(context.full, hit.start) in context.words.given_names:
        return True
    return hit.senses[0].kind is Kind.NAME and context.full.startswith(", who ", hit.end)


def is_given_name(context: Context, hit: Hit) -> bool:
    """Whether a name of a place begins a person's: Chad Kelly."""
    text, known = context.full, context.words
    if not _may_be_a_person(hit) or hit.phrase not in known.given:
        return False
    if context.in_headline(hit.start):
        return False
    match = _NEXT_NAME.match(text, hit.end, hit.end + _REACH)
    if not match or match[1].lower() in known.organisation:
        return False
    return words.before(text, hit.start).lower() not in known.locative | {"to", "from", "of"}


def _may_be_a_person(hit: Hit) -> bool:
    kind = hit.senses[0].kind
    return " " not in hit.phrase and kind in _NAME_KINDS and not (hit.capitals and kind in NAMELIKE)


def _has_first_name(context: Context, hit: Hit) -> bool:
    """Whether a capitalised word that is no office and begins no sentence stands before."""
    previous, earlier = words.two_before(context.full, hit.start)
    if previous in context.words.given_names:
        return not previous.endswith(".")
    if not previous[:1].isupper() or previous.isupper() or not previous[-1:].isalpha():
        return False
    if previous.lower() in context.words.before_surname:
        return False
    return bool(earlier) and earlier[-1] not in '.!?:;"”'


def is_anothers(context: Context, hit: Hit, following: str) -> bool:
    """Whether a known leader's surname is part of somebody else's name."""
    if hit.capitals or context.in_headline(hit.start):
        return False
    if context.full[hit.start - 1 : hit.start] == "-" or _has_first_name(context, hit):
        return True
    if context.full[hit.end : hit.end + 1] != " " or not following[:1].isupper():
        return False
    return following.lower() not in context.words.organisation
