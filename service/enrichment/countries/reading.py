"""A phrase read in context, and what every reader of phrases needs to know of the document."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from service.enrichment.countries import words
from service.enrichment.countries.datelines import Datelines
from service.enrichment.countries.evidence import Evidence
from service.enrichment.countries.gazetteer import Kind
from service.enrichment.countries.matching import Hit
from service.enrichment.countries.stretches import Stretches
from service.enrichment.values import MentionKind

WEIGHT: Final = {
    Kind.NAME: 1.0,
    Kind.ADJECTIVE: 0.9,
    Kind.PEOPLE: 1.0,
    Kind.CAPITAL: 0.9,
    Kind.TOWN: 0.6,
    Kind.WEAK_TOWN: 0.5,
    Kind.DIVISION: 0.7,
    Kind.ABBREVIATION: 0.5,
    Kind.GOVERNMENT: 0.9,
    Kind.FORCES: 0.8,
    Kind.MOVEMENT: 0.6,
    Kind.LEADER: 1.0,
    Kind.KNOWN_SURNAME: 1.0,
    Kind.TRAP: 0.3,
    Kind.BEARER: 0.15,
}
"""How much a mention of each kind says that the article is about its country."""

DATELINE: Final = 0.1
"""Weight of a name in a dateline."""

MENTION_KIND: Final = {
    Kind.NAME: MentionKind.NAME,
    Kind.ADJECTIVE: MentionKind.DEMONYM,
    Kind.PEOPLE: MentionKind.DEMONYM,
    Kind.GOVERNMENT: MentionKind.GOVERNMENT,
    Kind.FORCES: MentionKind.FORCES,
    Kind.MOVEMENT: MentionKind.MOVEMENT,
    Kind.LEADER: MentionKind.PERSON,
    Kind.KNOWN_SURNAME: MentionKind.PERSON,
    Kind.SURNAME: MentionKind.PERSON,
}

TOWNS: Final = frozenset({Kind.TOWN, Kind.WEAK_TOWN})
PLACES: Final = frozenset({*TOWNS, Kind.CAPITAL, Kind.DIVISION})
NATIONAL: Final = frozenset({Kind.NAME, Kind.ADJECTIVE, Kind.PEOPLE})
"""Kinds of phrases that are made of a country's name."""

POSSESSIVE: Final = frozenset({" ", "'s ", "’s ", "' ", "’ "})
"""Between a country and what is its own."""

NAMELIKE: Final = frozenset({*PLACES, Kind.NAME})


class Reading(NamedTuple):
    """A hit with the country it means.

    Attributes:
        hit: the phrase.
        country: alpha-3.
        kind: how the phrase bears on the country.
        weight: as in `Mention`.
        actor: as in `Mention`.
    """

    hit: Hit
    country: str
    kind: Kind
    weight: float
    actor: bool


@dataclass(frozen=True, slots=True)
class Context:
    """A document's text with what was found out about it as a whole.

    Attributes:
        full: `Document.full`.
        evidence: what the document as a whole says.
        datelines: where its datelines are.
        headlines: stretches in which every word may be capitalised.
        words: the word lists.
        seats: capitals that in this document stand for a bloc that sits there.
    """

    full: str
    evidence: Evidence
    datelines: Datelines
    headlines: Stretches
    words: words.Words
    seats: frozenset[str] = frozenset()

    def in_headline(self, offset: int) -> bool:
        """Whether `offset` lies in a headline."""
        return self.headlines.holds(offset)

    def is_placed(self, hit: Hit) -> bool:
        """Whether a preposition makes `hit` where something happens, or the way to there."""
        previous, earlier = words.two_before(self.full, hit.start)
        if previous.lower() in self.words.locative:
            return True
        return previous in ("to", "from", "for") and earlier.lower() in self.words.motion
