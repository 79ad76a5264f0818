"""What one step of the training sees of an example, drawn anew each time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from random import Random
from typing import Final

from service.enrichment.pairs import MAX_PASSAGE
from service.enrichment.passages import BOUNDARY
from service.enrichment.values import Span
from service.training.data import Example, Label

PAIRS_PER_SENTENCE: Final = 8
"""Pairs of a sentence that one step trains on, drawn anew each time: lists are long."""

COMPANY: Final = 0.35
"""Chance that a sentence that stands alone is read with one or two others, as in a passage."""


def thinned(example: Example, random: Random) -> Example:
    """The same with at most `PAIRS_PER_SENTENCE` pairs of each sentence, drawn by `random`."""
    by_sentence: defaultdict[Span | None, list[Label]] = defaultdict(list)
    for label in example.labels:
        by_sentence[label.said].append(label)
    kept = [
        labels if len(labels) <= PAIRS_PER_SENTENCE else random.sample(labels, PAIRS_PER_SENTENCE)
        for labels in by_sentence.values()
    ]
    return replace(example, labels=tuple(chain.from_iterable(kept)))


def in_company(examples: Sequence[Example], random: Random) -> list[Example]:
    """The same, of which some sentences now stand in one text with others: each is judged alone."""
    found: list[Example] = []
    waiting: list[Example] = []
    for example in examples:
        alone = all(label.said is None and label.topic is None for label in example.labels)
        if not alone or random.random() >= COMPANY:
            found.append(example)
            continue
        if waiting and sum(len(one.text) for one in waiting) + len(example.text) > MAX_PASSAGE:
            found.append(_together(waiting))
            waiting = []
        waiting.append(example)
    return [*found, _together(waiting)] if waiting else found


def _together(examples: Sequence[Example]) -> Example:
    text = ""
    labels: list[Label] = []
    for example in examples:
        at = len(text) + len(BOUNDARY) if text else 0
        text = f"{text}{BOUNDARY}{example.text}" if text else example.text
        labels += [
            replace(
                label,
                source=_moved(label.source, at),
                target=_moved(label.target, at),
                said=Span(at, len(text)),
            )
            for label in example.labels
        ]
    return Example("+".join(one.id for one in examples), "company", text, tuple(labels))


def _moved(span: Span | None, by: int) -> Span | None:
    return None if span is None else Span(span.start + by, span.end + by)
