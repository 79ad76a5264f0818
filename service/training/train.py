"""Trains the network: ``python -m service.training.train --data … --base …jar --out build/model``.

Seeded and resumable: after every epoch the state is written, and a further start goes on from it.
"""

import argparse
import copy
import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields, replace
from itertools import islice
from math import cos, pi
from pathlib import Path
from random import Random
from typing import TypeAlias

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from service.enrichment.encoder import make_tokenizer
from service.training import base
from service.training.batches import Batch, Targets, batched, collate
from service.training.data import Example, Sets, load_sets
from service.training.drawing import in_company, thinned
from service.training.exchange import exchange, masked
from service.training.heads import code_as_published, sharpen
from service.training.losses import loss
from service.training.model import PairModel, pretrained
from service.training.narrowing import importance, narrowed
from service.training.plan import Plan
from service.training.teacher import answers, taught
from service.training.unpadded import Unpadded

_log = logging.getLogger("dyadwire.training")

WARM_UP = 0.06
"""Share of the steps in which the learning rate rises."""

SLOWEST = 0.02
"""Share of the learning rate that is left at the end."""

MAX_GRADIENT = 1.0
"""Norm at which gradients are cut."""

SETTLING_RATE = 0.5
"""Share of the learning rates with which the narrower layers settle at the end."""

WEIGHED = 100
"""Batches by which is told what the units of a layer count."""

BRIEF = ("avx512_bf16", "amx_bf16", "bf16")
"""Names of what a processor has that multiplies numbers of 16 bits (bfloat16)."""

LOG_EVERY = 50
"""Steps between two lines of the log."""


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
        at_rest = [self._model.words, self._model.positions]  # half of the weights
        if plan.resting:  # then nothing need be drawn down as far as that
            at_rest += [self._model.embedded_norm, *self._model.layers[: plan.resting]]
        for part in at_rest:
            part.requires_grad_(requires_grad=False)
        self._read = Brief(self._model) if multiplies_brief(self._device) else Unpadded(self._model)
        self.average = copy.deepcopy(self._model)
        self._learning = [one for one in self._model.parameters() if one.requires_grad]
        self._averaged = [one for one in self.average.parameters() if one.requires_grad]
        self._optimizer = torch.optim.AdamW(
            self._groups(), betas=(0.9, 0.98), weight_decay=0.01, fused=True
        )
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimizer, lambda step: _pace(step, steps)
        )

    def _groups(self) -> list[dict[str, object]]:
        """Weights by their learning rates, which fall from layer to layer downwards."""
        by_rate: defaultdict[float, list[nn.Parameter]] = defaultdict(list)
        for name, weight in self._model.named_parameters():
            first, *rest = name.split(".")
            rate = self._plan.head_rate
            if first in ("layers", "embedded_norm"):
                layer = int(rest[0]) + 1 if first == "layers" else 0
                rate = self._plan.rate * self._plan.decay ** (len(self._model.layers) - layer)
            if weight.requires_grad:
                by_rate[rate].append(weight)
        return [{"params": weights, "lr": rate} for rate, weights in by_rate.items()]

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
        return _as_served(example)

    def _step(self, batch: Batch, targets: Targets) -> float:
        batch, targets = batch.to(self._device), targets.to(self._device)
        plan = self._plan
        outputs = self._read(batch)
        missed = loss(
            outputs, targets, batch.sentences, smoothing=plan.smoothing, taught=plan.taught
        )
        torch.autograd.backward(missed)
        nn.utils.clip_grad_norm_(self._learning, MAX_GRADIENT)
        self._optimizer.step()
        self._schedule.step()
        self._optimizer.zero_grad()
        step = self._schedule.last_epoch
        decay = min(self._plan.average, (1 + step) / (10 + step))  # at first it follows closely
        with torch.no_grad():
            # no public name, and a loop is slow
            torch._foreach_lerp_(self._averaged, self._learning, 1 - decay)
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
    whole = fit(sets, plan, model, tokenizer, out)
    average = settle(sets, plan, whole, tokenizer, out)
    sharpen(average, sets.topics, plan, tokenizer)
    code_as_published(average, sets.real, plan, tokenizer)
    torch.save({"average": average.state_dict()}, out / "model.pt")
    return average


