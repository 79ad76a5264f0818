"""Which blocks of a web page are the article and which are what the page puts around it.

Every block gets a score: prose counts for it, the manners of templates against it. The article is
the stretch of blocks with the greatest sum (maximum subsequence segmentation: Pasternack and Roth,
"Extracting article text from the web", WWW 2009), with a headline that stands right before it.
Texts without residue lose nothing.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from service.enrichment import manners
from service.enrichment.manners import Block, Kind
from service.enrichment.values import Span

PROSE_UNIT = 70
"""Characters of prose that weigh one."""
MAX_PROSE = 4.0
"""Weight of a paragraph at most: one long one must not hold a page together."""
SCORES = {Kind.NEUTRAL: -0.2, Kind.FURNITURE: -0.2, Kind.APPEAL: -1.0, Kind.RESIDUE: -2.0}
"""What a block that is no prose weighs."""
RUN_COSTS = (0.25, 0.75)
"""Share of its weight that the first and the second line of a run of residue cost."""
MAX_HEADLINES = 2
"""Lines kept between residue and the first paragraph: a headline and its standfirst."""
MIN_HEADLINE_WORDS = 4
"""Shorter lines there are labels ("International relations")."""
NAVIGATION_RUN = 3
"""As many short lines in a row outside of the article are a menu."""
LONE_APPEALS = 1
"""As many lines that speak to the reader, with no residue about, are the article's own."""

_RESIDUAL = (Kind.APPEAL, Kind.RESIDUE)


def of_article(text: str, blocks: Sequence[Sequence[Span]]) -> list[Span]:
    """The sentences that are the article's.

    Args:
        text: what the spans point into.
        blocks: for each block of a page, its sentences; none is empty.
    """
    good = [
        [span for span in spans if not manners.is_residue(text[span.start : span.end])]
        for spans in blocks
    ]
    keep = _select(_look(text, blocks, good))
    return [span for spans, kept in zip(good, keep, strict=True) if kept for span in spans]


def _look(
    text: str, blocks: Sequence[Sequence[Span]], good: Sequence[Sequence[Span]]
) -> list[Block]:
    """What the blocks look like, given which of their sentences are no residue."""
    whole = [text[spans[0].start : spans[-1].end] for spans in blocks]
    often = {line for line, times in Counter(map(manners.key, whole)).items() if times > 1 and line}
    found = [
        manners.look(
            block,
            residual=2 * sum(span.end - span.start for span in spans) < len(block),
            repeated=manners.key(block) in often,
        )
        for block, spans in zip(whole, good, strict=True)
    ]
    kinds = Counter(block.kind for block in found)
    if kinds[Kind.RESIDUE] or kinds[Kind.APPEAL] > LONE_APPEALS:
        return found
    return [
        replace(block, kind=Kind.NEUTRAL) if block.kind is Kind.APPEAL else block for block in found
    ]


def _select(blocks: Sequence[Block]) -> list[bool]:
    """Which of the blocks are the article's."""
    kinds = [block.kind for block in blocks]
    if Kind.PROSE not in kinds:
        # A table, a list, a headline alone: whatever is not residue.
        dropped = (*_RESIDUAL, Kind.FURNITURE) if Kind.RESIDUE in kinds else _RESIDUAL
        return [kind not in dropped for kind in kinds]
    first, last = _core(_scores(blocks))
    keep = [first <= index < last and kind not in _RESIDUAL for index, kind in enumerate(kinds)]
    for index in (*_before(blocks, first), *_after(blocks, last)):
        keep[index] = True
    return keep


def _scores(blocks: Sequence[Block]) -> list[float]:
    """The scores of the blocks; residue costs more the longer a run of it grows.

    One line between two paragraphs ("Advertisement") does not end an article.
    """
    scores: list[float] = []
    run = 0
    for block in blocks:
        if block.kind is Kind.PROSE:
            score = min(block.width / PROSE_UNIT, MAX_PROSE)
        else:
            score = SCORES[block.kind]
        run = run + 1 if block.kind in _RESIDUAL else 0
        scores.append(score * (RUN_COSTS[run - 1] if 0 < run <= len(RUN_COSTS) else 1.0))
    return scores


def _core(scores: Sequence[float]) -> tuple[int, int]:
    """The stretch with the greatest sum, half-open; of equal ones the first."""
    best, best_sum = (0, 0), 0.0
    start, total = 0, 0.0
    for index, score in enumerate(scores):
        if total < 0:
            start, total = index, 0.0
        total += score
        if total > best_sum:
            best, best_sum = (start, index + 1), total
    return best


def _before(blocks: Sequence[Block], first: int) -> list[int]:
    """The blocks before the article that belong to it."""
    if not _has_residue(blocks[:first]):
        return list(range(first))
    headlines: list[int] = []
    for index in range(first - 1, -1, -1):
        block = blocks[index]
        if block.kind in (Kind.NEUTRAL, Kind.PROSE) and block.words >= MIN_HEADLINE_WORDS:
            headlines.append(index)
        elif headlines and block.kind is not Kind.FURNITURE:
            break  # buttons may stand below a headline, but not between it and its standfirst
        if len(headlines) == MAX_HEADLINES:
            break
    return headlines


def _after(blocks: Sequence[Block], last: int) -> list[int]:
    """The blocks after the article that belong to it: up to the first residue, unless many."""
    tail = blocks[last:]
    if not _has_residue(tail):
        return list(range(last, len(blocks)))
    clean = 0
    while clean < len(tail) and tail[clean].kind not in _RESIDUAL:
        clean += 1
    return list(range(last, last + clean)) if clean < NAVIGATION_RUN else []


def _has_residue(blocks: Sequence[Block]) -> bool:
    """Whether there is any, a menu of short lines included."""
    run = 0
    for block in blocks:
        if block.kind in _RESIDUAL:
            return True
        run = run + 1 if block.words < MIN_HEADLINE_WORDS else 0
        if run >= NAVIGATION_RUN:
            return True
    return False
