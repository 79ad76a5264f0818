"""What is a dateline, and that none acts or is of the story."""

import pytest

from contracts.article import Article
from service.enrichment.countries import datelines
from service.enrichment.text import read
from tests.unit.enrichment.countries.finding import FINDER, ranked


def test_a_dateline_alone_makes_no_country_of_the_story():
    text = (
        "LONDON, March 3 - Kenya raised the price of maize on Tuesday. Farmers in Kenya had asked "
        "for more. The ministry in Nairobi refused. It will be paid from May. Nobody else gains."
    )
    assert ranked(text) == ["KEN"]


@pytest.mark.parametrize(
    "dateline",
    [
        "NAIROBI, 5 Jan (APA) - ",
        "NAIROBI, 12 March 2026 (AFP) - ",
        "NAIROBI, 5 Jan – ",
        "NAIROBI, March 2007 - ",
        "Nairobi, 5 January - ",
        "Nairobi (dpa) - ",
        "Nairobi, Kenya — ",
        "Nairobi, Kenya | AFP | ",
        "NAIROBI | Xinhua | ",
        "NAIROBI // ",
        "Nairobi. January 5. ",
        "NAIROBI. Jan 5 (Interfax) - ",
        "GOMA, Democratic Republic of Congo (AP) — ",
        "ABIDJAN, Côte d'Ivoire — ",
    ],
)
def test_no_dateline_acts_or_is_of_the_story(dateline):
    text = f"{dateline}Ghana lent Togo ten boats. Togo thanked Ghana. Both hope for more fish."
    document = read(Article(id="a", text=text))
    mentions = FINDER.find(document)
    assert not any(m.actor for m in mentions if m.start < len(dateline))
    assert any(m.weight > 0 for m in mentions if m.start < len(dateline))
    assert {c.code for c in FINDER.rank(document, mentions)} == {"GHA", "TGO"}


@pytest.mark.parametrize(
    "text",
    [
        "Kenya, Ghana - two republics.",
        "Nairobi, Ghana - and so on.",
        "Merkel, Germany - and so on.",
        "Merkel (left) - and so on.",
        "ROME, Italy is rich in art - and so on.",
        "Kenya. January 5. It rained.",
        "It rained. Nairobi, Kenya - and so on.",
    ],
)
def test_other_beginnings_are_no_datelines(text):
    assert datelines.find(read(Article(id="a", text=text))).spans == ()
