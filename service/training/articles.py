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
from service.training.readers import Counts, SeenDyads, dyad_figures

FOLDER = Path(__file__).parent / "articles"
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
        dyads: those of both.
    """

    article: Article
    main_topics: frozenset[str]
    main_regions: frozenset[str]
    countries: frozenset[str]
    countries_optional: frozenset[str]
    dyads: SeenDyads


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
    seen, also = (frozenset(reader["countries"]) for reader in both)
    return ReadArticle(
        Article(id=row["id"], title=row["title"], text=row["text"]),
        frozenset(reader["topics"][0] for reader in both if reader["topics"]),
        frozenset(reader["regions"][0] for reader in both if reader["regions"]),
        seen & also,
        seen ^ also,
        SeenDyads.by(one, other),
    )


def figures(readers: Sequence[ReadArticle], found: Sequence[EnrichedArticle]) -> dict[str, float]:
    """Main topic and region (share right), countries (F1) and dyads, against two readers.

    Countries that only one of them saw are neither asked for nor punished; for the dyads see
    `dyad_figures`.
    """
    topic = region = with_region = 0
    countries = Counts()
    for reader, got in zip(readers, found, strict=True):
        topic += bool(got.topics) and got.topics[0].code.value[7:9] in reader.main_topics
        if reader.main_regions:
            with_region += 1
            region += bool(got.regions) and got.regions[0].code.value in reader.main_regions
        codes = {country.code for country in got.countries}
        countries.add(reader.countries, codes - reader.countries_optional)
    return {
        "main_topic": topic / len(readers),
        "main_region": region / max(1, with_region),
        "countries_f1": countries.f1,
        **dyad_figures([reader.dyads for reader in readers], [got.dyads for got in found]),
    }


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
