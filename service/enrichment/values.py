"""The values that the stages of the enrichment hand on.

All offsets are Unicode code points in `Document.full`, half-open: ``full[start:end]``.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from contracts.vocabulary import MediaTopic, NarrowerTopic, PloverEvent, QuadClass, Stance


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of `Document.full`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, or a line that stands for one (a headline, a caption)."""

    start: int
    end: int
    part: Literal["title", "text"]


@dataclass(frozen=True, slots=True)
class Document:
    """An article made ready to read: its own text, untouched, and where its sentences are.

    Attributes:
        full: title and text as given, joined by a separator; only the title where there is no
            text, only the text where there is no title.
        text_start: where the article's text begins in `full`.
        sentences: in order, residue of web pages left out; they never overlap.
        truncated: whether the text is longer than what is analysed.
    """

    full: str
    text_start: int
    sentences: tuple[Sentence, ...]
    truncated: bool = False

    def text_of(self, span: Span | Sentence) -> str:
        """The characters of `span`."""
        return self.full[span.start : span.end]


class MentionKind(StrEnum):
    """How a phrase stands for a country."""

    NAME = "name"
    """Vietnam, the U.S., Great Britain."""
    DEMONYM = "demonym"
    """Vietnamese, Briton, Britons, British."""
    PLACE = "place"
    """A capital or another city: Hanoi, Shanghai."""
    GOVERNMENT = "government"
    """A seat or body of the state: the Kremlin, Downing Street, the Knesset, Bundesbank."""
    FORCES = "forces"
    """Its armed forces and services: the IDF, the PLA, Mossad."""
    MOVEMENT = "movement"
    """An armed or political movement with a home, no government: Hezbollah, Hamas, the Houthis."""
    PERSON = "person"
    """Somebody who speaks for it: Kishida, Chancellor Kohl."""
    PRONOUN = "pronoun"
    """A word that points back to one of the above: he, the premier, his country, both countries."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase that stands for a country.

    Attributes:
        country: ISO 3166-1 alpha-3, XKX for Kosovo.
        start: offset in `Document.full`.
        end: offset in `Document.full`.
        kind: how it stands for the country.
        weight: in [0, 1], how much the mention counts for what the article is about: datelines,
            bylines, agencies and passing uses count for little; 0 means that it must not count.
        actor: whether the phrase can be one that acts or is acted on. "Paris" in a dateline or
            "Japanese" in "Japanese restaurants" cannot.
    """

    country: str
    start: int
    end: int
    kind: MentionKind
    weight: float = 1.0
    actor: bool = True


@dataclass(frozen=True, slots=True)
class CountryScore:
    """How much of an article a country is; the saliences of an article sum to one."""

    code: str
    name: str
    mentions: int
    salience: float


@dataclass(frozen=True, slots=True)
class RegionScore:
    """How much of an article lies in a region: an M49 code and a share of one."""

    code: str
    score: float


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """ISO 639-1 code (zh-cn and zh-tw apart), ``und`` where undetermined; confidence in [0, 1]."""

    code: str
    confidence: float


@dataclass(frozen=True, slots=True)
class NarrowerScore:
    """A topic of the second level and its probability."""

    topic: NarrowerTopic
    score: float


@dataclass(frozen=True, slots=True)
class TopicScore:
    """A Media Topic, its probability, and what is below it, likeliest first."""

    topic: MediaTopic
    score: float
    narrower: tuple[NarrowerScore, ...] = ()


@dataclass(frozen=True, slots=True)
class PairInContext:
    """Two actors: the question whether a sentence shows a stance of the first to the second.

    Attributes:
        text: the sentence, and others that it is read with.
        source: span in `text` of who would act, None where the text leaves the actor out.
        target: span in `text` of who would be acted on, None likewise.
        said: span in `text` of the sentence, None where that is all of it.
    """

    text: str
    source: Span | None
    target: Span | None
    said: Span | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer to a `PairInContext`; what the three leave to one is that there is no dealing.

    Attributes:
        supportive: probability that the source takes a supportive stance to the target.
        neutral: probability that it deals with the target and takes no side ("asked for talks").
        opposing: probability that it takes an opposing stance.
        event: the likeliest PLOVER event, also where no stance is.
    """

    supportive: float
    neutral: float
    opposing: float
    event: PloverEvent

    @property
    def stance(self) -> Stance:
        """The likeliest of supportive, opposing, and neither of them."""
        if max(self.supportive, self.opposing) <= self._neither:
            return Stance.NEUTRAL
        return Stance.SUPPORTIVE if self.supportive >= self.opposing else Stance.OPPOSING

    @property
    def confidence(self) -> float:
        """Probability of `stance`."""
        return max(self.supportive, self.opposing, self._neither)

    @property
    def shown(self) -> Stance:
        """What the dealing shows if there is one: the likeliest of the three."""
        likely = {
            Stance.SUPPORTIVE: self.supportive,
            Stance.OPPOSING: self.opposing,
            Stance.NEUTRAL: self.neutral,
        }
        return max(likely, key=likely.__getitem__)

    @property
    def strength(self) -> float:
        """Probability of `shown`."""
        return max(self.supportive, self.neutral, self.opposing)

    @property
    def score(self) -> float:
        """In [-1, 1]: probability of supportive less probability of opposing."""
        return self.supportive - self.opposing

    @property
    def quad_class(self) -> QuadClass:
        """That of the event."""
        return self.event.quad_class

    @property
    def _neither(self) -> float:
        return 1 - self.supportive - self.opposing
