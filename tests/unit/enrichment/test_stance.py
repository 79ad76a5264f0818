import tomllib
from collections import Counter
from importlib.resources import files

import pytest

from contracts.vocabulary import PloverEvent, Stance
from service.enrichment.stance import StanceModel
from service.enrichment.values import Judgement, PairInContext, Span

SUPPORTIVE, NEUTRAL, OPPOSING = Stance.SUPPORTIVE, Stance.NEUTRAL, Stance.OPPOSING


@pytest.fixture(scope="module")
def model():
    return StanceModel.load()


def pair(marked: str) -> PairInContext:
    """The pair of a text that marks its source in [ ] and its target in { }; either may lack."""
    text, spans = "", {}
    for character in marked:
        if character in "[{":
            spans[character] = len(text)
        elif character in "]}":
            opening = "[" if character == "]" else "{"
            spans[opening] = Span(spans[opening], len(text))
        else:
            text += character
    return PairInContext(text=text, source=spans.get("["), target=spans.get("{"))


def reverse(asked: PairInContext) -> PairInContext:
    return PairInContext(text=asked.text, source=asked.target, target=asked.source)


@pytest.mark.parametrize(
    ("marked", "stance", "event"),
    [
        ("[Norway] condemned {Belarus} over the trial.", OPPOSING, "ACCUSE"),
        ("{Belarus} was criticised by [Norway] over the trial.", OPPOSING, "ACCUSE"),
        ("[Tokyo] says {Moscow} violated its airspace.", OPPOSING, "ACCUSE"),
        ("[Norway] will impose tariffs on {Belarus}.", OPPOSING, "THREATEN"),
        ("[Norway] imposed new targeted sanctions on {Belarus}.", OPPOSING, "SANCTION"),
        ("Sanctions against {Belarus} by [Norway] took effect.", OPPOSING, "SANCTION"),
        ("[Norway] warned {Belarus} not to test missiles.", OPPOSING, "THREATEN"),
        ("[Norway] hailed {Chile} for its reform.", SUPPORTIVE, "SUPPORT"),
        ("[Norway] pledged to offer aid to {Chile}.", SUPPORTIVE, "AGREE"),
        ("[Norway] sent medical supplies to {Chile}.", SUPPORTIVE, "AID"),
        ("[Norway] lifted its sanctions on {Chile}.", SUPPORTIVE, "RETREAT"),
        ("[Norway] refused to meet {Chile}.", OPPOSING, "REJECT"),
        ("[Norway]'s war against {Chile} went on.", OPPOSING, "ASSAULT"),
    ],
)
def test_who_does_what_to_whom(model, marked, stance, event):
    (judged,) = model.judge([pair(marked)])
    assert (judged.stance, judged.event) == (stance, PloverEvent(event))
    assert judged.quad_class is judged.event.quad_class
    assert (judged.score > 0) is (stance is SUPPORTIVE)
    assert abs(judged.score) == pytest.approx(judged.confidence)


@pytest.mark.parametrize(
    "marked",
    [
        "[Norway] condemned {Belarus} over the trial.",
        "{Belarus} was criticised by [Norway] over the trial.",
        "[Tokyo] says {Moscow} violated its airspace.",
        "[Norway] sent medical supplies to {Chile}.",
    ],
)
def test_the_target_has_shown_no_stance(model, marked):
    assert model.judge([reverse(pair(marked))])[0].stance is NEUTRAL


@pytest.mark.parametrize(
    "marked",
    [
        "[Norway] and {Chile} agreed on a fishing quota.",
        "[Norway]-{Chile} talks began on Monday.",
        "Talks between [Norway] and {Chile} began on Monday.",
        "[Norway] met with {Chile} on Monday.",
    ],
)
def test_what_is_mutual_holds_both_ways(model, marked):
    there, back = model.judge([pair(marked), reverse(pair(marked))])
    assert there.stance is back.stance is SUPPORTIVE
    assert there.event is back.event


def test_one_phrase_may_name_both(model):
    text = "The two countries signed a treaty on Monday."
    both = Span(0, len("The two countries"))
    (judged,) = model.judge([PairInContext(text=text, source=both, target=both)])
    assert judged.stance is SUPPORTIVE


