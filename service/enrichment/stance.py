"""Pairs in context to stances, by the trained network, which is not told which countries they are.

Each text is read once, whatever the number of pairs asked about in it, and alone: its answer does
not depend on the articles beside it.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from contracts.vocabulary import PloverEvent, QuadClass, Stance
from service.enrichment.encoder import Asked, Logits, PairEncoder, Pieces, Window
from service.enrichment.masking import CountryForms, Rewritten
from service.enrichment.values import Judgement, PairInContext, Span

MAX_ROWS = 20_000
"""Word pieces times pairs in one run of the network: bounds the memory that a list of countries
takes, and keeps it within what `allocation` keeps."""


@dataclass(frozen=True, slots=True)
class _Question:
    """Where the answer goes, and what is asked."""

    number: int
    asked: Asked


class StanceModel:
    """Judges pairs by the network that ``service/training`` makes.

    Args:
        encoder: the network.
        forms: what names countries, which the network does not get to see.
        card: the content of ``models/stance.json``: version, classes in the order of the outputs,
            the temperature of each head, by which its logits are divided, and what is then added
            to that of "no dealing", which stands as null among the stances.
    """

    def __init__(self, encoder: PairEncoder, forms: CountryForms, card: dict[str, Any]) -> None:
        self.version: str = card["version"]
        self._encoder = encoder
        self._forms = forms
        self._stances: tuple[str | None, ...] = tuple(card["stances"])
        self._quads = tuple(QuadClass(number) for number in card["quad_classes"])
        self._events = tuple(PloverEvent(name) for name in card["events"])
        self._temperatures: dict[str, float] = card["temperatures"]
        self._offset = np.array(
            [card["no_dealing_offset"] if stance is None else 0 for stance in self._stances]
        )
        self._quad_of_event = np.array(
            [self._quads.index(event.quad_class) for event in self._events]
        )

    @classmethod
    def load(cls, encoder: PairEncoder | None = None) -> Self:
        """The network of the package; `encoder` where it is loaded already."""
        card = files("service.enrichment") / "models" / "stance.json"
        return cls(
            encoder or PairEncoder.load(),
            CountryForms.load(),
            json.loads(card.read_text(encoding="utf-8")),
        )

    def judge(self, pairs: Sequence[PairInContext]) -> list[Judgement]:
        """One judgement for each of `pairs`, in order.

        Raises:
            ValueError: a span is empty or lies outside of its text; the message names the pair.
        """
        if not pairs:
            return []
        logits = self.logits(pairs)
        stances = self._likely(logits.stance, "stance", offset=self._offset)
        joint = (
            self._likely(logits.event, "event")
            * (self._likely(logits.quad, "quad")[:, self._quad_of_event])
        )
        return [self._judgement(*row) for row in zip(stances, joint, strict=True)]

    def logits(self, pairs: Sequence[PairInContext]) -> Logits:
        """The network's raw outputs for `pairs`, in order, at least one.

        Raises:
            ValueError: a span is empty or lies outside of its text; the message names the pair.
        """
        read: dict[str, tuple[Rewritten, Pieces]] = {}
        waiting: defaultdict[tuple[str, Window], list[_Question]] = defaultdict(list)
        for number, pair in enumerate(pairs):
            _check(pair, number)
            if pair.text not in read:
                masked = self._forms.masked(pair.text)
                read[pair.text] = masked, self._encoder.pieces(masked.text)
            masked, pieces = read[pair.text]
            question = PairInContext(
                masked.text,
                masked.span(pair.source),
                masked.span(pair.target),
                masked.span(pair.said),
            )
            window = pieces.window(question.source, question.target)
            waiting[pair.text, window].append(_Question(number, pieces.asked(question, window)))
        order: list[int] = []
        answers: list[Logits] = []
        for (_, window), questions in waiting.items():
            most = max(1, MAX_ROWS // len(window.ids))
            for at in range(0, len(questions), most):
                some = questions[at : at + most]
                answers.append(self._encoder.run(window, [question.asked for question in some]))
                order += [question.number for question in some]
        back = np.argsort(order)
        return Logits(
            stance=np.concatenate([answer.stance for answer in answers])[back],
            quad=np.concatenate([answer.quad for answer in answers])[back],
            event=np.concatenate([answer.event for answer in answers])[back],
        )

    def _likely(
        self, logits: NDArray[np.float32], head: str, *, offset: NDArray[np.float64] | float = 0.0
    ) -> NDArray[np.float64]:
        """Probabilities, row by row."""
        scaled = logits.astype(np.float64) / self._temperatures.get(head, 1.0) + offset
        scaled = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        likely: NDArray[np.float64] = scaled / scaled.sum(axis=1, keepdims=True)
        return likely

    def _judgement(self, stances: NDArray[np.float64], events: NDArray[np.float64]) -> Judgement:
        likely = dict(zip(self._stances, map(float, stances), strict=True))
        return Judgement(
            supportive=likely[Stance.SUPPORTIVE],
            neutral=likely[Stance.NEUTRAL],
            opposing=likely[Stance.OPPOSING],
            event=self._events[int(events.argmax())],
        )


def _check(pair: PairInContext, number: int) -> None:
    for name in ("source", "target", "said"):
        span: Span | None = getattr(pair, name)
        if span is not None and not _inside(span, pair.text):
            raise ValueError(
                f"pair {number}: {name} {span.start}:{span.end} lies outside of the "
                f"{len(pair.text)} characters of its text"
            )


def _inside(span: Span, text: str) -> bool:
    return 0 <= span.start < span.end <= len(text)
