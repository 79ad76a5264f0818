"""Pairs in context to stances: a small lexicon with word order, in the manner of PETRARCH.

The lexicon says which phrases mean which PLOVER event; where the two actors stand around a phrase
says who does it to whom. No parser: everything is distance, "by", "with" and what lies between.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import product
from typing import Any, Self

from contracts.vocabulary import PloverEvent, QuadClass, Stance
from service.enrichment.values import Judgement, PairInContext, Span

SOURCE, TARGET, BOTH = "<s>", "<t>", "<b>"
"""Words that stand for the actors; `BOTH` for one phrase that names the two of them."""

MAX_GAP = 3
"""Words that may stand between two words of a phrase: "imposed new targeted sanctions"."""

WINDOW = 3
"""Words before a phrase or an actor in which "not", "was", "by" and "with" count."""

STANCE_FROM = 0.5
"""A phrase that is less likely than not to say something leaves the pair neutral."""

NOTHING_FOUND = 0.6
"""Confidence in neutral where no phrase is found: a lexicon misses much."""

UNLIKELY = 0.15
"""Where actors stand in no known order, or the phrase is denied: an event and no stance."""

NEGATED = 0.7
"""How far a denied cooperation is a rejection."""

SUBJECT_DECAY, OBJECT_DECAY = 0.96, 0.985
"""Per word between actor and phrase. Subjects stand near the verb that governs the others."""

OTHER_SUBJECT, OTHER_OBJECT, OTHER_CLAUSE = 0.4, 0.6, 0.65
"""What a further name, or a word that opens a clause, between actor and phrase leaves."""

REACH = 60
"""Words: actors farther away have nothing to do with a phrase. Keeps long sentences linear."""

CAUTION = 2
"""Exponent that makes a confidence of strength and fit: of the phrases that scored 0.7, 0.8 and
0.9 in the training rows of Park et al. (ACL Findings 2021), 0.42, 0.57 and 0.88 were right."""

_WORD = re.compile(r"[^\W_]+|[^\w\s]")
_LINKS = frozenset({"between", "among", "of", "by"})
_PROMISES = {PloverEvent.AID, PloverEvent.RETREAT, PloverEvent.CONSULT, PloverEvent.COOPERATE}


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A row of words and what it means; `kind` is verb, noun or mutual."""

    words: tuple[str, ...]
    event: PloverEvent
    kind: str
    strength: float
    participle: bool
    bare: bool

    @property
    def conflict(self) -> bool:
        """Whether it stands for verbal or material conflict."""
        return self.event.quad_class >= QuadClass.VERBAL_CONFLICT

    @property
    def actors(self) -> tuple[str, ...]:
        """What its T stands for: either actor where it holds both ways."""
        return (SOURCE, TARGET, BOTH) if self.kind == "mutual" else (TARGET,)


@dataclass(frozen=True, slots=True)
class _Marked:
    """The words of a pair, each actor one word; `source` and `target` say which, if they are there.

    Equal where one phrase names both.
    """

    words: tuple[str, ...]
    cased: tuple[str, ...]
    source: int | None
    target: int | None

    def before(self, position: int, floor: int = 0) -> tuple[str, ...]:
        """The few words before `position`, none before `floor`."""
        return self.words[max(floor, position - WINDOW) : position]


@dataclass(frozen=True, slots=True)
class _Found:
    """A phrase at the words ``start:end`` of a sentence."""

    phrase: _Phrase
    start: int
    end: int


