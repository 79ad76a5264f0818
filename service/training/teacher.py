"""What a larger network answers to the training's questions, for the small one to learn from.

The answers are kept, so that training needs neither that network nor what it takes to run it. Each
was given by a teacher that had not learned from the text it was asked about (`teach`).
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.training.data import Example, Sets
from service.training.labels import PAIR_OUTPUTS

ANSWERS: Final = Path(__file__).parent / "teacher" / "answers.npz"
"""What ``python -m service.training.teach --join`` writes."""

WIDTH: Final = sum(PAIR_OUTPUTS)
"""Bytes of the answer about one pair, the probability of each class."""

BYTE_MAX: Final = 255
"""A byte that says certain."""

DIGEST: Final = 8
"""Bytes by which an example is known again."""

Answers = Mapping[bytes, NDArray[np.uint8]]
"""By `digest`, what is answered about each pair of a text, [labels, `WIDTH`]."""


def digest(example: Example) -> bytes:
    """Changes with the text and with the pairs that are asked about."""
    asked = [(label.source, label.target, label.said) for label in example.labels]
    content = repr((example.text, asked)).encode()
    return hashlib.blake2b(content, digest_size=DIGEST).digest()


def answers(path: Path = ANSWERS) -> Answers:
    """Those in the file `path`."""
    with np.load(path) as kept:
        names, counts, given = kept["names"], kept["counts"], kept["answers"]
    ends = np.cumsum(counts)
    return {
        name.tobytes(): given[end - count : end]
        for name, count, end in zip(names, counts, ends, strict=True)
    }


def write(given: Answers, path: Path) -> None:
    """Writes what `answers` reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = sorted(given)
    np.savez_compressed(
        path,
        names=np.array([np.frombuffer(name, np.uint8) for name in names]),
        counts=np.array([len(given[name]) for name in names], np.uint16),
        answers=np.concatenate([given[name] for name in names]),
    )


def taught(sets: Sets, given: Answers) -> Sets:
    """The same sets with what the teacher answers about the texts that it was asked of."""
    return Sets(
        own=list(_taught(sets.own, given)),
        real=list(_taught(sets.real, given)),
        topics=sets.topics,
        sentiment=list(_taught(sets.sentiment, given)),
    )


def _taught(examples: Sequence[Example], given: Answers) -> Iterator[Example]:
    for example in examples:
        about = given.get(digest(example))
        if about is None:
            yield example
            continue
        labels = zip(example.labels, about, strict=True)
        yield replace(
            example, labels=tuple(replace(label, taught=row.tobytes()) for label, row in labels)
        )
