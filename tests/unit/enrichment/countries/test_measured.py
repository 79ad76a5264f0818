"""The figures of the visible sets; floors a little below what was measured, no targets."""

import json
from pathlib import Path

import pytest

from contracts.article import Article
from service.enrichment.countries import CountryFinder
from service.enrichment.enricher import Enricher
from service.enrichment.text import read

DATA = Path(__file__).parents[4].parent / "shared" / "data"
HISTORIC = {"SUN": "RUS", "DDR": "DEU", "CSK": "CZE", "YUG": "SRB", "YMD": "YEM", "ANT": "CUW"}

LOCAL_NEWS_F1 = 0.91
NEWSWIRE_F1 = 0.81
READERS_F1 = 0.93
READERS_MAIN_REGION = 0.92

pytestmark = pytest.mark.skipif(
    not (DATA / "geo_mentions.dev.jsonl").exists(), reason="../shared/data is not here"
)
FINDER = CountryFinder.load()


def rows(name):
    lines = (DATA / name).read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line.strip()]


def ranked(row):
    document = read(Article(id=row["id"], title=row.get("title"), text=row["text"]))
    return FINDER.rank(document, FINDER.find(document))


def f1(hits, wrong, missed):
    return 2 * hits / (2 * hits + wrong + missed)


def document_f1(name):
    hits = wrong = missed = 0
    for row in rows(name):
        gold = {HISTORIC.get(code, code) for code in row["countries"]}
        got = {country.code for country in ranked(row)}
        hits += len(gold & got)
        wrong += len(got - gold)
        missed += len(gold - got)
    return f1(hits, wrong, missed)


def test_local_news():
    assert document_f1("geo_mentions.dev.jsonl") >= LOCAL_NEWS_F1


def test_newswire_as_its_editors_tagged_it():
    assert document_f1("countries_newswire.dev.jsonl") >= NEWSWIRE_F1


def test_articles_as_careful_readers_see_them():
    texts = {row["id"]: row for row in rows("countries_newswire.dev.jsonl")}
    labels = rows("articles.dev_labels.jsonl")
    found = Enricher.load().enrich([article(texts[label["id"]]) for label in labels])
    hits = wrong = missed = right = asked = 0
    for label, enriched in zip(labels, found, strict=True):
        got, want = {country.code for country in enriched.countries}, set(label["countries"])
        hits += len(want & got)
        wrong += len(got - want - set(label["countries_optional"]))
        missed += len(want - got)
        if label["main_regions"]:
            asked += 1
            right += enriched.regions[0].code.value in label["main_regions"]
    assert f1(hits, wrong, missed) >= READERS_F1
    assert right / asked >= READERS_MAIN_REGION


def article(row):
    text = f"{row['dateline']} {row['text']}" if row["dateline"] else row["text"]
    return Article(id=row["id"], title=row.get("title"), text=text)
