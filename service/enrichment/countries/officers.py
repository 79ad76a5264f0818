"""Who holds an office of a bloc, and so speaks for no country wherever the text names them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple, Self

from service.enrichment.countries import names, words
from service.enrichment.countries.gazetteer import Kind
from service.enrichment.countries.matching import Hit
from service.enrichment.countries.stretches import Stretches

MAX_OFFICERS: Final = 12
"""Officers followed through one article."""

REACH: Final = 80
"""Characters beside an office or a name in which the other may stand."""

MAX_WORDS: Final = 3
"""Words between a bloc and its office: "EU foreign policy chief"."""

_LEADERS: Final = frozenset({Kind.LEADER, Kind.KNOWN_SURNAME, Kind.SURNAME_AT_HOME, Kind.SURNAME})
_COUNTRIES: Final = frozenset({Kind.NAME, Kind.ADJECTIVE, Kind.GOVERNMENT, Kind.CAPITAL})
_SENDER: Final = re.compile(
    r"(?:['’]s?|\b(?!(?:The|Former|New|Outgoing|Then)\b)[A-Z][\w.-]*|\b(?:its|his|her|their)) \Z"
)
"""Before a bloc: whose envoy to it follows."""
_FORMER: Final = re.compile(
    r"\b(?:[Ff]ormer|[Ee]x|[Tt]hen|[Oo]ne-?time)[ -](?:[A-Z][\w.]*(?:['’]s)? ){0,2}\Z"
)
_BODY: Final = re.compile(r"\b(?:Commission|Council|Parliament|Bank|Assembly|Union) \Z")
_LIST: Final = re.compile(r",? [A-Z]")
_OF: Final = re.compile(r" of (?:the )?")


@dataclass(frozen=True, slots=True)
class Officers:
    """Those who speak for blocs in one article.

    Attributes:
        forms: of each, the names by which the article may call them; first the one by which they
            were found.
    """

    forms: tuple[tuple[str, ...], ...] = ()

    def have(self, called: Sequence[str]) -> bool:
        """Whether one of them has one of these names."""
        return any(name in forms for forms in self.forms for name in called)

    def without(self, hits: Sequence[Hit]) -> list[Hit]:
        """`hits` without the readings by which these people would speak for a country."""
        called = {name for forms in self.forms for name in forms}
        surnames = {forms[0] for forms in self.forms if " " not in forms[0]}
        kept = []
        for hit in hits:
            rest = hit.senses
            if hit.phrase in called or hit.phrase.rsplit(" ", 1)[-1] in surnames:
                rest = tuple(sense for sense in hit.senses if sense.kind not in _LEADERS)
            if rest:
                kept.append(hit._replace(senses=rest))
        return kept


NOBODY: Final = Officers()


def find(text: str, hits: Sequence[Hit], *, headlines: Stretches) -> Officers:
    """The officers of blocs in `text`, but for those who hold an office of a country as well.

    Args:
        text: `Document.full`.
        hits: the phrases of the gazetteer in it.
        headlines: stretches where capitals tell nothing; only known names are taken there.
    """
    offices = list(_offices(text))
    page = _Page.of(text, hits, frozenset(office.end for office in offices))
    found: dict[tuple[str, ...], bool] = {}
    for office in offices:
        forms = _holder(page, office, headlines)
        if forms:
            found[forms] = found.get(forms, False) or office.vague
        if len(found) >= MAX_OFFICERS:
            break
    return Officers(
        tuple(forms for forms, vague in found.items() if not page.has_national(forms, vague=vague))
    )


class _Office(NamedTuple):
    """Where an office of a bloc stands, or a bloc's possessive, after which its holder may.

    Attributes:
        start: offset.
        end: offset.
        vague: whether the holder is called by an office that a country has too.
        possessive: whether the office is left out: "NATO's Rutte".
    """

    start: int
    end: int
    vague: bool = False
    possessive: bool = False


@dataclass(frozen=True, slots=True)
class _Page:
    """A text, and where in it leaders, countries and offices of blocs are named."""

    text: str
    leaders: dict[int, Hit]
    ends: dict[int, Hit]
    countries: frozenset[int]
    countries_ends: frozenset[int]
    offices_ends: frozenset[int]

    @classmethod
    def of(cls, text: str, hits: Sequence[Hit], offices_ends: frozenset[int]) -> Self:
        """The page with `hits`."""
        leaders = [hit for hit in hits if _LEADERS.intersection(s.kind for s in hit.senses)]
        named = [hit for hit in hits if _COUNTRIES.intersection(s.kind for s in hit.senses)]
        return cls(
            text,
            {hit.start: hit for hit in leaders},
            {hit.end: hit for hit in leaders},
            frozenset(hit.start for hit in named),
            frozenset(hit.end for hit in named),
            offices_ends,
        )

    def leader_in(self, start: int, end: int) -> Hit | None:
        """The leader with whom a name at ``text[start:end]`` begins, but for given names."""
        while start < end:
            if hit := self.leaders.get(start):
                return hit
            word, _, _ = self.text[start:end].partition(" ")
            if word not in words.load().given_names:
                return None
            start += len(word) + 1
        return None

    def has_national(self, forms: Sequence[str], *, vague: bool) -> bool:
        """Whether the text gives somebody an office of a country, and not as a former one."""
        for form in forms:
            start = self.text.find(form)
            while start >= 0:
                end = start + len(form)
                if self._after_country(start) or self._after_national(start, vague=vague):
                    return True
                if self._before_national(end):
                    return True
                start = self.text.find(form, end)
        return False

    def _after_country(self, start: int) -> bool:
        """Whether a country's possessive stands right before `start`: "Norway's Stoltenberg"."""
        possessive = self.text[start - 3 : start] in ("'s ", "’s ")
        return possessive and start - 3 in self.countries_ends

    def _after_national(self, start: int, *, vague: bool) -> bool:
        """Whether an office of a country, and perhaps given names, stand before `start`."""
        match = _patterns().national_before.search(self.text, max(0, start - REACH), start)
        if not match or match.end("office") in self.offices_ends:
            return False
        begin = match.start("office")
        if _FORMER.search(self.text, max(0, begin - REACH), begin):
            return False
        if begin - 1 in self.countries_ends or self._after_country(begin):
            return True
        if match["office"].lower() not in _words("vague"):
            return True
        return not vague and not _BODY.search(self.text, max(0, begin - REACH), begin)

    def _before_national(self, end: int) -> bool:
        """Whether an office of a country stands after `end` in apposition."""
        match = _patterns().national_after.match(self.text, end, end + REACH)
        if not match or match.end("office") in self.offices_ends:
            return False
        begin = match.start("office")
        if begin - 1 in self.countries_ends or self._after_country(begin):
            return True
        of = _OF.match(self.text, match.end("office"))
        return of is not None and of.end() in self.countries


