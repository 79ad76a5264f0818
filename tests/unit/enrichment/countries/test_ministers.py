"""Ministers whom an article names without their country."""

import pytest

from service.enrichment.countries.ministers import MOST
from tests.unit.enrichment.countries.finding import found, named

QUARREL = "LISBON, Oct 5 - Portugal has asked Spain for its share of the river. "


MINISTER = "Interior Minister Ana Duarte"


@pytest.mark.parametrize(
    "said",
    [
        "Interior Minister Ana Duarte said so.",
        'Nobody listens. "It is ours," Interior Minister Ana Duarte told reporters.',
        "It will never sign, Interior Minister Ana Duarte said.",
        "On Monday Interior Minister Ana Duarte said so.",
        "But Interior Minister Ana Duarte said so.",
    ],
)
def test_a_minister_without_a_country_is_of_where_the_article_was_written(said):
    assert named(QUARREL + said, MINISTER) == ["PRT"]


def test_a_deputy_is_as_well():
    said = "A note went to Deputy Interior Minister Ana Duarte."
    assert named(QUARREL + said, "Deputy Interior Minister Ana Duarte") == ["PRT"]


def test_the_minister_is_known_by_name_and_pronoun_from_then_on():
    text = f"{QUARREL}Interior Minister Ana Duarte left. Duarte came back. She was glad."
    assert named(text, "Duarte") == ["PRT"]
    assert named(text, "She") == ["PRT"]


@pytest.mark.parametrize(
    ("said", "country"),
    [
        ("In Madrid, Interior Minister Ana Duarte said so.", "ESP"),
        ("In Madrid Interior Minister Ana Duarte said so.", "ESP"),
        ("Spanish Interior Minister Ana Duarte said so.", "ESP"),
        ("Spain's envoy, Ana Duarte, left. Interior Minister Ana Duarte said so.", "ESP"),
    ],
)
def test_the_minister_of_another_country_stays_its_own(said, country):
    countries = [code for phrase, code, _ in found(QUARREL + said) if "Ana Duarte" in phrase]
    assert set(countries) == {country}


@pytest.mark.parametrize(
    "text",
    [
        f"{QUARREL}Bavarian Interior Minister Ana Duarte said so.",
        f"{QUARREL}Former Interior Minister Ana Duarte said so.",
        f"{QUARREL}Its Interior Minister Ana Duarte said so.",
        f"{QUARREL}Zubrowka's Interior Minister Ana Duarte said so.",
        f"{QUARREL}The other side's delegate, Deputy Interior Minister Ana Duarte, said so.",
        f"{QUARREL}Company president Ana Duarte said so.",
        "Portugal has asked Spain for its share. Interior Minister Ana Duarte said so.",
        "BRUSSELS, Oct 5 - Portugal and Spain share a river. Interior Minister Ana Duarte said so.",
        f"{QUARREL}GENEVA, Oct 6 - Nobody signed. Interior Minister Ana Duarte said so.",
    ],
)
def test_a_minister_whose_country_is_not_plain_has_none(text):
    assert not [phrase for phrase, _, _ in found(text) if "Duarte" in phrase]


def test_words_of_a_headline_are_nobodys_name():
    heading = "Prime Minister Warns Spain Over Water And Foreign Minister Denies Rift With Spain"
    text = f"{QUARREL}{heading}. It rained."
    assert not [phrase for phrase, _, _ in found(text, title=heading) if "Minister" in phrase]


def test_a_country_is_no_ministers_name():
    text = f"{QUARREL}He was the prime minister Spaniards would have liked."
    assert named(text, "Spaniards") == ["ESP"]
    assert not [phrase for phrase, _, _ in found(text) if "minister" in phrase]


def test_a_text_of_nothing_but_ministers_is_read_in_part():
    names = [f"Ana Duarte{chr(ord('a') + i % 26) * (1 + i // 26)}" for i in range(300)]
    text = QUARREL + " ".join(f"Interior Minister {name} spoke." for name in names)
    assert len({phrase for phrase, _, _ in found(text) if "Minister" in phrase}) <= MOST
