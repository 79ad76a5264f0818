"""Every region that a country can have is one that events can name."""

from contracts.vocabulary import M49Region
from service.enrichment.countries.gazetteer import countries


def test_every_country_lies_in_a_region_of_the_vocabulary():
    """Guernsey lay in 830, which the vocabulary lacks: every article naming it was refused."""
    known = {region.value for region in M49Region}
    assert {c.region for c in countries().values() if c.region} <= known
    assert countries()["GGY"].region == "154"
