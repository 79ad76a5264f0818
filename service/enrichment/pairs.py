"""Country mentions to ordered pairs, and the question that each pair poses to the stance model.

A country that a sentence leaves to the reader's memory ("Japan promised two million dollars", under
a title that names Nepal) is asked about where it was named last. Sentences that pose questions are
read together, in passages, with what they remind of.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from service.enrichment.implied import ImpliedPartners, within
from service.enrichment.passages import Couple, PairInDocument, Passage
from service.enrichment.values import Document, Mention, Sentence, Span

MAX_MENTIONS_PER_SENTENCE = 32
"""The heaviest ones are kept: beyond this a sentence is a list, not a statement."""

MAX_PAIRS_PER_SENTENCE = 60
"""Enough for eight countries in all directions; the nearest pairs come first."""

MAX_PAIRS_PER_ARTICLE = 600
"""Bounds what one article may cost its neighbours; news says what matters first."""

MAX_READ = 40_000
"""Characters of passages that are read for one article: they are what costs, some 10 microseconds
each."""

LIST = 4
"""Countries of an enumeration from which on its members are not asked about each other: of 2,960
such pairs in what the project wrote to learn from, 18 deal with each other; of 2,928 where two
countries stand side by side, 1,148 do."""

MAX_CONTEXT = 1_000
"""Characters of a sentence that judge a pair; longer ones are cut around the two mentions."""

CONTEXT_MARGIN = 200
"""Characters kept on either side of the two mentions where a sentence is cut."""

MAX_SAID = 500
"""Characters of a sentence that is judged in company; the pairs of a longer one are asked about in
passages of their own, each cut around its two mentions."""

MAX_PASSAGE = 300
"""Characters of a passage, unless one sentence and what it reminds of take more."""

LOOK_BACK = 2
"""Sentences before one in which a country that it leaves out is looked for; then the title."""

MAX_REMEMBERED = 3
"""Countries that are remembered for a sentence."""

MAX_PAIRED = 2
"""Countries of a sentence that are paired with those."""

MAX_MEMORY, MEMORY_MARGIN = 140, 50
"""Characters taken of a sentence that is only remembered, and around its country where cut."""


_BETWEEN = re.compile(r"\s?(?:[,;/]|,? ?(?:and|or|&))\s?(?:the )?")
"""What stands between the members of a list."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """The pairs of a document in order, and whether it has more of them than are judged."""

    found: tuple[PairInDocument, ...]
    cut: bool = False


def pairs(
    document: Document, mentions: Sequence[Mention], implied: ImpliedPartners | None = None
) -> Pairs:
    """Every ordered pair of actors of different countries that a sentence of `document` poses.

    Mentions that cannot act or must not count are passed over; so are pairs that overlap, unless
    one phrase stands for both ("the two leaders"), and pairs too far apart to be read together.
    Bounded by the limits of this module, whatever the text.

    Args:
        document: where they stand.
        mentions: what stands for countries in it.
        implied: tells which sentences may leave a country out; where there is none, all may.
    """
    actors = sorted(
        (m for m in mentions if m.actor and m.weight > 0),
        key=lambda mention: (mention.start, mention.end, mention.country),
    )
    starts = [mention.start for mention in actors]
    reading = _Reading(document, implied)
    for sentence in document.sentences:
        first, last = bisect_left(starts, sentence.start), bisect_left(starts, sentence.end)
        reading.read(sentence, [m for m in actors[first:last] if m.end <= sentence.end])
        if reading.full:
            break
    return reading.result()


@dataclass(frozen=True, slots=True)
class _Read:
    """A sentence and the first mention of each country in it, of which later sentences ask."""

    sentence: Sentence
    firsts: Sequence[Mention]

    @property
    def paired(self) -> Sequence[Mention]:
        """Those that are paired with countries that the sentence leaves out."""
        return self.firsts[:MAX_PAIRED]


class _Reading:
    """A document's sentences, read one after the other, and the questions that they pose.

    Attributes:
        full: the limits are reached; no more is taken in.
    """

    def __init__(self, document: Document, implied: ImpliedPartners | None) -> None:
        self._document = document
        self._implied = implied
        self._read: list[_Read] = []
        self._passage = Passage(document)
        self._found: list[PairInDocument] = []
        self._posed = self._characters = 0
        self._cut = False
        self.full = False

    def read(self, sentence: Sentence, actors: Sequence[Mention]) -> None:
        """Poses what `sentence` asks; its actors are in order."""
        related, too_many = _related(actors, self._document.full)
        self._cut = self._cut or too_many
        now = _Read(sentence, _first_mentions(actors))
        remembered = _remembered(self._read, now) if now.firsts else []
        self._read.append(now)
        if remembered and not self._may_imply(now):
            remembered = []
        if sentence.end - sentence.start > MAX_SAID:
            self._pose_apart(sentence, related)
            related = []
        if related or remembered:
            self._pose(now, related, remembered)

    def result(self) -> Pairs:
        """All that was posed."""
        self._close()
        return Pairs(tuple(self._found), self._cut)

    def _may_imply(self, now: _Read) -> bool:
        """Whether a country may be left out; a long sentence is not told by its words."""
        sentence = now.sentence
        if self._implied is None or sentence.end - sentence.start > MAX_SAID:
            return True
        return self._implied.may_imply(
            self._document.text_of(sentence), within(sentence, now.paired)
        )

    def _pose_apart(self, sentence: Sentence, related: Sequence[tuple[Mention, Mention]]) -> None:
        """The couples of a long sentence, in a passage for each part of it."""
        by_cut: defaultdict[Span, list[Couple]] = defaultdict(list)
        for one, other in related:
            around = Span(min(one.start, other.start), max(one.end, other.end))
            cut = _cut(sentence, around, most=MAX_CONTEXT, margin=CONTEXT_MARGIN)
            by_cut[cut].append(Couple(one, other))
        for cut, couples in by_cut.items():
            self._close()
            if self._takes([(sentence, cut)]):
                for couple in couples:
                    self._ask(sentence, couple)

    def _pose(
        self, now: _Read, related: Iterable[tuple[Mention, Mention]], remembered: Sequence[_Read]
    ) -> None:
        here = now.paired if remembered else []
        said = Span(now.sentence.start, now.sentence.end)
        if here:
            around = Span(here[0].start, here[-1].end)
            said = _cut(now.sentence, around, most=MAX_SAID, margin=CONTEXT_MARGIN)
        missing = [old for old in remembered if not self._passage.holds(old.sentence, old.firsts)]
        cuts = [(old.sentence, _memory(old)) for old in missing]
        if (
            any(self._passage.is_past(old.sentence) for old in missing)
            or self._passage.grown_by([cut for _, cut in [*cuts, (now.sentence, said)]])
            > MAX_PASSAGE
        ):
            self._close()
            cuts = [(old.sentence, _memory(old)) for old in remembered]
        if not self._takes([*cuts, (now.sentence, said)]):
            return
        for one, other in related:
            self._ask(now.sentence, Couple(one, other))
        held = self._passage.holds  # what was cut away is not asked about
        acting = [one for one in here if held(now.sentence, [one])]
        others = [(m, old.sentence) for old in remembered for m in old.firsts]
        others = [(m, sentence) for m, sentence in others if held(sentence, [m])]
        for one, (other, antecedent) in product(acting, others):
            self._ask(now.sentence, Couple(one, other, antecedent))

    def _takes(self, cuts: Sequence[tuple[Sentence, Span]]) -> bool:
        """Puts sentences into the passage, if so much more is read of this document."""
        self._characters += sum(cut.end - cut.start for _, cut in cuts)
        if self._characters > MAX_READ:
            self.full = self._cut = True
            return False
        for sentence, cut in cuts:
            self._passage.add(sentence, cut)
        return True

    def _ask(self, sentence: Sentence, couple: Couple) -> None:
        if self._posed + 2 > MAX_PAIRS_PER_ARTICLE:
            self.full = self._cut = True
            return
        self._posed += 2
        self._passage.pose(sentence, couple)

    def _close(self) -> None:
        """Ends the passage; what follows is read in a new one."""
        self._found += self._passage.questions()
        self._passage = Passage(self._document)


def _related(actors: Sequence[Mention], text: str) -> tuple[list[tuple[Mention, Mention]], bool]:
    """The couples of one sentence's actors, nearest first, and whether some were left out."""
    cut = len(actors) > MAX_MENTIONS_PER_SENTENCE
    if cut:
        heaviest = sorted(actors, key=lambda mention: (-mention.weight, mention.start))
        actors = sorted(heaviest[:MAX_MENTIONS_PER_SENTENCE], key=lambda mention: mention.start)
    listed = _listed(actors, text)
    found: list[tuple[Mention, Mention]] = []
    for step in range(1, len(actors)):
        for at, (one, other) in enumerate(zip(actors, actors[step:], strict=False)):
            same_list = at in listed and listed[at] == listed.get(at + step)
            if same_list or not _can_relate(one, other):
                continue
            if 2 * len(found) >= MAX_PAIRS_PER_SENTENCE:
                return found, True
            found.append((one, other))
    return found, cut


