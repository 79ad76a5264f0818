"""Everything to learn from in one shape: a text, and pairs of spans with the labels that are known.

Each source has only some of the labels: this project's corpus has all of those of a pair;
``pair_stance`` (Hu et al., ACL 2024) has no neutral pairs; ``directed_sentiment`` (Park et al.,
ACL Findings 2021) has a stance and no event, but for those of its sentences whose country pairs
this project labelled (``corpus/annotated.txt``); the topic set is asked about no pair at all.
"""

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from contracts.vocabulary import MediaTopic, NarrowerTopic, PloverEvent, QuadClass, Stance
from service.enrichment.countries import CountryFinder
from service.enrichment.values import Sentence, Span
from service.training import corpus, stories, topics
from service.training.corpus import CorpusSentence, Relation
from service.training.labels import NO_STANCE, YIELD
from service.training.stories import ShownPair, Story
from service.training.topics import TopicItem

CODED = "pair_stance"
"""Origin of PLV's own rows: events by PLOVER's published codebook, all others by our reading."""

OTHER_DIRECTION = 0.5
"""Weight of "no stance" for the direction that a row of `directed_sentiment` says nothing about."""

HELD_OUT_FIFTHS = 5
"""One row in five is kept apart, by a hash of its id."""


@dataclass(frozen=True, slots=True)
class TopicLabel:
    """What a text is about, the main topic first; no topic says that it is no news."""

    topics: tuple[MediaTopic, ...]
    narrower: frozenset[NarrowerTopic]


@dataclass(frozen=True, slots=True)
class Label:
    """What is known about an ordered pair of spans; an empty set says that nothing is known.

    Attributes:
        source: None where the sentence leaves the actor out.
        target: likewise.
        stances: those that are right; None is that the two have no dealing with each other.
        quads: likewise.
        events: likewise; two where the labels' own table did not tell them apart.
        weight: how much the pair counts.
        topic: what the whole text is about; asked with neither source nor target.
        said: the sentence that shows it; None where that is all of the text.
        countries: alpha-3 codes of the two, an actor without country as X and a digit; None where
            the set names only phrases.
        taught: what a teacher answers, see `teacher`; None where none was asked.
    """

    source: Span | None
    target: Span | None
    stances: frozenset[Stance | None]
    quads: frozenset[QuadClass] = frozenset()
    events: frozenset[PloverEvent] = frozenset()
    weight: float = 1.0
    topic: TopicLabel | None = None
    said: Span | None = None
    countries: tuple[str, str] | None = None
    taught: bytes | None = None

    @property
    def taken(self) -> frozenset[Stance]:
        """`stances` as a judgement's `stance` has them, for which no dealing is neutral too."""
        return frozenset(Stance.NEUTRAL if one is None else one for one in self.stances)


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence and the pairs asked about in it; `origin` is the name of its set."""

    id: str
    origin: str
    text: str
    labels: tuple[Label, ...]

    @property
    def coded(self) -> bool:
        """Whether it is a row of PLV's own: what its event is called, only its label tells."""
        return self.origin == CODED


@dataclass(frozen=True, slots=True)
class Sets:
    """What is trained on.

    Attributes:
        own: sentences and articles written for this project.
        real: sentences of news, labelled in full.
        topics: titles with leads.
        sentiment: sentences of news of which one pair has a stance.
    """

    own: list[Example]
    real: list[Example]
    topics: list[Example]
    sentiment: list[Example]

    def epoch(self, number: int, *, real: int, topics: int, sentiment: float) -> list[Example]:
        """What the `number`-th epoch reads.

        Args:
            number: from 0.
            real: how often it reads the real sentences.
            topics: how often it reads the titles with leads.
            sentiment: share of `sentiment`, another one in each epoch, round and round.
        """
        size = int(len(self.sentiment) * sentiment)
        part = [
            self.sentiment[at % len(self.sentiment)]
            for at in range(number * size, (number + 1) * size)
        ]
        return [*self.own, *(self.real * real), *(self.topics * topics), *part]


def held_out(row_id: str) -> bool:
    """Whether a row belongs to the fifth that is never trained on."""
    return hashlib.sha256(row_id.encode()).digest()[0] % HELD_OUT_FIFTHS == 0


