"""Figures of the shipped network on what it never saw, float and int8 side by side.

``python -m service.training.evaluate --model build/model --data ../shared/data`` fits the
calibration on one half of the held-out pairs, writes it into the package, and prints the
figures of the other half and of the sets that are for measuring only.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from contracts.article import Article
from contracts.vocabulary import PloverEvent, QuadClass, Stance
from service.enrichment.countries import CountryFinder
from service.enrichment.encoder import PairEncoder
from service.enrichment.stance import StanceModel
from service.enrichment.text import read
from service.enrichment.topics import TopicClassifier
from service.enrichment.topics_lexicon import TopicLexicon
from service.enrichment.values import Judgement, PairInContext
from service.training import corpus, data, stories, topics
from service.training.data import Example, Label
from service.training.evaluate_topics import TopicAnswers, confusions
from service.training.evaluate_topics import figures as topic_figures
from service.training.evaluate_topics import fit as fit_topics
from service.training.exchange import forms
from service.training.export import MODELS, Calibration, describe, describe_topics, write_card
from service.training.figures import calibration_error, dyads_of_sentences, macro_f1
from service.training.labels import EVENTS, NO_DEALING, QUADS, STANCES, YIELD

TEMPERATURES = np.geomspace(0.4, 3.0, 60)
"""Those that are tried."""

OFFSETS = np.arange(-2, 1.05, 0.1)
"""Likewise: what is added to "no dealing", of which the training has more than the news."""

NO_OFFSET = np.zeros(1)

Origin = Literal["marked", "news", "corpus", "stories"]

WEIGHTS: dict[Origin, float] = {"marked": 2.0, "news": 2.0, "corpus": 1.0, "stories": 2.0}
"""What a set counts in calibrating: real sentences and whole articles are most like the stream."""

_NAMES: dict[Origin, str] = {
    "marked": "pair_stance, held-out fifth",
    "news": "real sentences, held-out fifth",
    "corpus": "corpus, held out",
    "stories": "whole articles, held out",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A labelled pair as the model is asked about it."""

    example: str
    pair: PairInContext
    label: Label


def asked(examples: Iterable[Example]) -> list[Asked]:
    """Every pair of `examples`."""
    return [
        Asked(
            example.id,
            PairInContext(example.text, label.source, label.target, label.said),
            label,
        )
        for example in examples
        for label in example.labels
    ]


def halves(pairs: Iterable[Asked]) -> tuple[list[Asked], list[Asked]]:
    """Two halves by a hash of the sentence: to calibrate with, and to report."""
    two: tuple[list[Asked], list[Asked]] = ([], [])
    for pair in pairs:
        two[sha256(pair.example.encode()).digest()[1] % 2].append(pair)
    return two


def fit(
    logits: NDArray[np.float32],
    allowed: NDArray[np.bool_],
    weight: NDArray[np.float64],
    *,
    offsets: NDArray[np.float64] = NO_OFFSET,
) -> tuple[float, float]:
    """The temperature and the offset of "no dealing" that make the labels likeliest.

    Args:
        logits: of one head, [pairs, classes].
        allowed: the classes that are right, likewise; rows without any take no part.
        weight: what each pair counts, [pairs].
        offsets: those that are tried, for the class `NO_DEALING`.
    """
    known = allowed.any(1)
    rows, right, counts = logits[known].astype(np.float64), allowed[known], weight[known]

    def missed(tried: tuple[float, float]) -> float:
        scaled = rows / tried[0]
        scaled[:, NO_DEALING] += tried[1]
        likely = np.exp(scaled - scaled.max(1, keepdims=True))
        likely /= likely.sum(1, keepdims=True)
        return float(-(np.log((likely * right).sum(1) + 1e-12) * counts).sum())

    scale, offset = min(product(TEMPERATURES, offsets), key=missed)
    return round(float(scale), 3), round(float(offset), 3)


