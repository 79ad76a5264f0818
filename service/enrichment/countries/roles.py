"""How much a phrase counts once its country is known, and whether it can act."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from service.enrichment.countries import namesakes
from service.enrichment.countries.evidence import Evidence
from service.enrichment.countries.gazetteer import Kind, Sense
from service.enrichment.countries.matching import Hit
from service.enrichment.countries.reading import DATELINE, TOWNS, WEIGHT, Context, Reading

PASSING: Final = 0.15
"""Weight of a currency's adjective, and of a capital in the name of a treaty."""

CULTURE: Final = 0.55
"""Factor for an adjective before what does not act: Japanese restaurants, an Italian striker."""

VENUE: Final = 0.8
"""Factor for a capital where something happens."""

BIG_TOWN: Final = 11
"""Size (300,000 inhabitants) from which a town needs no preposition before it."""

LONE: Final = 0.8
"""Evidence below which a town's country has little but this one name."""

LOCAL_STORY: Final = 1.5
"""Local evidence that makes a weak town's name believable."""

_NEVER_ACT: Final = frozenset({Kind.DIVISION, Kind.ABBREVIATION, Kind.BEARER})
_BLOC_WORDS: Final = re.compile(
    r"\b(?:EU|E\.U\.|EC|EEC|NATO|European (?:Union|Commission|Community|Council|Parliament))\b"
)
_COURT_WORDS: Final = re.compile(
    r"\b(?:ICC|ICJ|I\.C\.C\.|International (?:Criminal )?Court|Court of (?:Justice|Arbitration)"
    r"|[Tt]ribunals?|war crimes|Europol|OPCW"
    r"|(?:[Cc]ourt|[Jj]udges|[Aa]rbitrators|[Tt]rial|[Ww]arrant) (?:in|at|of|from) [Tt]he Hague)\b"
)
_AGENCY_WORDS: Final = re.compile(r"\b(?:IAEA|Atomic Energy Agency|OPEC|Opec|OSCE)\b")
SEATS: Final = {
    "Brussels": _BLOC_WORDS,
    "The Hague": _COURT_WORDS,
    "the Hague": _COURT_WORDS,
    "Vienna": _AGENCY_WORDS,
}
"""Capitals that also stand for a bloc or a court that sits there, and the words that name it."""

_HOSTS: Final = frozenset({"Vienna"})
"""Those of `SEATS` that never stand for who sits there; only "officials in Vienna" may be its."""

_IN_PASSING: Final = re.compile(r"\b(?:such as|[Aa]mbassador to|[Ee]nvoy to) \Z")
_LANGUAGE_BEFORE: Final = re.compile(
    r"\b(?:in|into|speaks?|spoke|spoken) (?:[A-Z][a-z]+(?:, | and | or |, and ))*\Z"
)
_SITS: Final = re.compile(
    r"\b(?:[Cc]ourts?|[Jj]udges?|[Pp]olice|[Pp]rosecutors|[Aa]uthorities|[Oo]fficials|[Gg]overnment"
    r"|[Pp]arliament|[Ll]awmakers) in (?:the (?:[A-Z]?\w+ )?(?:capital|city|town),? (?:of )?)?\Z"
)
"""A body of the state, and where it sits: a court in Istanbul acts for its country."""
_HAGUE_COURT: Final = re.compile(
    r"\b(?:the court|[Jj]udges|[Tt]ribunal|[Aa]rbitrators) (?:in|at|of) \Z"
)
_GUESTS: Final = {
    "The Hague": re.compile(
        r"\b(?:the court|[Jj]udges|[Tt]ribunal|[Aa]rbitrators) (?:in|at|of) \Z"
    ),
    "Strasbourg": re.compile(r"\b(?:[Cc]ourt|[Jj]udges|[Pp]arliament|[Ll]awmakers) in \Z"),
    "Geneva": re.compile(r"\b[Oo]fficials in \Z"),
}
"""Who sits in a town and is none of its country's."""
_VISITED: Final = re.compile(
    r"\b(?:visits?|visited|visiting|trips?|envoys?|ambassador|delegations?) to \Z"
)
"""Before a capital that is visited as the seat of its government."""
_BEFORE_REACH: Final = 50
"""Characters before a phrase that a pattern may need."""


def seats_of_blocs(hits: Sequence[Hit], evidence: Evidence, text: str) -> frozenset[str]:
    """The capitals whose country is not named otherwise, but who else sits there is.

    Asked once for a document: each answer takes a search through the whole text.
    """
    countries = {
        hit.phrase: sense.country
        for hit in hits
        if hit.phrase in SEATS
        for sense in hit.senses
        if sense.kind is Kind.CAPITAL
    }
    count = Counter(countries.get(hit.phrase) for hit in hits)
    alone = [
        phrase
        for phrase, country in countries.items()
        if evidence.support.get(country, 0.0) <= count[country]
    ]
    return frozenset(phrase for phrase in alone if SEATS[phrase].search(text))


