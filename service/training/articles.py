"""Articles written for this project, 270 of them, each with the lists of two careful readers.

``choose.jsonl`` (a hundred, mostly world news) and ``wire.jsonl`` (140, mostly newswire of the
1980s and after) may decide how the analysis is set, ``measure.jsonl`` only measures. Three to four
of ten have no dyad. A line has id, manner, title, text, and of the first reader (in 120 of them the
writer): topics (two digits, the main one first), regions (M49), countries (alpha-3) and dyads
(source, target, stance, whether surely, why); under ``second`` those of another reader, who knew
only the text.

``python -m service.training.articles`` prints the figures of each.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from contracts.article import Article
from contracts.events import EnrichedArticle
from contracts.vocabulary import Stance
from service.enrichment.enricher import Enricher
from service.training.figures import calibration_error

FOLDER = Path(__file__).parent / "articles"
Pair = tuple[str, str]
"""Source and target."""

SURE = 0.9
"""Confidence from which on a dyad counts as sure."""

Part = Literal["choose", "measure", "wire"]
PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True, slots=True)
class ReadArticle:
    """An article and what its two readers saw.

    Attributes:
        article: as it would come in.
        main_topics: two digits each, what either reader put first.
        main_regions: M49 codes, likewise.
        countries: alpha-3, those that both saw.
        countries_optional: those that only one of them saw.
        dyads: stance by ordered pair, those that both saw, and alike.
        dyads_optional: pairs that only one saw, or of which they saw different stances.
    """

    article: Article
    main_topics: frozenset[str]
    main_regions: frozenset[str]
    countries: frozenset[str]
    countries_optional: frozenset[str]
    dyads: dict[Pair, Stance]
    dyads_optional: frozenset[Pair]


def read(part: Part) -> list[ReadArticle]:
    """One of the files."""
    lines = (FOLDER / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
    return [_read(json.loads(line)) for line in lines]


def _read(row: dict[str, Any]) -> ReadArticle:
    both = (row, row["second"])
    one, other = (
        {(d["source"], d["target"]): Stance(d["stance"]) for d in reader["dyads"]}
        for reader in both
    )
    alike = {pair: stance for pair, stance in one.items() if other.get(pair) is stance}
    seen, also = (frozenset(reader["countries"]) for reader in both)
    return ReadArticle(
        Article(id=row["id"], title=row["title"], text=row["text"]),
        frozenset(reader["topics"][0] for reader in both if reader["topics"]),
        frozenset(reader["regions"][0] for reader in both if reader["regions"]),
        seen & also,
        seen ^ also,
        alike,
        frozenset({*one, *other} - set(alike)),
    )


def figures(readers: Sequence[ReadArticle], found: Sequence[EnrichedArticle]) -> dict[str, float]:
    """Main topic and region (share right), countries and dyads (F1), against two readers.

    What only one of them saw is neither asked for nor punished; nor are neutral dyads, which have a
    figure of their own. Of the other ones also how far their confidence is from being the share
    whose stance is right, and that share of those that are `SURE`.
    """
    topic = region = with_region = 0
    countries, dyads, with_stance, neutrals = _Counts(), _Counts(), _Counts(), _Counts()
    told: list[tuple[float, bool]] = []
    for reader, got in zip(readers, found, strict=True):
        topic += bool(got.topics) and got.topics[0].code.value[7:9] in reader.main_topics
        if reader.main_regions:
            with_region += 1
            region += bool(got.regions) and got.regions[0].code.value in reader.main_regions
        codes = {country.code for country in got.countries}
        countries.add(reader.countries, codes - reader.countries_optional)
        neutral = {pair for pair, stance in reader.dyads.items() if stance is Stance.NEUTRAL}
        may = reader.dyads_optional | neutral
        want = {(*p, s) for p, s in reader.dyads.items() if p not in may}
        sided = [
            dyad
            for dyad in got.dyads
            if dyad.stance is not Stance.NEUTRAL and (dyad.source, dyad.target) not in may
        ]
        have = {(dyad.source, dyad.target, dyad.stance) for dyad in sided}
        told += [
            (dyad.confidence, (dyad.source, dyad.target, dyad.stance) in want) for dyad in sided
        ]
        with_stance.add(want, have)
        deal = {(d.source, d.target) for d in got.dyads if d.stance is Stance.NEUTRAL}
        neutrals.add(neutral, deal - reader.dyads_optional)
        dyads.add({one[:2] for one in want}, {one[:2] for one in have})
    sure = [right for confidence, right in told if confidence >= SURE]
    return {
        "main_topic": topic / len(readers),
        "main_region": region / max(1, with_region),
        "countries_f1": countries.f1,
        "dyads_precision": dyads.hits / max(1, dyads.given),
        "dyads_recall": dyads.hits / max(1, dyads.wanted),
        "dyads_f1": dyads.f1,
        "dyads_with_stance_f1": with_stance.f1,
        "neutral_dyads_f1": neutrals.f1,
        "confidence_error": calibration_error([c for c, _ in told], [right for _, right in told]),
        "sure_dyads": len(sure) / max(1, len(told)),
        "sure_dyads_right": sum(sure) / max(1, len(sure)),
    }


@dataclass(slots=True)
class _Counts:
    hits: int = 0
    given: int = 0
    wanted: int = 0

    def add(self, wanted: set[Any] | frozenset[Any], given: set[Any]) -> None:
        self.hits += len(wanted & given)
        self.wanted += len(wanted)
        self.given += len(given)

    @property
    def f1(self) -> float:
        return 2 * self.hits / max(1, self.wanted + self.given)


def main() -> None:
    """Enriches all of them and prints their figures."""
    enricher = Enricher.load()
    for part in PARTS:
        readers = read(part)
        found = enricher.enrich([reader.article for reader in readers])
        rounded = {name: round(value, 3) for name, value in figures(readers, found).items()}
        sys.stdout.write(f"{part}: {json.dumps(rounded)}\n")


if __name__ == "__main__":
    main()