def calibrate(model: StanceModel, sets: Mapping[Origin, Sequence[Asked]]) -> Calibration:
    """Temperatures of the heads and the offset of no dealing, each set with its weight.

    They are pairs of news on which the model is mostly right, whole sentences of news, and
    sentences that were made to be hard: one calibration has to do for all.
    """
    pairs = [one for part in sets.values() for one in part]
    weight = np.array([WEIGHTS[origin] / len(part) for origin, part in sets.items() for _ in part])
    logits = model.logits([one.pair for one in pairs])
    stance, offset = fit(
        logits.stance,
        np.array([[s in one.label.stances for s in STANCES] for one in pairs]),
        weight,
        offsets=OFFSETS,
    )
    quads = np.array([[q in one.label.quads for q in QUADS] for one in pairs])
    events = np.array([[e in one.label.events for e in EVENTS] for one in pairs])
    return Calibration(
        temperatures={
            "stance": stance,
            "quad": fit(logits.quad, quads, weight)[0],
            "event": fit(logits.event, events, weight)[0],
        },
        no_dealing_offset=offset,
    )


def dyad_figures(pairs: Sequence[Asked], answers: Sequence[Judgement]) -> dict[str, float]:
    """F1 of "these two deal with each other", with stance, and of the event where there is one.

    By pair of mentions, and once for each sentence and ordered pair of countries.
    """
    got = [answer.stance for answer in answers]
    gold = [  # of two that are right, the one that was given
        stance if stance in one.label.taken else min(one.label.taken)
        for one, stance in zip(pairs, got, strict=True)
    ]
    wanted = sum(stance is not Stance.NEUTRAL for stance in gold)
    found = sum(stance is not Stance.NEUTRAL for stance in got)
    both = [(g, p) for g, p in zip(gold, got, strict=True) if Stance.NEUTRAL not in (g, p)]
    events = [
        answer.event in one.label.events
        for one, answer in zip(pairs, answers, strict=True)
        if one.label.events
    ]
    right = [g == p for g, p in zip(gold, got, strict=True)]
    return {
        "pairs": len(pairs),
        "stance_accuracy": sum(right) / len(right),
        "dyad_precision": len(both) / max(1, found),
        "dyad_recall": len(both) / max(1, wanted),
        "dyad_f1": 2 * len(both) / max(1, wanted + found),
        "dyad_stance_f1": 2 * sum(g == p for g, p in both) / max(1, wanted + found),
        **dyads_of_sentences(
            ((one.example, one.label.said, one.label.countries), one.label.stances, answer)
            for one, answer in zip(pairs, answers, strict=True)
            if one.label.countries and all(map(_is_country, one.label.countries))
        ),
        "event_accuracy": sum(events) / max(1, len(events)),
        "ece": calibration_error([answer.confidence for answer in answers], right),
    }


def _is_country(code: str) -> bool:
    return not code[-1].isdigit()


def pair_figures(pairs: Sequence[Asked], answers: Sequence[Judgement]) -> dict[str, float]:
    """Macro-F1 as published for `pair_stance`: two classes, four, fifteen with YIELD as one."""
    gold = [_old(next(iter(one.label.events))) for one in pairs]
    got = [_old(answer.event) for answer in answers]
    taking = [answer for answer in answers if answer.stance is not Stance.NEUTRAL]
    right = [
        answer.stance in one.label.taken
        for one, answer in zip(pairs, answers, strict=True)
        if answer.stance is not Stance.NEUTRAL
    ]
    return {
        "pairs": len(pairs),
        "binary_macro_f1": macro_f1([_side(e) for e in gold], [_side(e) for e in got]),
        "quad_macro_f1": macro_f1([_quad(e) for e in gold], [_quad(e) for e in got]),
        "event_macro_f1": macro_f1(gold, got),
        "answered": len(taking) / len(answers),
        "ece": calibration_error([answer.confidence for answer in taking], right),
    }


def _old(event: PloverEvent) -> str:
    return "YIELD" if event in YIELD else event.value


def _quad(event: str) -> QuadClass:
    if event == "YIELD":
        return QuadClass.MATERIAL_COOPERATION
    return PloverEvent(event).quad_class


