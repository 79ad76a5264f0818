"""Countries to the M49 regions they lie in."""

from collections.abc import Sequence

from service.enrichment.countries.gazetteer import countries as known_countries
from service.enrichment.values import CountryScore, RegionScore


def score(countries: Sequence[CountryScore]) -> tuple[RegionScore, ...]:
    """The regions of `countries`, each with its share of their salience; the main one first.

    Regions are M49 sub-regions, and intermediate ones where M49 has them. The scores sum to one;
    of two equal regions the one whose first country comes first leads.

    Args:
        countries: alpha-3 codes with their salience, most salient first. A code that is unknown,
            or has no region, adds nothing.
    """
    known = known_countries()
    scores: dict[str, float] = {}
    for country in countries:
        region = known[country.code].region if country.code in known else ""
        if region and country.salience > 0:
            scores[region] = scores.get(region, 0.0) + country.salience
    total = sum(scores.values())
    ordered = sorted(scores.items(), key=lambda item: -item[1])  # stable: first country first
    return tuple(RegionScore(code, share / total) for code, share in ordered)
