"""Figures that both the stances and the topics are measured by."""

from collections.abc import Sequence

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
    """Expected calibration error over ten bins of equal width."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for confidence, ok in zip(confidences, right, strict=True):
        place = min(BINS - 1, int(confidence * BINS))
        bins.setdefault(place, []).append((confidence, ok))
    missed = (abs(sum(c for c, _ in row) - sum(ok for _, ok in row)) for row in bins.values())
    return sum(missed) / len(confidences)
