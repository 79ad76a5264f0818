"""The corpus written for this project: sentences, their country mentions, what holds between them.

A line is a sentence with its mentions marked, then the ordered pairs that hold::

    [Iran|IRN] was condemned by [Paris|FRA]. || FRA>IRN ACCUSE

Pairs are apart by ``;`` (one pair may have two events); a tilde says that the stance is neutral:
who asks for help, terms or a meeting, or urges restraint on both, takes no side; who presses the
other to stop, undo or answer for something does.
Ordered pairs of marked actors that are not listed stand side by side and have no dealing with each
other. Actors that are no countries have X1, X2 … in place of a code. Lines that begin with ``#``
are comments; ``# family: NAME; …`` names the family of those below.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from contracts.vocabulary import PloverEvent, Stance
from service.enrichment.values import Span
from service.training.labels import stance_of

CORPUS = Path(__file__).parent / "corpus"
"""Where the files lie: ``train-*.txt`` to learn from, ``heldout-*.txt`` to measure with."""

ANNOTATED = CORPUS / "annotated.txt"
"""Sentences of `directed_sentiment.train.jsonl`, by id, labelled for this project: see `annotated`.

Their texts are others' and stay outside of this repository.
"""

ANNOTATED_ACTORS = CORPUS / "annotated-actors.txt"
"""Others of the same file, whose actors are mostly no countries; none of them measures."""

ANNOTATED_MARKED = CORPUS / "annotated-marked.txt"
"""Likewise of `pair_stance.train.jsonl`: beside its one pair a sentence all the others."""

_SEPARATOR = "||"
_CODE = "[A-Z]{3}|X[1-9]"
_MENTION = re.compile(rf"\[([^\[\]|]+)\|({_CODE})\]")
_RELATION = re.compile(rf"({_CODE})>({_CODE}) ([A-Z]+)( ~)?")
_PLACE = re.compile(rf"(\d+):(\d+)=({_CODE})")
_FAMILY = re.compile(r"#\s*family:\s*([^;]+)")


class CorpusError(ValueError):
    """A line does not follow the format; the message names file and line."""


@dataclass(frozen=True, slots=True)
class MarkedMention:
    """A phrase that stands for an actor: alpha-3 or X1, X2 …, and its place in the sentence."""

    country: str
    span: Span


@dataclass(frozen=True, slots=True)
class Relation:
    """What one country does to another in a sentence."""

    source: str
    target: str
    event: PloverEvent
    stance: Stance


@dataclass(frozen=True, slots=True)
class CorpusSentence:
    """A sentence of the corpus.

    Attributes:
        id: file name without its ending, and line number.
        family: what the sentence is an example of.
        text: the sentence without marks.
        mentions: in order.
        relations: the ordered pairs that hold; between the others there is no dealing.
    """

    id: str
    family: str
    text: str
    mentions: tuple[MarkedMention, ...]
    relations: tuple[Relation, ...]

    def pairs(self) -> Iterator[tuple[MarkedMention, MarkedMention, tuple[Relation, ...]]]:
        """Ordered pairs of mentions of two countries, and what holds between them."""
        held: defaultdict[tuple[str, str], tuple[Relation, ...]] = defaultdict(tuple)
        for relation in self.relations:
            held[relation.source, relation.target] += (relation,)
        for source, target in permutations(self.mentions, 2):
            if source.country != target.country:
                yield source, target, held[source.country, target.country]


def read(pattern: str = "train-*.txt", *, folder: Path = CORPUS) -> list[CorpusSentence]:
    """The sentences of the files of `folder` that match `pattern`, in the order of their names.

    Raises:
        CorpusError: a line does not follow the format.
    """
    return [
        sentence
        for path in sorted(folder.glob(pattern))
        for sentence in parse(path.read_text(encoding="utf-8"), name=path.stem)
    ]


def parse(text: str, *, name: str) -> Iterator[CorpusSentence]:
    """The sentences of one file; `name` begins their ids.

    Raises:
        CorpusError: a line does not follow the format.
    """
    family = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("#"):
            named = _FAMILY.match(line)
            family = named[1].strip() if named else family
        elif line.strip():
            yield _sentence(line, f"{name}:{number}", family)


def annotated(text: str, sentences: Mapping[str, str], *, name: str) -> Iterator[CorpusSentence]:
    """Sentences whose text lies elsewhere: ``id 0:7=SWE 35:45=UZB || SWE>UZB COERCE`` a line.

    Args:
        text: what says where the mentions are, and what holds between them.
        sentences: texts by id.
        name: of the file, for messages.

    Raises:
        CorpusError: a line does not follow the format, or there is no text of that id.
    """
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("#") or not line.strip():
            continue
        head, separator, listed = line.partition(_SEPARATOR)
        row, *places = head.split()
        found = [_PLACE.fullmatch(place) for place in places]
        if not separator or row not in sentences:
            raise CorpusError(f"{name}:{number}: no {_SEPARATOR}, or no text of {row}")
        mentions = tuple(
            MarkedMention(one[3], Span(int(one[1]), int(one[2]))) for one in found if one
        )
        if len(mentions) < len(places) or mentions[-1].span.end > len(sentences[row]):
            raise CorpusError(f"{name}:{number}: places of mentions are START:END=ABC in the text")
        held = _relations(listed, {mention.country for mention in mentions}, row)
        yield CorpusSentence(row, "annotated", sentences[row], mentions, held)


def _sentence(line: str, place: str, family: str) -> CorpusSentence:
    marked, separator, listed = line.partition(_SEPARATOR)
    if not separator:
        raise CorpusError(f"{place}: no {_SEPARATOR} between sentence and pairs")
    text, mentions = _unmark(marked.strip(), place)
    held = _relations(listed, {mention.country for mention in mentions}, place)
    return CorpusSentence(place, family, text, mentions, held)


def relations(listed: str, place: str) -> tuple[Relation, ...]:
    """What stands behind the separator of a line; `place` is named in messages.

    Raises:
        CorpusError: it does not follow the format.
    """
    found = tuple(_relation(part.strip(), place) for part in listed.split(";") if part.strip())
    if any(relation.source == relation.target for relation in found):
        raise CorpusError(f"{place}: a country and itself are no pair")
    if len(set(found)) < len(found):
        raise CorpusError(f"{place}: the same is listed twice")
    return found


def _relations(listed: str, countries: AbstractSet[str], place: str) -> tuple[Relation, ...]:
    found = relations(listed, place)
    for relation in found:
        if not {relation.source, relation.target} <= countries:
            named = f"{relation.source}>{relation.target}"
            raise CorpusError(f"{place}: {named} is no pair of marked countries")
    return found


def _unmark(marked: str, place: str) -> tuple[str, tuple[MarkedMention, ...]]:
    parts: list[str] = []
    mentions: list[MarkedMention] = []
    size = end = 0
    for found in _MENTION.finditer(marked):
        before, phrase = marked[end : found.start()], found[1]
        start = size + len(before)
        size = start + len(phrase)
        parts += [before, phrase]
        mentions.append(MarkedMention(found[2], Span(start, size)))
        end = found.end()
    text = "".join([*parts, marked[end:]])
    if not text or set("[]|") & set(text):
        raise CorpusError(f"{place}: empty, or a mark that is not [phrase|ABC]")
    return text, tuple(mentions)


def _relation(written: str, place: str) -> Relation:
    found = _RELATION.fullmatch(written)
    if found is None or found[3] not in PloverEvent.__members__:
        raise CorpusError(f"{place}: {written!r} is not SOURCE>TARGET EVENT")
    event = PloverEvent[found[3]]
    stance = Stance.NEUTRAL if found[4] else stance_of(event)
    return Relation(found[1], found[2], event, stance)
