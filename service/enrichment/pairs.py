"""Country mentions to ordered pairs, and the question that each pair poses to the stance model.

Two countries of one sentence are asked about in that sentence. A country that a sentence leaves
to the reader's memory ("Japan promised two million dollars", under a title that names Nepal) is
asked about in the sentence that named it last, put before the one that is judged.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from service.enrichment.values import Document, Mention, PairInContext, Sentence, Span

MAX_MENTIONS_PER_SENTENCE = 32
"""The heaviest ones are kept: beyond this a sentence is a list, not a statement."""

MAX_PAIRS_PER_SENTENCE = 60
"""Enough for eight countries in all directions; the nearest pairs come first."""

MAX_PAIRS_PER_ARTICLE = 600
"""Bounds what one article may cost its neighbours; news says what matters first."""

MAX_READ = 80_000
"""Characters of questions that are judged for one article, counted for each ordered pair: they are
what costs, 2 to 5 microseconds each. 400 pairs in sentences of common length are as many."""

MAX_CONTEXT = 1_000
"""Characters of a sentence that judge a pair; longer ones are cut around the two mentions."""

CONTEXT_MARGIN = 200
"""Characters kept on either side of the two mentions where a sentence is cut."""

LOOK_BACK = 2
"""Sentences before one in which a country that it leaves out is looked for; then the title."""

MAX_REMEMBERED = 3
"""Countries that are remembered for a sentence."""

MAX_PAIRED = 2
"""Countries of a sentence that are paired with those."""

MAX_MEMORY, MEMORY_MARGIN = 140, 50
"""Characters taken of each sentence that is remembered, and around the country where it is cut."""

MAX_SAID = 500
"""Characters of a sentence that is judged together with what is remembered."""

BOUNDARY = " | "
"""Between what is remembered and the sentence that is judged; news has no such sign."""


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
class Pairs:
    """The pairs of a document in order, and whether it has more of them than are judged."""

    found: tuple[PairInDocument, ...]
    cut: bool = False


def pairs(document: Document, mentions: Sequence[Mention]) -> Pairs:
    """Every ordered pair of actors of different countries that a sentence of `document` poses.

    Mentions that cannot act or must not count are passed over; so are pairs that overlap, unless
    one phrase stands for both ("the two leaders"), and pairs too far apart to be read together.
    Bounded by the limits of this module, whatever the text.
    """
    actors = sorted(
        (m for m in mentions if m.actor and m.weight > 0),
        key=lambda mention: (mention.start, mention.end, mention.country),
    )
    starts = [mention.start for mention in actors]
    found: list[PairInDocument] = []
    read: list[_Read] = []
    characters = 0
    cut = False
    for sentence in document.sentences:
        first, last = bisect_left(starts, sentence.start), bisect_left(starts, sentence.end)
        inside = [m for m in actors[first:last] if m.end <= sentence.end]
        related, too_many = _related(inside)
        now = _Read(sentence, _first_mentions(inside))
        cut = cut or too_many
        for pair in chain(_within(document, sentence, related), _across(document, read, now)):
            characters += len(pair.context.text)
            if len(found) >= MAX_PAIRS_PER_ARTICLE or characters > MAX_READ:
                return Pairs(tuple(found), cut=True)
            found.append(pair)
        read.append(now)
    return Pairs(tuple(found), cut)


@dataclass(frozen=True, slots=True)
class _Read:
    """A sentence and the first mention of each country in it, of which later sentences ask."""

    sentence: Sentence
    firsts: Sequence[Mention]


def _related(actors: Sequence[Mention]) -> tuple[list[tuple[Mention, Mention]], bool]:
    """The couples of one sentence's actors, nearest first, and whether some were left out."""
    cut = len(actors) > MAX_MENTIONS_PER_SENTENCE
    if cut:
        heaviest = sorted(actors, key=lambda mention: (-mention.weight, mention.start))
        actors = sorted(heaviest[:MAX_MENTIONS_PER_SENTENCE], key=lambda mention: mention.start)
    found: list[tuple[Mention, Mention]] = []
    for step in range(1, len(actors)):
        for one, other in zip(actors, actors[step:], strict=False):
            if not _can_relate(one, other):
                continue
            if 2 * len(found) >= MAX_PAIRS_PER_SENTENCE:
                return found, True
            found.append((one, other))
    return found, cut