class StanceModel:
    """Judges pairs by the phrases of a lexicon.

    Args:
        lexicon: the content of ``data/stance_lexicon.toml``, which explains itself.
    """

    def __init__(self, lexicon: dict[str, Any]) -> None:
        self.version: str = lexicon["version"]
        self._words = {name: frozenset(row.split()) for name, row in lexicon["words"].items()}
        self._words["beside"] = self._words["title"] | self._words["coordinator"]
        index: defaultdict[str, list[_Phrase]] = defaultdict(list)
        for group in lexicon["phrases"]:
            for phrase in _phrases(group, lexicon["irregular"]):
                index[phrase.words[0]].append(phrase)
        self._index = {
            word: tuple(sorted(phrases, key=lambda phrase: (-len(phrase.words), -phrase.strength)))
            for word, phrases in index.items()
        }

    @classmethod
    def load(cls) -> Self:
        """The model with the lexicon of the package."""
        path = files("service.enrichment") / "data" / "stance_lexicon.toml"
        return cls(tomllib.loads(path.read_text(encoding="utf-8")))

    def judge(self, pairs: Sequence[PairInContext]) -> list[Judgement]:
        """One judgement for each of `pairs`, in order.

        Raises:
            ValueError: a span is empty or lies outside of its text; the message names the pair.
        """
        return [self._judge(_mark(pair, number)) for number, pair in enumerate(pairs)]

    def _judge(self, marked: _Marked) -> Judgement:
        found = list(self._find(marked.words))
        likelihood, event = 0.0, PloverEvent.CONSULT
        for previous, one, following in zip(
            [None, *found], found, [*found[1:], None], strict=False
        ):
            said, strength = self._read(marked, previous, one, following)
            strength *= self._placed(marked, one)
            if strength**CAUTION > likelihood:
                likelihood, event = strength**CAUTION, said
        if likelihood < STANCE_FROM:
            neutral = min(NOTHING_FOUND, 1 - likelihood)
            return Judgement(Stance.NEUTRAL, 0.0, neutral, event, event.quad_class)
        if event.quad_class <= QuadClass.MATERIAL_COOPERATION:
            return Judgement(Stance.SUPPORTIVE, likelihood, likelihood, event, event.quad_class)
        return Judgement(Stance.OPPOSING, -likelihood, likelihood, event, event.quad_class)

    def _find(self, words: Sequence[str]) -> Iterator[_Found]:
        """The phrases in `words`, the longest at each place, none inside another."""
        start = 0
        while start < len(words):
            matches = ((p, _end(p, words, start)) for p in self._index.get(words[start], ()))
            match = next(((phrase, end) for phrase, end in matches if end), None)
            if match:
                yield _Found(match[0], start, match[1])
            start = match[1] if match else start + 1

    def _has(self, name: str, words: Sequence[str]) -> bool:
        return not self._words[name].isdisjoint(words)

    def _read(
        self, marked: _Marked, previous: _Found | None, one: _Found, following: _Found | None
    ) -> tuple[PloverEvent, float]:
        """The event and strength of a phrase, given what stands before and after it."""
        phrase, before = one.phrase, marked.before(one.start)
        refused = (
            previous and previous.phrase.event is PloverEvent.REJECT and _governs(previous, one)
        )
        denied = self._has("negation", before)
        noun = phrase.kind == "verb" and phrase.bare and self._has("determiner", before[-1:])
        gives_way = False
        if following and _governs(one, following):
            to_do = not phrase.conflict and phrase.words[-1] == "to"  # agreed to sanction, to meet
            refuses = phrase.event is PloverEvent.REJECT  # refused to condemn
            gives_way = (to_do and following.phrase.kind == "mutual") or (
                (to_do or refuses) and following.phrase.conflict
            )
        if noun or refused or gives_way or (denied and phrase.conflict):
            return phrase.event, phrase.strength * UNLIKELY
        if denied:
            return PloverEvent.REJECT, phrase.strength * NEGATED
        promised = self._has("future", before)
        if promised and phrase.event in _PROMISES:
            return PloverEvent.AGREE, phrase.strength
        if promised and phrase.event.quad_class is QuadClass.MATERIAL_CONFLICT:
            return PloverEvent.THREATEN, phrase.strength
        return phrase.event, phrase.strength

    def _placed(self, marked: _Marked, one: _Found) -> float:
        """In [0, 1]: how well the order of actors and phrase fits source acting on target."""
        passive = one.phrase.participle and self._has("be", marked.before(one.start))
        source, target = marked.source, marked.target
        if source is None or target is None:
            return self._alone(marked, one, passive=passive)
        if one.phrase.kind == "mutual":
            return self._shared(marked.cased, min(source, target), max(source, target), one)
        between = self._between(marked.cased, min(source, target), max(source, target), one)
        by = "by" in marked.before(source, one.end)
        if source < one.start <= target:
            beside = passive or self._has("place", marked.words[source - 1 : source])
            return between * UNLIKELY if beside else between
        if target < one.start and one.end <= source and (by or passive):
            return between if by else between * OTHER_CLAUSE
        if one.phrase.kind == "noun" and one.start < target < source and by:
            return self._object(marked.cased[one.end : target])  # criticism of B by A
        return UNLIKELY

    def _alone(self, marked: _Marked, one: _Found, *, passive: bool) -> float:
        """The same where the sentence leaves an actor out: the other one is on a fitting side."""
        known = marked.source if marked.target is None else marked.target
        if known is None:
            return 1.0
        before = known < one.start
        if before is not ((marked.target is None) is not passive):
            return UNLIKELY
        if before:
            return self._subject(marked.cased[known + 1 : one.start])
        return self._object(marked.cased[one.end : known])

    def _shared(self, cased: Sequence[str], first: int, last: int, one: _Found) -> float:
        """How well two actors share a mutual phrase."""
        if first < one.start <= last:  # A met with B
            linked = last < one.end or "with" in cased[max(one.end, last - WINDOW) : last]
            return self._between(cased, first, last, one) if linked else UNLIKELY
        if first != last and not self._together(cased[first + 1 : last]):
            return UNLIKELY
        if last < one.start:  # A and B agreed
            return self._subject(cased[last + 1 : one.start])
        near = cased[max(one.end, first - WINDOW) : first]  # talks between A and B
        linked = not _LINKS.isdisjoint(near)
        return self._object(cased[one.end : first]) if linked else UNLIKELY

    def _between(self, cased: Sequence[str], first: int, last: int, one: _Found) -> float:
        return self._subject(cased[first + 1 : one.start]) * self._object(cased[one.end : last])

    def _together(self, between: Sequence[str]) -> bool:
        """Whether only names, titles and a coordinator stand between: "A and his guest, B"."""
        return (
            len(between) <= REACH
            and self._has("coordinator", between)
            and all(word[0].isupper() or word.lower() in self._words["beside"] for word in between)
        )

    def _subject(self, between: Sequence[str]) -> float:
        """How likely the actor before these words is the subject of the phrase after them."""
        if len(between) > REACH:
            return UNLIKELY
        fit: float = SUBJECT_DECAY ** len(between)
        names = True  # the rest of the actor's own name and of those that act with it
        previous = ""
        for word in between:
            lower = word.lower()
            names = names and (word[0].isupper() or lower in self._words["beside"])
            if not names and word[0].isupper() and previous not in self._words["preposition"]:
                fit *= OTHER_SUBJECT
            elif lower in self._words["clause"]:
                fit *= OTHER_CLAUSE
            previous = lower
        return fit

    def _object(self, between: Sequence[str]) -> float:
        """How likely the actor after these words is the object of the phrase before them."""
        if len(between) > REACH:
            return UNLIKELY
        fit: float = OBJECT_DECAY ** len(between)
        previous = ""
        for word in between:
            starts_name = word[0].isupper() and not previous[:1].isupper()
            fit *= OTHER_OBJECT if starts_name else 1
            fit *= OTHER_CLAUSE if word in self._words["clause"] else 1
            previous = word
        return fit * (OTHER_OBJECT if previous in self._words["place"] else 1)


