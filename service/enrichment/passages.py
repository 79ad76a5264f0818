"""Sentences of a document that the network reads together: each of them once, and in company."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.enrichment.values import Document, Mention, PairInContext, Sentence, Span

BOUNDARY = " | "
"""Between the sentences of a passage; news has no such sign."""


@dataclass(frozen=True, slots=True)
class PairInDocument:
    """Two mentions of different countries, and the question they pose.

    Attributes:
        sentence: the one that is judged; it holds one of the mentions or both.
        source: who would act.
        target: who would be acted on.
        context: the question.
        antecedent: the earlier sentence that holds the other mention, where one is left out.
    """

    sentence: Sentence
    source: Mention
    target: Mention
    context: PairInContext
    antecedent: Sentence | None = None


@dataclass(frozen=True, slots=True)
class Couple:
    """Two mentions, one of which at least stands in the sentence that is judged.

    Attributes:
        one: a mention in that sentence.
        other: likewise, or in `antecedent`.
        antecedent: an earlier sentence of the same passage.
    """

    one: Mention
    other: Mention
    antecedent: Sentence | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """What is read of a sentence, and where that stands in the passage."""

    cut: Span
    at: int

    def place(self, mention: Mention) -> Span:
        shift = self.at - self.cut.start
        return Span(mention.start + shift, mention.end + shift)


class Passage:
    """A text of sentences, whole or cut, in the order of reading, and the questions about it.

    Attributes:
        size: characters of it.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._parts: dict[Sentence, _Part] = {}
        self._posed: list[tuple[Sentence, Couple]] = []
        self.size = 0

    def holds(self, sentence: Sentence, mentions: Sequence[Mention]) -> bool:
        """Whether `mentions` of `sentence` stand in here."""
        if sentence not in self._parts:
            return False
        cut = self._parts[sentence].cut
        return all(cut.start <= mention.start and mention.end <= cut.end for mention in mentions)

    def is_past(self, sentence: Sentence) -> bool:
        """Whether it is too late to put `sentence` in: it, or a later one, stands in here."""
        return any(sentence.start <= other.start for other in self._parts)

    def grown_by(self, cuts: Sequence[Span]) -> int:
        """Characters that it would have with these behind the others."""
        return self.size + sum(cut.end - cut.start + len(BOUNDARY) for cut in cuts)

    def add(self, sentence: Sentence, cut: Span) -> None:
        """Puts a sentence, or this part of it, behind the others."""
        at = self.size + len(BOUNDARY) if self._parts else 0
        self._parts[sentence] = _Part(cut, at)
        self.size = at + cut.end - cut.start

    def pose(self, sentence: Sentence, couple: Couple) -> None:
        """Asks, in both directions, what `sentence` shows of two mentions that stand in here."""
        self._posed.append((sentence, couple))

    def questions(self) -> Iterator[PairInDocument]:
        """What was posed, in order."""
        text = BOUNDARY.join(self._document.text_of(part.cut) for part in self._parts.values())
        for sentence, couple in self._posed:
            part = self._parts[sentence]
            said = Span(part.at, part.at + part.cut.end - part.cut.start)
            one = couple.one, part.place(couple.one)
            antecedent = self._parts[couple.antecedent or sentence]
            other = couple.other, antecedent.place(couple.other)
            for (source, acting), (target, acted_on) in ((one, other), (other, one)):
                context = PairInContext(text, acting, acted_on, said)
                yield PairInDocument(sentence, source, target, context, couple.antecedent)
