"""Sets of others in our own shape: spans where the marks were, labels only where known."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from contracts.vocabulary import PloverEvent, QuadClass, Stance
from service.enrichment.pairs import MAX_PASSAGE
from service.enrichment.passages import BOUNDARY
from service.enrichment.values import Span
from service.training import corpus, data, drawing
from service.training.exchange import exchange, masked
from service.training.labels import NO_STANCE


def covered(example, span):
    return span and example.text[span.start : span.end]


def marked(text, **fields):
    row = {"id": "a", "marked": text, "source": "", "target": "", "label_root": "AID"}
    return data.from_pair_stance([row | {"label_stance": "supportive"} | fields])[0]


def test_marks_become_spans():
    example = marked("<s>Fiji</s> sent <t>Tonga</t>'s king a boat.")
    (label,) = example.labels
    assert example.text == "Fiji sent Tonga's king a boat."
    assert covered(example, label.source) == "Fiji"
    assert covered(example, label.target) == "Tonga"
    assert label.events == {PloverEvent.AID}
    assert label.quads == {QuadClass.MATERIAL_COOPERATION}


def test_marks_may_nest():
    example = marked("<s><t>Fiji's</t> army</s> was split.")
    (label,) = example.labels
    assert (covered(example, label.source), covered(example, label.target)) == (
        "Fiji's army",
        "Fiji's",
    )


def test_a_mark_that_is_missing_is_found_or_absent():
    (label,) = marked("<s>Fiji</s> sent help to Tonga.", target="Tonga").labels
    assert label.target is not None
    (label,) = marked("<s>Fiji</s> sent help.", target="Tonga").labels
    assert label.target is None


def test_yield_is_either_of_two_events():
    (label,) = marked("<s>Fiji</s> gave in to <t>Tonga</t>.", label_root="YIELD").labels
    assert label.events == {PloverEvent.CONCEDE, PloverEvent.RETREAT}
    assert label.quads == {QuadClass.VERBAL_COOPERATION, QuadClass.MATERIAL_COOPERATION}


def test_a_request_of_a_set_without_neutral_may_be_neutral():
    (label,) = marked(
        "<s>Fiji</s> asked <t>Tonga</t>.", label_root="REQUEST", label_stance="opposing"
    ).labels
    assert label.stances == {Stance.OPPOSING, Stance.NEUTRAL}
    assert label.events == {PloverEvent.REQUEST}


@pytest.mark.parametrize(
    ("label5", "forward", "backward"),
    [
        (0, NO_STANCE, NO_STANCE),
        (1, {Stance.SUPPORTIVE}, NO_STANCE),
        (2, NO_STANCE, {Stance.SUPPORTIVE}),
        (3, {Stance.OPPOSING}, NO_STANCE),
        (4, NO_STANCE, {Stance.OPPOSING}),
    ],
)
def test_directions_of_sentiment(label5, forward, backward):
    row = {"id": "a", "marked": "[Ann] praised [Bob].", "label5": label5}
    (example,) = data.from_directed_sentiment([row])
    one, other = example.labels
    assert (covered(example, one.source), covered(example, one.target)) == ("Ann", "Bob")
    assert (one.source, one.target) == (other.target, other.source)
    assert (one.stances, other.stances) == (forward, backward)
    assert not one.events


def test_rows_of_one_text_become_one_example():
    rows = [
        {"id": "a", "marked": "[Ann] praised [Bob] and Cy.", "label5": 1},
        {"id": "b", "marked": "[Ann] praised Bob and [Cy].", "label5": 1},
    ]
    (example,) = data.from_directed_sentiment(rows)
    assert len(example.labels) == 4


SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "pair_stance.train.jsonl"

SENTIMENT = SHARED.with_name("directed_sentiment.train.jsonl")


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not here")
def test_the_other_pairs_of_marked_sentences_are_beside_the_one_that_the_set_gives():
    given = {example.id: example for example in data.from_pair_stance(data.rows(SHARED))}
    read = data.annotated_marked(given.values())
    assert len(read) > 700
    assert not data.split(read)[1], "nothing of the fifth that measures"
    for example in read:
        (wanted,) = given[example.id].labels
        (found,) = [
            label
            for label in example.labels
            if (label.source, label.target) == (wanted.source, wanted.target)
        ]
        assert found.events & wanted.events, example.id
    assert sum(len(example.labels) for example in read) > 3 * len(read)


@pytest.mark.skipif(not SENTIMENT.exists(), reason="../shared/data is not here")
def test_sentences_of_actors_are_others_than_those_of_countries_and_none_measures():
    records = data.rows(SENTIMENT)
    actors, countries = data.annotated_actors(records), data.annotated(records)
    assert len(actors) > 1_900
    assert not {one.text for one in actors} & {one.text for one in countries}
    assert not any(data.held_out(one.id) for one in actors)
    stances = {stance for one in actors for label in one.labels for stance in label.stances}
    assert stances == {*Stance, None}


@pytest.mark.skipif(not SENTIMENT.exists(), reason="../shared/data is not here")
def test_sentences_that_wait_are_others_than_those_that_are_read_and_none_measures():
    records = data.rows(SENTIMENT)
    path = corpus.ANNOTATED_ACTORS.with_name("annotated-actors-waiting.txt")
    waiting = data.annotated_actors(records, path=path)
    assert len(waiting) > 4_300
    read = {one.text for one in (*data.annotated_actors(records), *data.annotated(records))}
    assert not {one.text for one in waiting} & read
    assert not any(data.held_out(one.id) for one in waiting)


def test_an_epoch_reads_all_of_it_and_a_part_of_the_sentiment_round_and_round():
    own, real, topic, *sentiment = (data.Example(name, "", name, ()) for name in "ortabcde")
    sets = data.Sets([own], [real], [topic], sentiment)
    read = [sets.epoch(number, real=2, topics=3, sentiment=0.4) for number in range(3)]
    assert [sorted(one.id for one in some) for some in read] == [
        ["a", "b", *"orrttt"],
        ["c", "d", *"orrttt"],
        ["a", "e", *"orrttt"],
    ]


def test_mentions_of_one_country_share_a_weight():
    line = "[Oslo|NOR] and [Chad|TCD] met, [Norway|NOR] said. || NOR>TCD CONSULT; TCD>NOR CONSULT"
    (example,) = data.from_corpus(corpus.parse(line, name="x"))
    assert [label.weight for label in example.labels] == [0.5] * 4
    assert all(label.stances == {Stance.SUPPORTIVE} for label in example.labels)


def test_a_fifth_is_held_out_always_the_same():
    ids = [f"row-{number}" for number in range(2_000)]
    apart = [one for one in ids if data.held_out(one)]
    assert 0.17 < len(apart) / len(ids) < 0.23
    assert apart == [one for one in ids if data.held_out(one)]


def test_exchange_moves_spans_along():
    line = (
        "In [the Netherlands|NLD], [Norwegian Prime Minister Ida Lund|NOR] thanked "
        "[Dutch|NLD] sailors for help off Norway. || NOR>NLD SUPPORT"
    )
    (example,) = data.from_corpus(corpus.parse(line, name="x"))
    for seed in range(20):
        changed = exchange(example, Random(seed))
        assert changed.text != example.text
        assert "Norw" not in changed.text
        assert "Dutch" not in changed.text
        sources = {covered(changed, label.source) for label in changed.labels}
        person = next(phrase for phrase in sources if phrase.endswith("Prime Minister Ida Lund"))
        assert f", {person} thanked " in changed.text


def test_a_text_without_countries_stays():
    example = marked("<s>The union</s> helped <t>the nurses</t>.")
    assert exchange(example, Random(1)) is example


def passage():
    text = "Chad paid Niger. | Niger slept."
    chad, niger, again = Span(0, 4), Span(10, 15), Span(19, 24)
    first, second = Span(0, 16), Span(19, 31)
    nothing = frozenset({None})
    return data.Example(
        "p",
        "stories",
        text,
        (
            data.Label(chad, niger, frozenset({Stance.SUPPORTIVE}), said=first),
            data.Label(chad, again, nothing, said=second),
        ),
    )


def phrases(example):
    return [
        tuple(example.text[s.start : s.end] for s in (one.said, one.source, one.target))
        for one in example.labels
    ]


def test_exchange_moves_the_sentence_that_is_judged_along():
    changed = exchange(passage(), Random(3))
    (first, one, other), (second, _, again) = phrases(changed)
    assert changed.text == f"{first} | {second}"
    assert first == f"{one} paid {other}."
    assert second == f"{again} slept."
    assert {one, other} & {"Chad", "Niger"} == set()


def test_what_is_masked_is_judged_at_the_same_places():
    now = masked(passage())
    assert now.text == "Norway paid Brazil. | Brazil slept."
    assert phrases(now) == [
        ("Norway paid Brazil.", "Norway", "Brazil"),
        ("Brazil slept.", "Norway", "Brazil"),
    ]


def test_sentences_are_read_in_company_and_still_judged_alone():
    alone = [marked(f"<s>Fiji</s> paid <t>Peru</t> {n}.") for n in range(40)]
    mixed = drawing.in_company([passage(), *alone], Random(5))
    assert len(mixed) < 41
    assert sum(len(example.labels) for example in mixed) == 42
    assert mixed[0] == passage(), "a passage stays what it is"
    together = [example for example in mixed if example.origin == "company"]
    assert together
    for example in together:
        assert len(example.text) <= MAX_PASSAGE
        assert [said for said, _, _ in phrases(example)] == example.text.split(BOUNDARY)
        assert {(one, other) for _, one, other in phrases(example)} == {("Fiji", "Peru")}


def test_each_sentence_keeps_some_of_its_pairs():
    many = replace(passage(), labels=passage().labels * 30)
    thin = drawing.thinned(many, Random(5))
    assert len(thin.labels) == 2 * drawing.PAIRS_PER_SENTENCE
    assert len({label.said for label in thin.labels}) == 2
    assert drawing.thinned(passage(), Random(5)).labels == passage().labels
