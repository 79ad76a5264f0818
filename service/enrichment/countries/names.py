"""What people's names and offices look like, and by which part of a name news calls somebody."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from service.enrichment.countries import words

FAMILY_NAME_FIRST: Final = frozenset(
    {"CHN", "KOR", "PRK", "TWN", "HKG", "MAC", "VNM", "KHM", "MMR", "SGP"}
)
"""Countries whose people news calls by the first part of their name."""

GIVEN_NAME_LAST: Final = frozenset({"VNM", "KHM"})
"""Countries whose people news calls by the last part although the family name comes first."""

EITHER_NAME: Final = frozenset({"MYS", "IDN", "ETH", "ERI", "ISL", "THA", "BGD", "PAK", "AFG"})
"""Countries without family names, or whose people news calls by the first name as well."""

LONGEST_OFFICE: Final = 40
"""Characters."""

MODIFIERS: Final = 3
"""Words that may stand between a country and an office: "the Russian chief arms negotiator"."""

MOST_WORDS: Final = 4
"""Words of the longest office."""

PARTS_WITH_PARTICLE: Final = 3
"""Parts from which a name may hold a particle: Ursula von der Leyen."""

_PART: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Patterns:
    """Where offices and names stand; the groups are `office`, `name` and what stands `between`.

    Attributes:
        after: right after a country's adjective or possessive: "'s Prime Minister Fumio Kishida".
        after_bare: right after its bare name, which is seldom an attribute: " deputy premier".
        before_of: right before a country: "Prime Minister Fumio Kishida of ".
        apposition: right before a country: "Fumio Kishida, the ".
        formerly: likewise: "Fumio Kishida, the former ".
    """

    after: re.Pattern[str]
    after_bare: re.Pattern[str]
    before_of: re.Pattern[str]
    apposition: re.Pattern[str]
    formerly: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Parts:
    """Sources of the patterns.

    Attributes:
        name: somebody's name, in a group `name`.
        no_barrier: before a word, that it is none of those that end the search for an office.
        no_verb: likewise, that it is no verb in "-ed".
    """

    name: str
    no_barrier: str
    no_verb: str


@cache
def parts() -> Parts:
    """What the patterns are made of, from the word lists."""
    table = words.tables()["people"]
    part = r"[A-Z][\w'’-]*\w"
    name = (
        rf"(?P<name>(?:(?:{_either(table['abbreviated'])})\.(?= )|{part}|[A-Z]\.)"
        rf"(?: (?:(?:{_either(table['particles'])})(?= [A-Z])"
        rf"|(?:al|el|ul|bin)-{part}|[A-Z]\.(?:[A-Z]\.)?|{part})){{0,3}})"
    )
    barriers = _either(f"{table['barriers']} {table['verbs']}")
    return Parts(
        name,
        rf"(?!(?i:(?:{barriers})\b))",
        rf"(?!(?i:(?!(?:{_either(table['adjectival'])})\b)\w+ed\b))",
    )


@cache
def patterns() -> Patterns:
    """The patterns, made once from the word lists."""
    table = words.tables()["people"]
    by_length = sorted(table["offices"].split("|"), key=len, reverse=True)
    office = rf"(?P<office>(?i:{'|'.join(map(re.escape, by_length))}))"
    name, no_barrier, no_verb = parts().name, parts().no_barrier, parts().no_verb
    word = r"[\w&][\w&-]*"
    modifier = rf"(?:{no_barrier}{no_verb}{word},? )"
    modifiers = rf"{modifier}{{0,{MODIFIERS}}}?"
    owned = rf"['’]s? (?:{no_barrier}{word} )??{modifier}{{0,{MODIFIERS - 1}}}?"
    title = rf"(?:{no_barrier}{no_verb}(?:(?:{_either(table['titles'])})|[A-Z][\w&-]*) )"
    post = r"(?: (?:to|in|at) (?:the )?[A-Z][\w.]*(?: [A-Z]\w+)?(?=, [A-Z]))?"
    end = rf"{office}\b{post}(?:(?:, | ){name})?"
    return Patterns(
        after=re.compile(rf"(?P<between> {modifiers}|{owned}){end}"),
        after_bare=re.compile(rf"(?P<between> (?:--? (?:The )?)?{title}{{0,{MODIFIERS}}}?){end}"),
        before_of=re.compile(rf"\b{office}(?: {name})? of (?:the )?\Z"),
        apposition=re.compile(rf"{name}, (?:the |who is |then |his |her |their )?\Z"),
        formerly=re.compile(rf"{name}, (?:the |an? |who was |once )?(?:former |ex-|one-time )\Z"),
    )


def _either(listed: str) -> str:
    return listed.replace(" ", "|")


@cache
def high_offices() -> frozenset[str]:
    """Offices before which even a common surname is a known leader's."""
    return frozenset(words.tables()["people"]["high"].split("|"))


