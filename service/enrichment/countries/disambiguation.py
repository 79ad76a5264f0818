"""Hits read in context: which country each phrase means, whether it means one at all."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from service.enrichment.countries import words
from service.enrichment.countries.datelines import Datelines
from service.enrichment.countries.evidence import Evidence, after_comma
from service.enrichment.countries.gazetteer import Kind, Sense
from service.enrichment.countries.matching import Hit
from service.enrichment.values import MentionKind

NO_COUNTRY: Final = "-"

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

PASSING = 0.15
"""Weight of a currency's adjective, and of a firm's, medium's or team's name."""

DATELINE = 0.1
"""Weight of a name in a dateline."""

CULTURE = 0.55
"""Factor for an adjective before what does not act: Japanese restaurants, an Italian striker."""

BIG_TOWN = 11
"""Size (300,000 inhabitants) from which a town needs no preposition before it."""

PROVINCIAL = 0.9
"""What a story without another country's name adds to the reading as a town."""

FACILITY_AFTER = 0.7
"""What "police" or "firefighters" after a name adds to its reading as a town."""

LONE = 0.8
"""Evidence below which a town's country has little but this one name."""

LOCAL_STORY = 1.5
"""Local evidence that makes a weak town's name believable."""

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

_COMMA: Final = re.compile(r"\.?,[ \t\n\u00a0]{1,2}\Z")
_IN: Final = re.compile(r" in (?:(?:north|south|east|west|central)\w* )?(?:the )?")
_TIE_REACH: Final = 20
"""Characters between a place and the country that it is tied to."""
_TOWNS: Final = frozenset({Kind.TOWN, Kind.WEAK_TOWN})
_PLACES: Final = frozenset({Kind.TOWN, Kind.WEAK_TOWN, Kind.CAPITAL, Kind.DIVISION})
_NAMELIKE: Final = frozenset({Kind.NAME, Kind.CAPITAL, Kind.DIVISION, Kind.TOWN, Kind.WEAK_TOWN})
_TITLE_BEFORE_NAME: Final = frozenset(
    {"Mr", "Mrs", "Ms", "Miss", "Mr.", "Mrs.", "Ms.", "Dr", "Dr."}
)


@dataclass(frozen=True, slots=True)
class Reading:
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
class _Text:
    """A document's text with what was found out about it as a whole."""

    full: str
    evidence: Evidence
    datelines: Datelines
    headlines: tuple[tuple[int, int], ...]
    words: words.Words


def read(
    text: str,
    hits: Sequence[Hit],
    evidence: Evidence,
    *,
    datelines: Datelines,
    headlines: Sequence[tuple[int, int]],
) -> list[Reading]:
    """The hits of `text` that mean a country, in order; cues are left out.

    Args:
        text: `Document.full`.
        hits: what matching found.
        evidence: what the document as a whole says.
        datelines: where its datelines are.
        headlines: stretches in which every word may be capitalised.
    """
    context = _Text(text, evidence, datelines, tuple(headlines), words.load())
    persons = {hit.phrase for hit in hits if _is_person(context, hit)}
    found: list[Reading] = []
    divisions: set[int] = set()
    for index, each in enumerate(hits):
        hit = each
        follower = hits[index + 1] if index + 1 < len(hits) else None
        if hit.start in divisions:
            hit = _as_division(hit)
        tied = _tied(text, hit, follower)
        if tied and follower and tied.kind is Kind.DIVISION:
            divisions.add(follower.start)
        reading = _reading(context, hit, tied, persons)
        if reading and not _is_anothers(text, reading, found[-1] if found else None, follower):
            found.append(reading)
    return found


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
        and text[previous.hit.end : hit.start] in {" ", "'s ", "’s ", "' ", "’ "}
    ):
        return True
    return (
        follower is not None
        and text[hit.end : follower.start] in {" of ", " of the "}
        and follower.senses[0].kind is Kind.NAME
        and follower.senses[0].country != reading.country
    )


