import pytest

from service.enrichment import regions
from service.enrichment.values import CountryScore


def scores(**saliences):
    return [CountryScore(code, code, 1, salience) for code, salience in saliences.items()]


def test_regions_add_up_their_countries_and_the_main_one_comes_first():
    found = regions.score(scores(JPN=0.4, VNM=0.3, THA=0.3))
    assert [(region.code, round(region.score, 6)) for region in found] == [
        ("035", 0.6),
        ("030", 0.4),
    ]


def test_scores_sum_to_one_whatever_the_saliences_sum_to():
    found = regions.score(scores(JPN=0.1, FRA=0.1, XKX=0.2))
    assert sum(region.score for region in found) == pytest.approx(1)
    assert [region.code for region in found] == ["039", "030", "155"]


def test_of_two_equal_regions_the_one_named_first_leads():
    assert [r.code for r in regions.score(scores(USA=0.5, JPN=0.5))] == ["021", "030"]
    assert [r.code for r in regions.score(scores(JPN=0.5, USA=0.5))] == ["030", "021"]


@pytest.mark.parametrize("countries", [[], scores(ZZZ=1.0), scores(JPN=0.0)])
def test_without_a_known_country_there_is_no_region(countries):
    assert regions.score(countries) == ()
