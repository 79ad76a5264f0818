import pytest

from service.enrichment import manners
from service.enrichment.manners import Kind
from service.enrichment.residue import of_article
from service.enrichment.values import Span

PROSE = "Norway and Chile agreed on Tuesday to share two stations in Antarctica, officials said."


def kind(text):
    return manners.look(text, residual=manners.is_residue(text), repeated=False).kind


@pytest.mark.parametrize(
    "line",
    [
        "ArrowArtboard with Sketch.Title ChevronTitle ChevronIcon Facebook",
        "IconMenu IconSearch LogoHome",
        "Read more",
        "READ MORE »",
        "Read more: Chile sends a ship",
        "Sign up for our daily newsletter and never miss a story.",
        "We use cookies to give you the best experience.",
        "Home | World | Asia | Business",
        "Home > News > Europe",
        "World Politics Business Sport Opinion Video",
        "© 2024 Coast Herald. All rights reserved.",
        "#Norway #Chile",
        "https://example.org/story",
        "desk@example.org",
        "Share this article",
        "***",
        "<div class='ad'></div>",
        "Mehr zum Thema",
        "関連記事",
        "Already a subscriber? Log in",
    ],
)
def test_manners_of_templates_are_residue(line):
    assert kind(line) is Kind.RESIDUE


@pytest.mark.parametrize(
    "line",
    [
        PROSE,
        "The company changed the terms and conditions of the loan, the finance ministry said.",
        'He told reporters: "Subscribe to nothing, sign nothing, say nothing until we are back."',
        "Facebook, YouTube and WhatsApp said that they would appeal against the ruling in Ankara.",
        "The newsletter published by the embassy in Lima gave figures for the harvest last year.",
        "Users who subscribe to the service will see the price of a subscription rise by a tenth.",
        "McDonald's and PetroChina signed a deal with AstraZeneca and MacArthur in LaGrange today.",
    ],
)
def test_news_about_such_things_is_prose(line):
    assert kind(line) is Kind.PROSE


@pytest.mark.parametrize(
    "line",
    [
        "Japan, Vietnam affirm respect for sovereignty amid war",
        "More on trial over bombing than ever",
        "Copyright law divides parliament",
        "Sponsored militias enter Sudan",
        "What next?",
        "Denmark 31 Egypt 27",
        "| Norway | 28 | Tunisia | 28 |",
        "• Kos: a brigade, which Greece calls a national guard",
    ],
)
def test_headlines_tables_and_points_are_neutral(line):
    assert kind(line) is Kind.NEUTRAL


@pytest.mark.parametrize(
    "line",
    ["By Amina Yusuf", "12 March 2024, 14:05", "4 min read", "May 3, 2024"],
)
def test_bylines_and_dates_are_furniture(line):
    assert kind(line) is Kind.FURNITURE


@pytest.mark.parametrize(
    "line",
    [
        "Discover the all new Fjord app",
        "Never miss a story with our alerts",
        "Celebrate our next chapter",
        "• Customise your front page",
        "Free access for everyone - Sep. 30",
    ],
)
def test_promotion_is_an_appeal(line):
    assert kind(line) in (Kind.APPEAL, Kind.RESIDUE)


def kept(*lines):
    text = "\n".join(lines)
    blocks, at = [], 0
    for line in lines:
        blocks.append([Span(at, at + len(line))])
        at += len(line) + 1
    return [text[span.start : span.end] for span in of_article(text, blocks)]


def test_a_lone_appeal_is_the_articles_own():
    assert kept(PROSE, "Get your facts right", PROSE) == [PROSE, "Get your facts right", PROSE]


def test_one_line_of_residue_does_not_end_an_article():
    short = "Peru welcomed the agreement, its ministry said."
    lines = [PROSE, "Advertisement", short, "Read more", short, "Advertisement", short]
    assert kept(*lines) == [PROSE, short, short, short]


def test_prose_in_a_long_run_of_residue_is_residue():
    tail = ["Sponsored Content", "Subscribe now", "Learn more", PROSE, "Privacy policy", "Log in"]
    assert kept(*[PROSE.replace("two", str(n)) for n in range(3)], *tail) == [
        PROSE.replace("two", str(n)) for n in range(3)
    ]


def test_without_prose_all_that_is_no_residue_stays():
    assert kept("Log in", "Denmark 31 Egypt 27", "Norway 28 Tunisia 28") == [
        "Denmark 31 Egypt 27",
        "Norway 28 Tunisia 28",
    ]


def test_nothing_gives_nothing():
    assert of_article("", []) == []
