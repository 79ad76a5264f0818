"""How `CountryFinder.rank` orders an article's countries and which it leaves out."""

import pytest

from contracts.article import Article
from service.enrichment.text import read
from tests.unit.enrichment.countries.finding import FINDER, bare, mention, ranked


def test_the_press_counts_for_little():
    weight = mention("The Washington Post reported floods in Peru.", "The Washington Post").weight
    assert 0 < weight < mention("Peru declared an emergency.", "Peru").weight / 2


def test_the_country_of_the_title_comes_first_and_saliences_sum_to_one():
    document = read(Article(id="a", title="Chile mourns", text="Peru sent flowers."))
    scores = FINDER.rank(document, FINDER.find(document))
    assert [score.code for score in scores] == ["CHL", "PER"]
    assert sum(score.salience for score in scores) == pytest.approx(1)
    assert (scores[1].name, scores[1].mentions) == ("Peru", 1)


def test_a_local_story_has_the_country_of_its_towns():
    text = (
        "LEBANON, Pa. - Police in Lebanon arrested a man on Monday, the county sheriff's office "
        "said. He was held in Dauphin County."
    )
    assert ranked(text) == ["USA"]


LATE = (
    "Chile's parliament met on Monday. It sat until late at night. The chamber of deputies was "
    "full. A minister spoke about the roads of the south. Most of them are mud in winter. The dean "
    "asked for money. The chamber gave it. His wife is from Peru. Nobody asked the minister how "
    "long it would take. The session was as long as one in Norway."
)


def after_dyads(dealing, *, text=LATE, title=None):
    document = read(Article(id="a", title=title, text=text))
    return [c.code for c in FINDER.rank(document, FINDER.find(document), dealing=dealing)]


def test_who_is_named_once_and_late_is_named_in_passing():
    assert after_dyads(set()) == ["CHL"]
    assert set(ranked(LATE)) == {"CHL", "PER", "NOR"}, "unless nobody knows who deals with whom"


def test_nobody_is_in_passing_who_deals_comes_again_or_stands_in_the_title():
    assert set(after_dyads({"CHL", "NOR"})) == {"CHL", "NOR"}
    assert "NOR" in after_dyads(set(), text=f"{LATE} Norwegians were not amused.")
    assert "NOR" in after_dyads(set(), title="Not only Norway has fjords")


def test_the_countries_of_a_dyad_are_never_left_out():
    text = "Chile bought a ship. Its navy looked at several. Lima fished. The ship was Norwegian."
    document = read(Article(id="a", text=text))
    mentions = FINDER.find(document)
    assert [c.code for c in FINDER.rank(document, mentions, dealing={"CHL", "NOR"})] == ["CHL"]
    kept = FINDER.rank(document, mentions, dealing={"CHL", "NOR"}, acting={"CHL", "NOR"})
    assert [c.code for c in kept] == ["CHL", "NOR"]
    assert sum(c.salience for c in kept) == pytest.approx(1)


def test_in_a_short_story_nobody_is_in_passing():
    assert set(after_dyads(set(), text="Chile voted. The count was watched by Peru.")) == {
        "CHL",
        "PER",
    }


def test_who_stands_alone_is_never_in_passing():
    nowhere = LATE.replace("Chile's", "The").replace("Norway", "court").replace("Peru", "Peru, too")
    assert after_dyads(set(), text=nowhere) == ["PER"]


def test_teasers_around_an_article_name_no_country_of_it():
    page = (
        "Home\nNews\nWeather 17°C\nSign in | Subscribe\n\n"
        "Greece and Turkey agreed on Saturday to run ferries at night between five islands and the "
        "Turkish coast, and to set up a hotline between their coast guards, ministers said.\n\n"
        "The Greek minister praised Turkey for the rescue of eleven sailors in September.\n\n"
        "Advertisement\n\nRelated articles\nChina, Australia reopen lobster trade\n"
        "Spain's trains: ten facts\nAccept all cookies\nFollow us\n"
    )
    document = read(Article(id="a", title="Ferries at night", text=page))
    mentions = FINDER.find(document)
    assert {c.code for c in FINDER.rank(document, mentions)} == {"GRC", "TUR"}
    assert "AUS" in {c.code for c in FINDER.rank(bare(page), FINDER.find(bare(page)))}
