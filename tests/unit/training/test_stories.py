"""The format of the labelled articles, what they teach, and that the repository's follow it."""

import pytest

from contracts.vocabulary import PloverEvent, Stance
from service.enrichment.countries import CountryFinder
from service.enrichment.passages import BOUNDARY
from service.training import data, stories
from service.training.corpus import CorpusError, Relation

STORY = """# family: aid
= Rescue teams fly to Nepal as toll passes 300
India sent dogs. || IND>NPL AID
Nobody slept.
Japan promised $2 million. || JPN>NPL AID

= Snow in Chile
"""


@pytest.fixture(scope="module")
def finder():
    return CountryFinder.load()


def parse(content):
    return list(stories.parse(content, name="train-x"))


def test_articles_begin_with_their_titles():
    nepal, chile = parse(STORY)
    assert (nepal.id, chile.id) == ("train-x:2", "train-x:7")
    assert nepal.title.text == "Rescue teams fly to Nepal as toll passes 300"
    assert [line.text for line in nepal.lines] == [
        "India sent dogs.",
        "Nobody slept.",
        "Japan promised $2 million.",
    ]
    assert nepal.lines[0].relations == (Relation("IND", "NPL", PloverEvent.AID, Stance.SUPPORTIVE),)
    assert nepal.lines[1].relations == ()
    assert chile.lines == ()


@pytest.mark.parametrize(
    "line",
    [
        "India sent dogs.",
        "= || IND>NPL AID",
        "= India || IND>IND AID",
        "= India || IND>NPL HELP",
        "= India || IND>NPL AID; IND>NPL AID",
    ],
)
def test_what_is_wrong_is_named_by_file_and_line(line):
    with pytest.raises(CorpusError, match=r"^train-x:2: "):
        parse(f"# family: wrong\n{line}")


def test_a_line_is_a_sentence_whatever_its_punctuation():
    (story,) = parse('= Talks\n"Yes. We agree," Tokyo said. It left. || JPN>CHN AGREE\nOn.')
    document = stories.document(story)
    assert [document.text_of(sentence) for sentence in document.sentences] == [
        "Talks",
        '"Yes. We agree," Tokyo said. It left.',
        "On.",
    ]


def test_what_a_sentence_shows_is_taught_where_the_service_asks(finder):
    examples = data.from_stories(parse(STORY), finder)
    before = ["Rescue teams fly to Nepal as toll passes 300", "India sent dogs."]
    shown = {
        (
            example.text,
            example.text[label.source.start : label.source.end],
            example.text[label.target.start : label.target.end],
        ): label.stances
        for example in examples
        for label in example.labels
    }
    asked = BOUNDARY.join([*before, "Japan promised $2 million."])
    assert shown[asked, "Japan", "Nepal"] == {Stance.SUPPORTIVE}
    assert shown[asked, "Nepal", "Japan"] == {None}
    assert {example.origin for example in examples} == {"stories"}


def test_how_much_of_what_is_labelled_the_service_asks_about(finder):
    assert stories.reachable(parse(STORY), finder) == (2, 2)
    far = "= Snow\nNepal froze.\nOne.\nTwo.\nThree.\nJapan sent coats. || JPN>NPL AID"
    assert stories.reachable(parse(far), finder) == (0, 1)


@pytest.mark.parametrize(
    ("pattern", "least"), [("train-*.txt", 300), ("heldout.txt", 60), ("waiting-*.txt", 400)]
)
def test_the_articles_of_the_repository_follow_the_format(pattern, least):
    found = stories.read(pattern)
    assert len(found) >= least
    events = {r.event for s in found for line in (s.title, *s.lines) for r in line.relations}
    assert events == set(PloverEvent)


def test_readers_agree_on_what_both_saw():
    (one,) = parse("= Talks\nOman left. || OMN>IRN REJECT; IRN>OMN CONSULT ~\nIran hailed Chad. ||")
    (other,) = parse("= Talks\nOman left. || OMN>IRN ACCUSE\nIran hailed Chad. || IRN>TCD SUPPORT")
    assert stories.agreement([one], [one])["dyads_with_stance_f1"] == 1
    told = stories.agreement([one], [other])
    assert told == {
        "dyads_f1": pytest.approx(2 / 3),
        "dyads_with_stance_f1": pytest.approx(2 / 3),
        "same_event": 0,
    }


def test_the_second_reader_read_the_same_and_saw_much_the_same():
    first, second = stories.read("heldout.txt"), stories.read("second.txt")
    assert stories.agreement(first, second)["dyads_with_stance_f1"] > 0.9


@pytest.mark.parametrize("pattern", ["train-*.txt", "waiting-*.txt"])
def test_no_held_out_article_is_learned_from(pattern):
    learned = {line.text for s in stories.read(pattern) for line in (s.title, *s.lines)}
    measured = {line.text for s in stories.read("heldout.txt") for line in (s.title, *s.lines)}
    assert not learned & measured


def test_most_of_what_is_labelled_can_be_found(finder):
    posed, labelled = stories.reachable(stories.read("heldout.txt"), finder)
    assert posed / labelled > 0.65
