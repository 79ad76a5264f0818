"""Figures of the topics on titles and leads that no training saw: see ``evaluate.py``."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from service.training.figures import calibration_error, macro_f1
from service.training.labels import NARROWER, TOPICS, topic_row
from service.training.topics import TopicItem

TEMPERATURES = np.geomspace(0.4, 3.0, 30)
"""Those that are tried."""

OFFSETS = np.arange(-1.0, 3.05, 0.25)
"""Likewise: what is taken from the evidence for every topic of the top level."""

LEAST = 0.3
"""Probability from which on a topic is given; a lower one than even, for the first is a choice."""

LEAST_NARROWER = 0.2
"""Likewise for the second level."""

LEAST_NEWS = 0.3
"""Likewise for its being a news article: to leave news without a topic is the worse mistake."""


@dataclass(frozen=True, slots=True)
class TopicAnswers:
    """Raw outputs for items, [items, topics]."""

    items: Sequence[TopicItem]
    logits: NDArray[np.float64]

    def likely(self, fitted: tuple[float, float]) -> NDArray[np.float64]:
        """Probabilities, by a temperature and the offset of the top level."""
        temperature, offset = fitted
        logits = self.logits.copy()
        logits[:, : len(TOPICS)] -= offset
        scaled: NDArray[np.float64] = 1 / (1 + np.exp(-logits / temperature))
        return scaled

    def held(self) -> NDArray[np.bool_]:
        """What holds, as the outputs are ordered."""
        return np.array([topic_row(item.topics, item.narrower) for item in self.items])

    def part(self, chosen: Sequence[int]) -> "TopicAnswers":
        """The same of some items."""
        return TopicAnswers([self.items[number] for number in chosen], self.logits[list(chosen)])


def fit(answers: TopicAnswers) -> tuple[float, float]:
    """The temperature and the offset that make the labels likeliest."""
    held = answers.held()

    def missed(tried: tuple[float, float]) -> float:
        likely = np.clip(answers.likely(tried), 1e-9, 1 - 1e-9)
        return float(-np.log(np.where(held, likely, 1 - likely)).sum())

    temperature, offset = min(product(TEMPERATURES, OFFSETS), key=missed)
    return round(float(temperature), 3), round(float(offset), 3)


def figures(answers: TopicAnswers, fitted: tuple[float, float]) -> dict[str, float]:
    """Macro-F1 of the main topic and of the second level, abstention, calibration."""
    likely, held = answers.likely(fitted), answers.held()
    news = held[:, -1]
    best = likely[:, : len(TOPICS)].argmax(1)
    main = [TOPICS.index(item.topics[0]) if item.topics else -1 for item in answers.items]
    pairs = [(m, int(b)) for m, b, is_news in zip(main, best, news, strict=True) if is_news]
    allowed = [held[row, best[row]] for row in range(len(news)) if news[row]]
    given = likely[:, :-1] >= np.array([LEAST] * len(TOPICS) + [LEAST_NARROWER] * len(NARROWER))
    second = range(len(TOPICS), len(TOPICS) + len(NARROWER))
    said_news = likely[:, -1] >= LEAST_NEWS
    return {
        "items": len(main),
        "main_macro_f1": macro_f1([m for m, _ in pairs], [b for _, b in pairs]),
        "main_accuracy": _mean([m == b for m, b in pairs]),
        "main_is_one_of_the_labels": _mean(allowed),
        "all_topics_micro_f1": _micro(given[news, : len(TOPICS)], held[news, : len(TOPICS)]),
        "second_level_macro_f1": _mean(
            [_micro(given[news, n : n + 1], held[news, n : n + 1]) for n in second]
        ),
        "no_news_found": _mean(list(~said_news[~news])),
        "news_kept": _mean(list(said_news[news])),
        "ece": calibration_error(
            likely[news, : len(TOPICS)].ravel().tolist(), held[news, : len(TOPICS)].ravel().tolist()
        ),
        "ece_of_main": calibration_error(
            likely[:, : len(TOPICS)].max(1)[news], held[np.arange(len(best)), best][news]
        ),
    }


def confusions(answers: TopicAnswers) -> list[str]:
    """The confusion table in Markdown: a row a main topic, a column what came out."""
    best = answers.logits[:, : len(TOPICS)].argmax(1)
    counts = Counter(
        (TOPICS.index(item.topics[0]), int(got))
        for item, got in zip(answers.items, best, strict=True)
        if item.topics
    )
    numbers = [topic.value[7:9] for topic in TOPICS]
    rows = ["| | " + " | ".join(numbers) + " |", "|---" * (len(TOPICS) + 1) + "|"]
    for row, number in enumerate(numbers):
        cells = (str(counts[row, column] or "") for column in range(len(TOPICS)))
        rows.append(f"| **{number}** | " + " | ".join(cells) + " |")
    return rows


def _micro(given: NDArray[np.bool_], held: NDArray[np.bool_]) -> float:
    return float(2 * (given & held).sum() / max(1, given.sum() + held.sum()))


def _mean(values: Sequence[float] | Sequence[bool]) -> float:
    return sum(values) / max(1, len(values))
