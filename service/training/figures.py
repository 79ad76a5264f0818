"""Figures that the stances and the topics are measured by."""

from collections.abc import Hashable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from operator import and_

from contracts.vocabulary import Stance
from service.enrichment.dyads import LEAST_CONFIDENCE
from service.enrichment.values import Judgement
from service.training.labels import NO_STANCE

BINS = 10
"""Of confidence, for the calibration error."""


def macro_f1(gold: Sequence[object], predicted: Sequence[object]) -> float:
    """Mean of the F1 of the classes that `gold` has."""
    each = []
    for label in sorted(set(gold), key=str):
        hit = sum(g == p == label for g, p in zip(gold, predicted, strict=True))
        each.append(2 * hit / (gold.count(label) + predicted.count(label)))
    return sum(each) / len(each)


def calibration_error(confidences: Sequence[float], right: Sequence[bool]) -> float:
    """Expected calibration error over ten bins of equal width; 0 where there is nothing."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for confidence, ok in zip(confidences, right, strict=True):
        place = min(BINS - 1, int(confidence * BINS))
        bins.setdefault(place, []).append((confidence, ok))
    missed = (abs(sum(c for c, _ in row) - sum(ok for _, ok in row)) for row in bins.values())
    return sum(missed) / max(1, len(confidences))


def dyads_of_sentences(
    judged: Iterable[tuple[Hashable, AbstractSet[Stance | None], Judgement]],
) -> dict[str, float]:
    """How well the dyads of sentences are found, each once, by its clearest pair of mentions.

    As the service does it: a dyad is what is surer than `LEAST_CONFIDENCE`; neutral ones
    have a figure of their own.

    Args:
        judged: of each pair of mentions, which sentence and ordered pair of countries it belongs
            to, the stances that are right there, and the answer.
    """
    clearest: dict[Hashable, tuple[AbstractSet[Stance | None], Judgement]] = {}
    for place, right, answer in judged:
        known = clearest.get(place)
        if known is None or answer.strength > known[1].strength:
            clearest[place] = (right, answer)
    wanted = sum(not right & NO_STANCE for right, _ in clearest.values())
    found = [
        (right, answer.shown)
        for right, answer in clearest.values()
        if answer.shown is not Stance.NEUTRAL and answer.strength >= LEAST_CONFIDENCE
    ]
    hits = [one for one in found if not one[0] & NO_STANCE]
    alike = sum(shown in right for right, shown in hits)
    neutral = [right == {Stance.NEUTRAL} for right, _ in clearest.values()]
    dealing = [
        answer.shown is Stance.NEUTRAL and answer.strength >= LEAST_CONFIDENCE
        for _, answer in clearest.values()
    ]
    both = sum(map(and_, neutral, dealing))
    return {
        "sentence_dyad_precision": len(hits) / max(1, len(found)),
        "sentence_dyad_recall": len(hits) / max(1, wanted),
        "sentence_dyad_f1": 2 * len(hits) / max(1, wanted + len(found)),
        "sentence_dyad_stance_f1": 2 * alike / max(1, wanted + len(found)),
        "sentence_neutral_f1": 2 * both / max(1, sum(neutral) + sum(dealing)),
    }
