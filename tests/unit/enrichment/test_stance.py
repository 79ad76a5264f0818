"""What the trained network must not get wrong, whatever it learned."""

import random
from itertools import permutations

import pytest

from contracts.vocabulary import Stance
from service.enrichment.countries import CountryFinder
from service.enrichment.stance import StanceModel
from service.enrichment.values import PairInContext, Span
from service.training import corpus, data, stories
from service.training.exchange import exchange

PLAIN = [
    ("Kenya condemned Oman over the arrest of two pilots.", "Kenya", "Oman", Stance.OPPOSING),
    ("Oman was condemned by Kenya over the arrest.", "Kenya", "Oman", Stance.OPPOSING),
    ("Fiji sent doctors and medicine to Tonga.", "Fiji", "Tonga", Stance.SUPPORTIVE),
    ("Chile and Peru signed a trade agreement.", "Chile", "Peru", Stance.SUPPORTIVE),
    ("Chile and Peru signed a trade agreement.", "Peru", "Chile", Stance.SUPPORTIVE),
    ("Troops of Chad shelled a village in Niger.", "Chad", "Niger", Stance.OPPOSING),
    ("Ghana beat Mali 2-1 in Abidjan on Sunday.", "Ghana", "Mali", Stance.NEUTRAL),
    ("Rain fell in Spain and Portugal.", "Spain", "Portugal", Stance.NEUTRAL),
]

EXCHANGED = 200
"""Texts whose countries become others."""

SAME = 0.97
"""Share of their pairs whose stance must stay."""

NAMES = [
    ("the United States", "American"),
    ("the U.S.", "U.S."),
    ("Israel", "Israeli"),
    ("Iran", "Iranian"),
    ("Russia", "Russian"),
    ("Ukraine", "Ukrainian"),
    ("North Korea", "North Korean"),
    ("the Netherlands", "Dutch"),
    ("the UAE", "Emirati"),
    ("the Philippines", "Philippine"),
    ("Türkiye", "Turkish"),
    ("Ivory Coast", "Ivorian"),
    ("DR Congo", "Congolese"),
    ("the Soviet Union", "Soviet"),
    ("East Timor", "East Timorese"),
    ("Saudi Arabia", "Saudi"),
]
"""As news writes them, whatever the gazetteer holds: name and adjective."""

ABOUT_ANY = [
    ("{name} condemned the {other_adjective} raid on Sunday.", Stance.OPPOSING),
    ("{name} has sent doctors and medicine to {other}.", Stance.SUPPORTIVE),
    ("{adjective} troops shelled villages across the border with {other}.", Stance.OPPOSING),
    (
        "The {adjective} foreign minister praised the {other_adjective} government.",
        Stance.SUPPORTIVE,
    ),
    ("The temperature rose to 30 degrees in {name} and {other}.", Stance.NEUTRAL),
    ("{name} imposed sanctions on two {other_adjective} banks.", Stance.OPPOSING),
]


@pytest.fixture(scope="module")
def model():
    return StanceModel.load()


def pair(text, source, target):
    def span(phrase):
        return Span(text.index(phrase), text.index(phrase) + len(phrase)) if phrase else None

    return PairInContext(text, span(source), span(target))


@pytest.mark.parametrize(("text", "source", "target", "stance"), PLAIN)
def test_plain_sentences(model, text, source, target, stance):
    (judgement,) = model.judge([pair(text, source, target)])
    assert judgement.stance is stance


def test_answers_are_coherent_and_in_order(model):
    questions = [pair(text, source, target) for text, source, target, _ in PLAIN]
    together = model.judge(questions)
    assert [j.stance for j in together] == [model.judge([q])[0].stance for q in questions]
    for judgement in together:
        assert judgement.quad_class is judgement.event.quad_class
        assert 1 / 3 <= judgement.confidence <= 1
        assert -1 <= judgement.score <= 1
        if judgement.stance is Stance.SUPPORTIVE:
            assert judgement.score > 0
        if judgement.stance is Stance.OPPOSING:
            assert judgement.score < 0


def test_nothing_asked_nothing_answered(model):
    assert model.judge([]) == []