def _offices(text: str) -> Iterator[_Office]:
    for start in sorted({start for bloc in _words("blocs") for start in _places(text, bloc)}):
        possessive = _patterns().possessive.match(text, start)
        if possessive:
            yield _Office(start, possessive.end(), possessive=True)
        if match := _patterns().office.match(text, start):
            sent = (match["own"] or "").lower() in _words("sent")
            if not (sent and _SENDER.search(text, max(0, start - REACH), start)):
                yield _Office(start, match.end(), vague=_is_vague(match[0]))
        elif match := _patterns().office_of.search(text, max(0, start - REACH), start):
            bloc = _patterns().bloc.match(text, start)
            if bloc:
                yield _Office(match.start(), bloc.end(), vague=_is_vague(match[0]))


def _places(text: str, bloc: str) -> Iterator[int]:
    """Where a word begins with `bloc`."""
    start = text.find(bloc)
    while start >= 0:
        if not text[start - 1 : start].isalnum():
            yield start
        start = text.find(bloc, start + len(bloc))


def _is_vague(office: str) -> bool:
    return any(vague in office.lower() for vague in _words("vague"))


def _holder(page: _Page, office: _Office, headlines: Stretches) -> tuple[str, ...]:
    """The names of who holds `office`, none where the text does not name them beside it."""
    text = page.text
    if office.possessive:
        name = _patterns().name.match(text, office.end, office.end + REACH)
        hit = page.leader_in(office.end, name.end()) if name else None
        goes_on = hit and _patterns().goes_on.match(text, hit.end)
        return _known(text, office.end, hit) if hit and goes_on else ()
    span = _name_beside(text, office)
    if not span:
        return ()
    start, end = span
    follows = start >= office.end
    hit = page.leader_in(start, end) if follows else page.ends.get(end)
    if hit:
        return _known(text, min(start, hit.start), hit)
    sure = follows or " " in text[start:end]  # "Earlier, the NATO chief said"
    return _unknown(text[start:end]) if sure and not headlines.holds(start) else ()


