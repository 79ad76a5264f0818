"""How much of an article each country is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from service.enrichment.countries import datelines
from service.enrichment.countries.gazetteer import countries
from service.enrichment.values import CountryScore, Document, Mention, MentionKind

TITLE: Final = 3.0
"""Factor for a mention in the title: it names what the story is about."""

LEAD: Final = 2.0
"""Factor for the first sentences of the text."""

VENUE: Final = 1.3
"""The same for a town or capital in a longer story: if it matters it comes again."""

LEAD_SENTENCES: Final = 2

SHORT: Final = 4
"""Sentences up to which a story is too short to say anything twice."""

SCENE: Final = 1.8
"""Factor for a country that has the dateline too: the story takes place there."""

REPEATED: Final = 12
"""Mentions of one country that count in full; a list of deals repeats a name for ever."""

ENOUGH: Final = 0.95
"""Score below which a country only brushes the story: a firm's name, a currency, a byline."""

SHARE: Final = 0.02
"""Of all scores, below which a country is left out: one name in a long article."""

LATE: Final = 0.6
"""Share of a longer story after which a country that was not named before is named in passing,
unless it comes again or may deal with another one: a comparison, somebody's birthplace. Chosen on
``choose.jsonl`` and ``wire.jsonl``: from .5 to .7 precision is bought with as much recall."""

LONG: Final = 8
"""Sentences from which on a story is long enough to name somebody in passing."""


def rank(
    document: Document,
    mentions: Sequence[Mention],
    *,
    dealing: AbstractSet[str] | None = None,
    acting: AbstractSet[str] = frozenset(),
) -> tuple[CountryScore, ...]:
    """The countries of `mentions`, most salient first; their saliences sum to one.

    A country that only stands in a dateline, a currency's or a firm's name or is named in passing
    is left out, unless nothing better says where the story is.

    Args:
        document: where the mentions stand.
        mentions: in order.
        dealing: countries that deal with others; where that is not known, none is named in passing.
        acting: those of the article's dyads, which are never left out.
    """
    lead = lead_end(document)
    long = len(document.sentences) > SHORT
    score: dict[str, float] = defaultdict(float)
    count: dict[str, int] = defaultdict(int)
    for mention in mentions:
        if mention.weight <= 0 or count[mention.country] >= REPEATED:
            count[mention.country] += mention.weight > 0
            continue
        factor = 1.0
        if mention.start < document.text_start:
            factor = TITLE
        elif mention.start < lead:
            factor = VENUE if long and mention.kind is MentionKind.PLACE else LEAD
        score[mention.country] += mention.weight * factor
        count[mention.country] += 1
    scene = datelines.find(document)
    there = {m.country for m in mentions if scene.holds(m.start)}
    total = sum(score.values())
    passing = set() if dealing is None else _passing(document, mentions, count) - dealing
    kept = {
        c: s * (SCENE if c in there else 1.0)
        for c, s in score.items()
        if c in acting or (s >= ENOUGH and s >= SHARE * total and c not in passing)
    }
    if not kept and score:
        best = max(score, key=lambda code: (score[code], code))
        kept = {best: score[best]}
    total = sum(kept.values())
    known = countries()
    return tuple(
        CountryScore(code, known[code].name, count[code], kept[code] / total)
        for code in sorted(kept, key=lambda code: (-kept[code], code))
    )


def _passing(document: Document, mentions: Sequence[Mention], count: Mapping[str, int]) -> set[str]:
    """Countries that count once, late in a longer story."""
    if len(document.sentences) < LONG:
        return set()
    late = LATE * len(document.full)
    return {
        m.country for m in mentions if m.start >= late and m.weight > 0 and count[m.country] == 1
    }


def lead_end(document: Document) -> int:
    """Where the first sentences of the text end."""
    text = [s for s in document.sentences[: LEAD_SENTENCES + 3] if s.part == "text"]
    return text[:LEAD_SENTENCES][-1].end if text else document.text_start
