"""Which sentences may imply a country that they do not name."""

import json
from importlib.resources import files

import pytest

from service.enrichment.countries.gazetteer import Gazetteer, Kind
from service.enrichment.implied import COUNTRY, LONG, MANY, NUMBER, ImpliedPartners, features
from service.enrichment.values import Span

CARD = files("service.enrichment") / "models" / "implied.json"


def spans(sentence, *phrases):
    return [Span(at := sentence.index(phrase), at + len(phrase)) for phrase in phrases]


@pytest.fixture(scope="module")
def shipped():
    return ImpliedPartners.load()


def test_words_and_neighbours_are_looked_at_whichever_country_and_number_they_are_about():
    said = "Japan's aid rose by 12."
    other = "The Netherlands's aid rose by 4."
    seen = features(said, spans(said, "Japan"))
    assert seen == features(other, spans(other, "The Netherlands"))
    assert seen == [
        COUNTRY,
        "s",
        "aid",
        "rose",
        "by",
        NUMBER,
        f"{COUNTRY} s",
        "s aid",
        "aid rose",
        "rose by",
        f"by {NUMBER}",
        "<actors 1>",
        "<length 0>",
    ]


def test_each_is_looked_at_once_and_a_phrase_that_stands_for_two_is_one_word():
    said = "Both met and both met."
    assert features(said, [*spans(said, "Both"), *spans(said, "Both")]) == [
        COUNTRY,
        "met",
        "and",
        "both",
        f"{COUNTRY} met",
        "met and",
        "and both",
        "both met",
        "<actors 2>",
        "<length 0>",
    ]


def test_many_actors_and_long_sentences_are_no_more_than_many_and_long():
    said = "word " * 500
    assert features(said, [Span(at, at + 4) for at in range(0, 100, 5)])[-2:] == [
        f"<actors {MANY}>",
        f"<length {LONG}>",
    ]


def test_weights_are_summed_and_what_is_as_likely_as_the_least_stays():
    card = {"version": "implied-0", "least": 0.5, "intercept": -1.0, "weights": {"gave": 1.0}}
    model = ImpliedPartners(card)
    assert model.version == "implied-0"
    assert model.may_imply("Peru gave", [Span(0, 4)])
    assert not model.may_imply("Peru slept", [Span(0, 4)])
    assert not ImpliedPartners(card | {"least": 0.51}).may_imply("Peru gave", [Span(0, 4)])


@pytest.mark.parametrize(
    "said",
    [
        "Japan promised two million dollars and a group of engineers.",
        "Japan denied the accusation and recalled its ambassador.",
        '"We will not be threatened," Japan\'s foreign minister answered.',
        "Japan offered to mediate.",
    ],
)
def test_who_gives_answers_or_mediates_may_imply_a_partner(shipped, said):
    assert shipped.may_imply(said, spans(said, "Japan"))


@pytest.mark.parametrize(
    "said",
    [
        "Industrial output in Japan rose by 0.3 pct in the year to March.",
        "The company, which has a plant in Japan, reported a profit of 40 mln dlrs.",
        "A student from Japan had left the club two years before.",
    ],
)
def test_figures_and_places_imply_none(shipped, said):
    assert not shipped.may_imply(said, spans(said, "Japan"))


def test_no_weight_is_that_of_a_countrys_name():
    named = {
        form.lower()
        for form, senses in Gazetteer.load().senses.items()
        if any(sense.kind in (Kind.NAME, Kind.ADJECTIVE, Kind.PEOPLE) for sense in senses)
    }
    card = json.loads(CARD.read_text(encoding="utf-8"))
    words = {word for feature in card["weights"] for word in feature.split()}
    assert len(words) > 1_000
    assert words & named == set()
