"""Country names behind fixed stand-ins: what the network reads does not tell which ones they are.

"The Kremlin told Japanese diplomats" and "The White House told Iranian diplomats" both become
"Norway told Brazilian diplomats", so that a stance comes from what is said and not from what is
known of two countries. (Entity masking; anonymised entities: Hermann et al., NeurIPS 2015.)
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from ahocorasick_rs import AhoCorasick, MatchKind

from service.enrichment import blanks, surrogates
from service.enrichment.countries import gazetteer
from service.enrichment.countries.gazetteer import Kind, Sense
from service.enrichment.countries.matching import SHORT_IN_CAPITALS, is_joined
from service.enrichment.values import Span

KINDS: Final = frozenset(
    {
        Kind.NAME,
        Kind.ADJECTIVE,
        Kind.PEOPLE,
        Kind.CAPITAL,
        Kind.GOVERNMENT,
        Kind.LEADER,
        Kind.KNOWN_SURNAME,
    }
)
"""What is masked; towns, firms and unknown people stay."""

ALPHA_3: Final = 3
"""Letters of a country's code; blocs of countries have other ones."""

LONGEST_ARTICLE: Final = 5
"""Characters: a blank before, three letters and a blank behind."""

_ARTICLE: Final = re.compile(r"\b(?:[Tt]he|THE) $")
_PLURALS: Final = ("s", "men")
_WITHOUT_ARTICLE: Final = frozenset({Kind.NAME, Kind.GOVERNMENT})


class StandIn(NamedTuple):
    """A country that stands for whichever country comes so far into a text."""

    name: str
    adjective: str
    capital: str
    leader: str
    surname: str

    def form(self, kind: Kind, written: str) -> str:
        """What stands for `written`, with its plural and its hyphen; the network reads no case."""
        forms = {
            Kind.ADJECTIVE: self.adjective,
            Kind.PEOPLE: self.adjective,
            Kind.CAPITAL: self.capital,
            Kind.LEADER: self.leader,
            Kind.KNOWN_SURNAME: self.surname,
        }
        form = forms.get(kind, self.name)
        if kind is Kind.PEOPLE and written.lower().endswith(_PLURALS):
            form += "s"
        return form + "-" if written[-1] == "-" else form


STAND_INS: Final = (
    StandIn("Norway", "Norwegian", "Oslo", "Erna Solberg", "Solberg"),
    StandIn("Brazil", "Brazilian", "Brasilia", "Celso Amorim", "Amorim"),
    StandIn("Kenya", "Kenyan", "Nairobi", "Mwai Kibaki", "Kibaki"),
    StandIn("Peru", "Peruvian", "Lima", "Alberto Fujimori", "Fujimori"),
    StandIn("Malaysia", "Malaysian", "Kuala Lumpur", "Anwar Ibrahim", "Anwar"),
    StandIn("Hungary", "Hungarian", "Budapest", "Janos Kadar", "Kadar"),
    StandIn("Ghana", "Ghanaian", "Accra", "Kwame Nkrumah", "Nkrumah"),
    StandIn("Bolivia", "Bolivian", "La Paz", "Evo Morales", "Morales"),
    StandIn("Tunisia", "Tunisian", "Tunis", "Kais Saied", "Saied"),
    StandIn("Latvia", "Latvian", "Riga", "Edgars Rinkevics", "Rinkevics"),
    StandIn("Uganda", "Ugandan", "Kampala", "Yoweri Museveni", "Museveni"),
    StandIn("Ecuador", "Ecuadorean", "Quito", "Rafael Correa", "Correa"),
    StandIn("Mongolia", "Mongolian", "Ulan Bator", "Ukhnaa Khurelsukh", "Khurelsukh"),
    StandIn("Zambia", "Zambian", "Lusaka", "Kenneth Kaunda", "Kaunda"),
    StandIn("Jamaica", "Jamaican", "Kingston", "Edward Seaga", "Seaga"),
    StandIn("Estonia", "Estonian", "Tallinn", "Kaja Kallas", "Kallas"),
)
"""In the order in which a text names its countries; the seventeenth country is the first again."""


