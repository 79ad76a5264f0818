"""Where a story happens that names no country: by the turns of a country's local press."""

from collections.abc import Iterator, Sequence
from typing import Final

from service.enrichment.countries.evidence import Evidence
from service.enrichment.countries.gazetteer import Kind
from service.enrichment.countries.matching import Hit
from service.enrichment.countries.reading import DATELINE, TOWNS, Reading
from service.enrichment.values import Mention, MentionKind

ENOUGH: Final = 0.5
"""Strength of cues that shows a country where nothing else does."""

AGAINST_OTHERS: Final = 1.5
"""The same where other countries are named."""

FAINT: Final = 0.15
"""Weight of a town's name that nothing but the lack of a better one speaks for."""


def _towns(hits: Sequence[Hit], evidence: Evidence) -> Iterator[Mention]:
    """Towns that no context shows to be towns, where the article names nothing else."""
    if not evidence.local:
        return
    country = max(evidence.local, key=lambda code: (evidence.local[code], code))
    for hit in hits:
        if any(s.country == country and s.kind in TOWNS for s in hit.senses):
            yield Mention(country, hit.start, hit.end, MentionKind.PLACE, FAINT, actor=False)


MOST: Final = 1.0
"""Weight of all the cues of an article together: as much as one name."""


def mentions(
    hits: Sequence[Hit], evidence: Evidence, readings: Sequence[Reading]
) -> Iterator[Mention]:
    """One mention for each cue of the country that the cues show, if they show one.

    They count only where the country is not found in a better way: more than its share of cues
    says nothing new.
    """
    totals = dict(evidence.cues)
    if not any(r.weight >= DATELINE for r in readings):
        for code, value in evidence.money.items():
            totals[code] = totals.get(code, 0.0) + value
    totals = {code: value for code, value in totals.items() if value > 0}
    if not totals:
        if not any(r.weight >= DATELINE for r in readings):
            yield from _towns(hits, evidence)
        return
    country = max(totals, key=lambda code: (totals[code], code))
    found: dict[str, float] = {}
    for reading in readings:
        found[reading.country] = found.get(reading.country, 0.0) + reading.weight
    others = max((w for c, w in found.items() if c != country), default=0.0)
    if totals[country] < (AGAINST_OTHERS if others >= ENOUGH else ENOUGH):
        if not any(r.weight >= DATELINE for r in readings):
            yield from _towns(hits, evidence)
        return
    yield from _cues(hits, country, totals[country])


def _cues(hits: Sequence[Hit], country: str, total: float) -> Iterator[Mention]:
    seen: set[str] = set()
    share = min(1.0, MOST / total)
    for hit in hits:
        if hit.senses[0].kind is not Kind.CUE or hit.phrase in seen:
            continue
        for sense in hit.senses:
            if sense.country != country:
                continue
            seen.add(hit.phrase)
            yield Mention(
                country,
                hit.start,
                hit.end,
                MentionKind.PLACE,
                round(sense.strength * share, 3),
                actor=False,
            )
