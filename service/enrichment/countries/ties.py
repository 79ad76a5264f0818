"""Places that the name beside them explains: Lebanon, Pa.; Tripoli in northern Lebanon."""

import re
from typing import Final

from service.enrichment.countries.gazetteer import Kind, Sense
from service.enrichment.countries.matching import Hit
from service.enrichment.countries.reading import NAMELIKE, PLACES, TOWNS

REACH: Final = 20
"""Characters between a place and the name that explains it."""

_COMMA: Final = re.compile(r"\.?,[ \t\n\u00a0]{1,2}\Z")
_IN: Final = re.compile(r" in (?:(?:north|south|east|west|central)\w* )?(?:the )?")
_ALSO_WORDS: Final = frozenset(
    {"Miss.", "Del.", "Penn.", "Man.", "Ore.", "Ark.", "Cal.", "Kan.", "Mich."}
)
_SHORTEST_ALONE: Final = 4


def as_division(hit: Hit) -> Hit:
    """`hit` read as a state because a town of the state stands before it: Athens, Georgia."""
    senses = tuple(s for s in hit.senses if s.kind in (Kind.DIVISION, Kind.ABBREVIATION))
    return Hit(hit.start, hit.end, hit.phrase, senses, capitals=hit.capitals)


def tied(text: str, hit: Hit, follower: Hit | None) -> Sense | None:
    """What the name after a comma, or after "in", makes of the place before it."""
    if follower is None or follower.start - hit.end > REACH:
        return None
    if not any(sense.kind in NAMELIKE or sense.kind is Kind.SURNAME for sense in hit.senses):
        return None
    between = text[hit.end : follower.start]
    if _IN.fullmatch(between):
        owners = {mine.country for mine in hit.senses if mine.kind in PLACES}
        fitting = (s for s in follower.senses if s.kind is Kind.NAME and s.country in owners)
        return next(fitting, None)
    return _after_comma(hit, follower) if _COMMA.match(between) else None


def _after_comma(hit: Hit, follower: Hit) -> Sense | None:
    first = hit.senses[0].kind
    for sense in follower.senses:
        if sense.kind in (Kind.ABBREVIATION, Kind.DIVISION):
            mine = [s for s in hit.senses if s.country == sense.country]
            if any(s.kind in (Kind.NAME, Kind.DIVISION) for s in mine):
                return None  # a list: "Georgia, Texas and Ohio"
            if mine or first is not Kind.NAME or sense.kind is Kind.ABBREVIATION:
                return sense
        if sense.kind is Kind.NAME and first in TOWNS:
            return sense
    return None


def stands_alone(text: str, hit: Hit) -> bool:
    """Whether an abbreviation means the state without a town before it: "Fla. economist"."""
    return (
        len(hit.phrase) >= _SHORTEST_ALONE
        and hit.phrase.endswith(".")
        and hit.phrase not in _ALSO_WORDS
        and text[hit.end : hit.end + 1] == " "
        and text[hit.end + 1 : hit.end + 2].isalpha()
    )