@pytest.mark.parametrize(
    "marked",
    [
        "[Norway] did not condemn {Belarus}.",
        "[Norway] refused to condemn {Belarus}.",
        "[Norway] lies north of {Belgium}.",
        "Rain is due in [Norway] and {Belgium}.",
        "[Norway] said Chile attacked {Belgium}.",
        "[Norway] thanked voters for their support in {Belgium}.",
        "[Norway], {Belgium}.",
    ],
)
def test_no_stance_is_guessed(model, marked):
    (judged,) = model.judge([pair(marked)])
    assert (judged.stance, judged.score) == (NEUTRAL, 0.0)
    assert 0 < judged.confidence < 0.7
    assert isinstance(judged, Judgement)


def test_denied_cooperation_is_a_rejection_and_less_sure(model):
    yes, no = model.judge(
        [pair("[Norway] recognised {Chile}."), pair("[Norway] never recognised {Chile}.")]
    )
    assert (yes.stance, no.event) == (SUPPORTIVE, PloverEvent.REJECT)
    assert no.score < 0.0 or no.stance is NEUTRAL
    assert abs(no.score) < yes.confidence


@pytest.mark.parametrize(
    ("marked", "stance"),
    [
        ("[Norway] imposed a curfew.", OPPOSING),
        ("Rebels attacked {Chile} at noon.", OPPOSING),
        ("{Chile} was attacked at noon.", OPPOSING),
        ("{Chile} attacked the rebels at noon.", NEUTRAL),
        ("[Norway] was attacked at noon.", NEUTRAL),
        ("The two sides held talks.", SUPPORTIVE),
    ],
)
def test_an_actor_may_be_left_out(model, marked, stance):
    assert model.judge([pair(marked)])[0].stance is stance


def test_batches_keep_their_order_and_do_not_leak(model):
    asked = [
        pair("[Norway] condemned {Belarus}."),
        pair("[Norway] lies north of {Belgium}."),
        pair("[Norway] praised {Chile}."),
    ]
    assert model.judge(asked) == [model.judge([one])[0] for one in asked]
    assert model.judge([]) == []


@pytest.mark.parametrize(
    ("source", "target", "named"),
    [
        (Span(0, 6), Span(7, 99), "pair 1: target 7:99"),
        (Span(-1, 6), Span(7, 9), "pair 1: source -1:6"),
        (Span(4, 4), None, "pair 1: source 4:4"),
    ],
)
def test_a_span_out_of_range_is_named(model, source, target, named):
    fine = PairInContext(text="Norway met Chile.", source=None, target=None)
    with pytest.raises(ValueError, match=named):
        model.judge([fine, PairInContext(text="Norway met", source=source, target=target)])


def test_overlapping_spans_and_very_long_sentences_are_judged(model):
    text = "Norwegian ships " * 1_000 + "attacked Chile."
    asked = [
        PairInContext(text=text, source=Span(0, 15), target=Span(0, 9)),
        PairInContext(text=text, source=Span(0, 9), target=Span(len(text) - 6, len(text) - 1)),
    ]
    assert [judged.stance for judged in model.judge(asked)] == [NEUTRAL, NEUTRAL]


def test_the_lexicon_says_its_version(model):
    assert model.version.startswith("lexicon-")


def test_the_lexicon_is_tidy():
    path = files("service.enrichment") / "data" / "stance_lexicon.toml"
    lexicon = tomllib.loads(path.read_text(encoding="utf-8"))
    rows = [
        (group["kind"], row, group.get("noun", False))
        for group in lexicon["phrases"]
        for row in group["words"]
    ]
    assert [row for row, count in Counter(rows).items() if count > 1] == []
    assert {PloverEvent(group["event"]) for group in lexicon["phrases"]} >= set(PloverEvent) - {
        PloverEvent.CONCEDE
    }
    assert all(0 < group["strength"] <= 1 for group in lexicon["phrases"])
    verbs = {spelling for _, row, _ in rows for spelling in row.split()[0].split("|")}
    assert set(lexicon["irregular"]) - verbs == set()