@pytest.mark.parametrize("missing", ["source", "target", "both"])
def test_actors_that_the_sentence_leaves_out(model, missing):
    text = "Kenya was condemned over the arrest of two pilots."
    source, target = {
        "source": (None, "Kenya"),
        "target": ("Kenya", None),
        "both": (None, None),
    }[missing]
    (judgement,) = model.judge([pair(text, source, target)])
    assert judgement.confidence > 0


@pytest.mark.parametrize("span", [Span(5, 5), Span(-1, 3), Span(3, 9_999), Span(6, 2)])
def test_spans_out_of_range_are_named(model, span):
    good = pair("Chile thanked Peru.", "Chile", "Peru")
    with pytest.raises(ValueError, match=rf"pair 1: target {span.start}:{span.end}"):
        model.judge([good, PairInContext(good.text, good.source, span)])


def test_each_sentence_of_a_passage_is_judged_by_itself(model):
    told = ("Troops of Chad shelled a village in Niger.", "Rain fell in Chad and Niger.")
    text = " | ".join(told)
    questions = []
    for sentence in told:
        said = Span(text.index(sentence), text.index(sentence) + len(sentence))
        chad, niger = (
            Span(text.index(name, said.start), text.index(name, said.start) + len(name))
            for name in ("Chad", "Niger")
        )
        questions.append(PairInContext(text, chad, niger, said))
    shelled, rain = model.judge(questions)
    assert shelled.stance is Stance.OPPOSING
    assert rain.stance is Stance.NEUTRAL


def test_a_sentence_of_two_thousand_words(model):
    text = "Chile thanked Peru " + "and the rain fell on the plains " * 300 + "."
    (judgement,) = model.judge([pair(text, "Chile", "Peru")])
    assert judgement.stance is not Stance.OPPOSING


def test_more_pairs_than_one_run_takes(model):
    text = " ".join(f"Land{i}" for i in range(12))
    spans = [Span(text.index(f"Land{i}"), text.index(f"Land{i}") + 5) for i in range(12)]
    questions = [PairInContext(text, a, b) for a in spans for b in spans if a != b]
    assert len(model.judge(questions)) == 132


def test_text_that_is_no_language(model):
    text = "\x00\u200b￿ 🙂 " * 20
    assert len(model.judge([PairInContext(text, Span(0, 1), Span(4, 6))])) == 1


def held_out(name):
    if name == "corpus":
        return data.from_corpus(corpus.read("heldout-*.txt"))
    return data.from_stories(stories.read("heldout.txt"), CountryFinder.load())


@pytest.mark.parametrize("name", ["stories", "corpus"])
def test_the_stance_stays_where_countries_are_exchanged(model, name):
    examples = held_out(name)
    choose = random.Random(7)
    chosen = choose.sample(examples, min(EXCHANGED, len(examples)))
    changed = [exchange(example, choose) for example in chosen]
    assert sum(a.text != b.text for a, b in zip(chosen, changed, strict=True)) > len(chosen) * 0.8
    before, after = (
        model.judge(
            [
                PairInContext(e.text, label.source, label.target, label.said)
                for e in some
                for label in e.labels
            ]
        )
        for some in (chosen, changed)
    )
    same = [a.stance is b.stance for a, b in zip(before, after, strict=True)]
    assert sum(same) / len(same) >= SAME


@pytest.mark.parametrize(("template", "stance"), ABOUT_ANY)
def test_the_stance_is_the_same_whoever_it_is(model, template, stance):
    asked = []
    for (name, adjective), (other, other_adjective) in permutations(NAMES, 2):
        words = {"other": other, "adjective": adjective, "other_adjective": other_adjective}
        text = template.format(name=name, **words)
        source = name if "{name}" in template else adjective
        target = other if "{other}" in template else other_adjective
        begin = len(template[: template.index("{other")].format(name=name, **words))
        start = text.index(source)
        asked.append(
            PairInContext(text, Span(start, start + len(source)), Span(begin, begin + len(target)))
        )
    same = [judgement.stance is stance for judgement in model.judge(asked)]
    assert sum(same) / len(same) >= SAME