def fit(
    sets: Sets, plan: Plan, model: PairModel, tokenizer: Tokenizer, out: Path, *, first: int = 0
) -> PairModel:
    """Trains `model` on its device; the average of its weights. ``out/state.pt`` keeps the way.

    Args:
        sets: what is trained on.
        plan: how.
        model: with what it begins; it is changed.
        tokenizer: of the pretrained encoder.
        out: folder for the state.
        first: how many epochs there were before.
    """
    out.mkdir(parents=True, exist_ok=True)
    state = out / "state.pt"
    epochs = [_drawn(sets, plan, first + number) for number in range(plan.epochs)]
    steps = sum(-(-len(examples) // plan.batch) for examples in epochs)
    trainer = Trainer(plan, model, tokenizer, steps=steps)
    done = trainer.resume(state) if state.exists() else 0
    for epoch in range(done, plan.epochs):
        torch.manual_seed(plan.seed + first + epoch)
        choose = Random(plan.seed + first + epoch)  # noqa: S311 nothing secret
        batches = batched(epochs[epoch], plan.batch, choose)
        trainer.epoch(batches, choose)
        trainer.save(state, epochs=epoch + 1)
        _log.info("epoch %d of %d done", epoch + 1, plan.epochs)
    return trainer.average


def settle(sets: Sets, plan: Plan, model: PairModel, tokenizer: Tokenizer, out: Path) -> PairModel:
    """A model like `model` with layers of `plan.width`, trained again.

    It passes over the texts `plan.narrow` times with a learning rate that rises and falls once,
    then `plan.settling` times with a lower one that does so each time; the mean of what each such
    fall ends with is returned (Izmailov et al., UAI 2018).

    Args:
        sets: what is trained on.
        plan: how.
        model: what the epochs made; not changed.
        tokenizer: of the pretrained encoder.
        out: folder for the states.
    """
    choose = Random(plan.seed)  # noqa: S311 nothing secret
    batches = batched(_drawn(sets, plan, plan.epochs), plan.batch, choose)
    counts = importance(
        model,
        ([_as_served(example) for example in some] for some in islice(batches, WEIGHED)),
        tokenizer,
        smoothing=plan.smoothing,
        taught=plan.taught,
    )
    settled = narrowed(model, counts, plan.width)
    mean = AveragedModel(settled)
    done = plan.epochs
    for number, fall in enumerate(_falls(plan)):
        settled = fit(sets, fall, settled, tokenizer, out / f"narrow-{number}", first=done)
        mean.update_parameters(settled)
        done += fall.epochs
    result: PairModel = mean.module
    return result


def _falls(plan: Plan) -> list[Plan]:
    """How the narrower layers are trained, one plan for each rise and fall of the learning rate."""
    longest = [replace(plan, epochs=plan.narrow)] if plan.narrow else []
    lower = replace(
        plan,
        epochs=1,
        rate=plan.rate * SETTLING_RATE,
        head_rate=plan.head_rate * SETTLING_RATE,
    )
    return longest + [lower] * plan.settling


def multiplies_brief(device: torch.device) -> bool:
    """Whether `device` itself multiplies numbers of 16 bits.

    A processor that does not takes a hundred times as long for them as for those of 32.
    """
    able = torch.cpu.get_capabilities()
    return device.type != "cpu" or any(able.get(name) for name in BRIEF)


class Brief:
    """Answers of a model with 16 bits a number; its weights keep their 32.

    Autocast would turn the states back and forth in each layer, a sixth of a step.

    Args:
        model: whose weights may change but for those that do not learn.
    """

    def __init__(self, model: PairModel) -> None:
        self._model = Unpadded(model)
        weights = list(self._model.named_parameters())
        self._learning = [(name, weight) for name, weight in weights if weight.requires_grad]
        self._fixed = {name: one.bfloat16() for name, one in weights if not one.requires_grad}

    def __call__(self, batch: Batch) -> tuple[Tensor, ...]:
        """Logits of the labels, see `Unpadded.forward`."""
        brief = {name: weight.bfloat16() for name, weight in self._learning} | self._fixed
        outputs: tuple[Tensor, ...] = torch.func.functional_call(self._model, brief, args=(batch,))
        return outputs


def _drawn(sets: Sets, plan: Plan, number: int) -> list[Example]:
    """What the epoch of that number reads."""
    return sets.epoch(number, real=plan.real, topics=plan.topics, sentiment=plan.sentiment_share)


def _as_served(example: Example) -> Example:
    """As the service reads it: the countries of pairs are masked, those of titles are not."""
    about_pairs = any(label.topic is None for label in example.labels)
    return masked(example) if about_pairs else example


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
