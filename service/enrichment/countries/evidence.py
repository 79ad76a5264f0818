"""What a document as a whole says of the country it is about, before any phrase is read."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from service.enrichment.countries.gazetteer import Kind, Sense, countries
from service.enrichment.countries.matching import Hit

NEIGHBOUR = 0.4
"""Of a country's evidence that speaks for the others of its M49 region: Armenia for Georgia."""

NEAR = {"GEO": ("RUS",), "CYP": ("GRC",), "PRK": ("USA",), "IRL": ("GBR",)}
"""Countries in the news together across the borders of M49 regions."""

SOMETHING_LOCAL = 0.2
"""Local evidence that is more than a town's weak name."""

SURE_TOWN = 10
"""Size (100,000 inhabitants) from which a town's name alone is good evidence."""

NUMBER = re.compile(r"\d{3}(?:\) |-)\d{3}-\d{4}\b")
"""A telephone number as North America writes it."""

COUNTY = re.compile(r"[a-z] (?:County|Parish|counties|Township)\b")
"""A county as the United States write it; Ireland and Britain put the word first or leave it."""

PATTERN_STRENGTH = 0.5

_PLAIN = frozenset(
    {Kind.NAME, Kind.ADJECTIVE, Kind.PEOPLE, Kind.CAPITAL, Kind.GOVERNMENT, Kind.FORCES}
    | {Kind.LEADER, Kind.KNOWN_SURNAME, Kind.MOVEMENT}
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """How much speaks for each country.

    Attributes:
        support: from phrases with one reading: names, adjectives, capitals, governments.
        local: from towns, states and turns of the local press: where the story happens.
        cues: from turns of the local press alone.
        money: from turns of the business pages alone.
        regional: support by M49 region.
        divisions: the states that are named, by their country and code.
    """

    support: Mapping[str, float]
    local: Mapping[str, float]
    cues: Mapping[str, float]
    money: Mapping[str, float]
    regional: Mapping[str, float]
    divisions: AbstractSet[tuple[str, str]]

    def is_provincial(self, country: str) -> bool:
        """Whether a story local to `country` names at most one country at all."""
        return len(self.support) <= 1 and self.local.get(country, 0.0) >= SOMETHING_LOCAL

    def own(self, country: str) -> float:
        """What speaks for `country` itself and not for its neighbours."""
        return self.support.get(country, 0.0) + self.local.get(country, 0.0)

    def world(self, country: str) -> float:
        """Support for `country` as one of world news, its neighbours counted in part."""
        own = self.support.get(country, 0.0)
        known = countries().get(country)
        if known is None:
            return own
        near = self.regional.get(known.region, 0.0) - own
        near += sum(self.support.get(code, 0.0) for code in NEAR.get(country, ()))
        return own + NEIGHBOUR * near


def speaking(hits: Sequence[Hit]) -> Mapping[str, AbstractSet[str]]:
    """By country, the phrases among `hits` whose first reading speaks for it by itself."""
    found: dict[str, set[str]] = defaultdict(set)
    for hit in hits:
        first = hit.senses[0]
        if first.kind in _PLAIN:
            found[first.country].add(hit.phrase)
    return found


def weigh(hits: Sequence[Hit], text: str) -> Evidence:
    """The evidence of all `hits` in `text`."""
    support: dict[str, float] = defaultdict(float)
    local: dict[str, float] = defaultdict(float)
    cues: dict[str, float] = defaultdict(float)
    money: dict[str, float] = defaultdict(float)
    seen: set[str] = set()
    for cue in {hit.phrase: hit for hit in hits if hit.senses[0].kind is Kind.CUE}.values():
        for sense in cue.senses:
            (money if sense.money else cues)[sense.country] += sense.strength
    for hit in hits:
        first = hit.senses[0]
        if first.kind is Kind.ABBREVIATION:
            local[first.country] += after_comma(text, hit.start)
        elif len({sense.country for sense in hit.senses}) == 1:
            if first.kind in _PLAIN:
                support[first.country] += 1
            elif hit.phrase not in seen or first.kind is Kind.DIVISION:
                local[first.country] += _local(first)
            seen.add(hit.phrase)
    cues["USA"] += PATTERN_STRENGTH * (bool(NUMBER.search(text)) + _names_county(text))
    for country, value in cues.items():
        local[country] += value
    regional: dict[str, float] = defaultdict(float)
    for country, value in support.items():
        regional[countries()[country].region] += value
    return Evidence(support, local, cues, money, regional, _divisions(hits, text))


def _divisions(hits: Sequence[Hit], text: str) -> set[tuple[str, str]]:
    return {
        (sense.country, division)
        for hit in hits
        for sense in hit.senses[:1]
        if sense.kind is Kind.DIVISION
        or (sense.kind is Kind.ABBREVIATION and after_comma(text, hit.start))
        for division in sense.divisions
    }


def _names_county(text: str) -> bool:
    return any(word in text for word in _COUNTY_WORDS) and COUNTY.search(text) is not None


_COUNTY_WORDS = ("County", "Parish", "counties", "Township")


def after_comma(text: str, start: int) -> bool:
    """Whether a comma and a space stand before `start`, as in "Lebanon, Pa."."""
    return (
        text[max(0, start - 2) : start] in {", ", ",\n", ",\u00a0"}
        and text[start - 3 : start - 2].isalpha()
    )


def _local(sense: Sense) -> float:
    if sense.kind is Kind.DIVISION:
        return 1.0
    if sense.kind is Kind.TOWN:
        return 0.7 if sense.size >= SURE_TOWN else 0.4
    return 0.1 if sense.kind is Kind.WEAK_TOWN else 0.0
