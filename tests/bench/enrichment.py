"""What the enrichment costs without a broker: CPU an article by stage, beside what bounds it.

    python -m tests.bench.enrichment [--articles 64] [--words 400] [--rounds 7] [--json]

Articles are those of `capacity`. All times are CPU times, so other work on the machine counts
little; every figure is the median of rounds, and what is compared takes turns within each round:
the whole pipeline (parsing and serialising included), the network alone on the very runs that the
pipeline made of it, and spaCy, which only splits sentences and looks the gazetteer's names up.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from contracts.parsing import parse_article
from contracts.record import Record
from service.enrichment import text
from service.enrichment.countries.gazetteer import Gazetteer
from service.enrichment.enricher import Enricher
from service.pipeline import Enriched, InputRecord, Pipeline
from service.settings import Settings
from service.workers import CHUNK
from tests.bench.capacity import DATA, records
from tests.bench.spacy_side import PEERS, Spacy
from tests.bench.tables import table
from tests.watched import WatchedEncoder, Work

STAGES = (
    "parse",
    "text",
    "language",
    "countries",
    "topics",
    "dyads",
    "stance",
    "serialise",
)
SPACY_DOES = ("text", "countries")
"""The stages whose work is nearest to what spaCy does here."""

LENGTHS = (100, 200, 400, 1_000, 3_000, 10_000, 50_000)
"""Words of an article; of the longest the service reads the first 100,000 characters."""
WORDS_OF_A_LENGTH = 4_000
"""Articles of a length are as many as have so many words together, one at least, 16 at most."""

COUNTRIES = (2, 3, 5, 8, 16, 32)
ALIKE = 8
"""Articles with so many countries in a sentence, each begins the list elsewhere."""
NAMES = """
Japan Vietnam Norway Peru Chile Kenya Nepal Iceland Finland Brazil Morocco Ghana Latvia Uruguay
Austria Hungary Bolivia Zambia Malta Angola Cambodia Denmark Ecuador Estonia Greece Indonesia Kuwait
Lithuania Mongolia Portugal Rwanda Sweden
""".split()  # noqa: SIM905 a line a name would be a page
AROUND = (
    "The talks had been put off twice because of the weather. {} The delegates said little "
    "afterwards, and the text of what they agreed will be published before the end of the month."
)


class Bench:
    """The real pipeline on a watched network, with a clock that counts CPU time."""

    def __init__(self) -> None:
        self.encoder = WatchedEncoder.load()
        self._pipeline = Pipeline(
            Enricher.load(self.encoder),
            max_article_bytes=Settings.model_fields["max_article_bytes"].default,
            clock=time.process_time,
        )

    def run(self, batch: Sequence[InputRecord]) -> dict[str, float]:
        """Seconds by stage of one pass in chunks as workers take them, `whole` and `encoder`."""
        spent = dict.fromkeys(STAGES, 0.0)
        encoder, began = self.encoder.seconds, time.process_time()
        for at in range(0, len(batch), CHUNK):
            processed = self._pipeline.process(batch[at : at + CHUNK])
            for stage, seconds in processed.seconds.items():
                spent[stage] += seconds
            if not all(isinstance(one, Enriched) for one in processed.outcomes):
                raise RuntimeError(f"an article was refused: {processed.outcomes}")
        spent["whole"] = time.process_time() - began
        spent["encoder"] = self.encoder.seconds - encoder
        return spent

    def asks(self, batch: Sequence[InputRecord]) -> Work:
        """What the network is asked for these; also keeps the runs for `alone`."""
        self.encoder.keep(on=True)
        self.run(batch)
        kept = self.encoder.runs
        self.encoder.keep(on=False)
        self._kept = kept
        return Work.of(kept)

    def alone(self) -> float:
        """CPU seconds of the kept runs, one after the other and nothing else."""
        began = time.process_time()
        for run in self._kept:
            run.again()
        return time.process_time() - began


def inputs(made: Sequence[Record]) -> list[InputRecord]:
    return [InputRecord("articles", 0, n, 0, *record) for n, record in enumerate(made)]


def middle(rounds: Sequence[dict[str, float]], articles: int) -> dict[str, float]:
    """Median milliseconds an article."""
    return {name: median(one[name] for one in rounds) * 1e3 / articles for name in rounds[0]}


def whole(bench: Bench, *, articles: int, words: int, rounds: int, peers: Path) -> dict[str, Any]:
    """Cost by stage, beside the network alone and spaCy."""
    batch = inputs(records(articles, words=words))
    documents = [text.read(parse_article(one.value or b"")) for one in batch]
    sentences = sum(len(document.sentences) for document in documents)
    work = bench.asks(batch)  # this round also warms up
    names = sorted({form for name in Gazetteer.load().senses for form in (name, name.upper())})
    taken: list[dict[str, float]] = []
    with Spacy(peers, names, [document.full for document in documents]) as spacy:
        spacy.round()
        for _ in range(rounds):
            one = bench.run(batch)
            one |= {"alone": bench.alone(), "spacy": spacy.round()}
            one["near spacy"] = sum(one[stage] for stage in SPACY_DOES)
            taken.append(one)
    cost = middle(taken, articles)
    result: dict[str, Any] = {
        "articles": articles,
        "words": words,
        "rounds": rounds,
        "sentences_an_article": round(sentences / articles, 1),
        "articles_a_core_second": round(1e3 / cost["whole"], 1),
        "sentences_a_core_second": round(1e3 / cost["whole"] * sentences / articles),
        "cpu_ms_an_article": {name: round(cost[name], 3) for name in (*STAGES, "whole")},
        "share_of_encoder": share(taken, "encoder", "whole"),
        "encoder_alone": {
            "cpu_ms_an_article": round(cost["alone"], 3),
            "of_the_whole": share(taken, "alone", "whole"),
        },
        "asked_an_article": {k: round(v / articles, 1) for k, v in work._asdict().items()},
        "spacy": {"missing": spacy.missing},
    }
    if not spacy.missing:
        result["spacy"] = {
            "version": spacy.version,
            "names": len(names),
            "cpu_ms_an_article": round(cost["spacy"], 3),
            "of_the_whole": share(taken, "spacy", "whole"),
            "of_text_and_countries": share(taken, "spacy", "near spacy"),
        }
    return result


def share(rounds: Sequence[dict[str, float]], part: str, of: str) -> float:
    """Median of the rounds' own ratios: what is slow for a while is slow for both."""
    return round(median(one[part] / one[of] for one in rounds), 3)


