"""Hits read in context: which country each phrase means, whether it means one at all."""

import re
from collections.abc import Sequence
from typing import Final

from service.enrichment.countries import bodies, roles, surnames, ties, words
from service.enrichment.countries.evidence import after_comma
from service.enrichment.countries.gazetteer import Kind, Sense
from service.enrichment.countries.matching import Hit
from service.enrichment.countries.personal_names import PersonalNames
from service.enrichment.countries.reading import (
    DATELINE,
    NAMELIKE,
    NATIONAL,
    POSSESSIVE,
    TOWNS,
    WEIGHT,
    Context,
    Reading,
)

NO_COUNTRY: Final = "-"

PROVINCIAL: Final = 0.9
"""What a story without another country's name adds to the reading as a town."""

FACILITY_AFTER: Final = 0.7
"""What "police" or "firefighters" after a name adds to its reading as a town, where the story is
local or names no country. Neither counts where it names that of another reading, or a neighbour."""

NEARBY: Final = 0.5
"""What the name of a town's country, or of a neighbour, adds to it at most, among towns of the same
name: Hebron beside Israel."""

STATE_AFTER: Final = 2.0
"""What "governor" after, or "County," before a name adds to its reading as a state."""

_PRIOR: Final = {
    Kind.NAME: 2.6,
    Kind.CAPITAL: 1.8,
    Kind.ADJECTIVE: 2.0,
    Kind.PEOPLE: 2.0,
    Kind.DIVISION: 2.0,
    Kind.KNOWN_SURNAME: 2.0,
    Kind.LEADER: 2.0,
    Kind.GOVERNMENT: 2.0,
    Kind.FORCES: 2.0,
}
_TOWN_PRIOR: Final = 0.12
"""Per step of size: a town of three million has 1.6, less than any capital."""
_WEAK_PRIOR: Final = 0.3
_MOST: Final = 3.0
"""What evidence can add to one reading."""

LESSER: Final = 3
"""Steps of size by which a town is another one's lesser namesake: thirty times the inhabitants."""

_COUNTY_BEFORE: Final = re.compile(r"County, \Z")
_COUNTY: Final = frozenset({"County", "Township"})
_BODIES: Final = frozenset({Kind.GOVERNMENT, Kind.FORCES, Kind.MOVEMENT, Kind.BEARER})
"""Likewise, but the first of them has it where its country is named too: Islamic Jihad."""


def read(context: Context, hits: Sequence[Hit]) -> list[Reading]:
    """The hits that mean a country, in order; cues are left out."""
    hits = bodies.assigned(context, surnames.known_alone(context, hits))
    persons = PersonalNames.of(context, hits)
    found: list[Reading] = []
    divisions: set[int] = set()
    for index, each in enumerate(hits):
        hit = ties.as_division(each) if each.start in divisions else each
        follower = hits[index + 1] if index + 1 < len(hits) else None
        tie = ties.tied(context.full, hit, follower)
        if tie and follower and tie.kind is Kind.DIVISION:
            divisions.add(follower.start)
        reading = _reading(context, hit, tie, is_person=persons.has(context, hit))
        previous = found[-1] if found else None
        if reading and not _is_anothers(context.full, reading, previous, follower):
            found.append(reading)
    return found


def _reading(context: Context, hit: Hit, tie: Sense | None, *, is_person: bool) -> Reading | None:
    first = hit.senses[0]
    usable = _usable(context, hit)
    if usable is None:
        return None
    if first.kind is Kind.TRAP:
        return Reading(hit, first.country, Kind.TRAP, WEIGHT[Kind.TRAP], actor=False)
    if tie:
        weight = DATELINE if context.datelines.holds(hit.start) else WEIGHT[Kind.TOWN]
        return Reading(usable, tie.country, Kind.TOWN, weight, actor=False)
    following = words.after(context.full, hit.end)
    if following in _COUNTY and first.kind in NAMELIKE:
        return Reading(usable, "USA", Kind.TOWN, WEIGHT[Kind.TOWN], actor=False)
    if is_person:
        return None
    return roles.judge(context, usable, _likeliest(context, usable, following), following)


