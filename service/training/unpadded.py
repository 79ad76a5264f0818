"""The network as a training passes it: nothing is computed of what only fills a batch up.

A third of the tokens of a batch, and more than half of its pairs, are there to make its texts alike
in length. Attention wants the texts side by side; all else takes one row as well as another, so it
runs over the rows that are there, of texts and questions together.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from service.training.batches import Batch
from service.training.model import ROWS, Layer, PairModel, unseen, within

TOKEN_STEP, PAIR_STEP = 128, 64
"""Tokens and pairs of a batch are filled up to multiples of these, see `batches.TEXT_GRID`."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where rows stand in a batch that is filled up.

    Attributes:
        at: place of each row, int64 [rows]; `total` for those that only fill up.
        texts: how many there are.
        each: places of a text.
    """

    at: Tensor
    texts: int
    each: int

    @property
    def total(self) -> int:
        """How many places there are."""
        return self.texts * self.each

    def spread(self, rows: Tensor) -> Tensor:
        """`rows` [rows, width] where they stand, [texts, each, width]; zeros elsewhere."""
        spread: Tensor = _Spread.apply(rows, self.at, self.total)
        return spread.reshape(self.texts, self.each, -1)

    def gather(self, spread: Tensor) -> Tensor:
        """The reverse of `spread`; rows that only fill up are anything."""
        gathered: Tensor = _Gather.apply(spread.reshape(self.total, -1), self.at)
        return gathered

    def pick(self, filled: Tensor) -> Tensor:
        """The numbers of `filled` [texts, each] where rows stand, [rows]."""
        return _gathered(filled.flatten(), self.at)


class Unpadded(nn.Module):
    """Computes what a network answers to a batch, and no more; it has that network's weights.

    Args:
        model: the network.
    """

    def __init__(self, model: PairModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: Batch) -> tuple[Tensor, ...]:
        """Logits of the labels, [labels, classes], head by head as in `PairModel`."""
        model, filled = self.model, batch.inputs["attention_mask"]
        text, asked = _of_text(filled), _of_pairs(batch)
        place = torch.arange(text.each, device=filled.device)
        states = model.embedded(
            text.pick(batch.inputs["input_ids"]), text.pick(place.expand(text.texts, -1))
        )
        mask = unseen(filled, states.dtype)
        inside = within(batch.inputs["spans"], place).to(states.dtype)
        among = model.among(place, mask)
        for layer in model.layers[: model.silent]:
            query, keys, values = (text.spread(part) for part in _projected(layer, states))
            states = layer.finish(states, text.gather(layer.mix(query, keys, values, among)))
        rows = asked.gather(model.questions(text.spread(states), inside))
        sizes = [len(states), len(rows)]
        both = torch.cat([states, rows])
        layers = model.layers[model.silent :]
        for number, layer in enumerate(layers):
            parts = [part.split(sizes) for part in _projected(layer, both)]
            query, keys, values = (text.spread(of_text) for of_text, _ in parts)
            own = [asked.spread(of_rows) for _, of_rows in parts]
            bias = model.towards(number, inside, mask)
            mixed = asked.gather(layer.mix_rows((own[0], own[1], own[2]), keys, values, bias))
            if number < len(layers) - 1:
                mixed = torch.cat([text.gather(layer.mix(query, keys, values, among)), mixed])
                both = layer.finish(both, mixed)
            else:  # nobody looks at the last states of the text
                both = layer.finish(both[sizes[0] :], mixed)
        read = torch.cat(both.chunk(ROWS), dim=1)
        return tuple(answer[: batch.asked.shape[1]] for answer in model.answers(read))


def _projected(layer: Layer, states: Tensor) -> tuple[Tensor, ...]:
    """Query, keys and values of `states` [rows, hidden], by one matrix."""
    parts = layer.query, layer.key, layer.value
    weight = torch.cat([part.weight for part in parts])
    bias = torch.cat([part.bias for part in parts])
    return nn.functional.linear(states, weight, bias).chunk(len(parts), dim=-1)


def _of_text(filled: Tensor) -> Places:
    """Places of the tokens; `filled` is 1 where there is one, [texts, tokens]."""
    at = filled.flatten().nonzero().flatten()
    return Places(_filled_up(at, TOKEN_STEP, filled.numel()), *filled.shape)


def _of_pairs(batch: Batch) -> Places:
    """Places of the rows of the pairs that are asked about: what is said, sources, targets."""
    texts, kinds, pairs, _ = batch.inputs["spans"].shape
    text, pair = batch.asked
    total = texts * kinds * pairs
    rows = [
        _filled_up((text * kinds + kind) * pairs + pair, PAIR_STEP, total) for kind in range(kinds)
    ]
    return Places(torch.cat(rows), texts, kinds * pairs)


def _filled_up(at: Tensor, step: int, total: int) -> Tensor:
    return nn.functional.pad(at, (0, -len(at) % step), value=total)


class _Spread(torch.autograd.Function):
    """Rows to their places; its gradient is `_Gather` and the other way round."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, at: Tensor, total: int) -> Tensor:
        ctx.save_for_backward(at)
        return _spread(rows, at, total)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (at,) = ctx.saved_tensors
        return _gathered(gradient, at), None, None


class _Gather(torch.autograd.Function):
    """Rows from their places."""

    @staticmethod
    def forward(ctx: Any, spread: Tensor, at: Tensor) -> Tensor:
        ctx.save_for_backward(at)
        ctx.total = len(spread)
        return _gathered(spread, at)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (at,) = ctx.saved_tensors
        return _spread(gradient, at, ctx.total), None


def _spread(rows: Tensor, at: Tensor, total: int) -> Tensor:
    places = rows.new_zeros(total + 1, rows.shape[1])
    return places.index_copy_(0, at, rows)[:total]


def _gathered(spread: Tensor, at: Tensor) -> Tensor:
    return spread.index_select(0, at.clamp(max=len(spread) - 1))
