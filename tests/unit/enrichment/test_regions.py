import pytest

from contracts.article import Article
from contracts.events import Dyad
from contracts.vocabulary import Stance
from service.enrichment import regions
from service.enrichment.countries import CountryFinder
from service.enrichment.text import read
from service.enrichment.values import CountryScore


def scores(**saliences):
    return [CountryScore(code, code, 1, salience) for code, salience in saliences.items()]


def found(countries, *, text="Nothing was said.", title=None, dyads=()):
    document = read(Article(id="a", title=title, text=text))
    mentions = CountryFinder.load().find(document, language="en")
    return regions.score(document, mentions, countries, dyads)


def codes(*arguments, **named):
    return [region.code for region in found(*arguments, **named)]


def dyad(source, target):
    return Dyad(
        source=source, target=target, stance=Stance.OPPOSING, score=-1, confidence=0.9, evidence=()
    )


def test_regions_add_up_their_countries_and_the_main_one_comes_first():
    both = found(scores(JPN=0.4, VNM=0.3, THA=0.3))
    assert [(region.code, round(region.score, 6)) for region in both] == [
        ("035", 0.6),
        ("030", 0.4),
    ]


def test_scores_sum_to_one_whatever_the_saliences_sum_to():
    some = found(scores(JPN=0.1, FRA=0.1, XKX=0.2))
    assert sum(region.score for region in some) == pytest.approx(1)
    assert [region.code for region in some] == ["039", "030", "155"]


def test_of_two_equal_regions_the_one_named_first_leads():
    assert codes(scores(USA=0.5, JPN=0.5)) == ["021", "030"]
    assert codes(scores(JPN=0.5, USA=0.5)) == ["030", "021"]


@pytest.mark.parametrize("countries", [[], scores(ZZZ=1.0), scores(JPN=0.0)])
def test_without_a_known_country_there_is_no_region(countries):
    assert codes(countries) == []
    assert codes(countries, text="LONDON, May 2 - Cocoa was bought in France.") == []


def test_a_story_is_where_its_dateline_is_though_others_act_in_it():
    text = "GENEVA, April 27 - Negotiators of the United States and Japan exchanged drafts."
    countries = scores(USA=0.5, JPN=0.5)
    assert codes(countries, text=text) == ["155", "021", "030"]
    assert codes(countries, text=text.partition(" - ")[2]) == ["021", "030"]


def test_a_story_is_where_its_dateline_is_in_whatever_form():
    body = "Negotiators of the United States and Japan exchanged drafts."
    for dateline in ("GENEVA, 27 April (AFP) - ", "Geneva (dpa) - ", "Geneva, Switzerland — "):
        assert codes(scores(USA=0.5, JPN=0.5), text=dateline + body) == ["155", "021", "030"]


def test_a_dateline_without_a_state_is_the_better_known_place():
    text = "GENEVA, April 27 - Negotiators of the United States and Japan exchanged drafts."
    mentions = CountryFinder.load().find(read(Article(id="a", text=text)), language="en")
    assert [m.country for m in mentions] == ["CHE", "USA", "JPN"]
    local = text.replace("GENEVA", "GENEVA, Ill.")
    mentions = CountryFinder.load().find(read(Article(id="a", text=local)), language="en")
    assert mentions[0].country == "USA"


def test_a_country_that_is_most_of_it_outweighs_a_dateline_elsewhere():
    text = "LONDON, May 2 - Japan said that its exports had risen."
    assert codes(scores(JPN=1.0), text=text) == ["030", "154"]


def test_what_the_lead_says_happened_somewhere_counts():
    title = "Four held over break-ins that hit Danish and Dutch guests"
    lead = "Four people were held by police in Marbella."
    countries = scores(DNK=0.4, NLD=0.3, ESP=0.3)
    assert codes(countries, text=lead)[0] == "039"
    elsewhere = "Danish guests were robbed. " * 6 + lead
    assert codes(countries, text=elsewhere, title=title)[0] == "154"
    assert codes(countries, text=lead.replace("in Mar", "of Mar"), title=title)[0] == "154"


def test_whom_it_is_done_to_counts():
    countries = scores(IND=0.5, GAB=0.5)
    text = "A licence was lost."
    assert codes(countries, text=text) == ["034", "017"]
    assert codes(countries, text=text, dyads=[dyad("IND", "GAB")]) == ["017", "034"]
    assert codes(countries, text=text, dyads=[dyad("IND", "GAB"), dyad("GAB", "IND")]) == [
        "034",
        "017",
    ]


def test_places_of_countries_that_are_left_out_bring_no_region():
    assert codes(scores(JPN=1.0), text="Cars were shown in Paris.") == ["030"]
