"""Country mentions to ordered pairs in a sentence, and judged pairs to an article's dyads."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from contracts.events import Dyad, Evidence
from contracts.vocabulary import Stance
from service.enrichment.values import (
    Document,
    Judgement,
    Mention,
    PairInContext,
    Sentence,
    Span,
)

MAX_MENTIONS_PER_SENTENCE = 32
"""The heaviest ones are kept: beyond this a sentence is a list, not a statement."""

MAX_PAIRS_PER_SENTENCE = 60
"""Enough for eight countries in all directions; the nearest pairs come first."""

MAX_PAIRS_PER_ARTICLE = 600
"""Bounds what one article may cost its neighbours; news says what matters first."""

MAX_READ = 80_000
"""Characters of sentences that are judged for one article, counted for each ordered pair: they are
what costs, 2 to 5 microseconds each. 400 pairs in sentences of common length are as many."""

MAX_CONTEXT = 1_000
"""Characters of a sentence that judge a pair; longer ones are cut around the two mentions."""

CONTEXT_MARGIN = 200
"""Characters kept on either side of the two mentions where a sentence is cut."""

MAX_EVIDENCE = 5
"""Sentences given per dyad, the surest ones; all of them count for its stance."""

LEAST_CONFIDENCE = 0.5
"""Of a dyad: its stance is likelier than all that could be instead."""


@dataclass(frozen=True, slots=True)
class PairInDocument:
    """Two mentions of different countries in one sentence, and the question they pose."""

    sentence: Sentence
    source: Mention
    target: Mention
    context: PairInContext


@dataclass(frozen=True, slots=True)
class Pairs:
    """The pairs of a document in order, and whether it has more of them than are judged."""

    found: tuple[PairInDocument, ...]
    cut: bool = False


def pairs(document: Document, mentions: Sequence[Mention]) -> Pairs:
    """Every ordered pair of actors of different countries that a sentence of `document` holds.

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
    cut = False
    read = 0
    for sentence in document.sentences:
        first, last = bisect_left(starts, sentence.start), bisect_left(starts, sentence.end)
        inside = [m for m in actors[first:last] if m.end <= sentence.end]
        related, too_many = _related(inside)
        cut = cut or too_many
        for one, other in related:
            context = _context(document, sentence, one, other)
            read += 2 * len(context.text)
            if len(found) >= MAX_PAIRS_PER_ARTICLE or read > MAX_READ:
                return Pairs(tuple(found), cut=True)
            found.append(PairInDocument(sentence, one, other, context))
            context = PairInContext(context.text, source=context.target, target=context.source)
            found.append(PairInDocument(sentence, other, one, context))
    return Pairs(tuple(found), cut)


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
    start, end = sentence.start, sentence.end
    if end - start > MAX_CONTEXT:
        start = max(start, min(source.start, target.start) - CONTEXT_MARGIN)
        end = min(end, max(source.end, target.end) + CONTEXT_MARGIN)
    return PairInContext(
        text=document.full[start:end],
        source=Span(source.start - start, source.end - start),
        target=Span(target.start - start, target.end - start),
    )


def dyads(
    document: Document, pairs: Sequence[PairInDocument], judgements: Sequence[Judgement]
) -> tuple[Dyad, ...]:
    """The dyads that judged pairs give, the surest first.

    A pair of countries with no sentence that shows a stance is left out. A sentence counts once
    for an ordered pair, by its clearest mention of it.

    Args:
        document: where the pairs stand.
        pairs: what `pairs` found.
        judgements: one for each pair, in the same order.

    Raises:
        ValueError: the two sequences are not of the same length.
    """
    clearest: dict[tuple[str, str], dict[Sentence, Judgement]] = defaultdict(dict)
    for pair, judgement in zip(pairs, judgements, strict=True):
        if judgement.stance is Stance.NEUTRAL:
            continue
        by_sentence = clearest[pair.source.country, pair.target.country]
        known = by_sentence.get(pair.sentence)
        if known is None or abs(judgement.score) > abs(known.score):
            by_sentence[pair.sentence] = judgement
    found = [_dyad(document, *key, judged) for key, judged in clearest.items()]
    likely = [dyad for dyad in found if dyad.confidence >= LEAST_CONFIDENCE]
    return tuple(sorted(likely, key=lambda dyad: (-dyad.confidence, dyad.source, dyad.target)))


def _dyad(document: Document, source: str, target: str, judged: dict[Sentence, Judgement]) -> Dyad:
    """Sentences taken as witnesses of either stance, each believed as it is sure.

    The three outcomes are that only the witnesses for support are right, only those against, or
    none: so agreeing sentences raise the confidence and contradicting ones lower it.
    """
    scores = [judgement.score for judgement in judged.values()]
    support = _believed(score for score in scores if score > 0)
    oppose = _believed(-score for score in scores if score < 0)
    only_support, only_oppose = support * (1 - oppose), oppose * (1 - support)
    total = only_support + only_oppose + (1 - support) * (1 - oppose)
    if total <= 0:  # both certain: nothing to choose by
        only_support = only_oppose = 0.5
        total = 1.0
    supportive = only_support >= only_oppose
    return Dyad(
        source=source,
        target=target,
        stance=Stance.SUPPORTIVE if supportive else Stance.OPPOSING,
        score=round((only_support - only_oppose) / total, 4),
        confidence=round(max(only_support, only_oppose) / total, 4),
        evidence=_evidence(document, judged, supportive=supportive),
    )


def _believed(scores: Iterable[float]) -> float:
    """Probability that one of the witnesses is right.

    They read the same article and repeat each other: the second counts half, the third a third.
    """
    surest = sorted(scores, reverse=True)
    none: float = prod((1 - score) ** (1 / rank) for rank, score in enumerate(surest, start=1))
    return 1 - none


def _evidence(
    document: Document, judged: dict[Sentence, Judgement], *, supportive: bool
) -> tuple[Evidence, ...]:
    """What agrees with the stance first, then what contradicts it; the surest of each first."""
    surest = sorted(
        judged.items(),
        key=lambda item: (
            (item[1].score > 0) != supportive,
            -item[1].confidence,
            item[0].start,
        ),
    )
    return tuple(
        Evidence(
            text=document.text_of(sentence),
            part=sentence.part,
            start=sentence.start - _origin(document, sentence),
            end=sentence.end - _origin(document, sentence),
            event=judgement.event,
            quad_class=int(judgement.quad_class),
            confidence=round(judgement.confidence, 4),
        )
        for sentence, judgement in surest[:MAX_EVIDENCE]
    )


def _origin(document: Document, sentence: Sentence) -> int:
    return document.text_start if sentence.part == "text" else 0