def _reading(context: _Text, hit: Hit, tied: Sense | None, persons: set[str]) -> Reading | None:
    first = hit.senses[0]
    if first.kind is Kind.TRAP:
        if first.country == NO_COUNTRY:
            return None
        return Reading(hit, first.country, Kind.TRAP, WEIGHT[Kind.TRAP], actor=False)
    if first.kind is Kind.CUE:
        return None
    if first.kind is Kind.ABBREVIATION and not after_comma(context.full, hit.start):
        rest = tuple(s for s in hit.senses if s.kind is not Kind.ABBREVIATION)
        if not rest and not _stands_alone(context.full, hit):
            return None
        rest = rest or hit.senses
        hit = Hit(hit.start, hit.end, hit.phrase, rest, hit.capitals)
    if tied:
        weight = DATELINE if context.datelines.holds(hit.start) else WEIGHT[Kind.TOWN]
        return Reading(hit, tied.country, Kind.TOWN, weight, actor=False)
    following = words.after(context.full, hit.end)
    if following in _COUNTY and first.kind in _NAMELIKE:
        return Reading(hit, "USA", Kind.TOWN, WEIGHT[Kind.TOWN], actor=False)
    sense = _likeliest(context, hit, following)
    if hit.phrase in persons and not _has_place_before(context, hit):
        return None
    return _read_sense(context, hit, sense, following)


def _stands_alone(text: str, hit: Hit) -> bool:
    """Whether an abbreviation means the state without a town before it: "Fla. economist"."""
    return (
        len(hit.phrase) >= 4
        and hit.phrase.endswith(".")
        and hit.phrase not in _ALSO_WORDS
        and text[hit.end : hit.end + 1] == " "
        and text[hit.end + 1 : hit.end + 2].isalpha()
    )


_ALSO_WORDS: Final = frozenset(
    {"Miss.", "Del.", "Penn.", "Man.", "Ore.", "Ark.", "Cal.", "Kan.", "Mich."}
)
_COUNTY_BEFORE: Final = re.compile(r"County, \Z")
_COUNTY: Final = frozenset({"County", "Township"})


def _read_sense(context: _Text, hit: Hit, sense: Sense, following: str) -> Reading | None:
    text, known = context.full, context.words
    if context.datelines.holds(hit.start):
        return Reading(hit, sense.country, sense.kind, DATELINE, actor=False)
    if sense.kind in _TOWNS:
        return _town(context, hit, sense, following)
    if sense.kind in (Kind.LEADER, Kind.KNOWN_SURNAME) and _OF_A_BLOC.search(
        text, max(0, hit.start - 45), hit.start
    ):
        return None
    if sense.kind is Kind.ADJECTIVE and _is_language(context, hit, following):
        return None
    if sense.kind is Kind.KNOWN_SURNAME and _is_anothers_name(context, hit, following):
        return None
    if sense.kind is Kind.SURNAME:
        return Reading(hit, sense.country, sense.kind, 0.0, actor=False)  # until somebody bears it
    weight, actor = WEIGHT[sense.kind], True
    if sense.kind in (Kind.DIVISION, Kind.ABBREVIATION, Kind.BEARER):
        actor = False
    elif following in ("based", "born") or following.lower() in known.currency:
        weight, actor = PASSING if following.lower() in known.currency else CULTURE * weight, False
    elif sense.kind is Kind.ADJECTIVE and following.lower() in known.culture:
        weight, actor = CULTURE * weight, False
    elif sense.kind in (Kind.ADJECTIVE, Kind.PEOPLE) and _is_foreign_touch(context, sense):
        weight, actor = CULTURE * weight, False
    elif sense.kind is Kind.CAPITAL and hit.phrase in SEATS and _seat_of_a_bloc(context, sense):
        weight, actor = PASSING, False
    elif sense.kind is Kind.NAME and _IN_PASSING.search(text, max(0, hit.start - 16), hit.start):
        weight = CULTURE * weight
    elif sense.kind is Kind.CAPITAL and following.lower() in known.agreement:
        weight, actor = PASSING, False
    elif sense.kind is Kind.CAPITAL:
        actor = not _has_place_before(context, hit)
        weight = weight if actor else 0.8 * weight
    return Reading(hit, sense.country, sense.kind, weight, actor)


SEATS: Final = frozenset({"Brussels"})
"""Capitals that also stand for a bloc that sits there."""

