"""Pronouns and definite phrases that may point back to a country, found in one pass."""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from itertools import product
from typing import Final, NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from service.enrichment.countries import words


class Pointer(StrEnum):
    """What a phrase points back to."""

    PAIR = "pair"
    """The two leaders, both countries."""
    THEY = "they"
    PERSON = "person"
    """He, she."""
    HOME = "home"
    """His country."""
    OFFICE = "office"
    """The premier."""
    TYPE = "type"
    """The country, the kingdom."""
    REGION = "region"
    """The Southeast Asian country."""


class Anaphor(NamedTuple):
    """A phrase that points back.

    Attributes:
        start: offset in the text.
        end: offset in the text.
        pointer: what to.
        value: the office, the noun, the region's adjective, or the countries of a pair that needs
            no other mention.
        noun: of a region's phrase: country, nation, kingdom; of a pair's only where they may be
            somebody's neighbours.
    """

    start: int
    end: int
    pointer: Pointer
    value: str = ""
    noun: str = ""


NEIGHBOURS: Final = frozenset({"neighbours", "neighbors"})
"""Who "both" of these are depends on whose they are."""

_NAME_GOES_ON: Final = re.compile(r" (?:for )?[A-Z]")

_NOT_OF: Final = frozenset({Pointer.OFFICE, Pointer.TYPE})
"""Phrases that "of" and a name make complete: the president of Peru."""


def find(text: str) -> Iterator[Anaphor]:
    """The phrases of `text` that may point back, in order; the longest of those at one place."""
    automaton, meanings = _automaton()
    for index, start, end in automaton.find_matches_as_indexes(text):
        if (start and text[start - 1].isalnum()) or text[end : end + 1].isalnum():
            continue
        pointer, value, noun = meanings[index]
        if pointer in _NOT_OF and text.startswith(" of ", end):
            continue
        if pointer is Pointer.OFFICE and _is_name(text, start, end):
            continue
        yield Anaphor(start, end, pointer, value, noun)


def _is_name(text: str, start: int, end: int) -> bool:
    """Whether an office in capitals begins a name: the General Assembly, the Minister for Trade."""
    return text[start + len("the ")].isupper() and bool(_NAME_GOES_ON.match(text, end))


@cache
def _automaton() -> tuple[AhoCorasick, list[tuple[Pointer, str, str]]]:
    found: dict[str, tuple[Pointer, str, str]] = {}
    for phrase, meaning in _phrases():
        found[phrase] = meaning
        found[phrase[0].upper() + phrase[1:]] = meaning
    found["They"] = (Pointer.THEY, "", "")
    automaton = AhoCorasick(list(found), matchkind=MatchKind.LeftmostLongest, store_patterns=False)
    return automaton, list(found.values())


def _phrases() -> Iterator[tuple[str, tuple[Pointer, str, str]]]:
    table = words.tables()["anaphors"]
    yield from ((pronoun, (Pointer.PERSON, "", "")) for pronoun in ("he", "she"))
    for office in table["office"].split("|"):
        yield f"the {office}", (Pointer.OFFICE, office, "")
        yield f"the {office.title().replace(' Of ', ' of ')}", (Pointer.OFFICE, office, "")
    for noun in table["type"].split("|"):
        yield f"the {noun}", (Pointer.TYPE, noun.replace(" ", "_"), "")
    for owner, noun in product(("his", "her"), ("country", "government", "nation")):
        yield f"{owner} {noun}", (Pointer.HOME, "", "")
    for article, noun in product(("the two", "both"), table["plural"].split("|")):
        near = noun if article == "both" and noun in NEIGHBOURS else ""
        yield f"{article} {noun}", (Pointer.PAIR, "", near)
    for phrase in table["pair"].split("|"):
        yield phrase, (Pointer.PAIR, "", "")
    for name, countries in words.tables()["namesakes"].items():
        for article in ("the", "the two", "the rival", "both", "two"):
            yield f"{article} {name}", (Pointer.PAIR, countries, "")
    for region, noun in product(words.tables()["regions"], table["noun"].split("|")):
        yield f"the {region.replace('_', ' ')} {noun}", (Pointer.REGION, region, noun)
