"""Which mentions act for a country, and which bodies are whose."""

import pytest

from contracts.article import Article
from service.enrichment.text import read
from tests.unit.enrichment.countries.finding import (
    FINDER,
    found,
    mention,
    mentions_of,
    named,
    ranked,
)


def test_a_capital_acts_but_is_no_actor_where_something_happens_in_it():
    assert mention("Tokyo rejected the plan.", "Tokyo").actor
    assert not mention("A fire broke out in Tokyo.", "Tokyo").actor


def test_an_adjective_before_what_does_not_act_is_no_actor():
    assert mention("Japanese officials protested.", "Japanese").actor
    assert not mention("A Japanese novelist won the prize.", "Japanese").actor


@pytest.mark.parametrize(
    "text", ["She ate French fries.", "The Guinea pig slept.", "He drove to New York."]
)
def test_a_name_inside_of_another_phrase_names_no_actor(text):
    document = read(Article(id="a", text=text))
    assert not [m for m in FINDER.find(document) if m.actor]


def test_a_state_security_service_is_no_department_of_state():
    text = "The Nigerian Air Force will help the Department of State Services."
    assert {country for _, country, _ in found(text)} == {"NGA"}


def test_a_body_of_the_state_acts_where_it_sits_and_a_capital_where_it_is_visited():
    assert mention("A court in Istanbul freed a German reporter.", "Istanbul").actor
    assert mention("Police in the capital Nairobi arrested a Dane.", "Nairobi").actor
    assert mention("He cancelled a visit to Washington.", "Washington").actor
    assert not mention("A fire broke out in Istanbul.", "Istanbul").actor
    assert not mention("He moved to Washington.", "Washington").actor


@pytest.mark.parametrize(
    "text",
    [
        "Chad told judges in The Hague that Israel broke the law. Israel ignored The Hague.",
        "THE HAGUE - Chad said so. Judges in The Hague did not believe Chad.",
        "Gambia sued Myanmar at the International Court of Justice. The Hague ruled for Gambia.",
        "Ukraine wants a tribunal for war crimes. The Hague is ready, Ukraine says.",
    ],
)
def test_the_hague_is_a_court_where_the_dutch_are_not_named(text):
    assert "NLD" not in ranked(text)
    assert not any(m.actor for m in mentions_of(text) if m.country == "NLD")


def test_the_hague_is_the_dutch_government_otherwise():
    assert mention(
        "The Hague accused Serbia of war crimes. The Netherlands sued.", "The Hague"
    ).actor
    assert mention("The Hague recalled its envoy from Serbia.", "The Hague").actor
    assert mention("A court in The Hague jailed a Dutch spy for Iran.", "The Hague").actor
    text = "Israel rebuked the court in The Hague. Dutch police closed the street."
    assert not mention(text, "The Hague").actor


@pytest.mark.parametrize(
    ("text", "phrase", "acts"),
    [
        ("Judges in Strasbourg condemned Turkey.", "Strasbourg", False),
        ("Police in Strasbourg arrested a German.", "Strasbourg", True),
        ("Officials in Geneva urged Sudan to open the road.", "Geneva", False),
        ("Prosecutors in Geneva charged a Russian.", "Geneva", True),
        ("The IAEA wrote to Iran, officials in Vienna said.", "Vienna", False),
        ("Iran was told to pay, officials in Vienna said.", "Vienna", True),
    ],
)
def test_who_only_sits_in_a_country_does_not_act_for_it(text, phrase, acts):
    assert mention(text, phrase).actor is acts


@pytest.mark.parametrize(
    ("text", "body", "countries"),
    [
        (
            "The Coast Guard of the Philippines left. The Coast Guard will beat the United States.",
            "Coast Guard",
            ["PHL", "PHL"],
        ),
        (
            (
                "Japan's House of Representatives met. The United States and Washington waited. "
                "The House of Representatives will vote."
            ),
            "House of Representatives",
            ["JPN", "JPN"],
        ),
        (
            "The House of Representatives in Abuja rejected a threat of the United States.",
            "House of Representatives",
            ["NGA"],
        ),
        ("Britain waited. The Foreign Office in Islamabad was firm.", "Foreign Office", ["PAK"]),
        ("The USA won. In London, the Department of Energy wept.", "Department of Energy", ["GBR"]),
        (
            (
                "Britain's Foreign Office spoke. The Pakistani Foreign Office replied. The Foreign "
                "Office had heard nothing from Britain."
            ),
            "Foreign Office",
            ["GBR", "PAK", "PAK"],
        ),
        (
            (
                "The Philippines arrested two men. Manila and Philippine police helped. Washington "
                "was pleased. The Justice Department will charge them."
            ),
            "Justice Department",
            ["PHL"],
        ),
        (
            (
                "WASHINGTON, May 4 - The Justice Department charged two men from the Philippines. "
                "Manila and Philippine police had helped."
            ),
            "Justice Department",
            ["USA"],
        ),
        (
            "The House of Representatives cut aid to Japan. The U.S. and Japan met. Trump won.",
            "House of Representatives",
            ["USA"],
        ),
    ],
)
def test_a_body_of_a_general_name_is_that_of_the_country_beside_it_or_of_the_story(
    text, body, countries
):
    assert named(text, body) == countries
