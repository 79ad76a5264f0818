"""Heads that learn alone at the end, from what the finished network reads, which stays at rest."""

from collections.abc import Iterator, Sequence
from random import Random

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from service.training.batches import Targets, batched, collate
from service.training.data import Example
from service.training.exchange import exchange, masked
from service.training.losses import topics_missed, unlike
from service.training.model import PairModel
from service.training.plan import Plan

TOGETHER = 20
"""Texts that the network reads at once; of titles with leads, also those of a step."""

SHARPEN_PASSES, SHARPEN_RATE, SHARPEN_DROPOUT = 40, 3e-4, 0.3
"""Passes, learning rate and dropout of `sharpen`."""

CODED_PASSES, CODED_RATE, CODED_DROPOUT, CODED_BATCH = 20, 1e-3, 0.3, 64
"""Passes, learning rate, dropout and pairs a step of `code_as_published`."""

CODED_COPIES = 3
"""How often it reads a sentence with other countries, beside once as the service does."""


def sharpen(
    model: PairModel, examples: Sequence[Example], plan: Plan, tokenizer: Tokenizer
) -> None:
    """Trains the topic head alone, for many passes over what the finished network reads.

    Topics of the second level are rare, and the epochs that the stances need are few for them.

    Args:
        model: changed in its topic head.
        examples: titles with leads.
        plan: for its seed.
        tokenizer: of the pretrained encoder.
    """
    choose = Random(plan.seed)  # noqa: S311 nothing secret
    read: list[Tensor] = []
    targets: list[Targets] = []
    for copy_of in (examples, [exchange(example, choose) for example in examples]):
        for seen, held in _at_rest(model, copy_of, tokenizer):
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
    read, held = zip(*_at_rest(model, shown, tokenizer), strict=True)
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
    model: PairModel, examples: Sequence[Example], tokenizer: Tokenizer
) -> Iterator[tuple[Tensor, Targets]]:
    """What the heads see, [pairs, 3 x hidden], and what should come out, batch by batch."""
    model.eval()
    for some in batched(examples, TOGETHER):
        batch, held = collate(some, tokenizer)
        with torch.no_grad():
            yield batch.answers(model.read(**batch.inputs)), held
