"""Composes the stages: articles in, enriched articles out, a whole batch at a time."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from typing import Protocol, Self

from contracts.article import Article
from contracts.events import (
    Analysis,
    ArticleRef,
    CountryInArticle,
    EnrichedArticle,
    Language,
    ScoredNarrowerTopic,
    ScoredRegion,
    ScoredTopic,
    Versions,
)
from contracts.vocabulary import AnalysisStatus, M49Region
from service import __version__
from service.enrichment import dyads, language, pairs, regions, text
from service.enrichment.countries import CountryFinder
from service.enrichment.encoder import PairEncoder
from service.enrichment.implied import ImpliedPartners
from service.enrichment.pairs import Pairs
from service.enrichment.stance import StanceModel
from service.enrichment.topics import TopicClassifier
from service.enrichment.values import (
    CountryScore,
    Document,
    Judgement,
    LanguageGuess,
    Mention,
    PairInContext,
    TopicScore,
)

ENGLISH = "en"
UNDETERMINED = "und"
_REGIONS = {region.value: region for region in M49Region}

Stage = Callable[[str], AbstractContextManager[object]]
"""Given the name of a stage, what to enter around it: how a caller with a clock times stages."""


class Topics(Protocol):
    """What the enricher asks of a topic classifier."""

    @property
    def version(self) -> str:
        """Names the weights or the vocabulary."""

    def classify(self, documents: Sequence[Document]) -> list[tuple[TopicScore, ...]]:
        """The topics of each document, best first."""


class Countries(Protocol):
    """What the enricher asks of a gazetteer."""

    @property
    def version(self) -> str:
        """Names the gazetteer."""

    def find(self, document: Document, *, language: str = ENGLISH) -> tuple[Mention, ...]:
        """The phrases that stand for countries, in order."""

    def rank(
        self,
        document: Document,
        mentions: Sequence[Mention],
        *,
        dealing: AbstractSet[str] | None = None,
        acting: AbstractSet[str] = frozenset(),
    ) -> tuple[CountryScore, ...]:
        """The countries of the document, most salient first.

        `dealing` are those of its pairs, `acting` those of its dyads, which are never left out.
        """


class Stances(Protocol):
    """What the enricher asks of a stance model."""

    @property
    def version(self) -> str:
        """Names the weights or the lexicon."""

    def judge(self, pairs: Sequence[PairInContext]) -> list[Judgement]:
        """One judgement for each pair, in order."""


class Enricher:
    """Articles to enriched articles: deterministic, no I/O once loaded.

    Args:
        topics: classifies whole documents.
        countries: finds what stands for countries.
        stances: judges pairs in context.
        implied: tells which sentences may imply a country.
    """

    def __init__(
        self, *, topics: Topics, countries: Countries, stances: Stances, implied: ImpliedPartners
    ) -> None:
        self._topics = topics
        self._countries = countries
        self._stances = stances
        self._implied = implied
        self.versions = Versions(
            service=__version__,
            model=f"{stances.version}+{implied.version}+{topics.version}",
            gazetteer=countries.version,
        )

    @classmethod
    def load(cls, encoder: PairEncoder | None = None) -> Self:
        """The enricher with what the package ships, all of it loaded.

        Args:
            encoder: the network of the package, where it is loaded already.
        """
        language.load()
        encoder = encoder or PairEncoder.load()
        return cls(
            topics=TopicClassifier.load(encoder),
            countries=CountryFinder.load(),
            stances=StanceModel.load(encoder),
            implied=ImpliedPartners.load(),
        )

    def enrich(
        self, articles: Sequence[Article], *, stage: Stage = nullcontext
    ) -> list[EnrichedArticle]:
        """One enriched article for each of `articles`, in order.

        English is analysed in full; other languages get language, countries and regions. What a
        stage raises stops the batch: the caller asks again for each article alone.

        Args:
            articles: the batch; sentences of all of them share the calls of the models.
            stage: entered around each of text, language, countries, topics, dyads and stance.
        """
        with stage("text"):
            documents = [text.read(article) for article in articles]
        with stage("language"):
            guesses = [
                language.detect(document, article.language)
                for document, article in zip(documents, articles, strict=True)
            ]
        with stage("countries"):
            mentions = [
                self._countries.find(document, language=guess.code)
                for document, guess in zip(documents, guesses, strict=True)
            ]
        full = [
            index
            for index, (document, guess) in enumerate(zip(documents, guesses, strict=True))
            if document.sentences and guess.code == ENGLISH
        ]
        with stage("topics"):
            classified = self._topics.classify([documents[index] for index in full])
            topics = dict(zip(full, classified, strict=True))
        with stage("dyads"):
            posed = {
                index: pairs.pairs(documents[index], mentions[index], self._implied)
                for index in full
            }
        judgements = self._judged(posed, stage)
        with stage("dyads"):
            found_dyads = {
                index: dyads.dyads(
                    documents[index],
                    of_document.found,
                    judgements[index],
                    self._saliences(documents[index], mentions[index]),
                )
                for index, of_document in posed.items()
            }
            dealing = {
                index: dyads.dealing(of_document.found, judgements[index])
                for index, of_document in posed.items()
            }
        countries = [
            self._countries.rank(
                document,
                found,
                dealing=dealing.get(index),
                acting={c for d in found_dyads.get(index, ()) for c in (d.source, d.target)},
            )
            for index, (document, found) in enumerate(zip(documents, mentions, strict=True))
        ]
        return [
            EnrichedArticle(
                article=ArticleRef.of(article),
                language=Language(
                    code=guesses[index].code, confidence=round(guesses[index].confidence, 4)
                ),
                topics=tuple(map(_topic, topics.get(index, ()))),
                regions=tuple(
                    ScoredRegion.of(_REGIONS[region.code], region.score)
                    for region in regions.score(
                        documents[index],
                        mentions[index],
                        countries[index],
                        found_dyads.get(index, ()),
                    )
                ),
                countries=tuple(_country(country) for country in countries[index]),
                dyads=found_dyads.get(index, ()),
                analysis=self._analysis(
                    documents[index],
                    guesses[index],
                    no_news=topics.get(index) == (),
                    pairs_cut=index in posed and posed[index].cut,
                ),
            )
            for index, article in enumerate(articles)
        ]

    def _judged(self, posed: Mapping[int, Pairs], stage: Stage) -> dict[int, list[Judgement]]:
        """Of each document's pairs: one call of the model for all of them."""
        found = {index: of_document.found for index, of_document in posed.items()}
        with stage("stance"):
            judged = iter(self._stances.judge([p.context for ps in found.values() for p in ps]))
        return {index: list(islice(judged, len(some))) for index, some in found.items()}

    def _saliences(self, document: Document, mentions: Sequence[Mention]) -> dict[str, float]:
        """By country, before it is known who deals with whom."""
        ranked = self._countries.rank(document, mentions, dealing=None)
        return {country.code: country.salience for country in ranked}

    def _analysis(
        self, document: Document, guess: LanguageGuess, *, no_news: bool, pairs_cut: bool
    ) -> Analysis:
        notes: list[str] = []
        status = AnalysisStatus.FULL
        if not document.sentences:
            status = AnalysisStatus.NONE
            notes.append("no running text was found")
        elif guess.code == UNDETERMINED:
            status = AnalysisStatus.PARTIAL
            notes.append("the language could not be determined: no topics and dyads")
        elif guess.code != ENGLISH:
            status = AnalysisStatus.PARTIAL
            notes.append(f"the language is {guess.code}, not en: no topics and dyads")
        elif no_news:
            notes.append("title and lead read like no news article: no topics")
        if document.truncated:
            notes.append("the text is longer than what is analysed: its end was cut")
        if pairs_cut:
            notes.append("more pairs of countries than are judged: the further ones were left out")
        return Analysis(status=status, versions=self.versions, notes=tuple(notes))


def _topic(scored: TopicScore) -> ScoredTopic:
    narrower = tuple(ScoredNarrowerTopic.of(one.topic, one.score) for one in scored.narrower)
    return ScoredTopic.of(scored.topic, scored.score, narrower)


def _country(country: CountryScore) -> CountryInArticle:
    return CountryInArticle(
        code=country.code,
        name=country.name,
        mentions=country.mentions,
        salience=round(country.salience, 4),
    )
