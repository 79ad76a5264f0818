"""Names of places that a document gives to people, and how far it does."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, Self

from service.enrichment.countries import namesakes, words
from service.enrichment.countries.evidence import speaking
from service.enrichment.countries.gazetteer import Kind
from service.enrichment.countries.matching import Hit
from service.enrichment.countries.reading import NATIONAL, Context

_DEALT_WITH: Final = frozenset(
    {"with", "against", "between", "by", "to", "from", "of", "on", "towards", "toward", "over"}
)
"""Before a country that something is done with, and seldom before somebody's first name."""


@dataclass(frozen=True, slots=True)
class PersonalNames:
    """Names of places that this document gives to people.

    Attributes:
        surnames: by these it may call them anywhere, for nothing speaks for the place.
        given: likewise, but for where a country is dealt with: "with Israel".
        places: where the name stands beside the rest of the person's.
    """

    surnames: frozenset[str]
    given: frozenset[str]
    places: frozenset[int]

    @classmethod
    def of(cls, context: Context, hits: Sequence[Hit]) -> Self:
        """Those among `hits`."""
        alike: dict[str, list[Hit]] = defaultdict(list)
        for hit in hits:
            alike[hit.phrase].append(hit)
        speakers = speaking(hits)
        surnames = set(namesakes.surnames_in_full(context, alike))
        given: set[str] = set()
        places: set[int] = set()
        for phrase, named in alike.items():
            last = [hit.start for hit in named if namesakes.is_surname(context, hit)]
            begun = [hit.start for hit in named if namesakes.is_given_name(context, hit)]
            places.update(last, begun)
            if last:
                surnames.add(phrase)
            if begun and not _is_rare(named, begun, speakers):
                given.add(phrase)
        both = surnames | given
        claimed = {phrase for phrase in both if _is_claimed(context, alike[phrase], speakers)}
        return cls(frozenset(surnames - claimed), frozenset(given - claimed), frozenset(places))

    def has(self, context: Context, hit: Hit) -> bool:
        """Whether `hit` is a person."""
        if hit.phrase in self.surnames or hit.start in self.places:
            return not context.is_placed(hit)
        if hit.phrase not in self.given or context.is_placed(hit):
            return False
        return words.before(context.full, hit.start) not in _DEALT_WITH


def _is_claimed(
    context: Context, named: Sequence[Hit], speakers: Mapping[str, AbstractSet[str]]
) -> bool:
    """Whether the document speaks of the country that `named` are a name of in other ways too."""
    first = named[0].senses[0]
    if first.kind not in NATIONAL:
        return False
    return not speakers[first.country] <= {named[0].phrase} or any(map(context.is_placed, named))


def _is_rare(
    named: Sequence[Hit], begun: Sequence[int], speakers: Mapping[str, AbstractSet[str]]
) -> bool:
    """Whether a name seldom given begins few names of persons in a story of other countries."""
    first = named[0].senses[0]
    if first.kind is not Kind.NAME or named[0].phrase in namesakes.OFTEN_GIVEN:
        return False
    return 2 * len(begun) < len(named) and not speakers.keys() <= {first.country}
