"""The format of the corpus, and that what the repository holds follows it."""

import pytest

from contracts.vocabulary import PloverEvent, Stance
from service.training import corpus
from service.training.corpus import CorpusError, Relation

LINE = "[Iran|IRN] was condemned by [the French foreign ministry|FRA]. || FRA>IRN ACCUSE"


def parse(text):
    return list(corpus.parse(text, name="train-x"))


def test_a_line():
    (sentence,) = parse(f"# family: passive; written 2026\n\n{LINE}")
    assert sentence.id == "train-x:3"
    assert sentence.family == "passive"
    assert sentence.text == "Iran was condemned by the French foreign ministry."
    assert [(m.country, sentence.text[m.span.start : m.span.end]) for m in sentence.mentions] == [
        ("IRN", "Iran"),
        ("FRA", "the French foreign ministry"),
    ]
    assert sentence.relations == (Relation("FRA", "IRN", PloverEvent.ACCUSE, Stance.OPPOSING),)


def test_pairs_that_are_not_listed_hold_nothing():
    (sentence,) = parse(LINE)
    assert [(s.country, t.country, len(held)) for s, t, held in sentence.pairs()] == [
        ("IRN", "FRA", 0),
        ("FRA", "IRN", 1),
    ]


def test_no_pair_within_a_country():
    (sentence,) = parse("[Oslo|NOR] and [Norway|NOR] met [Chad|TCD]. || NOR>TCD CONSULT ~")
    assert sum(1 for _ in sentence.pairs()) == 4


def test_a_tilde_is_a_neutral_stance():
    (sentence,) = parse("[Chad|TCD] met [Oman|OMN]. || TCD>OMN CONSULT ~; OMN>TCD CONSULT")
    assert [r.stance for r in sentence.relations] == [Stance.NEUTRAL, Stance.SUPPORTIVE]


def test_two_events_of_one_pair():
    (sentence,) = parse("[Chad|TCD] asked [Oman|OMN]. || TCD>OMN REQUEST ~; TCD>OMN SUPPORT")
    held = next(iter(sentence.pairs()))[2]
    assert {relation.event for relation in held} == {PloverEvent.REQUEST, PloverEvent.SUPPORT}


def test_nothing_listed():
    (sentence,) = parse("[Ghana|GHA] beat [Mali|MLI] 2-1. ||")
    assert sentence.relations == ()


@pytest.mark.parametrize(
    "line",
    [
        "[Iran|IRN] spoke.",
        "[Iran|IR] spoke. ||",
        "[Iran|IRN spoke. ||",
        "[Iran|IRN] and [Oman|OMN] met. || IRN>CHL CONSULT",
        "[Iran|IRN] and [Oman|OMN] met. || IRN>IRN CONSULT",
        "[Iran|IRN] and [Oman|OMN] met. || IRN>OMN MEET",
        "[Iran|IRN] and [Oman|OMN] met. || IRN-OMN CONSULT",
        "[Iran|IRN] and [Oman|OMN] met. || IRN>OMN AGREE; IRN>OMN AGREE",
        "|| IRN>OMN AGREE",
    ],
)
def test_what_is_wrong_is_named_by_file_and_line(line):
    with pytest.raises(CorpusError, match=r"^train-x:2: "):
        parse(f"# family: wrong\n{line}")


@pytest.mark.parametrize("pattern", ["train-*.txt", "heldout-*.txt", "waiting-*.txt"])
def test_the_corpus_of_the_repository_follows_the_format(pattern):
    sentences = corpus.read(pattern)
    assert {relation.event for s in sentences for relation in s.relations} == set(PloverEvent)
    assert all(sentence.family for sentence in sentences)


def test_no_sentence_stands_on_both_sides():
    training = {sentence.text for sentence in corpus.read("train-*.txt")}
    waiting = {sentence.text for sentence in corpus.read("waiting-*.txt")}
    apart = {sentence.text for sentence in corpus.read("heldout-*.txt")}
    assert apart
    assert waiting
    assert not training & apart
    assert not waiting & (training | apart)


def annotated(line):
    return list(corpus.annotated(line, {"x-1": "Iran met Oman."}, name="file"))


def test_a_sentence_whose_text_lies_elsewhere():
    (sentence,) = annotated("# why\nx-1 0:4=IRN 9:13=OMN || IRN>OMN CONSULT")
    assert sentence.text == "Iran met Oman."
    assert [sentence.text[m.span.start : m.span.end] for m in sentence.mentions] == ["Iran", "Oman"]
    assert sentence.relations == (Relation("IRN", "OMN", PloverEvent.CONSULT, Stance.SUPPORTIVE),)


@pytest.mark.parametrize(
    "line",
    [
        "x-2 0:4=IRN 9:13=OMN ||",
        "x-1 0:4=IRN 9:13=OMN",
        "x-1 0:4=IRN 9:99=OMN ||",
        "x-1 0:4=IRN nine:13=OMN ||",
        "x-1 0:4=IRN 9:13=OMN || IRN>CHL CONSULT",
    ],
)
def test_what_is_wrong_with_it_is_said(line):
    with pytest.raises(CorpusError):
        annotated(line)
