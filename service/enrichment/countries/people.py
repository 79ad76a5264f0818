"""People who speak for a country: introduced once by office or name, known from then on."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from service.enrichment.countries import words
from service.enrichment.countries.disambiguation import Reading
from service.enrichment.countries.gazetteer import Kind
from service.enrichment.values import Document

MAX_PEOPLE: Final = 40
"""People followed through one article; more are a list of names."""

FAMILY_NAME_FIRST: Final = frozenset(
    {"CHN", "KOR", "PRK", "TWN", "HKG", "MAC", "VNM", "KHM", "MMR", "SGP"}
)
"""Countries whose people news calls by the first part of their name, or by either."""

GIVEN_NAME_LAST: Final = frozenset({"VNM", "KHM"})
"""Countries whose people news calls by the last part although the family name comes first."""

EITHER_NAME: Final = frozenset({"MYS", "IDN", "ETH", "ERI", "ISL", "THA", "BGD", "PAK", "AFG"})
"""Countries without family names, or whose people news calls by the first name as well."""

_PARTICLES: Final = "de|da|do|dos|del|della|der|den|di|du|la|le|van|von|bin|ibn|al|el|ul|ten|ter|zu"
_NAME: Final = (
    rf"(?:[A-Z][\w'’-]*[\w](?:\.(?= ))?|[A-Z]\.)(?: (?:(?:{_PARTICLES})(?= [A-Z])|(?:al|el|ul|bin)-[A-Z][\w'’-]+"
    rf"|[A-Z]\.(?:[A-Z]\.)?|[A-Z][\w'’-]*\w)){{0,3}}"
)
_MODIFIER: Final = (
    r"(?:(?!(?:and|or|to|with|of|in|for|by|said|says|that|from|on|at|as|is|was|are|were|but|which|who|has"
    r"|have|had|will|would|against|told|over|than|the|a)\b)[\w&-]+,? ){0,3}?"
)
_NO_NAMES: Final = frozenset(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July "
    "August September October November December The A An In On At He She It They We I But And His Her Its "
    "Their This That Today Minister Ministry President Prime Foreign Finance Trade Defence Defense House "
    "State Council Office Department Government Party Parliament".split()
)
_BARE_HIGH: Final = re.compile(
    r"\b(?:(?:Prime|Foreign|Finance|Trade|Defence|Defense|Interior|Energy|Oil|Agriculture|Economy|Industry"
    r"|Farm|Justice|Planning|Transport|Commerce) Minister|President|Premier|Chancellor|Crown Prince"
    rf"|Ambassador) ({_NAME})"
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who speaks for a country in this article.

    Attributes:
        country: alpha-3.
        names: the forms by which the article may call them.
        office: lower-case, "" where the article names none.
    """

    country: str
    names: tuple[str, ...]
    office: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase that stands for a country through a person."""

    start: int
    end: int
    country: str
    office: str = ""


@cache
def _offices() -> str:
    offices = sorted(words.tables()["people"]["offices"].split("|"), key=len, reverse=True)
    return "|".join(map(re.escape, offices))


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Office and name after a country; office (and name) before "of"."""
    offices = _offices()
    return (
        re.compile(
            rf"(?:['’]s?)?[ ](?:{_MODIFIER})((?i:{offices}))\b"
            rf"(?: (?:to|in|at) (?:the )?[A-Z][\w.]*(?: [A-Z]\w+)?(?=, [A-Z]))?(?:(?:, | )({_NAME}))?"
        ),
        re.compile(rf"\b((?i:{offices}))(?: ({_NAME}))? of (?:the )?\Z"),
    )


_APPOSITION: Final = re.compile(rf"({_NAME}), (?:the |who is |then |his |her |their )?\Z")
_REACH: Final = 90


