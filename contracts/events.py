"""The outputs: what subscribers of the three output topics receive."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.article import Article, UtcDatetime
from contracts.vocabulary import (
    AnalysisStatus,
    M49Region,
    MediaTopic,
    NarrowerTopic,
    PloverEvent,
    Stance,
)

CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
"""ISO 3166-1 alpha-3; XKX for Kosovo."""
Probability = Annotated[float, Field(ge=0, le=1)]


class _Event(BaseModel):
    """Readers ignore what they do not know, so that fields can be added within a version."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        # What is written always has every field: readers need not know our defaults.
        json_schema_serialization_defaults_required=True,
    )


class ArticleRef(_Event):
    """Which article an event speaks of: everything but its text."""

    id: str
    title: str | None = None
    url: str | None = None
    source: str | None = None
    published_at: UtcDatetime | None = None

    @classmethod
    def of(cls, article: Article) -> "ArticleRef":
        """The reference to `article`."""
        return cls(
            id=article.id,
            title=article.title,
            url=article.url,
            source=article.source,
            published_at=article.published_at,
        )


class Language(_Event):
    """The language that the article is written in."""

    code: str = Field(description="ISO 639-1 (zh-cn and zh-tw apart); und where undetermined")
    confidence: Probability


class ScoredNarrowerTopic(_Event):
    """One topic of the second level."""

    code: str | None = Field(
        pattern=r"^medtop:2\d{7}$",
        description="Null where the vocabulary has no code for it: then key on the name",
    )
    name: str
    score: Probability

    @classmethod
    def of(cls, topic: NarrowerTopic, score: float) -> "ScoredNarrowerTopic":
        """`topic` with its code."""
        return cls(code=topic.code, name=topic.value, score=round(score, 4))


class ScoredTopic(_Event):
    """One Media Topic of an article; the scores are probabilities, each of its own."""

    code: MediaTopic
    name: str
    score: Probability
    narrower: tuple[ScoredNarrowerTopic, ...] = Field(
        default=(), description="Topics of the second level below this one, likeliest first"
    )

    @classmethod
    def of(
        cls, topic: MediaTopic, score: float, narrower: tuple[ScoredNarrowerTopic, ...] = ()
    ) -> "ScoredTopic":
        """`topic` with its label."""
        return cls(code=topic, name=topic.label, score=round(score, 4), narrower=narrower)


class ScoredRegion(_Event):
    """One M49 region of an article; the scores of an article sum to one."""

    code: M49Region
    name: str
    score: Probability

    @classmethod
    def of(cls, region: M49Region, score: float) -> "ScoredRegion":
        """`region` with its label."""
        return cls(code=region, name=region.label, score=round(score, 4))


class CountryInArticle(_Event):
    """One country that an article speaks of; the saliences of an article sum to one."""

    code: CountryCode
    name: str
    mentions: int = Field(ge=1, description="Phrases that stand for the country")
    salience: Probability


class Passage(_Event):
    """A sentence of the article, with its place."""

    text: str
    part: Literal["title", "text"] = Field(
        default="text", description="Which part of the article `start` and `end` count in"
    )
    start: int = Field(ge=0, description="Code points from the start of that part")
    end: int = Field(ge=0, description="Code points; the first one after the sentence")


class Evidence(Passage):
    """One sentence that shows a stance."""

    event: PloverEvent | None = Field(description="The likeliest PLOVER event type")
    quad_class: int | None = Field(ge=1, le=4, description="The PLOVER quad class")
    confidence: Probability
    antecedent: Passage | None = Field(
        default=None,
        description="The earlier sentence that names the country which this one leaves out, "
        "where it leaves one out",
    )


class Dyad(_Event):
    """How `source` stands towards `target`; the other direction is another dyad."""

    source: CountryCode
    target: CountryCode
    stance: Stance
    score: float = Field(ge=-1, le=1, description="-1 fully opposing, 1 fully supportive")
    confidence: Probability = Field(description="Probability that the stance is right")
    evidence: tuple[Evidence, ...]


class Versions(_Event):
    """What produced an event: compare events only where these agree."""

    service: str
    model: str
    gazetteer: str


class Analysis(_Event):
    """How far the analysis went, with what, and why no further."""

    status: AnalysisStatus
    versions: Versions
    notes: tuple[str, ...] = Field(
        default=(), description="Why it went no further, in words: not English, text cut, no text"
    )


class EnrichedArticle(_Event):
    """Value of `news.enriched.v1`. Lists are in order of score, salience or confidence."""

    article: ArticleRef
    language: Language
    topics: tuple[ScoredTopic, ...]
    regions: tuple[ScoredRegion, ...]
    countries: tuple[CountryInArticle, ...]
    dyads: tuple[Dyad, ...]
    analysis: Analysis


class DyadEvent(_Event):
    """Value of `news.dyads.v1`: one ordered pair of one article, with all that judging it needs."""

    article: ArticleRef
    dyad: str = Field(
        pattern=r"^[A-Z]{3}-[A-Z]{3}$",
        description="Both countries in alphabetical order: the key of the record",
    )
    source: CountryCode
    target: CountryCode
    stance: Stance
    score: float = Field(ge=-1, le=1)
    confidence: Probability
    evidence: tuple[Evidence, ...]
    language: Language
    topics: tuple[ScoredTopic, ...]
    regions: tuple[ScoredRegion, ...]
    analysis: Analysis


def dyad_key(source: str, target: str) -> str:
    """The key of both directions of a dyad, ``JPN-VNM``: they stay in order in one partition."""
    return "-".join(sorted((source, target)))


def dyad_events(enriched: EnrichedArticle) -> tuple[DyadEvent, ...]:
    """One event for each dyad of `enriched`, in its order."""
    return tuple(
        DyadEvent(
            article=enriched.article,
            dyad=dyad_key(dyad.source, dyad.target),
            **{name: getattr(dyad, name) for name in Dyad.model_fields},
            language=enriched.language,
            topics=enriched.topics,
            regions=enriched.regions,
            analysis=enriched.analysis,
        )
        for dyad in enriched.dyads
    )