def _within(
    document: Document, sentence: Sentence, related: Iterable[tuple[Mention, Mention]]
) -> Iterator[PairInDocument]:
    """Both directions of couples that stand in the sentence."""
    for one, other in related:
        context = _context(document, sentence, one, other)
        yield PairInDocument(sentence, one, other, context)
        back = PairInContext(context.text, source=context.target, target=context.source)
        yield PairInDocument(sentence, other, one, back)


def _can_relate(one: Mention, other: Mention) -> bool:
    same_phrase = (one.start, one.end) == (other.start, other.end)
    return (
        one.country != other.country
        and (same_phrase or one.end <= other.start)
        and other.end - one.start <= MAX_CONTEXT - 2 * CONTEXT_MARGIN
    )


def _context(
    document: Document, sentence: Sentence, source: Mention, target: Mention
) -> PairInContext:
    cut = _cut(
        sentence,
        Span(min(source.start, target.start), max(source.end, target.end)),
        most=MAX_CONTEXT,
        margin=CONTEXT_MARGIN,
    )
    return PairInContext(
        text=document.text_of(cut),
        source=Span(source.start - cut.start, source.end - cut.start),
        target=Span(target.start - cut.start, target.end - cut.start),
    )


def _across(document: Document, read: Sequence[_Read], now: _Read) -> Iterator[PairInDocument]:
    """Pairs of a country of the sentence with one that was named shortly before."""
    here = now.firsts[:MAX_PAIRED]
    if not here:
        return
    remembered = _remembered(read, now)
    if not remembered:
        return
    said = _cut(
        now.sentence, Span(here[0].start, here[-1].end), most=MAX_SAID, margin=CONTEXT_MARGIN
    )
    text = ""
    placed: list[tuple[Sentence, Mention, Span]] = []
    for number in sorted(remembered):
        old, others = read[number].sentence, remembered[number]
        memory = _cut(
            old, Span(others[0].start, others[-1].end), most=MAX_MEMORY, margin=MEMORY_MARGIN
        )
        placed += [(old, *other) for other in _placed(others, memory, at=len(text))]
        text += document.text_of(memory) + BOUNDARY
    acting = _placed(here, said, at=len(text))
    text += document.text_of(said)
    for one, place in acting:
        for old, other, back in placed:
            asked = PairInContext(text, place, back), PairInContext(text, back, place)
            yield PairInDocument(now.sentence, one, other, asked[0], old)
            yield PairInDocument(now.sentence, other, one, asked[1], old)


def _first_mentions(actors: Sequence[Mention]) -> list[Mention]:
    """The first mention of each country, in order."""
    firsts: dict[str, Mention] = {}
    for mention in actors:
        firsts.setdefault(mention.country, mention)
    return list(firsts.values())


def _remembered(read: Sequence[_Read], now: _Read) -> dict[int, list[Mention]]:
    """Countries that the sentence does not name, by the number of the sentence that names them."""
    order = [*range(len(read) - 1, max(-1, len(read) - 1 - LOOK_BACK), -1)]
    if read and read[0].sentence.part == "title" and 0 not in order:
        order.append(0)
    known = {mention.country for mention in now.firsts}
    found: dict[int, list[Mention]] = {}
    for number in order:
        new = [mention for mention in read[number].firsts if mention.country not in known]
        chosen = new[: MAX_REMEMBERED - sum(map(len, found.values()))]
        if chosen:
            found[number] = chosen
            known |= {mention.country for mention in chosen}
    return found


def _placed(mentions: Sequence[Mention], cut: Span, *, at: int) -> list[tuple[Mention, Span]]:
    """Those that lie in `cut`, and where they stand when it is put at `at`."""
    shift = at - cut.start
    return [
        (mention, Span(mention.start + shift, mention.end + shift))
        for mention in mentions
        if mention.end <= cut.end
    ]


def _cut(sentence: Sentence, needed: Span, *, most: int, margin: int) -> Span:
    """The sentence, or what stands around `needed` where it is longer than `most`."""
    start, end = sentence.start, sentence.end
    if end - start > most:
        start = max(start, needed.start - margin)
        end = min(end, needed.end + margin, start + most)
    return Span(start, end)
