"""Real sentences, 669 of them, each with the country dyads that two careful readers saw in it.

``choose.txt`` has the fifth of `pair_stance` that is never trained on and may decide how the
analysis is set, ``measure.txt`` all of `sentence_stance.dev`, which only measures. Their texts are
others' and stay outside of this repository. A line is the id, then what each reader saw by
``../shared/data/LABELLING.md``, a question mark where he was not sure::

    plv-train-0084 || FRA>USA opposing; USA>PSE opposing? || FRA>USA opposing

``python -m service.training.sentences --data ../shared/data`` enriches each sentence as an article
of its own and prints the figures, end to end, with those of the readers against each other.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from contracts.article import Article
from contracts.vocabulary import Stance
from service.enrichment.enricher import Enricher
from service.training import data
from service.training.readers import Pair, SeenDyads, agreement, dyad_figures

FOLDER = Path(__file__).parent / "sentences"
Part = Literal["choose", "measure"]
PARTS: tuple[Part, ...] = get_args(Part)

_SEEN = re.compile(r"([A-Z]{3})>([A-Z]{3}) (supportive|opposing|neutral)\??")


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A sentence and the stance by ordered pair that each of its readers saw."""

    id: str
    one: Mapping[Pair, Stance]
    other: Mapping[Pair, Stance]

    @property
    def dyads(self) -> SeenDyads:
        """What both saw."""
        return SeenDyads.by(self.one, self.other)


def read(part: Part) -> list[ReadSentence]:
    """One of the files.

    Raises:
        ValueError: a line does not follow the format.
    """
    lines = (FOLDER / f"{part}.txt").read_text(encoding="utf-8").splitlines()
    return [_read(line) for line in lines if not line.startswith("#")]


def _read(line: str) -> ReadSentence:
    row, *readers = (field.strip() for field in line.split("||"))
    one, other = map(_seen, readers)
    return ReadSentence(row, one, other)


def _seen(listed: str) -> dict[Pair, Stance]:
    found = [(part, _SEEN.fullmatch(part)) for part in filter(None, listed.split("; "))]
    if wrong := [part for part, match in found if match is None]:
        raise ValueError(f"not SOURCE>TARGET stance: {wrong}")
    return {(match[1], match[2]): Stance(match[3]) for _, match in found if match}


def texts(folder: Path) -> dict[str, str]:
    """The sentences by id, of the shared sets in `folder`."""
    marked = data.from_pair_stance(data.rows(folder / "pair_stance.train.jsonl"))
    stated = data.rows(folder / "sentence_stance.dev.jsonl")
    return {example.id: example.text for example in marked} | {
        row["id"]: row["text"] for row in stated
    }


def main() -> None:
    """Enriches all of them and prints their figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the shared sets")
    text_of = texts(parser.parse_args().data)
    enricher = Enricher.load()
    for part in PARTS:
        readers = read(part)
        found = enricher.enrich([Article(id=one.id, text=text_of[one.id]) for one in readers])
        figures = {
            "sentences": len(readers),
            **dyad_figures([one.dyads for one in readers], [got.dyads for got in found]),
            "readers": agreement((one.one, one.other) for one in readers),
        }
        sys.stdout.write(f"{part}: {json.dumps(figures)}\n")


if __name__ == "__main__":
    main()