def find(
    document: Document, readings: Sequence[Reading], *, headlines: Sequence[tuple[int, int]]
) -> tuple[list[Phrase], list[Person]]:
    """Phrases that name somebody who speaks for a country, and who these people are.

    Args:
        document: the article.
        readings: its phrases read in context, in order.
        headlines: stretches where capitals tell nothing; only known names are taken there.
    """
    text = document.full
    phrases: list[Phrase] = []
    people: list[Person] = []
    for index, reading in enumerate(readings):
        follower = readings[index + 1] if index + 1 < len(readings) else None
        headline = any(start <= reading.hit.start < end for start, end in headlines)
        for phrase, person in _introduced(text, reading, follower, headline=headline):
            phrases.append(phrase)
            if person:
                people.append(person)
        if len(people) >= MAX_PEOPLE:
            break
    return phrases, people


def _introduced(
    text: str, reading: Reading, follower: Reading | None, *, headline: bool
) -> Iterator[tuple[Phrase, Person | None]]:
    hit = reading.hit
    if reading.kind in (Kind.LEADER, Kind.KNOWN_SURNAME, Kind.SURNAME):
        office = _office_before(text, hit.start)
        if reading.kind is Kind.SURNAME and (
            office not in _HIGH or re.match(r" [A-Z]", text[hit.end : hit.end + 2])
        ):
            return
        names = _known_forms(hit.phrase, reading.country)
        start = hit.start - len(office) - 1 if office else hit.start
        phrase = Phrase(start, hit.end, reading.country, office)
        yield phrase, Person(reading.country, names, office)
        return
    if reading.weight <= 0 or reading.kind not in _HOMES:
        return
    after = _patterns()[0].match(text, hit.end, _limit(text, hit.end, follower))
    if after:
        office = after[1].lower()
        start, end = after.span(2) if after[2] else (after.end(), after.end())
        if follower is not None and follower.hit.start == after.end(1) + 1:
            if follower.kind in (Kind.LEADER, Kind.KNOWN_SURNAME, Kind.SURNAME):
                start, end = follower.hit.start, follower.hit.end
        name = _trimmed(text[start:end])
        if name and start > after.end(1) + 2:  # a post abroad stands between: envoy to Moldova, X
            person = Person(reading.country, (name, *_short_forms(name, reading.country)), office)
            yield Phrase(start, start + len(name), reading.country, office), person
            return
        if name and not (headline and follower is None):
            person = Person(reading.country, (name, *_short_forms(name, reading.country)), office)
            yield Phrase(hit.start, start + len(name), reading.country, office), person
            return
        introduced = _APPOSITION.search(text, max(0, hit.start - 60), hit.start)
        if introduced and (name := introduced[1]) and name.split()[0] not in _NO_NAMES:
            person = Person(reading.country, (name, *_short_forms(name, reading.country)), office)
            yield Phrase(introduced.start(1), introduced.end(1), reading.country, office), person
        yield Phrase(hit.start, after.end(1), reading.country, office), None
        return
    if reading.kind is Kind.NAME and text[max(0, hit.start - 8) : hit.start].rstrip().endswith(
        ("of", "of the")
    ):
        before = _patterns()[1].search(text, max(0, hit.start - _REACH), hit.start)
        if before:
            office, name = before[1].lower(), _trimmed(before[2] or "")
            person = None
            introduced = _APPOSITION.search(text, max(0, before.start() - 60), before.start())
            if introduced and not name and introduced[1].split()[0] not in _NO_NAMES:
                called = introduced[1]
                yield (
                    Phrase(introduced.start(1), introduced.end(1), reading.country, office),
                    Person(
                        reading.country, (called, *_short_forms(called, reading.country)), office
                    ),
                )
            if name:
                person = Person(
                    reading.country, (name, *_short_forms(name, reading.country)), office
                )
            yield Phrase(before.start(), hit.end, reading.country, office), person


def _office_before(text: str, start: int) -> str:
    """The office right before `start`, in small letters, or ""."""
    if text[start - 1 : start] != " ":
        return ""
    last = text[max(0, start - _LONGEST_OFFICE) : start - 1].split(" ")[-4:]
    for index in range(len(last)):
        office = " ".join(last[index:]).lower()
        if office in _office_set():
            return office
    return ""


@cache
def _office_set() -> frozenset[str]:
    return frozenset(words.tables()["people"]["offices"].split("|"))


