"""Bodies with a general name that several countries have: whose each of them is."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from service.enrichment.countries.gazetteer import Kind
from service.enrichment.countries.matching import Hit
from service.enrichment.countries.reading import PLACES, POSSESSIVE, Context

BEST_KNOWN: Final = 0.7
"""Of the evidence for another country: as much of its own keeps the best known body of that name,
such as the House of Representatives of the United States."""

A_NAME: Final = 1.0
"""Evidence that shows another country at all: as much as one name of it."""

_BODIES: Final = frozenset({Kind.GOVERNMENT, Kind.FORCES})
_OWNERS: Final = frozenset({Kind.NAME, Kind.ADJECTIVE, Kind.CAPITAL})
_SEATS: Final = PLACES | {Kind.NAME}
_BEHIND: Final = re.compile(r" (?:said )?(?:of|in) (?:the )?")
_IN_FRONT: Final = re.compile(r", (?:[a-z ]{1,20}, )?(?:the|an?) ")
"""Between a place and the body that sits there: "In London, the Foreign Office"."""


def assigned(context: Context, hits: Sequence[Hit]) -> list[Hit]:
    """`hits`, those of shared bodies with the readings of one country alone.

    That is the one that stands beside the name, there or where the body was last named; else that
    of the dateline; else the best known one, unless the document says much more of another.
    """
    shared = [index for index, hit in enumerate(hits) if _is_shared(hit)]
    if not shared:
        return list(hits)
    stated = {index: country for index in shared if (country := _stated(context.full, hits, index))}
    last: dict[str, str] = {}
    for index, country in stated.items():
        first = last.setdefault(hits[index].phrase, country)
        last[hits[index].phrase] = country if country == first else ""
    home = _home(context, hits)
    found = list(hits)
    for index in shared:
        hit = hits[index]
        if index in stated:
            last[hit.phrase] = stated[index]
        country = last.get(hit.phrase) or _likeliest(context, hit, home)
        senses = tuple(sense for sense in hit.senses if sense.country == country)
        found[index] = hit._replace(senses=senses)
    return found


def _is_shared(hit: Hit) -> bool:
    senses = hit.senses
    return len(senses) > 1 and all(sense.kind in _BODIES for sense in senses)


def _stated(text: str, hits: Sequence[Hit], index: int) -> str:
    """The country that stands right beside a body, "" if none does."""
    hit = hits[index]
    if index:
        previous = hits[index - 1]
        between = text[previous.end : hit.start]
        if between in POSSESSIVE and previous.senses[0].kind in _OWNERS:
            return _shared_country(previous, hit)
        if (
            text.endswith("In ", 0, previous.start)
            and previous.senses[0].kind in _SEATS
            and _IN_FRONT.fullmatch(text, previous.end, hit.start)
        ):
            return _shared_country(previous, hit)
    if index + 1 < len(hits):
        following = hits[index + 1]
        if following.senses[0].kind in _SEATS and _BEHIND.fullmatch(text, hit.end, following.start):
            return _shared_country(following, hit)
    return ""


def _shared_country(place: Hit, body: Hit) -> str:
    """The country of `place` that has such a body, "" where none or more than one has."""
    having = {sense.country for sense in body.senses}
    first = place.senses[0]
    if first.kind in _OWNERS and first.country in having:
        return first.country
    countries = having & {sense.country for sense in place.senses}
    return countries.pop() if len(countries) == 1 else ""


def _home(context: Context, hits: Sequence[Hit]) -> str:
    """The country where the first dateline is, "" if there is none."""
    if not context.datelines.spans:
        return ""
    start, end = context.datelines.spans[0]
    return next((hit.senses[0].country for hit in hits if start <= hit.start < end), "")


def _likeliest(context: Context, hit: Hit, home: str) -> str:
    countries: Mapping[str, float] = {
        sense.country: context.evidence.own(sense.country) for sense in hit.senses
    }
    if home in countries:
        return home
    first = hit.senses[0].country
    best = max(countries, key=lambda country: countries[country])
    is_best_known = countries[first] >= BEST_KNOWN * countries[best]
    return first if is_best_known or 0 < countries[first] <= countries[best] < A_NAME else best