def rows(path: Path) -> list[dict[str, Any]]:
    """The records of a file of JSON Lines."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def from_corpus(sentences: Iterable[CorpusSentence]) -> list[Example]:
    """The corpus; several mentions of the same two countries share the weight of one."""
    return [_from_sentence(sentence) for sentence in sentences if len(sentence.mentions) > 1]


def _from_sentence(sentence: CorpusSentence) -> Example:
    found = list(sentence.pairs())
    ways = Counter((source.country, target.country) for source, target, _ in found)
    labels = tuple(
        _label(
            (source.span, target.span),
            held,
            between=(source.country, target.country),
            share=ways[source.country, target.country],
        )
        for source, target, held in found
    )
    return Example(sentence.id, "corpus", sentence.text, labels)


def from_stories(written: Iterable[Story], finder: CountryFinder) -> list[Example]:
    """Whole articles, by the texts that the service asks about pairs in."""
    examples: list[Example] = []
    for story in written:
        shown = stories.shown(story, finder)
        for number, (text, posed) in enumerate(stories.by_context(shown).items()):
            ways = Counter(map(_way, posed))
            labels = tuple(
                _label(
                    (one.pair.context.source, one.pair.context.target),
                    one.relations,
                    between=(one.pair.source.country, one.pair.target.country),
                    share=ways[_way(one)],
                    said=one.pair.context.said,
                )
                for one in posed
            )
            examples.append(Example(f"{story.id}/{number}", "stories", text, labels))
    return examples


def _way(one: ShownPair) -> tuple[Sentence, str, str]:
    return one.pair.sentence, one.pair.source.country, one.pair.target.country


def _label(
    spans: tuple[Span | None, Span | None],
    held: Sequence[Relation],
    *,
    between: tuple[str, str],
    share: int,
    said: Span | None = None,
) -> Label:
    """What holds between two mentions, one of `share` pairs of the same two countries."""
    return Label(
        said=said,
        source=spans[0],
        target=spans[1],
        countries=between,
        stances=_stances(held),
        quads=frozenset(relation.event.quad_class for relation in held),
        events=frozenset(relation.event for relation in held),
        weight=1 / share,
    )


def annotated(records: Iterable[dict[str, Any]]) -> list[Example]:
    """Those of the rows of `directed_sentiment` whose country pairs this project labelled."""
    return _annotated(corpus.ANNOTATED, _unbracketed(records))


def annotated_actors(
    records: Iterable[dict[str, Any]], *, path: Path = corpus.ANNOTATED_ACTORS
) -> list[Example]:
    """Others of its rows, with pairs of actors that are mostly no countries: to train on."""
    return _annotated(path, _unbracketed(records))


def annotated_marked(marked: Iterable[Example]) -> list[Example]:
    """Those of the examples of `pair_stance` all of whose pairs this project labelled."""
    return _annotated(corpus.ANNOTATED_MARKED, {example.id: example.text for example in marked})


def _unbracketed(records: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Texts of rows of `directed_sentiment` by id."""
    return {record["id"]: re.sub(r"[\[\]]", "", record["marked"]) for record in records}


def _annotated(path: Path, texts: Mapping[str, str]) -> list[Example]:
    listed = path.read_text(encoding="utf-8")
    return from_corpus(corpus.annotated(listed, texts, name=path.name))


def _stances(relations: Sequence[Relation]) -> frozenset[Stance | None]:
    """What is shown, by any of the events; neutral only where none shows more."""
    if not relations:
        return frozenset({None})
    shown = frozenset(relation.stance for relation in relations) - {Stance.NEUTRAL}
    return shown or frozenset({Stance.NEUTRAL})


def from_topics(items: Iterable[TopicItem]) -> list[Example]:
    """Titles with leads."""
    return [
        Example(
            item.id,
            "topics",
            item.text,
            (Label(None, None, frozenset(), topic=TopicLabel(item.topics, item.narrower)),),
        )
        for item in items
    ]


def from_pair_stance(records: Iterable[dict[str, Any]]) -> list[Example]:
    """Rows with one pair marked ``<s>…</s>``, ``<t>…</t>``; some lack a mark or an actor.

    They know no neutral: their stance is that of the event, so who asks for help opposes. Of
    requests neutral is right as well.
    """
    return [_from_marked(record) for record in records]


