"""Stand-ins at the edge, behind the same small interfaces as the real things."""

import os
import time
from collections.abc import Sequence
from contextlib import nullcontext

from contracts.article import Article
from contracts.events import (
    Analysis,
    ArticleRef,
    CountryInArticle,
    Dyad,
    EnrichedArticle,
    Evidence,
    Language,
    ScoredRegion,
    ScoredTopic,
    Versions,
)
from contracts.vocabulary import AnalysisStatus, M49Region, MediaTopic, PloverEvent, Stance
from service.pipeline import Pipeline, Stage


class FakeEnricher:
    """Gives every article the same analysis, at once, and misbehaves where its title says so.

    Titles: RAISE raises; CRASH ends the process; HANG never answers; SLOW takes 50 ms.
    """

    def enrich(
        self, articles: Sequence[Article], *, stage: Stage = nullcontext
    ) -> list[EnrichedArticle]:
        with stage("fake"):
            return [self._enrich(article) for article in articles]

    def _enrich(self, article: Article) -> EnrichedArticle:
        match article.title:
            case "RAISE":
                raise RuntimeError("the title asked for it")
            case "CRASH":
                os._exit(9)
            case "HANG":
                time.sleep(3600)
            case "SLOW":
                time.sleep(0.05)
        return enriched(article)


def enriched(article: Article) -> EnrichedArticle:
    """An enriched article with one topic, one region, two countries and one dyad."""
    text = article.text[:40]
    evidence = Evidence(
        text=text, start=0, end=len(text), event=PloverEvent.AGREE, quad_class=1, confidence=0.9
    )
    return EnrichedArticle(
        article=ArticleRef.of(article),
        language=Language(code="en", confidence=0.99),
        topics=(ScoredTopic.of(MediaTopic.POLITICS, 0.9),),
        regions=(ScoredRegion.of(M49Region.EASTERN_ASIA, 1.0),),
        countries=(
            CountryInArticle(code="JPN", name="Japan", mentions=2, salience=0.6),
            CountryInArticle(code="VNM", name="Vietnam", mentions=1, salience=0.4),
        ),
        dyads=(
            Dyad(
                source="JPN",
                target="VNM",
                stance=Stance.SUPPORTIVE,
                score=0.8,
                confidence=0.9,
                evidence=(evidence,),
            ),
        ),
        analysis=Analysis(
            status=AnalysisStatus.FULL, versions=Versions(service="0", model="fake", gazetteer="0")
        ),
    )


def fake_pipeline(max_article_bytes: int = 1_000_000) -> Pipeline:
    """A pipeline with a `FakeEnricher`."""
    return Pipeline(FakeEnricher(), max_article_bytes=max_article_bytes)
