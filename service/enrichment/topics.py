"""The Media Topics of a document, by the network that the stances use and by a lexicon.

The network reads title and lead once, as a question about nobody (``service/training/model.py``);
the lexicon counts words of the whole text. Each knows what the other misses.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from contracts.vocabulary import MediaTopic, NarrowerTopic
from service.enrichment.encoder import PairEncoder
from service.enrichment.topics_lexicon import TopicLexicon
from service.enrichment.values import Document, NarrowerScore, TopicScore

LEAD = 250
"""Characters of the text, in whole sentences, that the network reads with the title."""

MAX_PIECES = 128
"""Word pieces that are read; the set that the network learned from has no longer leads."""

WHOLE = 1_400
"""Characters of text from which on the lexicon has seen enough to be trusted in full."""

LEXICON_WEIGHT, LEXICON_WEIGHT_WHOLE = 6.0, 20.0
"""What a share of one in the lexicon counts beside the network's logits: of a lead, of a text.

The first was chosen on the held-out titles (5 to 7 are alike), the second on
``service/training/articles/choose.jsonl`` (12 to 30 are alike).
"""

DAMPING = 2.0
"""What the sum is divided by for a whole text: two witnesses that heard the same story.

On ``choose.jsonl`` it makes the main topic as sure as it is right, and gives as many topics as the
readers do.
"""

ASIDE = 2.2
"""By how much another topic's logits may be lower than those of politics for it to be the main one,
in a whole text: governments act in nearly all news between countries, whatever it is about.

Chosen on ``choose.jsonl`` and ``wire.jsonl`` (1.5 to 2.5 are alike).
"""

MAX_TOPICS = 5
"""Topics given at most."""

_BY_CODE = {topic.value: topic for topic in MediaTopic}
_BY_NAME = {topic.value: topic for topic in NarrowerTopic}
_Topic = TypeVar("_Topic", MediaTopic, NarrowerTopic)


class TopicClassifier:
    """Probabilities of the seventeen Media Topics, and of the second level below some of them.

    Args:
        encoder: the network.
        lexicon: the words.
        card: the content of ``models/topics.json``: version, topics in the order of the outputs,
            temperature, offset of the top level, and from which probability on a topic is given.
    """

    def __init__(self, encoder: PairEncoder, lexicon: TopicLexicon, card: dict[str, Any]) -> None:
        self.version = f"{card['version']}+{lexicon.version}"
        self._encoder = encoder
        self._topics = tuple(_BY_CODE[code] for code in card["topics"])
        self._narrower = tuple(_BY_NAME[name] for name in card["narrower"])
        self._lexicon = lexicon
        self._temperature: float = card["temperature"]
        self._offset = np.array(
            [card["offset"]] * len(self._topics) + [0.0] * (len(self._narrower) + 1)
        )
        self._least: float = card["least"]
        self._least_narrower: float = card["least_narrower"]
        self._least_news: float = card["least_news"]

    @classmethod
    def load(cls, encoder: PairEncoder) -> Self:
        """The classifier of the package, on an encoder that is loaded already."""
        card = files("service.enrichment") / "models" / "topics.json"
        return cls(encoder, TopicLexicon.load(), json.loads(card.read_text(encoding="utf-8")))

    def classify(self, documents: Sequence[Document]) -> list[tuple[TopicScore, ...]]:
        """The topics of each document, the main one first; none where it reads like no news.

        Each score is the probability that the article is about the topic; they need not sum to
        one. The others follow by their scores; the main one has the highest, but that politics
        gives way (`ASIDE`). The text is taken for English.
        """
        return [
            self._scores(row, aside=ASIDE * _whole(document))
            for row, document in zip(self._logits(documents), documents, strict=True)
        ]

    def probabilities(self, documents: Sequence[Document]) -> NDArray[np.float64]:
        """Of topics, topics of the second level, and of being news: a row a document."""
        return _likely(self._logits(documents))

    def _logits(self, documents: Sequence[Document]) -> NDArray[np.float64]:
        """Of the same."""
        logits: NDArray[np.float64] = (self.evidence(documents) - self._offset) / self._temperature
        return logits

    def evidence(self, documents: Sequence[Document]) -> NDArray[np.float64]:
        """What speaks for each of them, before calibration: [documents, topics]."""
        width = len(self._topics) + len(self._narrower) + 1
        rows = np.zeros((len(documents), width))
        for row, document in zip(rows, documents, strict=True):
            # each alone: its answer must not depend on its neighbours
            window = self._encoder.pieces(head(document)).window(None, None, limit=MAX_PIECES)
            row[:] = self._encoder.run_topics(window)
            shares = self._lexicon.shares(document)
            words = np.array([shares.get(topic, 0.0) for topic in self._topics])
            whole = _whole(document)
            weight = LEXICON_WEIGHT + (LEXICON_WEIGHT_WHOLE - LEXICON_WEIGHT) * whole
            top = row[: len(self._topics)]
            top[:] = (top + weight * words) / (1 + (DAMPING - 1) * whole)
        return rows

    def _scores(self, logits: NDArray[np.float64], *, aside: float) -> tuple[TopicScore, ...]:
        row = _likely(logits)
        if row[-1] < self._least_news:
            return ()
        of_topics, of_narrower = row[: len(self._topics)], row[len(self._topics) : -1]
        below: defaultdict[MediaTopic, list[NarrowerScore]] = defaultdict(list)
        for topic, score in _ranked(self._narrower, of_narrower, self._least_narrower):
            below[topic.broader].append(NarrowerScore(topic, score))
        ranked = [
            TopicScore(topic, score, tuple(below[topic]))
            for topic, score in _ranked(self._topics, of_topics, self._least)
        ]
        mainly = logits[: len(self._topics)].copy()
        mainly[self._topics.index(MediaTopic.POLITICS)] -= aside
        main = self._topics[int(mainly.argmax())]
        ranked.sort(key=lambda topic: topic.topic is not main)  # stable: the others stay in order
        return tuple(ranked[:MAX_TOPICS])


def _likely(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Their probabilities."""
    likely: NDArray[np.float64] = 1 / (1 + np.exp(-logits))
    return likely


def _whole(document: Document) -> float:
    """How much of a whole text it is: 0 for a lead, 1 from `WHOLE` characters on."""
    length = len(document.full) - document.text_start
    return min(1.0, max(0.0, (length - LEAD) / (WHOLE - LEAD)))


def head(document: Document) -> str:
    """Title and lead, a line each, without what is residue of a page."""
    parts: dict[str, list[str]] = {"title": [], "text": []}
    size = 0
    for sentence in document.sentences:
        if size < LEAD:
            parts[sentence.part].append(document.text_of(sentence))
        if sentence.part == "text":
            size += sentence.end - sentence.start
    return "\n".join(" ".join(part) for part in parts.values() if part)


def _ranked(
    topics: Sequence[_Topic], scores: NDArray[np.float64], least: float
) -> Iterator[tuple[_Topic, float]]:
    """Topics that are likely enough, likeliest first."""
    for number in np.argsort(-scores, kind="stable"):
        if scores[number] >= least:
            yield topics[number], round(float(scores[number]), 4)
