"""The countries of a document: phrases found, read in context, people followed, all ranked."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final, Self

from service.enrichment import blanks, surrogates
from service.enrichment.countries import (
    coreference,
    cues,
    datelines,
    disambiguation,
    evidence,
    localised,
    matching,
    ministers,
    officers,
    people,
    roles,
    salience,
    words,
)
from service.enrichment.countries.gazetteer import Gazetteer
from service.enrichment.countries.matching import sentence_at
from service.enrichment.countries.reading import MENTION_KIND, Context, Reading
from service.enrichment.countries.stretches import Stretches
from service.enrichment.values import CountryScore, Document, Mention, MentionKind, Sentence

MAX_LENGTH: Final = 200_000
"""Characters read; `Document` is cut well before, this only bounds what one made by hand costs."""


class CountryFinder:
    """Finds and ranks the countries of documents; loaded once, then pure.

    Args:
        gazetteer: the phrases to find in English.
        names: the names of countries in other languages.
    """

    def __init__(self, gazetteer: Gazetteer, names: localised.LocalisedNames) -> None:
        self._gazetteer = gazetteer
        self._names = names
        self.version = gazetteer.version

    @classmethod
    def load(cls) -> Self:
        """The finder with what the package ships."""
        return cls(Gazetteer.load(), localised.LocalisedNames.load())

    def find(self, document: Document, *, language: str = "en") -> tuple[Mention, ...]:
        """The phrases of `document` that stand for a country, in order of start.

        What a page puts around its article (teasers, menus) stands in no sentence and is left out.
        Mentions do not overlap, but for one case: a phrase that means two countries ("the two
        leaders", "both countries") gives a mention for each, over the same span.

        Args:
            document: the article.
            language: as `language.detect` names it. In another than English only the names of
                countries are found.
        """
        readable = _readable(document)
        if language not in ("en", "und"):
            found = self._names.find(readable, language=language)
        else:
            found = self._find_english(readable)
        return _in_sentences(document, found)

    def rank(
        self,
        document: Document,
        mentions: Sequence[Mention],
        *,
        dealing: AbstractSet[str] | None = None,
        acting: AbstractSet[str] = frozenset(),
    ) -> tuple[CountryScore, ...]:
        """The countries of `mentions`, most salient first; see `salience.rank`."""
        return salience.rank(document, mentions, dealing=dealing, acting=acting)

    def _find_english(self, document: Document) -> tuple[Mention, ...]:
        text = document.full
        hits = matching.find(self._gazetteer, document)
        if not hits:
            return ()
        headlines = Stretches(
            [
                (0, document.text_start),
                *matching.capital_sentences(document),
                *matching.title_case_sentences(document),
            ]
        )
        of_blocs = officers.find(text, hits, headlines=headlines)
        hits = of_blocs.without(hits)
        weighed = evidence.weigh(hits, text)
        lines = datelines.find(document)
        seats = roles.seats_of_blocs(hits, weighed, text)
        context = Context(text, weighed, lines, headlines, words.load(), seats)
        readings = disambiguation.read(context, hits)
        found = [m for m in map(_mention, readings) if m]
        found += cues.mentions(hits, weighed, readings)
        found.sort(key=lambda mention: mention.start)
        introduced, known = people.find(document, readings, headlines=headlines, officers=of_blocs)
        taken = {r.hit.phrase for r in readings if r.kind not in _PERSONAL}
        named = [*introduced, *people.occurrences(text, known, taken)]
        mentions = coreference.with_phrases(found, named)
        of_home, holders = ministers.find(
            document, readings, mentions, lines=lines, headlines=headlines
        )
        if of_home:
            again = people.occurrences(text, [*known, *holders], taken)
            named = [*introduced, *of_home, *again]
            mentions = coreference.with_phrases(found, named)
        mentions += coreference.resolve(document, mentions, [p for p in named if p.country])
        of_countries = [mention for mention in mentions if mention.country]
        return tuple(sorted(of_countries, key=lambda m: (m.start, m.end, m.country)))


_PERSONAL: Final = frozenset(
    {kind for kind, to in MENTION_KIND.items() if to is MentionKind.PERSON}
)


def _in_sentences(document: Document, mentions: Sequence[Mention]) -> tuple[Mention, ...]:
    """The mentions that stand in a sentence; all of them where there is none."""
    starts = [sentence.start for sentence in document.sentences]
    return tuple(
        mention
        for mention in mentions
        if not starts or sentence_at(document.sentences, starts, mention.start) >= 0
    )


def _mention(reading: Reading) -> Mention | None:
    if reading.weight <= 0:
        return None
    return Mention(
        country=reading.country,
        start=reading.hit.start,
        end=reading.hit.end,
        kind=MENTION_KIND.get(reading.kind, MentionKind.PLACE),
        weight=reading.weight,
        actor=reading.actor,
    )


def _readable(document: Document) -> Document:
    """`document` cut to `MAX_LENGTH`, as names are written in the gazetteer.

    Odd spaces and the ends of lines inside of a sentence are blanks, lone surrogates, which no
    automaton takes, are replaced; offsets stay.
    """
    full = blanks.replaced(surrogates.replaced(document.full[:MAX_LENGTH]))
    sentences = tuple(s for s in document.sentences if s.end <= MAX_LENGTH)
    return Document(
        full=_unwrapped(full, sentences),
        text_start=min(document.text_start, MAX_LENGTH),
        sentences=sentences,
        truncated=document.truncated or len(document.full) > MAX_LENGTH,
    )


def _unwrapped(full: str, sentences: Sequence[Sentence]) -> str:
    """`full` with a blank for each end of a line inside of a sentence."""
    if "\n" not in full:
        return full
    parts: list[str] = []
    done = 0
    for sentence in sentences:
        parts += full[done : sentence.start], blanks.unwrapped(full[sentence.start : sentence.end])
        done = sentence.end
    return "".join([*parts, full[done:]])