_BLOC_WORDS: Final = re.compile(
    r"\b(?:EU|E\.U\.|EC|EEC|NATO|European (?:Union|Commission|Community|Council|Parliament))\b"
)
_IN_PASSING: Final = re.compile(r"\b(?:such as|[Aa]mbassador to|[Ee]nvoy to) \Z")


def _seat_of_a_bloc(context: _Text, sense: Sense) -> bool:
    """Whether the capital stands for the bloc: its country is not named, the bloc is."""
    if context.evidence.support.get(sense.country, 0.0) > context.full.count("Brussels"):
        return False
    return _BLOC_WORDS.search(context.full) is not None


_OF_A_BLOC: Final = re.compile(
    r"\b(?:NATO|Nato|U\.N\.|UN|EU|E\.U\.|IMF|OPEC|European (?:Union|Commission|Council|Central Bank)"
    r"|World Bank|United Nations) (?:[Cc]hief|[Ss]ecretary[- ][Gg]eneral|[Pp]resident|[Cc]ommissioner"
    r"|foreign policy chief|envoy|[Mm]anaging [Dd]irector) \Z"
)
"""An office of a bloc: who holds it speaks for no country."""

_LANGUAGE_BEFORE: Final = re.compile(
    r"\b(?:in|into|speaks?|spoke|spoken) (?:[A-Z][a-z]+(?:, | and | or |, and ))*\Z"
)
_AFTER_LANGUAGE: Final = frozenset(
    "and or instead by since all on for at with as to but when because in is was the he she they who".split()
)


def _is_language(context: _Text, hit: Hit, following: str) -> bool:
    """Whether an adjective names a language: "issued in English, Arabic and French"."""
    text = context.full
    ends = text[hit.end : hit.end + 1] in set('.,;:)"”') or hit.end >= len(text)
    if not ends and following.lower() not in _AFTER_LANGUAGE:
        return False
    return _LANGUAGE_BEFORE.search(text, max(0, hit.start - 50), hit.start) is not None


def _is_foreign_touch(context: _Text, sense: Sense) -> bool:
    """Whether a people's name in a local story of another country is only colour."""
    local = max((v for c, v in context.evidence.local.items() if c != sense.country), default=0.0)
    return len(context.evidence.support) <= 1 and local >= LOCAL_STORY


def _town(context: _Text, hit: Hit, sense: Sense, following: str) -> Reading | None:
    """A town needs something to show that it is one: a preposition, size, a facility after it."""
    evidence = context.evidence
    placed = _has_place_before(context, hit)
    shown = placed or following.lower() in context.words.facility
    local = evidence.local.get(sense.country, 0.0) + evidence.support.get(sense.country, 0.0)
    capitalised = following[:1].isupper() and following.lower() not in context.words.organisation
    if sense.kind is Kind.WEAK_TOWN:
        believable = shown and (local >= LOCAL_STORY or (placed and sense.size >= BIG_TOWN))
        if not believable or (capitalised and not placed):
            return None
    elif not shown and sense.size < BIG_TOWN and local < LOCAL_STORY:
        return None
    elif capitalised and not shown and not hit.capitals and not _in_headline(context, hit):
        return None
    weight = WEIGHT[sense.kind]
    if local < LONE and sense.size < BIG_TOWN:
        weight *= CULTURE
    return Reading(hit, sense.country, sense.kind, weight, actor=False)


def _is_anothers_name(context: _Text, hit: Hit, following: str) -> bool:
    """Whether a known surname is part of somebody else's name: "Genetta Reeves"."""
    if hit.capitals or _in_headline(context, hit):
        return False
    previous = words.before(context.full, hit.start)
    if previous[:1].isupper() and previous in context.words.given_names - _TITLE_BEFORE_NAME:
        return True
    gap = context.full[hit.end : hit.end + 1]
    return (
        gap == " "
        and following[:1].isupper()
        and following.lower() not in context.words.organisation
    )


def _likeliest(context: _Text, hit: Hit, following: str) -> Sense:
    """The reading that prior and evidence favour; the earlier one of two equal ones."""
    senses = hit.senses
    if len(senses) == 1 or len({sense.country for sense in senses}) == 1:
        return senses[0]
    return max(senses, key=lambda sense: _score(context, hit, sense, following.lower()))


