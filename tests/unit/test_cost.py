"""What an article asks of the network, and that nothing is worked out twice: counted, not timed."""

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from contracts.article import Article
from service.enrichment import language, sentences, text
from service.enrichment.enricher import Enricher
from tests.watched import WatchedEncoder, Work

SAMPLES = Path(__file__).parents[2] / "deploy" / "samples" / "articles.jsonl"

# Measured on 2026-11-28 with network and gazetteer of that day; no room is left above, so that
# whoever raises one has to say why. `pieces` is what the encoder reads, `pair_pieces` what the
# layers read that each pair has for itself.
MOST = {
    # Capitals that are visited ("his visit to Beijing") are asked about since 2026-11-27; what
    # implies no country that it does not name is not read for one since 2026-11-28.
    "summit-japan-vietnam": Work(7, 330, 46, 2_208),  # stand-ins that are longer than Japan
    "election-chile": Work(2, 130, 16, 800),
    "dam-egypt-ethiopia-sudan": Work(4, 248, 42, 2_224),
    "missile-korea": Work(6, 315, 66, 3_324),
    "es-argentina-uruguay": Work(),
    # What implies a country was learned anew on 2026-11-28, with "both leaders" as they are read
    # since then: 28 pairs fewer are asked about, at one run more.
    "all": Work(77, 4_092, 556, 28_006),
}


def samples():
    """The articles that are in order; two lines are broken on purpose."""
    for line in SAMPLES.read_bytes().splitlines():
        try:
            yield Article.model_validate(json.loads(line))
        except ValueError:
            continue


@pytest.fixture(scope="module")
def articles():
    return {article.id: article for article in samples()}


@pytest.fixture(scope="module")
def encoder():
    return WatchedEncoder.load()


@pytest.fixture(scope="module")
def enricher(encoder):
    return Enricher.load(encoder)


def asked(encoder, enricher, articles):
    """The runs and the texts that enriching these articles together takes."""
    encoder.keep(on=True)
    enricher.enrich(articles)
    runs, texts = encoder.runs, encoder.texts
    encoder.keep(on=False)
    return runs, texts


@pytest.mark.parametrize("name", MOST)
def test_an_article_asks_no_more_of_the_network_than_it_did(encoder, enricher, articles, name):
    chosen = list(articles.values()) if name == "all" else [articles[name]]
    runs, _ = asked(encoder, enricher, chosen)
    work = Work.of(runs)
    more = {
        field: (now, most)
        for field, now, most in zip(Work._fields, work, MOST[name], strict=True)
        if now > most
    }
    assert not more, f"(now, at most): {more}; now {work}"


def test_a_batch_asks_no_more_than_its_articles_one_by_one(encoder, enricher, articles):
    together = Work.of(asked(encoder, enricher, list(articles.values()))[0])
    alone = [Work.of(asked(encoder, enricher, [article])[0]) for article in articles.values()]
    summed = Work(*map(sum, zip(*alone, strict=True)))
    assert all(one <= most for one, most in zip(together, summed, strict=True)), (together, summed)


def test_a_text_is_turned_into_word_pieces_once(encoder, enricher, articles):
    for article in articles.values():
        _, texts = asked(encoder, enricher, [article])
        again = [content for content, times in Counter(texts).items() if times > 1]
        assert again == [], article.id


def test_no_window_is_read_twice(encoder, enricher, articles):
    for article in articles.values():
        runs, _ = asked(encoder, enricher, [article])
        windows = Counter((tuple(run.outputs), run.feeds["input_ids"].tobytes()) for run in runs)
        assert [times for times in windows.values() if times > 1] == [], article.id


def test_a_text_is_read_and_its_language_found_once(enricher, articles):
    """Also its sentences: no stretch of it is split a second time."""
    calls = Counter()
    stretches = Counter()
    watched = {
        function.__code__: function.__name__
        for function in (text.read, language.detect, sentences.split)
    }

    def note(frame, event, _):
        name = watched.get(frame.f_code) if event == "call" else None
        if name is not None:
            calls[name] += 1
        if name == "split":
            given = frame.f_locals
            stretches[given["text"], given["start"], given["end"]] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        enricher.enrich(list(articles.values()))
    finally:
        sys.setprofile(before)
    assert calls["read"] == calls["detect"] == len(articles)
    assert stretches, "the sentences are found elsewhere now: watch them there"
    assert set(stretches.values()) == {1}
