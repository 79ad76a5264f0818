import json
from pathlib import Path

import pytest

from contracts.article import Article
from contracts.vocabulary import MediaTopic
from service.enrichment.text import read
from service.enrichment.topics import MAX_TOPICS, TopicClassifier

LEAST_ACCURACY = 0.75
ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "topics_smoke.jsonl")
    .read_text("utf-8")
    .strip()
    .split("\n")
]


@pytest.fixture(scope="module")
def classifier():
    return TopicClassifier.load()


def document(text="", title=None):
    return read(Article(id="a", title=title, text=text))


@pytest.mark.parametrize("half", ["development", "held_out"])
def test_the_first_topic_is_mostly_right(classifier, half):
    rows = [row for row in ROWS if row["half"] == half]
    found = classifier.classify([document(row["text"], row["title"]) for row in rows])
    right = [
        bool(topics) and topics[0].topic is MediaTopic[row["topic"]]
        for topics, row in zip(found, rows, strict=True)
    ]
    assert sum(right) / len(rows) >= LEAST_ACCURACY


def test_every_topic_is_found(classifier):
    found = classifier.classify([document(row["text"], row["title"]) for row in ROWS])
    assert {topics[0].topic for topics in found if topics} == set(MediaTopic)


def test_scores_are_in_order_and_sum_to_one_at_most(classifier):
    for topics in classifier.classify([document(row["text"], row["title"]) for row in ROWS]):
        scores = [topic.score for topic in topics]
        assert scores == sorted(scores, reverse=True)
        assert 0 <= sum(scores) <= 1
        assert len(topics) <= MAX_TOPICS


@pytest.mark.parametrize("text", ["Xyzzy.", "They went there.", "1234", "Le chat dort."])
def test_too_little_evidence_gives_no_topic(classifier, text):
    assert classifier.classify([document(text)]) == [()]


def test_no_documents_give_no_topics(classifier):
    assert classifier.classify([]) == []


def test_the_title_counts_more_than_the_text(classifier):
    football, church = "The football match was played.", "The bishop spoke in church."
    (first,), (second,) = (
        [topics[:1] for topics in classifier.classify([document(text, title)])]
        for title, text in ((football, church), (church, football))
    )
    assert first[0].topic is MediaTopic.SPORT
    assert second[0].topic is MediaTopic.RELIGION


def test_plurals_genitives_and_capitals_are_matched(classifier):
    one, other = classifier.classify(
        [document("Earthquake. Bishop."), document("EARTHQUAKES. The bishops’ church's bishop’s.")]
    )
    assert {topic.topic for topic in one} == {topic.topic for topic in other}


def test_a_phrase_hides_its_words(classifier):
    (topics,) = classifier.classify([document("The champions league final in the Premier League.")])
    assert [topic.topic for topic in topics] == [MediaTopic.SPORT]


def test_an_answer_depends_on_the_document_alone(classifier):
    documents = [document(row["text"], row["title"]) for row in ROWS]
    together = classifier.classify(documents)
    again = [TopicClassifier.load().classify([one])[0] for one in reversed(documents[:10])]
    assert again[::-1] == together[:10]


def test_the_version_names_the_lexicon(classifier):
    assert classifier.version == TopicClassifier.load().version
    assert classifier.version.startswith("topics-lexicon-")


@pytest.mark.parametrize("text", ["war " * 25_000, "\ud800 war \x00", "w" * 100_000], ids=range(3))
def test_odd_texts_are_classified(classifier, text):
    (topics,) = classifier.classify([document(text)])
    assert all(0 < topic.score <= 1 for topic in topics)
