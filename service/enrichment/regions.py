"""The M49 regions in which a story takes place or which it mainly concerns.

Where a story is, its dateline says, and what its lead says happened in; whom it concerns, the
countries that are much of it, that it names first, and on whom somebody acts. What each of these
counts was chosen on ``articles/choose.jsonl`` and ``wire.jsonl``, beside the weights of a logistic
regression over thirteen such features.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from contracts.events import Dyad
from service.enrichment.countries import datelines
from service.enrichment.countries.gazetteer import region_of
from service.enrichment.countries.salience import lead_end
from service.enrichment.values import CountryScore, Document, Mention, MentionKind, RegionScore

DATELINE: Final = 1.2
"""What the region of the dateline counts, where all of an article's saliences count 1."""

LOCATED: Final = 0.6
"""What counts, shared out among them, that title and lead name a place as where something is."""

FIRST: Final = 0.5
"""What counts the country that is named first."""

ACTED_ON: Final = 0.8
"""What count, shared out among them, the targets of dyads."""

_WHERE: Final = re.compile(
    r"\b(?:in|at|near|off|outside|around|across|throughout|inside)\s+"
    r"(?:the\s+|(?:south|north|east|west)(?:ern)?\s+|central\s+)?$",
    re.IGNORECASE,
)
_LONGEST_WHERE: Final = 24
"""Characters before a name in which such words are looked for."""

_PLACES: Final = frozenset({MentionKind.PLACE, MentionKind.NAME})


def score(
    document: Document,
    mentions: Sequence[Mention],
    countries: Sequence[CountryScore],
    dyads: Sequence[Dyad] = (),
) -> tuple[RegionScore, ...]:
    """The regions of an article, the main one first; their scores sum to one.

    Regions are M49 sub-regions, and intermediate ones where M49 has them: those of `countries`, and
    that of the dateline. Of two equal ones the one whose first country comes first leads. Without
    countries there are none.

    Args:
        document: the article.
        mentions: of countries in it, in order.
        countries: with their saliences, most salient first. A code that is unknown, or has no
            region, adds nothing.
        dyads: who deals with whom, where that was looked for.
    """
    scores: dict[str, float] = {}
    total = sum(country.salience for country in countries)
    for country in countries:
        region = region_of(country.code)
        if region and country.salience > 0:
            scores[region] = scores.get(region, 0.0) + country.salience / total
    if not scores:
        return ()
    scene = datelines.find(document)
    told = [m for m in mentions if not scene.holds(m.start)]
    first = next((region_of(m.country) for m in told if m.weight > 0), "")
    for more in (
        {first: FIRST},
        _shared(_located(document, told), LOCATED),
        _shared([dyad.target for dyad in dyads], ACTED_ON),
    ):
        for region in scores.keys() & more.keys():
            scores[region] += more[region]
    there = next((region_of(m.country) for m in mentions if scene.holds(m.start)), "")
    if there:
        scores[there] = scores.get(there, 0.0) + DATELINE
    whole = sum(scores.values())
    ordered = sorted(scores.items(), key=lambda item: -item[1])  # stable: first country first
    return tuple(RegionScore(code, share / whole) for code, share in ordered)


def _located(document: Document, mentions: Sequence[Mention]) -> list[str]:
    """The countries in which title and lead say that something is."""
    end, text = lead_end(document), document.full
    return [
        m.country
        for m in mentions
        if m.start < end
        and m.weight > 0
        and m.kind in _PLACES
        and _WHERE.search(text, max(0, m.start - _LONGEST_WHERE), m.start)
    ]


def _shared(codes: Sequence[str], weight: float) -> Mapping[str, float]:
    """`weight` shared out among the regions of `codes`, each as often as it comes."""
    shares: dict[str, float] = defaultdict(float)
    for code in codes:
        shares[region_of(code)] += weight / len(codes)
    return shares
