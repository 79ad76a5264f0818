import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from contracts.article import Article
from contracts.vocabulary import MediaTopic, NarrowerTopic
from service.enrichment.encoder import PairEncoder
from service.enrichment.text import read
from service.enrichment.topics import (
    ASIDE,
    DAMPING,
    LEAD,
    MAX_TOPICS,
    WHOLE,
    TopicClassifier,
    head,
)
from service.training import topics as topic_set

LEAST_ACCURACY = 0.8
LEAST_HELD_OUT = 0.75
ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "topics_smoke.jsonl")
    .read_text("utf-8")
    .strip()
    .split("\n")
]

MENU = (
    "Starters: tomato soup 4.50, green salad 5.20. Mains: grilled trout 14.80, lentil pie 11.90. "
    "Desserts: rice pudding 4.10. Please tell us about allergies."
)
COOKIES = (
    "We and our partners use cookies to store and access information on your device. Accept all. "
    "Reject all. Manage settings."
)
PRICES = (
    "Bolts M6 x 30, box of 100: 7.80. Bolts M8 x 40, box of 100: 11.20. Washers: 2.10. Prices "
    "without VAT. Delivery within three working days."
)


@pytest.fixture(scope="module")
def encoder():
    return PairEncoder.load()


@pytest.fixture(scope="module")
def classifier(encoder):
    return TopicClassifier.load(encoder)


def document(text="", title=None):
    return read(Article(id="a", title=title, text=text))


def test_the_first_topic_is_mostly_right(classifier):
    found = classifier.classify([document(row["text"], row["title"]) for row in ROWS])
    right = [
        bool(topics) and topics[0].topic is MediaTopic[row["topic"]]
        for topics, row in zip(found, ROWS, strict=True)
    ]
    assert sum(right) / len(ROWS) >= LEAST_ACCURACY


def test_the_first_topic_is_mostly_right_on_the_part_kept_apart(classifier):
    items = [item for item in topic_set.read("heldout*.txt") if item.topics]
    likely = classifier.probabilities([document(i.lead or i.title, i.title or None) for i in items])
    best = likely[:, : len(MediaTopic)].argmax(1)
    right = [
        list(MediaTopic)[number] is item.topics[0] for number, item in zip(best, items, strict=True)
    ]
    assert sum(right) / len(items) >= LEAST_HELD_OUT


def test_several_topics_and_their_second_level(classifier):
    title = "Foreign ministers meet in Vienna to prepare summit on peace treaty"
    text = (
        "The foreign ministers of both countries held talks on Monday with the envoy of the United "
        "Nations, hours after shelling across the front line had killed nine soldiers."
    )
    (topics,) = classifier.classify([document(text, title)])
    assert {MediaTopic.POLITICS, MediaTopic.CONFLICT} <= {topic.topic for topic in topics}
    below = {narrower.topic for topic in topics for narrower in topic.narrower}
    assert below & {NarrowerTopic.DIPLOMACY, NarrowerTopic.PEACE_PROCESS}
    for topic in topics:
        assert all(narrower.topic.broader is topic.topic for narrower in topic.narrower)


def test_scores_are_probabilities_in_order_but_for_politics_that_gives_way(classifier):
    for topics in classifier.classify([document(row["text"], row["title"]) for row in ROWS]):
        scores = [topic.score for topic in topics]
        assert scores[1:] == sorted(scores[1:], reverse=True)
        higher = [topic.topic for topic in topics if topic.score > scores[0]]
        assert higher in ([], [MediaTopic.POLITICS])
        assert all(0 < score <= 1 for score in scores)
        assert len(topics) <= MAX_TOPICS


def network(logits):
    """Stands in for the encoder: the same logits whatever is read."""
    topics = [logits.get(topic.name, -9.0) for topic in MediaTopic]
    row = np.array([*topics, *[-9.0] * len(NarrowerTopic), 9.0])
    window = SimpleNamespace(window=lambda *_, **__: None)
    return SimpleNamespace(pieces=lambda _: window, run_topics=lambda _: row)


