"""People who speak for a country: introduced once by office or name, known from then on."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, NamedTuple, Self, TypeGuard

from service.enrichment.countries import names
from service.enrichment.countries.gazetteer import Kind
from service.enrichment.countries.officers import NOBODY, Officers
from service.enrichment.countries.reading import DATELINE, Reading
from service.enrichment.countries.stretches import Stretches
from service.enrichment.values import Document

MAX_PEOPLE: Final = 40
"""People followed through one article; more are a list of names."""

REACH: Final = 90
"""Characters after a country in which its office and the holder's name may stand."""

APPOSITION_REACH: Final = 60
"""Characters before a country in which the name may stand: "X, the Vietnamese premier"."""

SHORTEST_SHOUTED: Final = 3
"""Letters above which a name is looked for in capitals too, as headlines have it."""

LONGEST_JOINED: Final = 25
"""Characters of a name that a hyphen joins to another one."""

_HOMES: Final = frozenset({Kind.NAME, Kind.ADJECTIVE, Kind.GOVERNMENT, Kind.FORCES, Kind.CAPITAL})
_LEADERS: Final = frozenset({Kind.LEADER, Kind.KNOWN_SURNAME, Kind.SURNAME})
_WORD_BEFORE: Final = re.compile(r"(?<![\w-])(\w+)-\Z")
_WORD_AFTER: Final = re.compile(r"-(\w+)(?![\w-])")
_APOSTROPHES: Final = frozenset("'’")
_OF: Final = (" of ", " of the ")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who speaks for a country in this article.

    Attributes:
        country: alpha-3, "" of who speaks for a bloc.
        names: the forms by which the article may call them.
        office: lower-case, "" where the article names none.
    """

    country: str
    names: tuple[str, ...]
    office: str

    @classmethod
    def called(cls, country: str, name: str, office: str) -> Self:
        """Whoever an article calls `name`, and by short forms of it."""
        return cls(country, (name, *names.short_forms(name, country)), office)


class Phrase(NamedTuple):
    """A phrase that stands for a country through a person; for none if `country` is ""."""

    start: int
    end: int
    country: str
    office: str = ""


Introduction = tuple[Phrase, Person | None]


def find(
    document: Document,
    readings: Sequence[Reading],
    *,
    headlines: Stretches,
    officers: Officers = NOBODY,
) -> tuple[list[Phrase], list[Person]]:
    """Phrases that name somebody who speaks for a country, and who these people are.

    Args:
        document: the article.
        readings: its phrases read in context, in order.
        headlines: stretches where capitals tell nothing; only known names are taken there.
        officers: who speaks for a bloc; they are among the people returned, with no country.
    """
    text = document.full
    phrases: list[Phrase] = []
    people: list[Person] = []
    countries = frozenset(r.hit.start for r in readings if r.kind not in _LEADERS)
    for index, reading in enumerate(readings):
        follower = readings[index + 1] if index + 1 < len(readings) else None
        introduced = _introduced(text, reading, follower, headlines)
        if officers.forms:
            introduced = _without_officers(text, reading, introduced, officers)
        for phrase, person in introduced:
            if phrase.start in countries and phrase.start != reading.hit.start and person:
                continue  # "missiles at Syria, the Russian prime minister said": nobody's name
            phrases.append(phrase)
            if person:
                people.append(person)
        if len(people) >= MAX_PEOPLE:
            break
    people += [Person("", forms, "") for forms in officers.forms]
    return phrases, people


def _without_officers(
    text: str, reading: Reading, introduced: Iterable[Introduction], officers: Officers
) -> Iterator[Introduction]:
    """Whom a country introduces; for none where it is a bloc's officer by a former office."""
    start = reading.hit.start
    match = names.patterns().formerly.search(text, max(0, start - APPOSITION_REACH), start)
    former = match is not None and officers.have(names.ends_of(match["name"]))
    for phrase, person in introduced:
        former = former or (person is not None and officers.have(person.names))
        yield (phrase._replace(country=""), None) if former else (phrase, person)


def _introduced(
    text: str,
    reading: Reading,
    follower: Reading | None,
    headlines: Stretches,
) -> Iterator[Introduction]:
    if reading.kind in _LEADERS:
        yield from _leader(text, reading)
    elif reading.weight > 0 and reading.kind in _HOMES:
        start = reading.hit.end
        match = None
        if names.may_hold_office(text, start):
            patterns, bare = names.patterns(), _is_bare(text, reading)
            pattern = patterns.after_bare if bare else patterns.after
            match = pattern.match(text, start, _limit(text, start, follower))
        if match and not _is_its_own(text, reading, follower, match, bare=bare):
            return
        if match:
            headline = headlines.holds(reading.hit.start)
            yield from _office_holder(text, reading, follower, match, headline=headline)
        elif reading.kind is Kind.NAME and text.endswith(_OF, 0, reading.hit.start):
            yield from _holder_of(text, reading)


def _is_bare(text: str, reading: Reading) -> bool:
    """Whether a country seldom qualifies what follows it, as "Iran's" and "U.S." do."""
    hit = reading.hit
    if hit.phrase.isupper() or text[hit.end : hit.end + 1] in _APOSTROPHES:
        return False
    return all(sense.kind is not Kind.ADJECTIVE for sense in hit.senses)  # Saudi, Hong Kong