def _usable(context: Context, hit: Hit) -> Hit | None:
    """`hit` without a state's abbreviation where none can stand; None for cues and traps."""
    first = hit.senses[0]
    if first.kind is Kind.CUE or first.country == NO_COUNTRY:
        return None
    if first.kind is not Kind.ABBREVIATION or after_comma(context.full, hit.start):
        return hit
    rest = tuple(s for s in hit.senses if s.kind is not Kind.ABBREVIATION)
    if rest:
        return Hit(hit.start, hit.end, hit.phrase, rest, capitals=hit.capitals)
    return hit if ties.stands_alone(context.full, hit) else None


def _is_anothers(
    text: str, reading: Reading, previous: Reading | None, follower: Hit | None
) -> bool:
    """Whether a body's general name is another country's: "Canadian Coast Guard"."""
    if reading.kind not in (Kind.GOVERNMENT, Kind.FORCES, Kind.BEARER):
        return False
    hit = reading.hit
    if (
        previous
        and previous.country != reading.country
        and previous.kind in (Kind.ADJECTIVE, Kind.NAME)
        and text[previous.hit.end : hit.start] in POSSESSIVE
    ):
        return True
    return (
        follower is not None
        and text[hit.end : follower.start] in {" of ", " of the "}
        and follower.senses[0].kind is Kind.NAME
        and follower.senses[0].country != reading.country
    )


def _likeliest(context: Context, hit: Hit, following: str) -> Sense:
    """The reading that prior and evidence favour; the earlier one of two equal ones."""
    senses = hit.senses
    if len({sense.country for sense in senses}) == 1:
        return senses[0]
    own = context.evidence.own
    if _BODIES.issuperset(sense.kind for sense in senses) and own(senses[0].country):
        return senses[0]  # the best known one
    if len({sense.kind for sense in senses}) == 1 and senses[0].kind in NATIONAL | _BODIES:
        return max(senses, key=lambda sense: own(sense.country))
    return max(senses, key=lambda sense: _score(context, hit, sense, following.lower()))


def _is_lesser(context: Context, hit: Hit, sense: Sense) -> bool:
    """Whether a town is so much smaller than another of its name that its state must be named.

    Not in a story of its country alone: what else is local there says nothing of Hamburg, New York,
    where the world is told of.
    """
    evidence = context.evidence
    return (
        any(s.kind in TOWNS and s.size >= sense.size + LESSER for s in hit.senses)
        and not evidence.is_provincial(sense.country)
        and not any((sense.country, each) in evidence.divisions for each in sense.divisions)
    )


def _score(context: Context, hit: Hit, sense: Sense, following: str) -> float:
    evidence = context.evidence
    local = min(_MOST, evidence.local.get(sense.country, 0.0))
    if sense.kind in TOWNS:
        if _is_lesser(context, hit, sense):
            local = 0.0
        prior = _TOWN_PRIOR * sense.size if sense.kind is Kind.TOWN else _WEAK_PRIOR
        if not any(evidence.world(other.country) for other in hit.senses if other != sense):
            if local or not evidence.support:
                prior += FACILITY_AFTER * (following in context.words.facility)
            prior += PROVINCIAL * evidence.is_provincial(sense.country)
        in_text = not context.datelines.holds(hit.start)  # a dateline names a lesser one's state
        if in_text and TOWNS.issuperset(other.kind for other in hit.senses):
            prior += min(NEARBY, evidence.world(sense.country))
        return prior + local
    if sense.kind is Kind.DIVISION:
        named = following in context.words.state or _COUNTY_BEFORE.search(
            context.full, max(0, hit.start - len("County, ")), hit.start
        )
        return _PRIOR[sense.kind] + STATE_AFTER * bool(named) + local
    return _PRIOR.get(sense.kind, 1.0) + min(_MOST, evidence.world(sense.country))
