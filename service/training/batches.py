"""Examples to tensors: word pieces, pairs, and the labels as sets that losses allow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from math import nan
from random import Random
from typing import Final

import torch
from tokenizers import Tokenizer
from torch import Tensor

from service.enrichment.encoder import Asked, Pieces
from service.enrichment.values import PairInContext
from service.training.data import Example, Label, TopicLabel
from service.training.labels import EVENTS, QUADS, STANCES, TOPIC_OUTPUTS, TOPICS, topic_row
from service.training.teacher import BYTE_MAX, WIDTH

POOL: Final = 24
"""Batches that are filled together from sentences of like length, so that little is padding."""

TEXT_GRID, TOKEN_GRID, PAIR_GRID = 2, 16, 4
"""Texts, tokens and pairs of a batch are filled up to multiples of these: few sizes of matrices
come again and again, and oneDNN makes code for each size once. A fifth of a step."""

NOT_TAUGHT: Final = bytes(WIDTH)
"""In place of an answer where no teacher was asked."""

NO_TOPIC: Final = -100
"""What the cross entropy of torch passes over."""


@dataclass(frozen=True, slots=True)
class Targets:
    """What the outputs should be; a row without any allowed class takes no part.

    Attributes:
        stance: 1 where a class is right, float32 [pairs, 4].
        quad: likewise [pairs, 4].
        event: likewise [pairs, 16].
        weight: float32 [pairs].
        topic: 1 where a topic, a topic of the second level, or "news" (the last) holds,
            float32 [pairs, topics]; NaN in rows that ask about a pair.
        main: number of the main topic, int64 [pairs]; `NO_TOPIC` where there is none.
        taught: probabilities that a teacher gives the classes of stance, quad class and event,
            float32 [pairs, 24]; zeros where it gave none.
    """

    stance: Tensor
    quad: Tensor
    event: Tensor
    weight: Tensor
    topic: Tensor
    main: Tensor
    taught: Tensor

    def to(self, device: torch.device) -> "Targets":
        """The same on `device`."""
        moved = {field.name: getattr(self, field.name).to(device) for field in fields(self)}
        return Targets(**moved)


@dataclass(frozen=True, slots=True)
class Batch:
    """Arguments of `PairModel.forward`, and which of its answers are asked for.

    Attributes:
        inputs: by name.
        asked: text and pair of each label, int64 [2, labels]; the other pairs fill up.
        sentences: how many sentences are judged.
    """

    inputs: dict[str, Tensor]
    asked: Tensor
    sentences: int

    def to(self, device: torch.device) -> "Batch":
        """The same on `device`."""
        inputs = {name: given.to(device) for name, given in self.inputs.items()}
        return Batch(inputs, self.asked.to(device), self.sentences)

    def answers(self, outputs: Tensor) -> Tensor:
        """The rows of `outputs` [texts, pairs, n] that are asked for, [labels, n]."""
        return outputs[self.asked[0], self.asked[1]]


def collate(examples: Sequence[Example], tokenizer: Tokenizer) -> tuple[Batch, Targets]:
    """A batch, and what should come out, pairs in order.

    Arguments of the batch are filled up to the grid, with texts of no tokens and pairs that are not
    asked about.
    """
    ids: list[tuple[int, ...]] = []
    asked: list[list[Asked]] = []
    at: list[tuple[int, int]] = []
    labels: list[Label] = []
    for example in examples:
        pieces = Pieces(tokenizer, example.text)
        windows: dict[int, int] = {}
        for label in example.labels:
            window = pieces.window(label.source, label.target)
            if window.first not in windows:
                windows[window.first] = len(ids)
                ids.append(window.ids)
                asked.append([])
            pair = PairInContext(example.text, label.source, label.target, label.said)
            row = windows[window.first]
            at.append((row, len(asked[row])))
            asked[row].append(pieces.asked(pair, window))
            labels.append(label)
    texts = _filled_up(len(ids), TEXT_GRID)
    input_ids = torch.zeros(texts, _filled_up(max(map(len, ids)), TOKEN_GRID), dtype=torch.long)
    mask = torch.zeros_like(input_ids)
    pairs = _filled_up(max(map(len, asked)), PAIR_GRID)
    spans = torch.zeros(texts, 3, pairs, 2, dtype=torch.long)
    for row, (one, of_row) in enumerate(zip(ids, asked, strict=True)):
        input_ids[row, : len(one)] = torch.tensor(one)
        mask[row, : len(one)] = 1
        here = torch.tensor([(pair.said, pair.source, pair.target) for pair in of_row])
        spans[row, :, : len(of_row)] = here.transpose(0, 1)
    batch = Batch(
        inputs={"input_ids": input_ids, "spans": spans, "attention_mask": mask},
        asked=torch.tensor(at).T,
        sentences=len({(row, of_row.said) for row, some in enumerate(asked) for of_row in some}),
    )
    targets = Targets(
        stance=torch.tensor([[float(s in label.stances) for s in STANCES] for label in labels]),
        quad=torch.tensor([[float(q in label.quads) for q in QUADS] for label in labels]),
        event=torch.tensor([[float(e in label.events) for e in EVENTS] for label in labels]),
        weight=torch.tensor([label.weight for label in labels]),
        topic=torch.tensor([_topics(label.topic) for label in labels]),
        main=torch.tensor([_main(label.topic) for label in labels]),
        taught=torch.tensor([list(label.taught or NOT_TAUGHT) for label in labels]) / BYTE_MAX,
    )
    return batch, targets


def _filled_up(count: int, grid: int) -> int:
    return -(-count // grid) * grid


def _topics(label: TopicLabel | None) -> list[float]:
    if label is None:
        return [nan] * TOPIC_OUTPUTS
    return [float(held) for held in topic_row(label.topics, label.narrower)]


def _main(label: TopicLabel | None) -> int:
    return TOPICS.index(label.topics[0]) if label and label.topics else NO_TOPIC


def batched(
    examples: Sequence[Example], size: int, random: Random | None = None
) -> Iterator[list[Example]]:
    """Batches of at most `size` sentences of like length; in random order with `random`."""
    order = list(examples)
    if random is None:
        yield from (order[at : at + size] for at in range(0, len(order), size))
        return
    random.shuffle(order)
    for at in range(0, len(order), size * POOL):
        pool = sorted(order[at : at + size * POOL], key=lambda example: len(example.text))
        batches = [pool[at : at + size] for at in range(0, len(pool), size)]
        random.shuffle(batches)
        yield from batches
