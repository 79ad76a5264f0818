"""Trains the network: ``python -m service.training.train --data … --base …jar --out build/model``.

Seeded and resumable: after every epoch the state is written, and a further start goes on from it.
"""

import argparse
import copy
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from math import cos, pi
from pathlib import Path
from random import Random
from typing import TypeAlias

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from service.enrichment.encoder import make_tokenizer
from service.training import base
from service.training.batches import Batch, Targets, batched, collate
from service.training.data import Example, Sets, load_sets
from service.training.drawing import in_company, thinned
from service.training.exchange import exchange, masked
from service.training.losses import loss, topics_missed, unlike
from service.training.model import LAYERS, PairModel, pretrained
from service.training.teacher import answers, taught

_log = logging.getLogger("dyadwire.training")

WARM_UP = 0.06
"""Share of the steps in which the learning rate rises."""

SLOWEST = 0.02
"""Share of the learning rate that is left at the end."""

MAX_GRADIENT = 1.0
"""Norm at which gradients are cut."""

SHARPEN_PASSES, SHARPEN_RATE, SHARPEN_DROPOUT = 40, 3e-4, 0.3
"""Passes, learning rate and dropout of `sharpen`."""

CODED_PASSES, CODED_RATE, CODED_DROPOUT, CODED_BATCH = 20, 1e-3, 0.3, 64
"""Passes, learning rate, dropout and pairs a step of `code_as_published`."""

CODED_COPIES = 3
"""How often it reads a sentence with other countries, beside once as the service does."""

LOG_EVERY = 50
"""Steps between two lines of the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to train.

    Attributes:
        layers: of the network.
        epochs: passes over all but `directed_sentiment`.
        real: how often an epoch reads the real sentences, which are few.
        topics: how often it reads titles with leads, which are few as well.
        sentiment_share: share of `directed_sentiment` that such a pass takes in.
        sentiment_weight: what a pair of it counts.
        batch: sentences a step.
        rate: learning rate of the top layer.
        decay: how much slower each layer below learns.
        head_rate: learning rate of what is not pretrained.
        smoothing: share of the target that is spread over all classes.
        taught: what a teacher's answer counts where there is one; a label counts the rest.
        dropout: see `PairModel`.
        exchanged: chance that the countries of a sentence become others; else those of pairs are
            masked, as in the service.
        average: decay of the moving average of the weights, which is what is kept.
        seed: of everything drawn.
    """

    layers: int = LAYERS
    epochs: int = 5
    real: int = 2
    topics: int = 2
    sentiment_share: float = 0.2
    sentiment_weight: float = 0.5
    batch: int = 20
    rate: float = 4e-4
    decay: float = 0.9
    head_rate: float = 1e-3
    smoothing: float = 0.1
    taught: float = 0.8
    dropout: float = 0.1
    exchanged: float = 0.5
    average: float = 0.995
    seed: int = 20261124


