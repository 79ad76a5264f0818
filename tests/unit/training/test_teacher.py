"""What a teacher answered finds its texts again, and only those."""

from dataclasses import replace

import numpy as np
import pytest

from contracts.vocabulary import Stance
from service.enrichment.countries import CountryFinder
from service.enrichment.values import Span
from service.training import corpus, data, stories, teacher
from service.training.data import Example, Label, Sets
from service.training.labels import STANCES

SENTENCE = Example(
    "a",
    "corpus",
    "Fiji thanked Tonga.",
    (
        Label(Span(0, 4), Span(13, 18), frozenset({Stance.SUPPORTIVE})),
        Label(Span(13, 18), Span(0, 4), frozenset({None})),
    ),
)

ROWS = np.arange(2 * teacher.WIDTH, dtype=np.uint8).reshape(2, teacher.WIDTH)


def test_answers_come_back_as_they_were_written(tmp_path):
    other = replace(SENTENCE, text="Fiji thanked Samoa.", labels=SENTENCE.labels[:1])
    given = {teacher.digest(SENTENCE): ROWS, teacher.digest(other): ROWS[1:]}
    teacher.write(given, tmp_path / "answers.npz")
    found = teacher.answers(tmp_path / "answers.npz")
    assert found.keys() == given.keys()
    for name, rows in given.items():
        np.testing.assert_array_equal(found[name], rows)


def test_a_pair_gets_the_row_of_its_place_and_keeps_its_label():
    given = {teacher.digest(SENTENCE): ROWS}
    (found,) = teacher.taught(Sets([SENTENCE], [], [], []), given).own
    assert [label.taught for label in found.labels] == [row.tobytes() for row in ROWS]
    assert [replace(label, taught=None) for label in found.labels] == list(SENTENCE.labels)


def test_a_text_or_a_pair_that_was_changed_has_no_answer():
    given = {teacher.digest(SENTENCE): ROWS}
    changed = [
        replace(SENTENCE, text="Fiji thanked Tonga!"),
        replace(SENTENCE, labels=SENTENCE.labels[::-1]),
        replace(SENTENCE, labels=SENTENCE.labels[:1]),
    ]
    found = teacher.taught(Sets([], changed, [], changed), given)
    assert found.real == found.sentiment == changed


def test_labels_may_be_corrected_without_a_new_teacher():
    corrected = replace(
        SENTENCE, labels=tuple(replace(one, stances=frozenset()) for one in SENTENCE.labels)
    )
    assert teacher.digest(corrected) == teacher.digest(SENTENCE)


@pytest.mark.parametrize(
    ("file", "texts"),
    [("answers.npz", "train-*.txt"), ("answers-waiting.npz", "waiting-*.txt")],
)
def test_the_answers_of_the_repository_are_about_its_texts_and_mostly_what_readers_say(file, texts):
    own = [
        *data.from_corpus(corpus.read("train-*.txt")),
        *data.from_stories(stories.read(texts), CountryFinder.load()),
    ]
    kept = teacher.answers(teacher.ANSWERS.with_name(file))
    found = teacher.taught(Sets(own, [], [], []), kept).own
    labels = [label for example in found for label in example.labels]
    known = [label for label in labels if label.taught is not None]
    assert len(known) > 0.9 * len(labels), "texts have changed: make teach"
    right = [
        STANCES[max(range(len(STANCES)), key=label.taught.__getitem__)] in label.stances
        for label in known
    ]
    assert sum(right) > 0.85 * len(right)


def test_none_of_the_answers_is_about_what_measures():
    apart = [
        *data.from_corpus(corpus.read("heldout-*.txt")),
        *data.from_stories(stories.read("heldout.txt"), CountryFinder.load()),
    ]
    assert not {teacher.digest(one) for one in apart} & teacher.answers().keys()