_LONGEST_OFFICE: Final = 40
_HOMES: Final = frozenset({Kind.NAME, Kind.ADJECTIVE, Kind.GOVERNMENT, Kind.FORCES, Kind.CAPITAL})


_HIGH: Final = frozenset(
    "president|prime minister|premier|chancellor|foreign minister|secretary of state|king|queen"
    "|defence minister|defense minister|finance minister|treasury secretary|vice president|leader".split(
        "|"
    )
)
"""Offices before which even a common surname is a known leader's: President Bush."""

_NOT_NAMES: Final = frozenset(
    "To He Ho An So Do Van Le Min Hu Xi Li Yu Yi Wu Ma Ne An Am Be My No On Or Us We Will May Major Son Long Dung "
    "Day New King Young Park Moon Sun Hong Song Win".split()
)
"""Family names and given names that are words: they need the whole name."""


def _known_forms(name: str, country: str) -> tuple[str, ...]:
    """How somebody in the gazetteer is called later; the gazetteer has the surest forms itself."""
    if country in FAMILY_NAME_FIRST:
        first = name.split(" ", 1)[0]
        return (first,) if first == "Xi" or first not in _NOT_NAMES else ()
    return _short_forms(name, country)


def _limit(text: str, start: int, follower: Reading | None) -> int:
    """How far office and name may reach: to the next phrase that is nobody's name."""
    end = min(len(text), start + _REACH)
    if follower is None or follower.kind in (Kind.LEADER, Kind.KNOWN_SURNAME, Kind.SURNAME):
        return end
    if text[follower.hit.start - 4 : follower.hit.start] in (" to ", " in ", "the "):
        return end
    return min(end, max(start, follower.hit.start - 1))


def _trimmed(name: str) -> str:
    """`name` without days, months and sentence beginnings that only look like parts of it."""
    parts = name.split(" ")
    if parts[0] in _NO_NAMES or len(parts[0]) < 2:
        return ""
    for index, part in enumerate(parts):
        if part in _NO_NAMES:
            parts = parts[:index]
            break
    return " ".join(parts).removesuffix("'s").removesuffix("’s").rstrip("'’.")


def _short_forms(name: str, country: str) -> tuple[str, ...]:
    """By what an article calls `name` later: the surname, with its particle too."""
    parts = name.split(" ")
    if len(parts) == 1:
        return (name,) if len(name) > 2 else ()
    found = []
    if country in FAMILY_NAME_FIRST:
        found.append(parts[0])
    if country not in FAMILY_NAME_FIRST or country in GIVEN_NAME_LAST:
        found.append(parts[-1])
        found.append(re.sub("^(?:[Aa]l|[Ee]l)-", "", parts[-1]))
        if country in EITHER_NAME:
            found.append(parts[0])
        if len(parts) > 2 and parts[-2].islower():
            found.append(" ".join(parts[-2:]))
    unfit = _NO_NAMES | _NOT_NAMES
    return tuple(f for f in found if len(f) > 1 and f not in unfit and not f.endswith("."))


SHORTEST_SHOUTED: Final = 3
"""Letters above which a name is looked for in capitals too, as headlines have it."""


def occurrences(text: str, people: Sequence[Person], taken: Mapping[str, object]) -> list[Phrase]:
    """Every place where `text` calls one of `people` by a name; names of two countries' are left.

    Args:
        text: `Document.full`.
        people: who was introduced.
        taken: names that mean something else in this text.
    """
    owners: dict[str, Person | None] = {}
    for person in people:
        for name in person.names:
            if name in taken or f" {name.lower()} " in text:
                continue
            if len(name) > SHORTEST_SHOUTED:
                owners.setdefault(name.upper(), person)
            known = owners.get(name, person)
            same = known is not None and known.country == person.country
            owners[name] = (known if known and known.office else person) if same else None
    names = sorted((name for name, owner in owners.items() if owner), key=len, reverse=True)
    if not names:
        return []
    pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, names))})(?![\w-])")
    found = []
    for match in pattern.finditer(text):
        owner = owners[match[0]]
        if owner:
            found.append(Phrase(match.start(), match.end(), owner.country, owner.office))
    return found