def judge(context: Context, hit: Hit, sense: Sense, following: str) -> Reading | None:
    """The reading of `hit` as `sense`, None where it means no country after all.

    Args:
        context: the document.
        hit: the phrase.
        sense: the likeliest of its readings.
        following: the word after it.
    """
    if context.datelines.holds(hit.start):
        return Reading(hit, sense.country, sense.kind, DATELINE, actor=False)
    if sense.kind in TOWNS:
        return _town(context, hit, sense, following)
    if sense.kind is Kind.SURNAME_AT_HOME:
        named = context.evidence.own(sense.country) > 0
        kind = Kind.KNOWN_SURNAME if named else Kind.SURNAME
        sense = Sense(sense.country, kind)
    if _means_none(context, hit, sense, following):
        return None
    if sense.kind is Kind.SURNAME:
        return Reading(hit, sense.country, sense.kind, 0.0, actor=False)  # until somebody bears it
    if sense.kind is Kind.CAPITAL:
        factor, actor = _capital(context, hit, following)
    elif sense.kind in (Kind.ADJECTIVE, Kind.PEOPLE):
        factor, actor = _demonym(context, sense, following)
    else:
        factor, actor = _other(context, hit, sense, following)
    return Reading(hit, sense.country, sense.kind, WEIGHT[sense.kind] * factor, actor)


def _means_none(context: Context, hit: Hit, sense: Sense, following: str) -> bool:
    """Whether it is a language, or somebody else of a leader's surname."""
    if sense.kind is Kind.KNOWN_SURNAME:
        return namesakes.is_anothers(context, hit, following)
    return sense.kind is Kind.ADJECTIVE and _is_language(context, hit, following)


def _capital(context: Context, hit: Hit, following: str) -> tuple[float, bool]:
    if following.lower() in context.words.agreement:
        return PASSING, False
    seat = hit.phrase in context.seats
    if seat and hit.phrase not in _HOSTS:
        return PASSING, False
    if following == "based":
        return CULTURE, False
    if not context.is_placed(hit) or _follows(context, hit, _VISITED):
        return 1.0, True
    return VENUE, not seat and _sits(context, hit)


def _sits(context: Context, hit: Hit) -> bool:
    """Whether a body of the state sits in the town, and not one of many states."""
    guest = _GUESTS.get(hit.phrase)
    return _follows(context, hit, _SITS) and not (guest and _follows(context, hit, guest))


def _follows(context: Context, hit: Hit, pattern: re.Pattern[str]) -> bool:
    """Whether `pattern` stands right before `hit`."""
    return bool(pattern.search(context.full, max(0, hit.start - _BEFORE_REACH), hit.start))


def _demonym(context: Context, sense: Sense, following: str) -> tuple[float, bool]:
    if following.lower() in context.words.currency:
        return PASSING, False
    if following in ("based", "born") or _is_foreign_touch(context, sense):
        return CULTURE, False
    if sense.kind is Kind.ADJECTIVE and following.lower() in context.words.culture:
        return CULTURE, False
    return 1.0, True


def _other(context: Context, hit: Hit, sense: Sense, following: str) -> tuple[float, bool]:
    if sense.kind in _NEVER_ACT:
        return 1.0, False
    if following.lower() in context.words.currency:
        return PASSING, False
    if following == "based":
        return CULTURE, False
    if sense.kind is Kind.NAME and _follows(context, hit, _IN_PASSING):
        return CULTURE, True
    return 1.0, True


def _town(context: Context, hit: Hit, sense: Sense, following: str) -> Reading | None:
    """A town needs something to show that it is one: a preposition, size, a facility after it."""
    evidence = context.evidence
    placed = context.is_placed(hit)
    shown = placed or following.lower() in context.words.facility
    local = evidence.local.get(sense.country, 0.0) + evidence.support.get(sense.country, 0.0)
    capitalised = following[:1].isupper() and following.lower() not in context.words.organisation
    big = sense.size >= BIG_TOWN
    if sense.kind is Kind.WEAK_TOWN:
        believable = shown and (local >= LOCAL_STORY or (placed and big))
        if not believable or (capitalised and not placed):
            return None
    elif not shown:
        if not big and local < LOCAL_STORY:
            return None
        if capitalised and not hit.capitals and not context.in_headline(hit.start):
            return None
    factor = CULTURE if local < LONE and not big else 1.0
    acts = _sits(context, hit)
    return Reading(hit, sense.country, sense.kind, WEIGHT[sense.kind] * factor, acts)


def _is_language(context: Context, hit: Hit, following: str) -> bool:
    """Whether an adjective names a language: "issued in English, Arabic and French"."""
    text = context.full
    ends = hit.end >= len(text) or text[hit.end] in '.,;:)"”'
    if not ends and following.lower() not in context.words.after_language:
        return False
    return _follows(context, hit, _LANGUAGE_BEFORE)


def _is_foreign_touch(context: Context, sense: Sense) -> bool:
    """Whether a people's name in a local story of another country is only colour."""
    local = max((v for c, v in context.evidence.local.items() if c != sense.country), default=0.0)
    return len(context.evidence.support) <= 1 and local >= LOCAL_STORY
