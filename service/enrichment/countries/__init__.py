"""Text to country mentions, and mentions to the countries of an article."""

from service.enrichment.countries.finder import CountryFinder

__all__ = ["CountryFinder"]
