"""Which countries pronouns and phrases like "both leaders" point back to."""

import pytest

from service.enrichment.countries import quotations
from service.enrichment.values import MentionKind
from tests.unit.enrichment.countries.finding import found, mention, mentions_of, named


def pointing_back(text):
    return [m for m in mentions_of(text) if m.kind is MentionKind.PRONOUN]


def test_a_phrase_for_two_countries_gives_a_mention_for_each_over_the_same_span():
    both = pointing_back("Ghana and Togo argued over fish. Both countries sent patrols.")
    assert {m.country for m in both} == {"GHA", "TGO"}
    assert len({(m.start, m.end) for m in both}) == 1


@pytest.mark.parametrize(
    ("last", "meant"),
    [
        ("Mali invited both neighbours to talks.", {"GHA", "TGO"}),
        ("Both neighbours sent patrols.", {"GHA", "TGO"}),
        ("Ghana and Mali said both neighbors had sent patrols.", {"GHA", "MLI"}),
    ],
)
def test_the_neighbours_of_a_country_are_others(last, meant):
    both = pointing_back(f"Ghana and Togo argued over fish. {last}")
    assert {m.country for m in both} == meant


@pytest.mark.parametrize(
    ("last", "meant"),
    [
        ("Mali sent an envoy to both capitals.", {"GHA", "TGO"}),
        ("Mali's president phoned both leaders.", {"GHA", "TGO"}),
        ("Donald Trump phoned both leaders.", {"GHA", "TGO"}),
        ("Washington has offered drones to both countries.", {"GHA", "TGO"}),
        ("Mali offered the two sides its capital.", {"GHA", "TGO"}),
        ("Mali and Niger urged the two governments to talk.", {"GHA", "TGO"}),
        ("Mali blamed neither side.", set()),
        ("Togo said the accord would help both countries.", {"GHA", "TGO"}),
        ("Togo's army watches the roads between both countries.", {"GHA", "TGO"}),
        ("Togo hopes both countries will sign.", {"GHA", "TGO"}),
        ("Ghana and Mali signed, according to both governments.", {"GHA", "MLI"}),
        ("Ghana and Mali trade, with the two sides far apart on fish.", {"GHA", "MLI"}),
    ],
)
def test_who_deals_with_both_is_neither_of_them(last, meant):
    text = (
        "Ghana and Togo argued over fish. Ghana's navy held a boat from Togo. Lome was angry. "
        f"Ghana lent nobody its boats. {last}"
    )
    assert {m.country for m in pointing_back(text)} == meant


def test_who_deals_with_both_leaves_them_open_where_three_are_told_of():
    text = "Ghana, Togo and Benin argued over fish for years. Mali phoned both leaders."
    assert pointing_back(text) == []


def test_who_speaks_for_a_bloc_is_none_of_the_two():
    text = (
        "NATO chief Mark Rutte urged Ghana and Togo to talk. Rutte saw Ghana's navy hold a boat "
        "from Togo. Rutte was sad. Mali phoned both leaders."
    )
    assert set(named(text, "both leaders")) == {"GHA", "TGO"}


@pytest.mark.parametrize(
    "phrase", ["the president", "the President", "The President", "The Prime Minister"]
)
def test_an_office_points_back_also_in_capitals(phrase):
    text = (
        "Ghana's President Kofi Baah and Prime Minister Ama Sey of Ghana met officials in Lome. "
        f"Yesterday {phrase} spoke again."
    )
    assert mention(text, phrase).country == "GHA"


@pytest.mark.parametrize(
    "name", ["the General Assembly", "the President Hotel", "the Minister for Fisheries"]
)
def test_an_office_in_a_longer_name_points_back_to_nobody(name):
    text = (
        "Ghana's President Kofi Baah spoke, as did Ghana's Minister Ama Sey and Ghanaian General "
        f"Yaw Osei. Near {name} he sat."
    )
    office = " ".join(name.split()[:2])
    assert office not in {phrase for phrase, *_ in found(text)}


def test_both_countries_of_one_name_need_no_other_mention():
    mentions = mentions_of("It was cold in Geneva. The two Koreas met again.")
    assert {m.country for m in mentions if m.start > 20} == {"KOR", "PRK"}


def test_a_pronoun_for_the_officer_of_a_bloc_is_nobody_elses():
    text = "NATO chief Mark Rutte met Recep Tayyip Erdogan. He praised the army."
    assert [c for _, c, kind in found(text) if kind == "pronoun"] == []
    assert [c for _, c, kind in found(text)] == ["TUR"]


@pytest.mark.parametrize(
    "told",
    [
        "Gabon's minister Ali Oba said the two sides had agreed. He",
        "Gabon's minister Ali Oba met nobody. Both countries wait. Oba said nothing as he",
        "Gabon's minister Ali Oba spoke after the country had voted, and he",
    ],
)
def test_he_is_no_two_sides_and_no_country(told):
    text = f"Ghana and Togo argued over fish. {told} would sign on Monday."
    assert [m.country for m in pointing_back(text) if text[m.start : m.end].lower() == "he"] == [
        "GAB"
    ]


@pytest.mark.parametrize(
    ("told", "country"),
    [
        ('Ghanaian minister Ali Oba met reporters. "Putin must leave," he said.', "GHA"),
        ('Ghanaian minister Ali Oba said: "Putin must leave. Rice is no toy," he said.', "GHA"),
        (
            'Ghanaian minister Ali Oba spoke. "Rice is no toy. It is life. Putin knows," he said.',
            "GHA",
        ),
        ("Ghanaian minister Ali Oba met reporters. “Rice is no toy. Putin knows!” he said.", "GHA"),
        ('Ghanaian minister Ali Oba left. Nobody waved. "Putin must leave," he said.', None),
        ('Ghanaian minister Ali Oba said Putin must leave. "It is time," he said.', None),
        (
            'Ghanaian minister Ali Oba said of Togo: "It waits. It is time. So be it," it said.',
            None,
        ),
        ('The long "quotation" ended." Ghanaian minister Ali Oba smiled as he left.', "GHA"),
    ],
)
def test_he_who_said_something_is_nobody_of_whom_it_speaks(told, country):
    found = [m.country for m in pointing_back(told) if told[m.start : m.end] == "he"]
    assert found == ([country] if country else [])


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        ('Oba: "No. Never," ', 5),
        ("Oba: “No. Never!” ", 5),
        ('He said it of "rice" ', None),
        ("He said no, ", None),
        (f'"{"word " * 400}end," ', None),
    ],
)
def test_where_a_quotation_begins(text, opened):
    assert quotations.before(text + "he said", len(text)) == opened
