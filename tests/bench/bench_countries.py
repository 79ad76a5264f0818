"""Cost of finding and ranking countries: `python tests/bench/bench_countries.py [FILE.jsonl]`.

The article is written here, not taken from anywhere: four hundred words of world news.
"""

import sys
import time
from pathlib import Path

from contracts.article import Article
from service.enrichment.countries import CountryFinder
from service.enrichment.text import read

WORDS = 400
ROUNDS = 5
ARTICLES = 200

TEXT = (
    "Norwegian Foreign Minister Kari Solbakken met her Danish counterpart Ole Friis in Oslo on "
    "Tuesday to settle a quarrel over fishing rights that has soured trade for months. Solbakken "
    "said the two countries had agreed to send patrols together. She thanked Copenhagen for its "
    "patience. In Moscow the Kremlin accused both governments of closing the sea to its fleet, and "
    "President Vladimir Putin ordered two ships north. The U.S. State Department urged calm. "
    "Traders in London and Hamburg had warned that prices would rise before winter if the ports "
    "stayed shut. Officials from Iceland, Canada and the United Kingdom will join the next round "
    "of talks, which the European Union is to pay for. "
)


def main() -> None:
    """Prints load time, cost per article and per kB, the best of several rounds."""
    start = time.perf_counter()
    finder = CountryFinder.load()
    load = time.perf_counter() - start
    words = (TEXT * 10).split()[:WORDS]
    document = read(
        Article(id="bench", title="Norway and Denmark end quarrel", text=" ".join(words))
    )
    best = min(_round(finder, document) for _ in range(ROUNDS))
    sys.stdout.write(
        f"load {load * 1e3:.0f} ms\n"
        f"article of {WORDS} words, {len(document.full)} characters, "
        f"{len(finder.find(document))} mentions: {best * 1e3:.3f} ms\n"
        f"per kB {best * 1e6 / (len(document.full.encode()) / 1000):.0f} us\n"
    )
    if sys.argv[1:]:
        _measured(finder, Path(sys.argv[1]))


def _round(finder, document) -> float:
    start = time.perf_counter()
    for _ in range(ARTICLES):
        finder.rank(document, finder.find(document))
    return (time.perf_counter() - start) / ARTICLES


def _measured(finder, path: Path) -> None:
    """The same over the articles of a JSON Lines file, one pass."""
    lines = path.read_text(encoding="utf-8").split("\n")
    documents = [read(Article.model_validate_json(line)) for line in lines if line.strip()]
    start = time.perf_counter()
    for document in documents:
        finder.rank(document, finder.find(document))
    spent = time.perf_counter() - start
    characters = sum(len(document.full) for document in documents)
    sys.stdout.write(
        f"{path.name}: {len(documents)} articles, {spent / len(documents) * 1e3:.3f} ms each, "
        f"{spent * 1e6 / (characters / 1000):.0f} us per 1,000 characters\n"
    )


if __name__ == "__main__":
    main()