@cache
def _offices() -> frozenset[str]:
    return frozenset(words.tables()["people"]["offices"].split("|"))


@cache
def listed(key: str) -> frozenset[str]:
    """The words of a list about people in gazetteer_words.toml."""
    return frozenset(words.tables()["people"][key].split())


def may_hold_office(text: str, start: int) -> bool:
    """Whether one of the words right after `start` begins an office; saves a costly pattern."""
    following = text[start : start + LONGEST_OFFICE].lower().split(None, MODIFIERS + 2)
    return not _first_words().isdisjoint(following)


def may_have_held_office(text: str, start: int, end: int) -> bool:
    """Whether an office may begin in ``text[start:end]``; saves a costly pattern too."""
    return not _first_parts().isdisjoint(_PART.findall(text[start:end].lower()))


@cache
def _first_parts() -> frozenset[str]:
    return frozenset(_PART.findall(office)[0] for office in _offices())


@cache
def _first_words() -> frozenset[str]:
    first = {office.split(" ")[0] for office in _offices()}
    return frozenset(word + end for word in first for end in ("", ",", ".", "'s", "’s", ":", ";"))


def office_before(text: str, start: int) -> str:
    """The office right before `start`, in small letters, or ""."""
    if text[start - 1 : start] != " ":
        return ""
    last = text[max(0, start - LONGEST_OFFICE) : start - 1].split(" ")[-MOST_WORDS:]
    for index in range(len(last)):
        office = " ".join(last[index:]).lower()
        if office in _offices():
            return office
    return ""


def is_office(word: str) -> bool:
    """Whether a word in small letters is an office."""
    return word in _offices()


def trimmed(name: str) -> str:
    """`name` without days, months and sentence beginnings that only look like parts of it."""
    parts = name.split(" ")
    no_names = listed("no_names")
    if parts[0] in no_names or len(parts[0]) < len("Li"):
        return ""
    end = next((i for i, part in enumerate(parts) if part in no_names), len(parts))
    return " ".join(parts[:end]).removesuffix("'s").removesuffix("’s").rstrip("'’.")


def ends_of(name: str) -> list[str]:
    """`name` and what is left of it without its first words, which may be a title."""
    parts = name.split(" ")
    return [" ".join(parts[index:]) for index in range(len(parts))]


def short_forms(name: str, country: str) -> tuple[str, ...]:
    """By what an article calls `name` later: the surname, with its particle too."""
    parts = name.split(" ")
    if len(parts) == 1:
        return (name,) if len(name) > len("Li") else ()
    found = []
    if country in FAMILY_NAME_FIRST or country in EITHER_NAME:
        found.append(parts[0])
    if country not in FAMILY_NAME_FIRST or country in GIVEN_NAME_LAST:
        found.append(parts[-1])
        if "-" in parts[-1]:
            found.append(re.sub("^(?:[Aa]l|[Ee]l)-", "", parts[-1]))
        if len(parts) >= PARTS_WITH_PARTICLE and parts[-2].islower():
            found.append(" ".join(parts[-2:]))
    unfit = listed("no_names") | listed("not_alone")
    return tuple(
        form for form in found if len(form) > 1 and form not in unfit and not form.endswith(".")
    )


def known_forms(name: str, country: str) -> tuple[str, ...]:
    """How somebody in the gazetteer is called later; it has the surest forms itself."""
    if country in FAMILY_NAME_FIRST:
        first = name.split(" ", 1)[0]
        return (first,) if first == "Xi" or first not in listed("not_alone") else ()
    return short_forms(name, country)
