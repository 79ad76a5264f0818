"""What the training draws down: what the heads miss of the labels and of the teachers' answers.

Sums are over the pairs of a step and divided by its sentences, so that a sentence with many pairs
counts more, and a step with few sentences not less.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from service.training.batches import Targets
from service.training.labels import PAIR_OUTPUTS, TOPICS

TOPIC_SMOOTHING = 0.06
"""Labels of topics are drawn this far to the middle: annotators differ."""

TOPIC_SHARE = 5
"""How many of a text's yes-or-no answers weigh as much as its main topic: most say no."""

PAIRS_EXPECTED = 3
"""Pairs of a sentence, about; what a sentence with so many counts is 1."""


def loss(
    outputs: Sequence[Tensor], targets: Targets, sentences: int, *, smoothing: float, taught: float
) -> Tensor:
    """The sum of what the heads miss; each only over the pairs whose label is known.

    Args:
        outputs: of the heads, [pairs, classes].
        targets: what should come out.
        sentences: how many are judged; the sum is over all of their pairs.
        smoothing: see `Plan`.
        taught: likewise; where a teacher's answer is all that is known it counts wholly.
    """
    *of_pairs, of_topics = outputs
    total = topics_missed(of_topics.float(), targets, share=TOPIC_SHARE)
    sides = (targets.stance, targets.quad, targets.event)
    answers = targets.taught.split(PAIR_OUTPUTS, dim=1)
    for logits, allowed, answer in zip(of_pairs, sides, answers, strict=True):
        log_likely = functional.log_softmax(logits.float(), dim=-1)
        each = unlike(log_likely, allowed, smoothing=smoothing)
        labelled = (allowed.sum(1) > 0).float()
        learned = torch.where(answer.sum(1) > 0, 1 - (1 - taught) * labelled, 0)
        each = each * labelled * (1 - learned) - learned * (answer * log_likely).sum(1)
        total = total + (each * targets.weight).sum() / (PAIRS_EXPECTED * sentences)
    return total


def unlike(log_likely: Tensor, allowed: Tensor, *, smoothing: float) -> Tensor:
    """How unlikely the allowed classes are held, row by row.

    Args:
        log_likely: logarithms of the probabilities, [rows, classes].
        allowed: 1 where a class is right, any number of them, likewise.
        smoothing: share of the target that is spread over all classes.
    """
    right = log_likely.masked_fill(allowed == 0, -1e4).logsumexp(1)
    return -(1 - smoothing) * right - smoothing * log_likely.mean(1)


def topics_missed(logits: Tensor, targets: Targets, *, share: float) -> Tensor:
    """Each topic for itself, and the main one against the others of its level."""
    known = ~targets.topic[:, 0].isnan()
    if not known.any():
        return torch.zeros(())
    held = targets.topic[known] * (1 - TOPIC_SMOOTHING) + TOPIC_SMOOTHING / 2
    each = functional.binary_cross_entropy_with_logits(logits[known], held, reduction="sum")
    main = functional.cross_entropy(
        logits[:, : len(TOPICS)], targets.main, reduction="sum", label_smoothing=TOPIC_SMOOTHING
    )
    return (each / share + main) / len(targets.main)