class Trainer:
    """A model in training, its moving average and what steers it.

    Args:
        plan: how to train.
        model: with what it begins; it stays on its device.
        tokenizer: of the pretrained encoder.
        steps: how many steps there will be.
    """

    def __init__(self, plan: Plan, model: PairModel, tokenizer: Tokenizer, *, steps: int) -> None:
        self._plan = plan
        self._tokenizer = tokenizer
        self._model = model
        self._device = model.roles.device
        for frozen in (self._model.words, self._model.positions):  # half of the weights
            frozen.requires_grad_(requires_grad=False)
        self.average = copy.deepcopy(self._model)
        self._optimizer = torch.optim.AdamW(self._groups(), betas=(0.9, 0.98), fused=True)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimizer, lambda step: _pace(step, steps)
        )

    def _groups(self) -> list[dict[str, object]]:
        """Weights with their learning rates, which fall from layer to layer downwards."""
        groups: list[dict[str, object]] = []
        for name, weight in self._model.named_parameters():
            first, *rest = name.split(".")
            rate = self._plan.head_rate
            if first in ("layers", "embedded_norm"):
                layer = int(rest[0]) + 1 if first == "layers" else 0
                rate = self._plan.rate * self._plan.decay ** (len(self._model.layers) - layer)
            if weight.requires_grad:
                groups.append({"params": [weight], "lr": rate, "weight_decay": 0.01})
        return groups

    def epoch(self, batches: Iterable[list[Example]], choose: Random) -> None:
        """One pass over `batches`."""
        self._model.train()
        missed: list[float] = []
        for number, examples in enumerate(batches, start=1):
            some = in_company([thinned(example, choose) for example in examples], choose)
            read = [self._named(example, choose) for example in some]
            missed.append(self._step(*collate(read, self._tokenizer)))
            if number % LOG_EVERY == 0:
                recent = sum(missed[-LOG_EVERY:]) / LOG_EVERY
                _log.info("step %d: loss %.4f", self._schedule.last_epoch, recent)

    def _named(self, example: Example, choose: Random) -> Example:
        """As one step sees it: with other countries, or as the service reads it."""
        if choose.random() < self._plan.exchanged:
            return exchange(example, choose)
        about_pairs = any(label.topic is None for label in example.labels)
        return masked(example) if about_pairs else example

    def _step(self, batch: Batch, targets: Targets) -> float:
        batch, targets = batch.to(self._device), targets.to(self._device)
        with torch.autocast(self._device.type, dtype=torch.bfloat16):
            outputs = [batch.answers(one) for one in self._model(**batch.inputs)]
        plan = self._plan
        missed = loss(
            outputs, targets, batch.sentences, smoothing=plan.smoothing, taught=plan.taught
        )
        torch.autograd.backward(missed)
        nn.utils.clip_grad_norm_(self._model.parameters(), MAX_GRADIENT)
        self._optimizer.step()
        self._schedule.step()
        self._optimizer.zero_grad()
        step = self._schedule.last_epoch
        decay = min(self._plan.average, (1 + step) / (10 + step))  # at first it follows closely
        with torch.no_grad():
            torch._foreach_lerp_(  # no public name, and a loop is slow
                list(self.average.parameters()), list(self._model.parameters()), 1 - decay
            )
        return missed.item()

    def save(self, path: Path, *, epochs: int) -> None:
        """Everything that is needed to go on after `epochs`."""
        torch.save({"epochs": epochs, **{k: part.state_dict() for k, part in self._parts()}}, path)

    def resume(self, path: Path) -> int:
        """Goes on from what `save` wrote; how many epochs that had."""
        saved = torch.load(path, weights_only=True)
        for name, part in self._parts():
            part.load_state_dict(saved[name])
        return int(saved["epochs"])

    def _parts(self) -> list[tuple[str, "nn.Module | torch.optim.Optimizer | _Schedule"]]:
        return [
            ("model", self._model),
            ("average", self.average),
            ("optimizer", self._optimizer),
            ("schedule", self._schedule),
        ]


_Schedule: TypeAlias = torch.optim.lr_scheduler.LambdaLR


def train(sets: Sets, plan: Plan, jar: Path, out: Path) -> PairModel:
    """Trains; the averaged weights are returned and written to ``out/model.pt``.

    Args:
        sets: what is trained on.
        plan: how.
        jar: of the pretrained encoder.
        out: folder for weights and state.
    """
    torch.manual_seed(plan.seed)
    tokenizer = make_tokenizer(base.tokenizer(jar))
    model = pretrained(base.weights(jar), layers=plan.layers, dropout=plan.dropout)
    average = fit(sets, plan, model, tokenizer, out)
    sharpen(average, sets.topics, plan, tokenizer)
    code_as_published(average, sets.real, plan, tokenizer)
    torch.save({"average": average.state_dict()}, out / "model.pt")
    return average


