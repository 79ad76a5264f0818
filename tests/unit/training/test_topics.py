"""The format of the topic set, and that what the repository holds follows it."""

from collections import Counter

import pytest

from contracts.vocabulary import MediaTopic, NarrowerTopic
from service.training import topics
from service.training.topics import TopicSetError

LEAST_PER_TOPIC = 100
"""Items of each class, both parts together."""

A_FIFTH = 0.2


def parse(text):
    return list(topics.parse(text, name="train-x"))


def test_a_line():
    (item,) = parse("# main: 04\n\n04 11 /trade /sanctions || Duties stay || The minister said.")
    assert item.id == "train-x:3"
    assert item.topics == (MediaTopic.ECONOMY, MediaTopic.POLITICS)
    assert item.narrower == {NarrowerTopic.TRADE, NarrowerTopic.SANCTIONS}
    assert item.text == "Duties stay\nThe minister said."


@pytest.mark.parametrize(
    ("line", "text"), [("01 || Title || ", "Title"), ("01 ||  || A lead.", "A lead.")]
)
def test_title_or_lead_may_be_empty(line, text):
    assert parse(line)[0].text == text


def test_no_news():
    (item,) = parse("- || Cookies || We value your privacy.")
    assert (item.topics, item.narrower) == ((), frozenset())


@pytest.mark.parametrize(
    "line",
    [
        "01 || only a title",
        "01 ||  || ",
        "18 || Title || Lead.",
        "01 01 || Title || Lead.",
        "/trade || Title || Lead.",
        "- /trade || Title || Lead.",
        "04 /nonsense || Title || Lead.",
        "01 || Title || Lead || more",
    ],
)
def test_what_is_wrong_is_named_by_file_and_line(line):
    with pytest.raises(TopicSetError, match=r"^train-x:2: "):
        parse(f"# main: 01\n{line}")


def test_every_class_has_a_hundred_items_and_a_part_is_kept_apart():
    training, apart = topics.read(), topics.read("heldout*.txt")
    counted = Counter(item.topics[0] for item in [*training, *apart] if item.topics)
    assert min(counted[topic] for topic in MediaTopic) >= LEAST_PER_TOPIC
    assert len(apart) >= A_FIFTH * len(training)
    assert {n for item in apart for n in item.narrower} == set(NarrowerTopic)
    assert any(not item.topics for item in apart)


def test_no_item_stands_on_both_sides():
    assert not {i.text for i in topics.read()} & {i.text for i in topics.read("heldout*.txt")}
