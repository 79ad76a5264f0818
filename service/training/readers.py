"""What two careful readers saw of a text's dyads, and the figures of what was found against it."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Self

from contracts.events import Dyad
from contracts.vocabulary import Stance
from service.training.figures import calibration_error

Pair = tuple[str, str]
"""Source and target."""

SURE = 0.9
"""Confidence from which on a dyad counts as sure."""


@dataclass(frozen=True, slots=True)
class SeenDyads:
    """What two readers saw.

    Attributes:
        alike: stance by ordered pair, those that both saw, and alike.
        optional: pairs that only one saw, or of which they saw different stances.
    """

    alike: Mapping[Pair, Stance]
    optional: frozenset[Pair]

    @classmethod
    def by(cls, one: Mapping[Pair, Stance], other: Mapping[Pair, Stance]) -> Self:
        """From the lists of each."""
        alike = {pair: stance for pair, stance in one.items() if other.get(pair) is stance}
        return cls(alike, frozenset({*one, *other} - set(alike)))


@dataclass(slots=True)
class Counts:
    """Hits of what was given among what was wanted, over many texts."""

    hits: int = 0
    given: int = 0
    wanted: int = 0

    def add(self, wanted: AbstractSet[Any], given: AbstractSet[Any]) -> None:
        """Counts one text."""
        self.hits += len(wanted & given)
        self.wanted += len(wanted)
        self.given += len(given)

    @property
    def precision(self) -> float:
        """Share of what was given that was wanted."""
        return self.hits / max(1, self.given)

    @property
    def recall(self) -> float:
        """Share of what was wanted that was given."""
        return self.hits / max(1, self.wanted)

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        return 2 * self.hits / max(1, self.wanted + self.given)


def agreement(
    seen: Iterable[tuple[Mapping[Pair, Stance], Mapping[Pair, Stance]]],
) -> dict[str, float]:
    """F1 of the dyads of one reader against another's, of those that take a side.

    Args:
        seen: what the one and the other saw of each text.
    """
    dyads, with_stance = Counts(), Counts()
    for both in seen:
        one, other = (
            {(*pair, stance) for pair, stance in read.items() if stance is not Stance.NEUTRAL}
            for read in both
        )
        with_stance.add(one, other)
        dyads.add({dyad[:2] for dyad in one}, {dyad[:2] for dyad in other})
    return {"dyads_f1": dyads.f1, "dyads_with_stance_f1": with_stance.f1}


def dyad_figures(readers: Sequence[SeenDyads], found: Sequence[Sequence[Dyad]]) -> dict[str, float]:
    """Precision, recall and F1 of the dyads of many texts, and F1 with their stances.

    What only one of the readers saw is neither asked for nor punished; nor are neutral dyads, which
    have a figure of their own. Of the other ones also how far their confidence is from being the
    share whose stance is right, and that share of those that are `SURE`.

    Raises:
        ValueError: the two sequences are not of the same length.
    """
    dyads, with_stance, neutrals = Counts(), Counts(), Counts()
    told: list[tuple[float, bool]] = []
    for seen, got in zip(readers, found, strict=True):
        neutral = {pair for pair, stance in seen.alike.items() if stance is Stance.NEUTRAL}
        may = seen.optional | neutral
        want = {(*pair, stance) for pair, stance in seen.alike.items() if pair not in may}
        sided = [
            dyad
            for dyad in got
            if dyad.stance is not Stance.NEUTRAL and (dyad.source, dyad.target) not in may
        ]
        have = {(dyad.source, dyad.target, dyad.stance) for dyad in sided}
        told += [
            (dyad.confidence, (dyad.source, dyad.target, dyad.stance) in want) for dyad in sided
        ]
        with_stance.add(want, have)
        deal = {(d.source, d.target) for d in got if d.stance is Stance.NEUTRAL}
        neutrals.add(neutral, deal - seen.optional)
        dyads.add({one[:2] for one in want}, {one[:2] for one in have})
    sure = [right for confidence, right in told if confidence >= SURE]
    return {
        "dyads_precision": dyads.precision,
        "dyads_recall": dyads.recall,
        "dyads_f1": dyads.f1,
        "dyads_with_stance_f1": with_stance.f1,
        "neutral_dyads_f1": neutrals.f1,
        "confidence_error": calibration_error([c for c, _ in told], [right for _, right in told]),
        "sure_dyads": len(sure) / max(1, len(told)),
        "sure_dyads_right": sum(sure) / max(1, len(sure)),
    }
