"""Whole short articles written for this project, labelled sentence by sentence.

What a sentence leaves to the reader's memory is labelled too, so they teach and measure pairs
across sentences. A title begins with ``= ``, every other line is one sentence; behind ``||`` the
ordered pairs that it shows to who has read so far, as in the corpus::

    = Rescue teams fly to Nepal as toll passes 300
    Japan promised $2 million and a group of engineers. || JPN>NPL AID

An empty line ends an article; ``# family: NAME`` names the manner of those below. Mentions are
not marked: the service's own finder sees them, as it will in the stream.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from contracts.article import Article
from contracts.vocabulary import Stance
from service.enrichment import text
from service.enrichment.countries import CountryFinder
from service.enrichment.pairs import pairs
from service.enrichment.passages import PairInDocument
from service.enrichment.values import Document, Sentence
from service.training import readers
from service.training.corpus import CorpusError, Relation, relations
from service.training.readers import Pair

STORIES = Path(__file__).parent / "stories"
"""Where the files lie: ``train-*.txt`` to learn from, ``heldout.txt`` to measure with, and
``second.txt``, the same articles as a second reader saw them."""

_SEPARATOR = "||"
_TITLE = "= "
_PARAGRAPH = "\n\n"


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence and what it shows."""

    text: str
    relations: tuple[Relation, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """An article; `id` is file name and line number of its title."""

    id: str
    title: Line
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class ShownPair:
    """A pair as the service poses it, and what its sentence shows of it."""

    pair: PairInDocument
    relations: tuple[Relation, ...]


def read(pattern: str, *, folder: Path = STORIES) -> list[Story]:
    """The articles of the files of `folder` that match `pattern`, in the order of their names.

    Raises:
        CorpusError: a line does not follow the format.
    """
    return [
        story
        for path in sorted(folder.glob(pattern))
        for story in parse(path.read_text(encoding="utf-8"), name=path.stem)
    ]


def parse(content: str, *, name: str) -> Iterator[Story]:
    """The articles of one file; `name` begins their ids.

    Raises:
        CorpusError: a line does not follow the format.
    """
    place = ""
    lines: list[Line] = []
    for number, line in enumerate(content.splitlines(), start=1):
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith(_TITLE):
            if lines:
                yield Story(place, lines[0], tuple(lines[1:]))
            place, lines = f"{name}:{number}", []
        elif not lines:
            raise CorpusError(f"{name}:{number}: a sentence before any title")
        written, _, listed = line.removeprefix(_TITLE).partition(_SEPARATOR)
        if not written.strip():
            raise CorpusError(f"{name}:{number}: no text")
        lines.append(Line(written.strip(), relations(listed, f"{name}:{number}")))
    if lines:
        yield Story(place, lines[0], tuple(lines[1:]))


def document(story: Story) -> Document:
    """The article as the service reads it, each line one sentence whatever its punctuation."""
    body = _PARAGRAPH.join(line.text for line in story.lines)
    read_by_service = text.read(Article(id=story.id, title=story.title.text, text=body))
    found = [Sentence(0, len(story.title.text), "title")]
    at = len(story.title.text) + len(_PARAGRAPH)
    for line in story.lines:
        found.append(Sentence(at, at + len(line.text), "text"))
        at += len(line.text) + len(_PARAGRAPH)
    return replace(read_by_service, sentences=tuple(found))


def shown(story: Story, finder: CountryFinder) -> list[ShownPair]:
    """Every pair that the service poses, with what the sentence shows of it, maybe nothing."""
    whole = document(story)
    lines = dict(zip(whole.sentences, (story.title, *story.lines), strict=True))
    held: dict[tuple[Sentence, str, str], tuple[Relation, ...]] = defaultdict(tuple)
    for sentence, line in lines.items():
        for relation in line.relations:
            held[sentence, relation.source, relation.target] += (relation,)
    return [
        ShownPair(pair, held[pair.sentence, pair.source.country, pair.target.country])
        for pair in pairs(whole, finder.find(whole)).found
    ]


def reachable(stories: Iterable[Story], finder: CountryFinder) -> tuple[int, int]:
    """How many of the labelled pairs of sentences the service poses at all, and how many there are.

    The others name no country in any way that the finder knows, or look back too far.
    """
    posed = labelled = 0
    for story in stories:
        labelled += sum(
            len({(relation.source, relation.target) for relation in line.relations})
            for line in (story.title, *story.lines)
        )
        posed += len(
            {
                (one.pair.sentence, one.pair.source.country, one.pair.target.country)
                for one in shown(story, finder)
                if one.relations
            }
        )
    return posed, labelled


def agreement(one: Sequence[Story], other: Sequence[Story]) -> dict[str, float]:
    """How far two readers of the same articles see the same, sentence by sentence.

    Returns:
        F1 of the ordered pairs that show a stance, without and with it, and the share of events
        that are the same among the pairs that both saw.
    """
    both = [
        (_seen(mine), _seen(theirs))
        for story, again in zip(one, other, strict=True)
        for mine, theirs in zip(
            (story.title, *story.lines), (again.title, *again.lines), strict=True
        )
    ]
    same_event = [
        mine[pair].event is theirs[pair].event
        for mine, theirs in both
        for pair in mine.keys() & theirs.keys()
    ]
    return {
        **readers.agreement((_stances(mine), _stances(theirs)) for mine, theirs in both),
        "same_event": sum(same_event) / max(1, len(same_event)),
    }


def _stances(seen: Mapping[Pair, Relation]) -> dict[Pair, Stance]:
    return {pair: relation.stance for pair, relation in seen.items()}


def _seen(line: Line) -> dict[Pair, Relation]:
    return {
        (relation.source, relation.target): relation
        for relation in line.relations
        if relation.stance is not Stance.NEUTRAL
    }


def by_context(shown_pairs: Sequence[ShownPair]) -> dict[str, list[ShownPair]]:
    """The pairs by the text that they are asked about in, in order."""
    grouped: defaultdict[str, list[ShownPair]] = defaultdict(list)
    for one in shown_pairs:
        grouped[one.pair.context.text].append(one)
    return dict(grouped)
