"""Ministers whom an article names without a country: those of where it was written.

So newswire writes them, "LISBON, Oct 5 - ... Interior Minister Teresa Magalhaes thanked Rabat". It
holds where the dateline's country is what the article is mostly about; from a summit or another's
capital an article says whose ministers it means.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from service.enrichment.countries import names, salience, words
from service.enrichment.countries.datelines import Datelines
from service.enrichment.countries.people import Person, Phrase
from service.enrichment.countries.reading import PLACES, Reading
from service.enrichment.countries.stretches import Stretches
from service.enrichment.values import Document, Mention

MOST: Final = 20
"""Ministers without a country followed through one article."""

_COMMA: Final = re.compile(r",? ?")


def find(
    document: Document,
    readings: Sequence[Reading],
    mentions: Sequence[Mention],
    *,
    lines: Datelines,
    headlines: Stretches,
) -> tuple[list[Phrase], list[Person]]:
    """Phrases that name ministers without a country, and who these people are.

    Args:
        document: the article.
        readings: its phrases read in context, in order.
        mentions: what was found so far, in order; what lies in one of them is left.
        lines: where the article's datelines are.
        headlines: stretches where capitals tell nothing; nobody is looked for there.
    """
    there = {r.country for r in readings if r.country and lines.holds(r.hit.start)}
    if len(there) != 1:
        return [], []
    text = document.full
    taken = Stretches((mention.start, mention.end) for mention in mentions)
    found = [
        (match, name)
        for match, name in _named(text)
        if not (headlines.holds(match.start()) or _touches(taken, match))
    ]
    if not found:
        return [], []
    (home,) = there
    ranked = salience.rank(document, [mention for mention in mentions if mention.country])
    if not ranked or ranked[0].code != home:
        return [], []
    phrases: list[Phrase] = []
    people: list[Person] = []
    for match, name in found[:MOST]:
        country = _seat(text, match.start(), readings, lines) or home
        office = match["office"].lower().removeprefix("acting ")
        phrases.append(Phrase(match.start(), match.start("name") + len(name), country, office))
        people.append(Person.called(country, name, office))
    return phrases, people


def _named(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Ministers with a name, and that name, but for those whom the word before gives a home."""
    for match in _pattern().finditer(text):
        name = names.trimmed(match["name"])
        if name and not _is_owned(text, match.start()):
            yield match, name


def _is_owned(text: str, start: int) -> bool:
    """Whether the word before an office says whose it is, or that it is a former one."""
    before = words.before(text, start)
    if before.lower() in names.listed("owners") or before.endswith(("'s", "’s", "s'", "s’")):
        return True
    if before.endswith(","):  # "Syria's delegate, Deputy Foreign Minister": who stands before
        return names.is_office(before[:-1].lower())
    if not (before[:1].isupper() and before[-1:].isalpha()):
        return False
    # "Bavarian Interior Minister", but not "Deputy", "But" and "On Monday".
    return before.lower() not in names.listed("titles") | names.listed("barriers") and (
        before not in names.listed("no_names")
    )


def _touches(taken: Stretches, match: re.Match[str]) -> bool:
    office, name = match.span("office"), match.span("name")
    return any(taken.holds(offset) for offset in (office[0], office[1] - 1, name[0], name[1] - 1))


def _seat(text: str, start: int, readings: Sequence[Reading], lines: Datelines) -> str:
    """The country of a place right before an office, "In Tokyo, Trade Minister", or ""."""
    for reading in readings:
        hit = reading.hit
        if hit.end > start:
            break
        if (
            reading.kind in PLACES
            and _COMMA.fullmatch(text, hit.end, start)
            and words.before(text, hit.start).lower() == "in"
            and not lines.holds(hit.start)
        ):
            return reading.country
    return ""


@cache
def _pattern() -> re.Pattern[str]:
    offices = sorted(words.tables()["people"]["ministers"].split("|"), key=len, reverse=True)
    office = rf"(?i:(?:deputy |vice |acting )?(?:{'|'.join(offices)}))"
    return re.compile(rf"(?<![\w'’-])(?P<office>{office}) {names.parts().name}")