def fit(sets: Sets, plan: Plan, model: PairModel, tokenizer: Tokenizer, out: Path) -> PairModel:
    """Trains `model` on its device; the average of its weights. ``out/state.pt`` keeps the way."""
    out.mkdir(parents=True, exist_ok=True)
    state = out / "state.pt"
    epochs = [
        sets.epoch(number, real=plan.real, topics=plan.topics, sentiment=plan.sentiment_share)
        for number in range(plan.epochs)
    ]
    steps = sum(-(-len(examples) // plan.batch) for examples in epochs)
    trainer = Trainer(plan, model, tokenizer, steps=steps)
    done = trainer.resume(state) if state.exists() else 0
    for epoch in range(done, plan.epochs):
        torch.manual_seed(plan.seed + epoch)
        choose = Random(plan.seed + epoch)  # noqa: S311 nothing secret
        batches = batched(epochs[epoch], plan.batch, choose)
        trainer.epoch(batches, choose)
        trainer.save(state, epochs=epoch + 1)
        _log.info("epoch %d of %d done", epoch + 1, plan.epochs)
    return trainer.average


def sharpen(
    model: PairModel, examples: Sequence[Example], plan: Plan, tokenizer: Tokenizer
) -> None:
    """Trains the topic head alone, for many passes over what the finished network reads.

    Topics of the second level are rare, and the epochs that the stances need are few for them.

    Args:
        model: changed in its topic head.
        examples: titles with leads.
        plan: for its seed and the size of a batch.
        tokenizer: of the pretrained encoder.
    """
    choose = Random(plan.seed)  # noqa: S311 nothing secret
    read: list[Tensor] = []
    targets: list[Targets] = []
    for copy_of in (examples, [exchange(example, choose) for example in examples]):
        for seen, held in _at_rest(model, copy_of, plan, tokenizer):
            read.append(seen)
            targets.append(held)
    head = [*model.joined_topic.parameters(), *model.topic.parameters()]
    optimizer = torch.optim.AdamW(head, lr=SHARPEN_RATE, weight_decay=0.05)
    for _ in range(SHARPEN_PASSES):
        for number in choose.sample(range(len(read)), len(read)):
            seen = functional.dropout(read[number], p=SHARPEN_DROPOUT)
            logits = model.topic(functional.gelu(model.joined_topic(seen)))
            torch.autograd.backward(topics_missed(logits, targets[number], share=1))
            optimizer.step()
            optimizer.zero_grad()


def code_as_published(
    model: PairModel, real: Sequence[Example], plan: Plan, tokenizer: Tokenizer
) -> None:
    """Trains the heads of quad class and event alone, on the pairs that PLV's coders coded.

    They code by PLOVER's published codebook. All other labels have a reading of their own, and in
    the epochs one head serves both and settles between them: well for what the network sees, less
    so for what it is called.

    Args:
        model: changed in those two heads.
        real: the real sentences, PLV's among them.
        plan: for its seed and the spread of its targets.
        tokenizer: of the pretrained encoder.
    """
    torch.manual_seed(plan.seed)
    choose = Random(plan.seed)  # noqa: S311 nothing secret
    coded = [example for example in real if example.coded]
    shown = [masked(example) for example in coded]
    shown += [exchange(example, choose) for _ in range(CODED_COPIES) for example in coded]
    read, held = zip(*_at_rest(model, shown, plan, tokenizer), strict=True)
    states = torch.cat(read)
    sides = [
        (model.quad, torch.cat([targets.quad for targets in held])),
        (model.event, torch.cat([targets.event for targets in held])),
    ]
    heads = [weight for head, _ in sides for weight in head.parameters()]
    optimizer = torch.optim.AdamW(heads, lr=CODED_RATE, weight_decay=0.0)
    for _ in range(CODED_PASSES):
        for rows in torch.randperm(len(shown)).split(CODED_BATCH):
            with torch.no_grad():
                seen = functional.dropout(states[rows], p=CODED_DROPOUT)
                seen = functional.gelu(model.joined(seen))
            losses = [
                unlike(
                    functional.log_softmax(head(seen), dim=-1),
                    right[rows],
                    smoothing=plan.smoothing,
                ).mean()
                for head, right in sides
            ]
            torch.autograd.backward(losses)
            optimizer.step()
            optimizer.zero_grad()


def _at_rest(
    model: PairModel, examples: Sequence[Example], plan: Plan, tokenizer: Tokenizer
) -> Iterator[tuple[Tensor, Targets]]:
    """What the heads see, [pairs, 3 x hidden], and what should come out, batch by batch."""
    model.eval()
    for some in batched(examples, plan.batch):
        batch, held = collate(some, tokenizer)
        with torch.no_grad():
            yield batch.answers(model.read(**batch.inputs)), held


def _pace(step: int, steps: int) -> float:
    """Factor of the learning rate: a linear rise, then half a cosine."""
    rise = max(1, int(steps * WARM_UP))
    if step < rise:
        return (step + 1) / rise
    done = min(1.0, (step - rise) / max(1, steps - rise))
    return SLOWEST + (1 - SLOWEST) * (1 + cos(pi * done)) / 2


def main() -> None:
    """Reads the command line; every field of `Plan` is an option."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the shared sets")
    parser.add_argument("--base", type=Path, required=True, help="jar of the pretrained encoder")
    parser.add_argument("--out", type=Path, required=True, help="folder for weights and state")
    parser.add_argument("--threads", type=int, default=2)
    for field in fields(Plan):
        parser.add_argument(
            f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default
        )
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    plan = Plan(**{field.name: getattr(arguments, field.name) for field in fields(Plan)})
    sets = taught(load_sets(arguments.data, sentiment_weight=plan.sentiment_weight), answers())
    read = len(sets.own), len(sets.real), len(sets.topics), len(sets.sentiment)
    _log.info("own texts, real ones, topics, sentiment: %s; %s", read, plan)
    train(sets, plan, arguments.base, arguments.out)


if __name__ == "__main__":
    main()