def _from_marked(record: dict[str, Any]) -> Example:
    text, spans = _unmark(record["marked"], ("<s>", "</s>", "<t>", "</t>"))
    at = {"s": spans.get("<s>"), "t": spans.get("<t>")}
    for name, phrase in (("s", record["source"]), ("t", record["target"])):
        if at[name] is None and phrase and phrase in text:
            at[name] = Span(text.index(phrase), text.index(phrase) + len(phrase))
    old = record["label_root"]
    events = YIELD if old == "YIELD" else frozenset({PloverEvent(old)})
    stances = {Stance(record["label_stance"])}
    if old == PloverEvent.REQUEST:
        stances |= {Stance.NEUTRAL}
    label = Label(
        source=at["s"],
        target=at["t"],
        stances=frozenset(stances),
        quads=frozenset(event.quad_class for event in events),
        events=events,
    )
    return Example(record["id"], CODED, text, (label,))


def from_directed_sentiment(records: Iterable[dict[str, Any]]) -> list[Example]:
    """Rows with two entities in brackets; rows of the same text become one example."""
    by_text: defaultdict[str, list[Label]] = defaultdict(list)
    first_id: dict[str, str] = {}
    for record in records:
        parts = re.split(r"[\[\]]", record["marked"])
        text = "".join(parts)
        p = Span(len(parts[0]), len(parts[0] + parts[1]))
        q = Span(p.end + len(parts[2]), p.end + len(parts[2] + parts[3]))
        first_id.setdefault(text, record["id"])
        by_text[text] += _directions(p, q, record["label5"])
    return [
        Example(first_id[text], "directed_sentiment", text, tuple(labels))
        for text, labels in by_text.items()
    ]


def _directions(p: Span, q: Span, label5: int) -> list[Label]:
    """Both directions of a pair; where one of them holds, the other one counts for less."""
    if label5 == 0:
        return [Label(p, q, NO_STANCE), Label(q, p, NO_STANCE)]
    shown = frozenset({Stance.SUPPORTIVE if label5 in (1, 2) else Stance.OPPOSING})
    forward = label5 in (1, 3)
    return [
        Label(p, q, shown if forward else NO_STANCE, weight=1 if forward else OTHER_DIRECTION),
        Label(q, p, NO_STANCE if forward else shown, weight=OTHER_DIRECTION if forward else 1),
    ]


def _unmark(marked: str, marks: Sequence[str]) -> tuple[str, dict[str, Span]]:
    """The text without marks, and the first span of each opening mark; marks may nest."""
    parts: list[str] = []
    spans: dict[str, Span] = {}
    opened: dict[str, int] = {}
    size = 0
    for part in re.split("(" + "|".join(marks) + ")", marked):
        if part not in marks:
            parts.append(part)
            size += len(part)
        elif part.startswith("</"):
            start = opened.pop(part.replace("/", ""))
            spans.setdefault(part.replace("/", ""), Span(start, size))
        else:
            opened[part] = size
    return "".join(parts), spans


def load_sets(folder: Path, *, sentiment_weight: float) -> Sets:
    """All that is trained on; the sets of others lie in `folder`.

    Args:
        folder: of ``pair_stance.train.jsonl`` and ``directed_sentiment.train.jsonl``.
        sentiment_weight: what a pair of the latter counts.
    """
    own = [
        *from_corpus(corpus.read("train-*.txt")),
        *from_stories(stories.read("train-*.txt"), CountryFinder.load()),
    ]
    marked = from_pair_stance(rows(folder / "pair_stance.train.jsonl"))
    records = rows(folder / "directed_sentiment.train.jsonl")
    read, apart = split(annotated(records))
    measured_with = {example.text for example in apart}
    sentiment = [
        replace(
            example,
            labels=tuple(
                replace(one, weight=one.weight * sentiment_weight) for one in example.labels
            ),
        )
        for example in from_directed_sentiment(records)
        if example.text not in measured_with
    ]
    Random(len(sentiment)).shuffle(sentiment)  # noqa: S311 nothing secret
    real = [
        *read,
        *annotated_actors(records),
        *split(marked)[0],
        *split(annotated_marked(marked))[0],
    ]
    return Sets(own, real, from_topics(topics.read()), sentiment)


def split(
    examples: Iterable[Example], *, kept_apart: Callable[[str], bool] = held_out
) -> tuple[list[Example], list[Example]]:
    """Those to train on, and those that are kept apart."""
    chosen = list(examples)
    return (
        [example for example in chosen if not kept_apart(example.id)],
        [example for example in chosen if kept_apart(example.id)],
    )