def growth(
    bench: Bench, kinds: dict[int, list[InputRecord]], *, rounds: int
) -> list[dict[str, Any]]:
    """Cost and questions of each kind of article; the kinds take turns."""
    asked = {kind: bench.asks(batch) for kind, batch in kinds.items()}
    taken: dict[int, list[dict[str, float]]] = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind, batch in kinds.items():
            taken[kind].append(bench.run(batch))
    rows = []
    for kind, batch in kinds.items():
        cost = middle(taken[kind], len(batch))
        each = {name: round(count / len(batch), 1) for name, count in asked[kind]._asdict().items()}
        rows.append(
            {
                "of": kind,
                "articles": len(batch),
                "cpu_ms": round(cost["whole"], 2),
                "encoder_ms": round(cost["encoder"], 2),
                **each,
            }
        )
    return rows


def by_length(words: int) -> list[InputRecord]:
    return inputs(records(max(1, min(16, WORDS_OF_A_LENGTH // words)), words=words))


def by_countries(count: int) -> list[InputRecord]:
    made = []
    for number in range(ALIKE):
        names = [NAMES[(number + at) % len(NAMES)] for at in range(count)]
        # no list: its members would not be asked about each other
        sentence = f"The officials of {' met those of '.join(names)} on Monday about the treaty."
        body = {"id": f"{number}", "text": AROUND.format(sentence)}
        made.append(Record(None, json.dumps(body).encode()))
    return inputs(made)


def shown(result: dict[str, Any]) -> str:
    main, cost = result["whole"], result["whole"]["cpu_ms_an_article"]
    spacy, limit = main["spacy"], main["encoder_alone"]
    rows: list[tuple[object, ...]] = [
        ("articles a second and core", main["articles_a_core_second"], None),
        ("sentences a second and core", main["sentences_a_core_second"], None),
        ("CPU ms an article", cost["whole"], 1.0),
        *((f"  {stage}", cost[stage], cost[stage] / cost["whole"]) for stage in STAGES),
        ("inside of onnxruntime", None, main["share_of_encoder"]),
        ("the same runs alone (the limit)", limit["cpu_ms_an_article"], limit["of_the_whole"]),
    ]
    notes = ""
    if spacy.get("missing"):
        notes = f"spaCy: not measured, {spacy['missing']}\n"
    else:
        rows += [
            ("spaCy, sentences and names", spacy["cpu_ms_an_article"], spacy["of_the_whole"]),
            ("  of our text and countries", None, spacy["of_text_and_countries"]),
        ]
        notes = f"spaCy {spacy['version']}: blank English, sentencizer, {spacy['names']:,} names\n"
    title = (
        f"Enrichment: {main['articles']} articles of {main['words']} words, "
        f"{main['sentences_an_article']} sentences, median of {main['rounds']} rounds, CPU time"
    )
    asked = ", ".join(f"{value:g} {name}" for name, value in main["asked_an_article"].items())
    parts = [
        table(title, ("what", "figure", "of the whole"), rows),
        f"{notes}asked of the network for an article: {asked}\n",
    ]
    for key, name, heading in (
        ("by_length", "words", "Cost by length of the article"),
        ("by_countries", "countries", "Cost by countries in one sentence (three sentences each)"),
    ):
        found = result[key]
        header = (name, *("pair pieces" if k == "pair_pieces" else k for k in list(found[0])[1:]))
        parts.append(table(heading, header, [tuple(row.values()) for row in found]))
    return "\n".join(parts)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.enrichment",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--articles", type=int, default=64)
    parser.add_argument("--words", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--growth-rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path, default=PEERS, help="environment with spaCy")
    parser.add_argument("--json", action="store_true", help="prints JSON instead of tables")
    chosen = parser.parse_args(argv)
    if not DATA.exists():
        print(f"skipped: the texts are not there ({DATA.name} in ../shared/data)")
        return 0
    bench = Bench()
    rounds = chosen.growth_rounds
    result = {
        "whole": whole(
            bench,
            articles=chosen.articles,
            words=chosen.words,
            rounds=chosen.rounds,
            peers=chosen.peers,
        ),
        "by_length": growth(bench, {n: by_length(n) for n in LENGTHS}, rounds=rounds),
        "by_countries": growth(bench, {n: by_countries(n) for n in COUNTRIES}, rounds=rounds),
    }
    print(json.dumps(result, indent=2) if chosen.json else shown(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