def _score(context: _Text, hit: Hit, sense: Sense, following: str) -> float:
    evidence = context.evidence
    if sense.kind in _TOWNS:
        prior = _TOWN_PRIOR * sense.size if sense.kind is Kind.TOWN else _WEAK_PRIOR
        prior += FACILITY_AFTER * (following in context.words.facility)
        prior += PROVINCIAL * evidence.is_provincial(sense.country)
        return prior + min(_MOST, evidence.local.get(sense.country, 0.0))
    if sense.kind is Kind.DIVISION:
        named = following in context.words.state or _COUNTY_BEFORE.search(
            context.full, max(0, hit.start - 10), hit.start
        )
        prior = _PRIOR[sense.kind] + 2 * bool(named)
        return prior + min(_MOST, evidence.local.get(sense.country, 0.0))
    return _PRIOR.get(sense.kind, 1.0) + min(_MOST, evidence.world(sense.country))


def _as_division(hit: Hit) -> Hit:
    """`hit` read as a state because a town of the state stands before it: Athens, Georgia."""
    senses = tuple(s for s in hit.senses if s.kind in (Kind.DIVISION, Kind.ABBREVIATION))
    return Hit(hit.start, hit.end, hit.phrase, senses, hit.capitals)


def _tied(text: str, hit: Hit, follower: Hit | None) -> Sense | None:
    """What the name after a comma, or after "in", makes of the place before it."""
    if follower is None or follower.start - hit.end > _TIE_REACH:
        return None
    if not any(sense.kind in _NAMELIKE or sense.kind is Kind.SURNAME for sense in hit.senses):
        return None
    between = text[hit.end : follower.start]
    if _IN.fullmatch(between):
        return next(
            (
                sense
                for sense in follower.senses
                for mine in hit.senses
                if sense.kind is Kind.NAME
                and mine.country == sense.country
                and mine.kind in _PLACES
            ),
            None,
        )
    if not _COMMA.match(between):
        return None
    for sense in follower.senses:
        if sense.kind in (Kind.ABBREVIATION, Kind.DIVISION):
            mine = [s for s in hit.senses if s.country == sense.country]
            if any(s.kind in (Kind.NAME, Kind.DIVISION) for s in mine):
                return None  # a list: "Georgia, Texas and Ohio"
            if mine or hit.senses[0].kind is not Kind.NAME or sense.kind is Kind.ABBREVIATION:
                return sense
        if sense.kind is Kind.NAME and hit.senses[0].kind in _TOWNS:
            return sense
    return None


def _is_person(context: _Text, hit: Hit) -> bool:
    """Whether a name of a place is part of a person's: Michael Jordan, Chad Kelly, Mr. London."""
    if " " in hit.phrase or hit.capitals or hit.senses[0].kind not in _NAMELIKE:
        if hit.senses[0].kind not in (Kind.ADJECTIVE, Kind.PEOPLE) or " " in hit.phrase:
            return False
    text, known = context.full, context.words
    previous = words.before(text, hit.start)
    if previous in known.given_names or previous in _TITLE_BEFORE_NAME:
        return True
    if text.startswith(", who ", hit.end) and hit.senses[0].kind is Kind.NAME:
        return True
    if hit.phrase not in known.given or _in_headline(context, hit):
        return False
    match = _NEXT_NAME.match(text, hit.end, hit.end + 30)
    if not match or match[1].lower() in known.organisation:
        return False
    return previous.lower() not in known.locative and previous.lower() not in {"to", "from", "of"}


_NEXT_NAME: Final = re.compile(r" (?:[A-Z]\. |(?:le|de|la|van|du) )?([A-Z][a-z’']+)")


def _has_place_before(context: _Text, hit: Hit) -> bool:
    """Whether a preposition makes it the place where something happens, or a way to there."""
    previous, earlier = words.two_before(context.full, hit.start)
    if previous.lower() in context.words.locative:
        return True
    return previous in ("to", "from", "for") and earlier.lower() in context.words.motion


def _in_headline(context: _Text, hit: Hit) -> bool:
    return any(start <= hit.start < end for start, end in context.headlines)