def _is_its_own(
    text: str, reading: Reading, follower: Reading | None, match: re.Match[str], *, bare: bool
) -> bool:
    """Whether the office behind a country is that country's."""
    between = match["between"].strip("'’s ")
    if between.startswith("-") and not (match["name"] and reading.weight == DATELINE):
        return False
    if "," in between and not (match["name"] and text.startswith(",", match.end())):
        return False  # "Turkish waters, Premier X said", but "the Iraqi army, General X, said"
    if not _is_known(follower, match) or follower.country == reading.country:
        return True
    # Right after a country it is that country's, whoever else is called so: "Governor Mark Carney".
    return follower.kind is Kind.SURNAME or not (between or (bare and reading.kind is Kind.NAME))


def _is_known(follower: Reading | None, match: re.Match[str]) -> TypeGuard[Reading]:
    """Whether a leader's name stands right behind the office."""
    return (
        follower is not None
        and follower.kind in _LEADERS
        and follower.hit.start == match.end("office") + 1
    )


def _leader(text: str, reading: Reading) -> Iterator[Introduction]:
    """Somebody whom the gazetteer knows, with the office before the name."""
    hit = reading.hit
    office = names.office_before(text, hit.start)
    if reading.kind is Kind.SURNAME and (
        office not in names.high_offices() or re.match(r" [A-Z]", text[hit.end : hit.end + 2])
    ):
        return
    forms = names.known_forms(hit.phrase, reading.country)
    start = hit.start - len(office) - 1 if office else hit.start
    yield (
        Phrase(start, hit.end, reading.country, office),
        Person(reading.country, forms, office),
    )


def _office_holder(
    text: str,
    reading: Reading,
    follower: Reading | None,
    match: re.Match[str],
    *,
    headline: bool,
) -> Iterator[Introduction]:
    """An office after a country, with the holder's name behind it or before the country."""
    hit, office = reading.hit, match["office"].lower()
    first = match.start("office") if match["between"].startswith(" -") else hit.start
    start, end = match.span("name") if match["name"] else (match.end(), match.end())
    known = _is_known(follower, match)
    if known and follower:
        start, end = follower.hit.start, follower.hit.end
    name = names.trimmed(text[start:end])
    if name and (known or not headline):
        # A post abroad may stand between: "the Russian envoy to Moldova, Oleg Vasnetsov".
        abroad = start > match.end("office") + len(", ")
        begin = start if abroad else first
        yield (
            Phrase(begin, start + len(name), reading.country, office),
            Person.called(reading.country, name, office),
        )
        return
    yield from _in_apposition(text, hit.start, reading.country, office)
    yield Phrase(first, match.end("office"), reading.country, office), None


def _holder_of(text: str, reading: Reading) -> Iterator[Introduction]:
    """An office before "of" and a country, with the holder's name after it or before it."""
    start = reading.hit.start
    reach = max(0, start - REACH)
    if not names.may_have_held_office(text, reach, start):
        return
    match = names.patterns().before_of.search(text, reach, start)
    if not match:
        return
    office, name = match["office"].lower(), names.trimmed(match["name"] or "")
    person = Person.called(reading.country, name, office) if name else None
    if not name:
        yield from _in_apposition(text, match.start(), reading.country, office)
    yield Phrase(match.start(), reading.hit.end, reading.country, office), person


def _in_apposition(text: str, start: int, country: str, office: str) -> Iterator[Introduction]:
    match = names.patterns().apposition.search(text, max(0, start - APPOSITION_REACH), start)
    if match and names.trimmed(match["name"]) == match["name"]:
        phrase = Phrase(match.start("name"), match.end("name"), country, office)
        yield phrase, Person.called(country, match["name"], office)


def _limit(text: str, start: int, follower: Reading | None) -> int:
    """How far office and name may reach: to the next phrase that is nobody's name."""
    end = min(len(text), start + REACH)
    if follower is None or follower.kind in _LEADERS:
        return end
    if text[follower.hit.start - 4 : follower.hit.start] in (" to ", " in ", "the "):
        return end
    return min(end, max(start, follower.hit.start - 1))


def occurrences(text: str, people: Sequence[Person], taken: AbstractSet[str]) -> list[Phrase]:
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
    forms = sorted((name for name, owner in owners.items() if owner), key=len, reverse=True)
    found = []
    for form in forms:
        owner = owners[form]
        if owner:
            for start, end in _whole_words(text, form, owners):
                found.append(Phrase(start, end, owner.country, owner.office))
    return found


def _whole_words(
    text: str, form: str, owners: Mapping[str, Person | None]
) -> Iterator[tuple[int, int]]:
    start = text.find(form)
    while start >= 0:
        end = start + len(form)
        before, after = text[start - 1 : start] if start else "", text[end : end + 1]
        if not (before.isalnum() or after.isalnum() or before == "_" or after == "_") and (
            "-" not in (before, after) or _is_of_a_pair(text, start, end, owners)
        ):
            yield start, end
        start = text.find(form, end)


def _is_of_a_pair(text: str, start: int, end: int, owners: Mapping[str, Person | None]) -> bool:
    """Whether a hyphen joins a name to another of the `owners`: a Modi-Sharif meeting."""
    before = _WORD_BEFORE.search(text, max(0, start - LONGEST_JOINED), start)
    after = _WORD_AFTER.match(text, end, end + LONGEST_JOINED)
    joined = [match[1] for match in (before, after) if match]
    return len(joined) == 1 and owners.get(joined[0]) is not None
