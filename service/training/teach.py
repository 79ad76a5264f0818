"""Trains teachers and asks them: ``python -m service.training.teach --fold 0 --data … --out …``.

The texts are dealt into folds; a teacher learns from all but one and answers the questions of that
one, so that what it passes on is what it understood and not what it was told. Beside the labels it
learns from the answers that are kept, those of the teachers before it. Twelve layers of 768
want a graphics card: minutes there, hours without. Joined, the answers are what training reads::

    python -m service.training.teach --join build/teacher/answers/*.npz
"""

import argparse
import hashlib
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from tokenizers import Tokenizer

from service.enrichment.encoder import make_tokenizer
from service.training import base, teacher
from service.training.base import mpnet
from service.training.batches import collate
from service.training.data import Example, Sets, load_sets
from service.training.exchange import masked
from service.training.labels import NO_DEALING
from service.training.model import PairModel, pretrained
from service.training.plan import Plan
from service.training.train import fit

FOLDS: Final = 4
"""In how many parts the texts are dealt."""

LAYERS: Final = 12
"""Of a teacher."""

PLAN: Final = Plan(
    layers=LAYERS,
    resting=0,
    epochs=3,
    topics=2,
    batch=48,
    rate=8e-5,
    head_rate=5e-4,
    taught=0.5,
)
"""How a teacher learns; what its predecessors answered counts half (born-again networks: Furlanello
et al., ICML 2018)."""

LEAST_DEALING: Final = 0.1
"""Of pairs less likely to deal with each other, quad class and event are not passed on."""

ASKED_TOGETHER: Final = 64
"""Texts."""


def fold(example: Example) -> int:
    """The part that an example belongs to; what is of one article or of one text stays together."""
    whole = example.id.rpartition("/")[0] if example.origin == "stories" else example.text
    return hashlib.sha256(whole.encode()).digest()[1] % FOLDS


def without(sets: Sets, number: int) -> Sets:
    """The sets but for one fold; topics are nothing that teachers are asked for."""
    return Sets(
        own=[example for example in sets.own if fold(example) != number],
        real=[example for example in sets.real if fold(example) != number],
        topics=[],
        sentiment=[example for example in sets.sentiment if fold(example) != number],
    )


def ask(model: PairModel, examples: Sequence[Example], tokenizer: Tokenizer) -> dict[bytes, bytes]:
    """What `model` answers, by `teacher.question`; the texts are read as the service reads them."""
    device = model.roles.device
    model.eval()
    found: dict[bytes, bytes] = {}
    order = sorted(examples, key=lambda example: len(example.text))
    for at in range(0, len(order), ASKED_TOGETHER):
        some = order[at : at + ASKED_TOGETHER]
        batch, _ = collate([masked(example) for example in some], tokenizer)
        batch = batch.to(device)
        with torch.no_grad(), torch.autocast(device.type, dtype=torch.bfloat16):
            outputs = model(**batch.inputs)[:3]
        likely = [batch.answers(one).float().softmax(-1) for one in outputs]
        apart = likely[0][:, NO_DEALING] > 1 - LEAST_DEALING
        for answer in likely[1:]:
            answer[apart] = 0
        rows = (torch.cat(likely, dim=1) * teacher.BYTE_MAX).round().to(torch.uint8).cpu().numpy()
        asked = (teacher.question(one.text, label) for one in some for label in one.labels)
        found.update((key, row.tobytes()) for key, row in zip(asked, rows, strict=True))
    return found


def join(paths: Sequence[Path], out: Path = teacher.ANSWERS) -> None:
    """The mean of what several teachers answered, to `out`."""
    given: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for path in paths:
        for asked, row in teacher.answers(path).items():
            given[asked].append(row)
    mean = {
        asked: np.mean([list(row) for row in rows], axis=0).round().astype(np.uint8).tobytes()
        for asked, rows in given.items()
    }
    teacher.write(mean, out)


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the shared sets")
    parser.add_argument("--base", type=Path, help="jar of the network's pretrained encoder")
    parser.add_argument("--encoder", type=Path, help="safetensors of the teacher's")
    parser.add_argument("--out", type=Path, help="folder for the answers")
    parser.add_argument("--fold", type=int, choices=range(FOLDS))
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seed", type=int, default=PLAN.seed)
    parser.add_argument("--join", type=Path, nargs="*", help="answers of all folds")
    arguments = parser.parse_args()
    if arguments.join:
        join(arguments.join)
        return
    if None in (arguments.data, arguments.base, arguments.encoder, arguments.out, arguments.fold):
        parser.error("a teacher needs --data, --base, --encoder, --out and --fold")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    plan = replace(PLAN, seed=arguments.seed)
    tokenizer = make_tokenizer(base.tokenizer(arguments.base))
    sets = teacher.taught(
        load_sets(arguments.data, sentiment_weight=plan.sentiment_weight), teacher.answers()
    )
    torch.manual_seed(plan.seed)
    given = mpnet.weights(arguments.encoder)
    model = pretrained(given, layers=plan.layers, dropout=plan.dropout, shape=mpnet.SHAPE)
    name = f"fold-{arguments.fold}-{plan.seed}"
    learned = fit(
        without(sets, arguments.fold),
        plan,
        model.to(arguments.device),
        tokenizer,
        arguments.out / name,
    )
    apart = [
        example
        for example in (*sets.own, *sets.real, *sets.sentiment)
        if fold(example) == arguments.fold and not example.coded
    ]
    teacher.write(ask(learned, apart, tokenizer), arguments.out / f"{name}.npz")


if __name__ == "__main__":
    main()