def _name_beside(text: str, office: _Office) -> tuple[int, int] | None:
    """Where a name stands behind an office, or before it in apposition."""
    after = _patterns().after.match(text, office.end, office.end + REACH)
    if after and (not after["comma"] or text[after.end() : after.end() + 1] in ",.;)"):
        return after.span("name")
    if _LIST.match(text, office.end) or not _patterns().goes_on.match(text, office.end):
        return None
    before = _patterns().before.search(text, max(0, office.start - REACH), office.start)
    return before.span("name") if before else None


def _known(text: str, start: int, hit: Hit) -> tuple[str, ...]:
    """The names of a leader of the gazetteer, whose given names may begin at `start`."""
    country = next(sense.country for sense in hit.senses if sense.kind in _LEADERS)
    full = () if hit.capitals else (text[start : hit.end],)
    return tuple(dict.fromkeys((hit.phrase, *full, *names.known_forms(hit.phrase, country))))


def _unknown(name: str) -> tuple[str, ...]:
    trimmed = names.trimmed(name)
    return tuple(dict.fromkeys((trimmed, *names.short_forms(trimmed, "")))) if trimmed else ()


@dataclass(frozen=True, slots=True)
class _Patterns:
    office: re.Pattern[str]
    office_of: re.Pattern[str]
    bloc: re.Pattern[str]
    possessive: re.Pattern[str]
    name: re.Pattern[str]
    after: re.Pattern[str]
    before: re.Pattern[str]
    goes_on: re.Pattern[str]
    national_before: re.Pattern[str]
    national_after: re.Pattern[str]


@cache
def _words(key: str) -> tuple[str, ...]:
    """Entries of the table of offices, the longest first."""
    return tuple(sorted(words.tables()["officers"][key].split("|"), key=len, reverse=True))


def _either(key: str) -> str:
    return "|".join(map(re.escape, _words(key)))


@cache
def _patterns() -> _Patterns:
    parts = names.parts()
    guard = parts.no_barrier + parts.no_verb
    shared, own, national = (rf"(?i:{_either(key)})" for key in ("shared", "own", "national"))
    bloc = rf"(?:{_either('blocs')})"
    of_its = rf"(?:{guard}(?:(?:{_either('parts')})|[a-z][\w-]*) ){{0,{MAX_WORDS}}}?"
    of_any = rf"(?:{guard}[\w-]+ ){{0,{MAX_WORDS}}}?"
    given = r"(?:(?:[A-Z]\.|[A-Z][\w'’-]*) ){0,2}"
    return _Patterns(
        office=re.compile(
            rf"{bloc}(?:['’]s)? (?:{of_its}{shared}|{of_any}(?P<own>{own}))(?! of\b)(?![\w-])"
        ),
        office_of=re.compile(rf"\b(?:{shared}|{own}) of (?:the )?\Z"),
        bloc=re.compile(rf"{bloc}(?! [a-z])(?![\w-])"),
        possessive=re.compile(rf"{bloc}['’]s (?=[A-Z])"),
        name=re.compile(parts.name),
        after=re.compile(rf"(?P<comma>,)? {guard}{parts.name}"),
        before=re.compile(
            rf"{parts.name}, (?:(?:the|who is|then|an?|now) )?(?:{parts.no_barrier}[a-z-]+ )?\Z"
        ),
        goes_on=re.compile(
            rf"[,.;:?!)]|\Z|\s(?!{guard})|\s(?i:will|to|on|in|at|and|is|was|has|had|would|said|who)\b"
        ),
        national_before=re.compile(rf"\b(?P<office>{national}),? {given}\Z"),
        national_after=re.compile(
            rf", (?:(?:the|who is|now) )?(?:new |current )?(?:[A-Z][\w.]*(?:['’]s)? ){{0,2}}"
            rf"(?P<office>{national})\b(?! (?:for|until|from|between)\b|,? [A-Z])"
        ),
    )