def _listed(actors: Sequence[Mention], text: str) -> dict[int, int]:
    """For each actor that stands in a list of at least `LIST` countries, the number of its list."""
    lists: list[list[int]] = []
    for number, actor in enumerate(actors):
        gap = text[actors[number - 1].end : actor.start] if number else ""
        if lists and _BETWEEN.fullmatch(gap):
            lists[-1].append(number)
        else:
            lists.append([number])
    return {
        member: number
        for number, members in enumerate(lists)
        if len({actors[member].country for member in members}) >= LIST
        for member in members
    }


def _can_relate(one: Mention, other: Mention) -> bool:
    same_phrase = (one.start, one.end) == (other.start, other.end)
    return (
        one.country != other.country
        and (same_phrase or one.end <= other.start)
        and other.end - one.start <= MAX_CONTEXT - 2 * CONTEXT_MARGIN
    )


def _first_mentions(actors: Sequence[Mention]) -> list[Mention]:
    """The first mention of each country, in order."""
    firsts: dict[str, Mention] = {}
    for mention in actors:
        firsts.setdefault(mention.country, mention)
    return list(firsts.values())


def _remembered(read: Sequence[_Read], now: _Read) -> list[_Read]:
    """Earlier sentences with those of their countries that this one reminds of, in order."""
    order = [*range(len(read) - 1, max(-1, len(read) - 1 - LOOK_BACK), -1)]
    if read and read[0].sentence.part == "title" and 0 not in order:
        order.append(0)
    known = {mention.country for mention in now.firsts}
    found: dict[int, _Read] = {}
    left = MAX_REMEMBERED
    for number in order:
        old = read[number]
        chosen = [mention for mention in old.firsts if mention.country not in known][:left]
        if chosen:
            found[number] = _Read(old.sentence, chosen)
            known |= {mention.country for mention in chosen}
            left -= len(chosen)
    return [old for _, old in sorted(found.items())]


def _memory(old: _Read) -> Span:
    around = Span(old.firsts[0].start, old.firsts[-1].end)
    return _cut(old.sentence, around, most=MAX_MEMORY, margin=MEMORY_MARGIN)


def _cut(sentence: Sentence, needed: Span, *, most: int, margin: int) -> Span:
    """The sentence, or what stands around `needed` where it is longer than `most`."""
    start, end = sentence.start, sentence.end
    if end - start > most:
        start = max(start, needed.start - margin)
        end = min(end, needed.end + margin, start + most)
    return Span(start, end)