class Form(NamedTuple):
    """A place in a text where a country is named, with the article that goes with it."""

    start: int
    end: int
    country: str
    kind: Kind
    written: str


class Edit(NamedTuple):
    """What stands in place of a part of a text."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A text after edits, and where its parts lie now.

    Attributes:
        text: after the edits.
        edits: in order; they do not overlap.
    """

    text: str
    edits: Sequence[Edit]

    @classmethod
    def of(cls, text: str, edits: Sequence[Edit]) -> Self:
        """`text` with `edits`, which are in order and do not overlap."""
        ends = [0, *(edit.end for edit in edits)]
        parts = [text[end : edit.start] + edit.new for end, edit in zip(ends, edits, strict=False)]
        return cls("".join([*parts, text[ends[-1] :]]), edits)

    def span(self, span: Span | None) -> Span | None:
        """Where a span of the old text lies; what lay inside of an edit becomes all of it."""
        if span is None:
            return None
        start, end = span.start, span.end
        shift_start = shift_end = 0
        for edit in self.edits:
            change = len(edit.new) - (edit.end - edit.start)
            if edit.end <= span.start:
                shift_start += change
            elif edit.start < span.start:
                start = edit.start
            if edit.end <= span.end:
                shift_end += change
            elif edit.start < span.end:
                end, shift_end = edit.end, shift_end + change
            else:
                break
        return Span(start + shift_start, end + shift_end)


class CountryForms:
    """The forms of the gazetteer that mean one country in one way.

    Args:
        meaning: country and kind of each form.
    """

    def __init__(self, meaning: Mapping[str, tuple[str, Kind]]) -> None:
        self.meaning = meaning
        capitals = {
            form.upper(): form
            for form in meaning
            if len(form) >= SHORT_IN_CAPITALS and form.upper() not in meaning
        }
        self._means = [*meaning.values(), *(meaning[form] for form in capitals.values())]
        self._automaton = AhoCorasick(
            [*meaning, *capitals], matchkind=MatchKind.LeftmostLongest, store_patterns=False
        )

    @classmethod
    def load(cls) -> Self:
        """Those of the gazetteer that the package ships."""
        senses, _ = gazetteer.listed()
        return cls(dict(_meanings(senses)))

    def find(self, text: str) -> Iterator[Form]:
        """Where `text` names countries, in order; nothing overlaps."""
        text = blanks.unwrapped(blanks.replaced(surrogates.replaced(text)))
        for index, begin, end in self._automaton.find_matches_as_indexes(text):
            if is_joined(text, begin, end):
                continue
            country, kind = self._means[index]
            start, written = begin, text[begin:end]
            if kind in _WITHOUT_ARTICLE:  # names that want an article get none
                article = _ARTICLE.search(text, max(0, begin - LONGEST_ARTICLE), begin)
                start = article.start() if article else begin
            yield Form(start, end, country, kind, written)

    def masked(self, text: str) -> Rewritten:
        """`text` with stand-ins, one for each of its countries."""
        found = list(self.find(text))
        order = {country: n for n, country in enumerate(dict.fromkeys(f.country for f in found))}
        return Rewritten.of(
            text,
            [
                Edit(
                    form.start,
                    form.end,
                    STAND_INS[order[form.country] % len(STAND_INS)].form(form.kind, form.written),
                )
                for form in found
            ],
        )


def _meanings(
    listed: Mapping[str, Sequence[Sense]],
) -> Iterator[tuple[str, tuple[str, Kind]]]:
    """The forms of one country only: blocs have codes of their own, and "Guinea" may be many."""
    for form, senses in listed.items():
        fitting = [
            (sense.country, sense.kind)
            for sense in senses
            if len(sense.country) == ALPHA_3 and sense.kind in KINDS
        ]
        if len({country for country, _ in fitting}) == 1:
            yield form, fitting[0]