def _mark(pair: PairInContext, number: int) -> _Marked:
    """The words of a pair; of two actors that overlap the one around the other gives way."""
    actors: list[tuple[Span, str]] = []
    for name, span, marker in (("source", pair.source, SOURCE), ("target", pair.target, TARGET)):
        if span is None:
            continue
        if not 0 <= span.start < span.end <= len(pair.text):
            raise ValueError(
                f"pair {number}: {name} {span.start}:{span.end} lies outside of the "
                f"{len(pair.text)} characters of its text"
            )
        actors.append((span, marker))
    if pair.source is not None and pair.source == pair.target:
        actors = [(pair.source, BOTH)]
    cased: list[str] = []
    at: dict[str, int] = {}
    position = 0
    for span, marker in sorted(actors, key=lambda actor: (actor[0].start, -actor[0].end)):
        cased += _WORD.findall(pair.text, position, max(position, span.start))
        at[marker] = len(cased)
        cased.append(marker)
        position = max(position, span.end)
    cased += _WORD.findall(pair.text, position)
    return _Marked(
        words=tuple(word.lower() for word in cased),
        cased=tuple(cased),
        source=at.get(SOURCE, at.get(BOTH)),
        target=at.get(TARGET, at.get(BOTH)),
    )


def _governs(one: _Found, following: _Found) -> bool:
    """Whether `following` is a verb that depends on `one`: "refused to condemn"."""
    return following.start < one.end + WINDOW and following.phrase.kind != "noun"


def _end(phrase: _Phrase, words: Sequence[str], start: int) -> int:
    """Where `phrase` ends if it begins at `start`, otherwise 0."""
    position = start + 1
    for wanted in phrase.words[1:]:
        reach = words[position : position + MAX_GAP + 1]
        fits = phrase.actors if wanted == "T" else (wanted,)
        step = next((i for i, word in enumerate(reach) if word in fits), None)
        if step is None:
            return 0
        position += step + 1
    return position


def _phrases(group: dict[str, Any], irregular: dict[str, list[str]]) -> Iterator[_Phrase]:
    """The phrases of a group of the lexicon in every spelling and inflection."""
    for row in group["words"]:
        for words in product(*(word.split("|") for word in row.split())):
            noun = group["kind"] == "noun" or group.get("noun", False)
            for form in _forms(words, irregular, noun=noun):
                yield _Phrase(
                    words=form,
                    event=PloverEvent(group["event"]),
                    kind=group["kind"],
                    strength=group["strength"],
                    participle=not noun and form[0] != words[0] and form[0][-1:] not in "gs",
                    bare=form[0] in (words[0], _with_s(words[0])),
                )


def _forms(
    words: tuple[str, ...], irregular: dict[str, list[str]], *, noun: bool
) -> Iterator[tuple[str, ...]]:
    first, rest = words[0], words[1:]
    yield words
    if noun:
        yield (_with_s(first), *rest)
        yield (*words[:-1], _with_s(words[-1]))
        return
    stem = first[:-1] if re.search("[^e]e$", first) else first
    past = f"{first[:-1]}ied" if re.search("[^aeiou]y$", first) else f"{first.removesuffix('e')}ed"
    listed = irregular.get(first, [])
    pasts = [form for form in listed if not form.endswith("ing")] or [past]
    gerund = next((form for form in listed if form.endswith("ing")), f"{stem}ing")
    yield from ((form, *rest) for form in (_with_s(first), *pasts, gerund))


def _with_s(word: str) -> str:
    if re.search("[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if re.search("(s|sh|ch|x|z)$", word) else f"{word}s"
