"""What a larger network answers to the training's questions, for the small one to learn from.

The answers are kept, so that training needs neither that network nor what it takes to run it. Each
was given by a teacher that had not learned from the text it was asked about (`teach`).
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from service.training.data import Example, Label, Sets
from service.training.labels import PAIR_OUTPUTS

ANSWERS: Final = Path(__file__).parent / "teacher" / "answers.npz"
"""What ``python -m service.training.teach --join`` writes."""

WIDTH: Final = sum(PAIR_OUTPUTS)
"""Bytes of the answer about one pair, the probability of each class."""

BYTE_MAX: Final = 255
"""A byte that says certain."""

DIGEST: Final = 8
"""Bytes by which a text is known again."""

PLACES: Final = 6
"""Numbers of two bytes by which a pair is known in its text: its three spans, 0 for none."""

Answers = Mapping[bytes, bytes]
"""By `question`, the `WIDTH` bytes that are answered."""


def question(text: str, label: Label) -> bytes:
    """Changes with the text and with the pair that is asked about, and with nothing else."""
    spans = (label.source, label.target, label.said)
    places = [place for span in spans for place in ((span.start, span.end) if span else (0, 0))]
    digest = hashlib.blake2b(text.encode(), digest_size=DIGEST).digest()
    return digest + np.array(places, np.uint16).tobytes()


def answers(path: Path = ANSWERS) -> Answers:
    """Those in the file `path`."""
    with np.load(path) as kept:
        texts, counts = kept["texts"], kept["counts"]
        places, given = kept["places"], kept["answers"]
    questions = np.hstack([np.repeat(texts, counts, axis=0), places.view(np.uint8)])
    return {asked.tobytes(): row.tobytes() for asked, row in zip(questions, given, strict=True)}


def write(given: Answers, path: Path) -> None:
    """Writes what `answers` reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    order = sorted(given)
    questions = np.frombuffer(b"".join(order), np.uint8).reshape(-1, DIGEST + PLACES * 2)
    texts, counts = np.unique(questions[:, :DIGEST], axis=0, return_counts=True)
    np.savez_compressed(
        path,
        texts=texts,
        counts=counts.astype(np.uint16),
        places=np.ascontiguousarray(questions[:, DIGEST:]).view(np.uint16),
        answers=np.frombuffer(b"".join(given[one] for one in order), np.uint8).reshape(-1, WIDTH),
    )


def taught(sets: Sets, given: Answers) -> Sets:
    """The same sets with what the teacher answers about the texts that it was asked of."""
    return Sets(
        own=list(_taught(sets.own, given)),
        real=list(_taught(sets.real, given)),
        topics=sets.topics,
        sentiment=list(_taught(sets.sentiment, given)),
    )


def _taught(examples: Iterable[Example], given: Answers) -> Iterator[Example]:
    for example in examples:
        if example.coded:
            yield example
            continue
        labels = (
            replace(label, taught=given.get(question(example.text, label)))
            for label in example.labels
        )
        yield replace(example, labels=tuple(labels))
