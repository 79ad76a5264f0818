"""What a teacher answered finds its texts again, and only those."""

from dataclasses import replace

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

ROWS = [bytes(range(at, at + teacher.WIDTH)) for at in range(2)]


def answered(example, rows=ROWS):
    """Answers about the pairs of `example`, in order."""
    asked = (teacher.question(example.text, label) for label in example.labels)
    return dict(zip(asked, rows, strict=True))


def learned(example, given):
    (found,) = teacher.taught(Sets([example], [], [], []), given).own
    return [label.taught for label in found.labels]


def test_answers_come_back_as_they_were_written(tmp_path):
    other = replace(SENTENCE, text="Fiji thanked Samoa.")
    given = answered(SENTENCE) | answered(other, ROWS[::-1])
    teacher.write(given, tmp_path / "answers.npz")
    assert teacher.answers(tmp_path / "answers.npz") == given
    assert len(given) == 4


def test_a_pair_gets_its_row_and_keeps_its_label():
    given = answered(SENTENCE)
    (found,) = teacher.taught(Sets([SENTENCE], [], [], []), given).own
    assert [label.taught for label in found.labels] == ROWS
    assert [replace(label, taught=None) for label in found.labels] == list(SENTENCE.labels)


def test_a_pair_keeps_its_answer_where_others_come_and_go():
    given = answered(SENTENCE)
    third = Label(Span(5, 12), Span(13, 18), frozenset({None}))
    assert learned(replace(SENTENCE, labels=SENTENCE.labels[::-1]), given) == ROWS[::-1]
    assert learned(replace(SENTENCE, labels=SENTENCE.labels[:1]), given) == ROWS[:1]
    assert learned(replace(SENTENCE, labels=(third, *SENTENCE.labels)), given) == [None, *ROWS]


def test_a_text_or_a_pair_that_was_changed_has_no_answer():
    given = answered(SENTENCE)
    first, second = SENTENCE.labels
    moved = (
        replace(first, source=None),
        replace(first, target=Span(13, 17)),
        replace(second, said=Span(0, 19)),
    )
    changed = [replace(SENTENCE, text="Fiji thanked Tonga!"), replace(SENTENCE, labels=moved)]
    found = teacher.taught(Sets([], changed, [], changed), given)
    assert found.real == found.sentiment == changed


def test_what_is_coded_as_published_learns_from_its_codes_alone():
    coded = replace(SENTENCE, origin=data.CODED)
    assert learned(coded, answered(coded)) == [None, None]


def test_labels_may_be_corrected_without_a_new_teacher():
    corrected = [replace(one, stances=frozenset()) for one in SENTENCE.labels]
    asked = [teacher.question(SENTENCE.text, one) for one in corrected]
    assert asked == list(answered(SENTENCE))


def to_learn_from():
    return [
        *data.from_corpus(corpus.read("train-*.txt")),
        *data.from_stories(stories.read("train-*.txt"), CountryFinder.load()),
    ]


def that_wait():
    return data.from_stories(stories.read("waiting-*.txt"), CountryFinder.load())


@pytest.mark.parametrize(
    ("file", "texts"),
    [("answers.npz", to_learn_from), ("answers-waiting.npz", that_wait)],
)
def test_the_answers_of_the_repository_are_about_its_texts_and_mostly_what_readers_say(file, texts):
    own = texts()
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
    asked = {teacher.question(one.text, label) for one in apart for label in one.labels}
    assert not asked & teacher.answers().keys()
