"""The articles with a reader's lists, and what the analysis makes of those that only measure."""

import re

import pytest

from contracts.article import Article
from contracts.events import CountryInArticle, Dyad, EnrichedArticle
from contracts.vocabulary import Stance
from service.enrichment.enricher import Enricher
from service.training import articles
from tests.fakes import enriched

LEAST_ARTICLES = 20


@pytest.fixture(scope="module")
def found():
    readers = articles.read("measure")
    return readers, Enricher.load().enrich([reader.article for reader in readers])


def test_there_are_enough_and_no_text_stands_in_two():
    parts = [articles.read(part) for part in articles.PARTS]
    assert min(map(len, parts)) >= LEAST_ARTICLES
    read = [reader for part in parts for reader in part]
    assert len({reader.article.text for reader in read}) == len(read)
    assert len({reader.article.id for reader in read}) == len(read)
    for reader in read:
        assert set().union(*reader.dyads.alike) <= reader.countries | reader.countries_optional
        assert all(re.fullmatch(r"\d\d", topic) for topic in reader.main_topics)
    for part in parts:
        assert any(not reader.dyads.alike for reader in part)


def test_figures_of_a_reader_and_of_what_was_found():
    (reader, *_) = [
        r for r in articles.read("wire") if {Stance.NEUTRAL} < set(r.dyads.alike.values())
    ]
    nothing: EnrichedArticle = enriched(Article(id="x", text="Iran met Oman.")).model_copy(
        update={"dyads": (), "countries": ()}
    )
    assert articles.figures([reader], [nothing])["dyads_f1"] == 0
    template = enriched(Article(id="x", text="Iran met Oman."))
    right = template.model_copy(
        update={
            "countries": tuple(
                CountryInArticle(code=code, name=code, mentions=1, salience=0)
                for code in reader.countries
            ),
            "dyads": tuple(
                Dyad(source=s, target=t, stance=stance, score=0, confidence=1, evidence=())
                for (s, t), stance in reader.dyads.alike.items()
            ),
        }
    )
    figures = articles.figures([reader], [right])
    assert figures["countries_f1"] == figures["dyads_f1"] == figures["dyads_with_stance_f1"] == 1
    assert figures["neutral_dyads_f1"] == 1
    sides = tuple(d for d in right.dyads if d.stance is not Stance.NEUTRAL)
    figures = articles.figures([reader], [right.model_copy(update={"dyads": sides})])
    assert (figures["dyads_f1"], figures["neutral_dyads_f1"]) == (1, 0)


def test_confidence_is_held_against_what_is_right():
    (reader, *_) = [
        r for r in articles.read("wire") if set(r.dyads.alike.values()) == {Stance.OPPOSING}
    ]
    (source, target), *_ = reader.dyads.alike

    def said(stance, confidence):
        return Dyad(
            source=source, target=target, stance=stance, score=0, confidence=confidence, evidence=()
        )

    def figures(*dyads):
        got = enriched(reader.article).model_copy(update={"dyads": dyads})
        found = articles.figures([reader], [got])
        return [round(found[n], 3) for n in ("confidence_error", "sure_dyads", "sure_dyads_right")]

    assert figures(said(Stance.OPPOSING, 0.95)) == [0.05, 1, 1]
    assert figures(said(Stance.SUPPORTIVE, 0.95)) == [0.95, 1, 0]
    assert figures(said(Stance.OPPOSING, 0.5)) == [0.5, 0, 0]
    assert figures(said(Stance.NEUTRAL, 0.95)) == [0, 0, 0]


@pytest.mark.parametrize(
    ("figure", "least"),
    [
        ("main_topic", 0.8),
        ("main_region", 0.85),
        ("countries_f1", 0.85),
        ("dyads_f1", 0.65),
        ("dyads_with_stance_f1", 0.6),
    ],
)
def test_articles_are_read_nearly_as_a_careful_reader_does(found, figure, least):
    assert articles.figures(*found)[figure] >= least