def _side(event: str) -> bool:
    return _quad(event) >= QuadClass.VERBAL_CONFLICT


def report(model: StanceModel, sets: Mapping[str, Sequence[Asked]]) -> dict[str, dict[str, float]]:
    """Figures of every set."""
    figures = {}
    for name, pairs in sets.items():
        answers = model.judge([one.pair for one in pairs])
        measure = pair_figures if name.startswith("pair_stance") else dyad_figures
        figures[name] = {k: round(v, 4) for k, v in measure(pairs, answers).items()}
    return figures


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder of the float network")
    parser.add_argument("--data", type=Path, required=True, help="folder of the shared sets")
    arguments = parser.parse_args()
    records = data.rows(arguments.data / "directed_sentiment.train.jsonl")
    marked = data.from_pair_stance(data.rows(arguments.data / "pair_stance.train.jsonl"))
    sets: dict[Origin, list[Asked]] = {
        "marked": asked(data.split(marked)[1]),
        "news": asked(data.split(data.annotated(records))[1]),
        "corpus": asked(data.from_corpus(corpus.read("heldout-*.txt"))),
        "stories": asked(data.from_stories(stories.read("heldout.txt"), CountryFinder.load())),
    }
    tokenizer = (MODELS / "tokenizer.json").read_text(encoding="utf-8")
    shipped = MODELS / "network.onnx"
    exact = (arguments.model / "network.float.onnx").read_bytes()
    encoders = {
        "int8": PairEncoder(model=shipped.read_bytes(), tokenizer=tokenizer),
        "float": PairEncoder(model=exact, tokenizer=tokenizer),
    }
    fitted = {origin: halves(pairs)[0] for origin, pairs in sets.items()}
    found = calibrate(
        StanceModel(encoders["int8"], forms(), describe(shipped, Calibration())), fitted
    )
    card = describe(shipped, found)
    write_card("stance.json", card)
    reported = {_NAMES[origin]: pairs for origin, pairs in sets.items()} | {
        f"{_NAMES[origin]}, half not calibrated with": halves(pairs)[1]
        for origin, pairs in sets.items()
    }
    figures: dict[str, object] = {
        name: report(StanceModel(encoder, forms(), card), reported)
        for name, encoder in encoders.items()
    }
    figures["readers of the whole articles"] = stories.agreement(
        stories.read("heldout.txt"), stories.read("second.txt")
    )
    topic_card, figures["topics"] = _topics(encoders, shipped)
    write_card("topics.json", topic_card)
    sys.stdout.write(json.dumps({"calibration": asdict(found), **figures}, indent=2) + "\n")


def _topics(
    encoders: Mapping[str, PairEncoder], shipped: Path
) -> tuple[dict[str, object], dict[str, object]]:
    """The card of the topics, calibrated on one half, and the figures of the other and of all."""
    items = topics.read("heldout*.txt")
    two: tuple[list[int], list[int]] = ([], [])
    for number, item in enumerate(items):
        two[sha256(item.text.encode()).digest()[1] % 2].append(number)
    plain = describe_topics(shipped, (1.0, 0.0))
    documents = [
        read(Article(id=item.id, title=item.title or None, text=item.lead or item.title))
        for item in items
    ]
    lexicon = TopicLexicon.load()
    answers = {
        name: TopicAnswers(items, TopicClassifier(encoder, lexicon, plain).evidence(documents))
        for name, encoder in encoders.items()
    }
    fitted = fit_topics(answers["int8"].part(two[0]))
    found: dict[str, object] = {"temperature and offset": fitted}
    for name, given in answers.items():
        found[name] = topic_figures(given, fitted)
        found[f"{name}, half not calibrated with"] = topic_figures(given.part(two[1]), fitted)
    found["main topics that came out (columns) for each one (rows)"] = confusions(answers["int8"])
    return describe_topics(shipped, fitted), found


if __name__ == "__main__":
    main()