WORDLESS = SimpleNamespace(version="none", shares=lambda _: {})
"""Stands in for the lexicon: it knows no word."""


def judged(text, **logits):
    card = {
        "version": "none",
        "topics": [topic.value for topic in MediaTopic],
        "narrower": [topic.value for topic in NarrowerTopic],
        "temperature": 1 / DAMPING,
        "offset": 0.0,
        "least": 0.05,
        "least_narrower": 0.5,
        "least_news": 0.5,
    }
    (topics,) = TopicClassifier(network(logits), WORDLESS, card).classify([document(text)])
    return [topic.topic for topic in topics]


STORY = "Ministers met. " * (WHOLE // 15 + 1)
"""Long enough to be a whole text, where the sum is damped."""


@pytest.mark.parametrize(
    ("text", "trade", "wanted"),
    [
        (STORY, 2.9 - ASIDE + 0.1, ["ECONOMY", "POLITICS", "LABOUR"]),
        (STORY, 2.9 - ASIDE - 0.1, ["POLITICS", "LABOUR", "ECONOMY"]),
        (STORY, 2.95, ["ECONOMY", "POLITICS", "LABOUR"]),
        (STORY[:LEAD], 2.5, ["POLITICS", "ECONOMY", "LABOUR"]),
    ],
)
def test_politics_gives_way_to_what_a_whole_story_is_about(text, trade, wanted):
    found = judged(text, POLITICS=2.9, ECONOMY=trade, LABOUR=0.65)
    assert [topic.name for topic in found] == wanted


def test_a_story_of_politics_alone_keeps_its_topic():
    assert judged(STORY, POLITICS=-1.0) == [MediaTopic.POLITICS]


@pytest.mark.parametrize(
    ("title", "text"), [("Menu", MENU), (None, COOKIES), ("Price list", PRICES)]
)
def test_what_is_no_news_gets_no_topic(classifier, title, text):
    assert classifier.classify([document(text, title)]) == [()]


def test_no_documents_give_no_topics(classifier):
    assert classifier.classify([]) == []


def test_the_network_reads_title_and_lead_and_no_more():
    sentences = " ".join(f"The minister spoke for the {n}th time." for n in range(100))
    one = head(document(sentences, "Minister speaks"))
    assert one.startswith("Minister speaks\nThe minister spoke for the 0th time.")
    assert LEAD < len(one) < LEAD + 100


def test_words_of_the_whole_text_count(classifier):
    lead = "The talks went on until late in the evening, and nobody spoke to reporters. " * 8
    football, church = (
        classifier.evidence([document(lead + rest)])[0]
        for rest in ("The goalkeeper and the league.", "The bishop and the parish.")
    )
    topics = list(MediaTopic)
    assert football[topics.index(MediaTopic.SPORT)] > church[topics.index(MediaTopic.SPORT)]
    assert church[topics.index(MediaTopic.RELIGION)] > football[topics.index(MediaTopic.RELIGION)]


def test_an_answer_depends_on_the_document_alone(classifier):
    documents = [document(row["text"], row["title"]) for row in ROWS[:10]]
    together = classifier.classify(documents)
    assert [classifier.classify([one])[0] for one in reversed(documents)][::-1] == together


def test_the_version_names_the_weights_and_the_words(classifier, encoder):
    assert classifier.version == TopicClassifier.load(encoder).version
    assert classifier.version.startswith("topics-2")
    assert "+topics-lexicon-2" in classifier.version


@pytest.mark.parametrize("text", ["war " * 25_000, "\ud800 war \x00", "w" * 100_000], ids=range(3))
def test_odd_texts_are_classified(classifier, text):
    (topics,) = classifier.classify([document(text)])
    assert all(0 < topic.score <= 1 for topic in topics)
