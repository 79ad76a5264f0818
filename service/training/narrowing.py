"""Makes trained layers narrower: of the two matrices behind each attention, what counts least goes.

Most of the time of a passage goes into these matrices, and half of their width is hardly missed.
What a unit counts is what the loss would change without it, to first order (Molchanov et al., CVPR
2019); a short training afterwards makes up for what is gone.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from service.training.batches import collate
from service.training.data import Example
from service.training.losses import loss
from service.training.model import PairModel


def narrowed(model: PairModel, counts: Tensor, width: int) -> PairModel:
    """A model like `model` whose layers keep the `width` most important units each.

    Args:
        model: not changed.
        counts: of the units, [layers, feed_forward]; see `importance`.
        width: how many stay.
    """
    shape = replace(model.shape, feed_forward=width)
    smaller = PairModel(layers=len(model.layers), dropout=model.dropout.p, shape=shape)
    state = dict(model.state_dict())
    for number, of_units in enumerate(counts):
        kept = of_units.topk(width).indices.sort().values
        wide, narrow = f"layers.{number}.wide", f"layers.{number}.narrow.weight"
        for name, dimension in ((f"{wide}.weight", 0), (f"{wide}.bias", 0), (narrow, 1)):
            state[name] = state[name].index_select(dimension, kept)
    smaller.load_state_dict(state)
    return smaller


def importance(
    model: PairModel,
    batches: Iterable[list[Example]],
    tokenizer: Tokenizer,
    *,
    smoothing: float,
    taught: float,
) -> Tensor:
    """What each unit counts, [layers, feed_forward]: how much the batches' losses would change.

    Args:
        model: nothing of it is silenced meanwhile; its gradients are gone afterwards.
        batches: what it reads.
        tokenizer: of the pretrained encoder.
        smoothing: see `loss`.
        taught: likewise.
    """
    model.eval()
    seen: list[list[Tensor]] = [[] for _ in model.layers]
    hooks = [
        layer.narrow.register_forward_pre_hook(partial(_keep, kept))
        for layer, kept in zip(model.layers, seen, strict=True)
    ]
    total = torch.zeros(len(seen), model.shape.feed_forward)
    for examples in batches:
        batch, targets = collate(examples, tokenizer)
        outputs = [batch.answers(one) for one in model(**batch.inputs)]
        missed = loss(outputs, targets, batch.sentences, smoothing=smoothing, taught=taught)
        torch.autograd.backward(missed)
        for number, kept in enumerate(seen):
            changes = [unit * unit.grad for unit in kept if unit.grad is not None]
            total[number] += torch.cat(changes, dim=1).sum((0, 1)).detach().abs()
            kept.clear()
        model.zero_grad()
    for hook in hooks:
        hook.remove()
    return total


def _keep(kept: list[Tensor], _: nn.Module, given: tuple[Tensor]) -> None:
    """Remembers what the units gave, text and questions apart."""
    (units,) = given
    if not units.requires_grad:  # nothing before them learns
        units.requires_grad_()
    units.retain_grad()
    kept.append(units)
