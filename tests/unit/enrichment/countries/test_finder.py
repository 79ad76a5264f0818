"""What `CountryFinder` finds; people, roles and other parts have files of their own."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.enrichment.countries import CountryFinder
from tests.unit.enrichment.countries.finding import FINDER, bare, found, named, ranked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Vietnam signed.", ("Vietnam", "VNM", "name")),
        ("Britons voted.", ("Britons", "GBR", "demonym")),
        ("Officials met in Shanghai.", ("Shanghai", "CHN", "place")),
        ("The Kremlin denied it.", ("Kremlin", "RUS", "government")),
        ("The Knesset passed the bill.", ("Knesset", "ISR", "government")),
        ("The IDF struck at night.", ("IDF", "ISR", "forces")),
        ("Hezbollah fired rockets.", ("Hezbollah", "LBN", "movement")),
        ("Putin refused.", ("Putin", "RUS", "person")),
        ("The Soviet Union agreed.", ("Soviet Union", "RUS", "name")),
        ("Burma closed the border.", ("Burma", "MMR", "name")),
        ("Kosovo applied.", ("Kosovo", "XKX", "name")),
        ("The West German bank rate rose.", ("West German", "DEU", "demonym")),
    ],
)
def test_each_kind_of_phrase_stands_for_its_country(text, expected):
    assert expected in [(phrase.removeprefix("The "), *rest) for phrase, *rest in found(text)]


@pytest.mark.parametrize(
    ("text", "phrase", "country"),
    [
        ("South\u00a0Sudan closed its border.", "South\u00a0Sudan", "SSD"),
        ("Envoys of North\u202fKorea left.", "North\u202fKorea", "PRK"),
        ("The ferry goes from Honduras to El\nSalvador once a week.", "El\nSalvador", "SLV"),
        ("Talks were held in Sri\nLanka.", "Sri\nLanka", "LKA"),
    ],
)
def test_a_name_is_one_across_odd_spaces_and_the_end_of_a_line(text, phrase, country):
    assert [(text[m.start : m.end], m.country) for m in FINDER.find(bare(text))][-1:] == [
        (phrase, country)
    ]


def test_the_ends_of_paragraphs_part_names():
    assert {code for _, code, _ in found("He went south.\n\nSudan closed its border.")} == {"SDN"}


@pytest.mark.parametrize("sum_of_money", ["US$80 million", "NZ$80 million", "$US80 million"])
def test_a_currency_is_no_country(sum_of_money):
    assert {code for _, code, _ in found(f"Fiji rejected a loan of {sum_of_money}.")} == {"FJI"}


def test_america_is_the_united_states_and_its_continent_is_not():
    assert found("America will tax steel.") == [("America", "USA", "name")]
    assert found("Farmers all over Latin America and North America will not.") == []


@pytest.mark.parametrize("phrase", ["ex-Soviet state", "former Soviet republic", "post-Soviet war"])
def test_what_was_soviet_is_not_russia(phrase):
    assert {code for _, code, _ in found(f"The {phrase} was good for Georgia.")} == {"GEO"}


def test_a_headline_in_capitals_is_read():
    assert ranked("Farm aid was discussed.", title="U.K. AND GERMANY LEAD ATTACK ON REFORMS") == [
        "DEU",
        "GBR",
    ]


def test_a_pronoun_in_capitals_is_no_country():
    assert ranked("Nothing else.", title="LET US PRAY FOR PERU SAYS BISHOP") == ["PER"]


def test_nothing_is_found_in_nothing():
    assert FINDER.find(bare("")) == ()
    assert FINDER.rank(bare(""), ()) == ()
    assert ranked("The cat sat on the mat.") == []


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "US" * 200_000,
        ", ".join(["Japan", "Vietnam", "Russia", "Peru", "Chad"] * 1_000),
        "Japanese President Foo Bar " * 2_000,
        "Ghana and Togo met. The two leaders spoke. " * 2_000,
        "\x00\x01\x1b\u202e\u200f Japan \x07" * 500,
        "Japan \ud800 and \udfff Peru",
        "İ" * 1_000 + " Peru",
        "وقالت Japan إن " * 500,
        "WASHINGTON, " * 3_000,
        "'’\"“" * 10_000,
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_hostile_text_is_read_without_an_exception(text):
    document = bare(text)
    mentions = FINDER.find(document)
    assert all(0 <= m.start < m.end <= len(text) for m in mentions)
    assert {c.code for c in FINDER.rank(document, mentions)} == {
        m.country for m in mentions if FINDER.rank(document, [m])
    } & {m.country for m in mentions}


PIECES = """
Japan U.S. Georgia Kishida Premier President of in , . - said French Paris Texas met he and the two
leaders Both countries Chad's Ms. al-Sisi KYIV ( ) 's Peruvian Hamas Lebanon, Pa. Kremlin
"""


@given(st.lists(st.sampled_from(PIECES.split()), max_size=40).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_mentions_are_in_order_and_only_equal_spans_overlap(text):
    mentions = FINDER.find(bare(text))
    for one, other in pairwise(mentions):
        assert one.end <= other.start or (one.start, one.end) == (other.start, other.end)
    assert mentions == FINDER.find(bare(text))


def test_the_version_names_a_date_and_the_data():
    date, _, digest = FINDER.version.partition("+")
    assert [part.isdigit() for part in date.split(".")] == [True] * 3
    assert len(digest) == 8
    assert CountryFinder.load().version == FINDER.version


@pytest.mark.parametrize(
    ("text", "country"),
    [
        (
            "Japan and Taiwan bought corn. Brokers in Fargo, North Dakota, sell. Hamburg does not.",
            "DEU",
        ),
        (
            "Japan and Taiwan buy. Some in Fargo, North Dakota, in Albany, N.Y., and in Hamburg.",
            "USA",
        ),
        ("The sheriff of Erie County said the deputy from Hamburg had left Buffalo.", "USA"),
    ],
)
def test_a_small_town_with_a_great_ones_name_is_meant_where_its_state_is_named(text, country):
    assert named(text, "Hamburg") == [country]
