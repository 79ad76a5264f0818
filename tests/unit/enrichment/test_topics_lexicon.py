import pytest

from contracts.article import Article
from contracts.vocabulary import MediaTopic
from service.enrichment.text import read
from service.enrichment.topics_lexicon import TopicLexicon


@pytest.fixture(scope="module")
def lexicon():
    return TopicLexicon.load()


def document(text, title=None):
    return read(Article(id="a", title=title, text=text))


def best(shares):
    return max(shares, key=shares.__getitem__)


def test_the_title_counts_more_than_the_text(lexicon):
    football, church = "The football match was played.", "The bishop spoke in church."
    assert best(lexicon.shares(document(football, church))) is MediaTopic.RELIGION
    assert best(lexicon.shares(document(church, football))) is MediaTopic.SPORT


def test_plurals_genitives_and_capitals_are_matched(lexicon):
    one = lexicon.shares(document("Earthquake. Bishop."))
    assert set(one) == set(lexicon.shares(document("EARTHQUAKES. The bishops’ church's bishop’s.")))


def test_a_phrase_hides_its_words(lexicon):
    shares = lexicon.shares(document("The champions league final in the Premier League."))
    assert best(shares) is MediaTopic.SPORT


@pytest.mark.parametrize("text", ["Xyzzy.", "They went there.", "1234", "Le chat dort."])
def test_too_little_evidence_gives_nothing(lexicon, text):
    assert lexicon.shares(document(text)) == {}


def test_shares_sum_to_less_than_one(lexicon):
    shares = lexicon.shares(document("War, church, football, a strike, an election and a storm."))
    assert len(shares) > 2
    assert 0 < sum(shares.values()) < 1
