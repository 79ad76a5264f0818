"""What the words of a whole article say of its Media Topics, by a weighted lexicon."""

import hashlib
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from math import log
from typing import Any, Self

from contracts.vocabulary import MediaTopic
from service.enrichment.values import Document

MAX_READ = 6_000
"""Characters read: what an article is about stands in its first thousand words."""
LEAD = 400
"""Characters of text that count as its lead."""
TITLE_WEIGHT = 3.0
"""What a word of the title counts for; one of the text counts one."""
LEAD_WEIGHT = 1.5
"""The same for a word of the lead."""
LEAST_EVIDENCE = 2.0
"""Weight that the best topic needs: a word that nearly always means it, or some that often do."""
PRIOR = 2.0
"""Weight of evidence for no topic at all: keeps scores low where little was found."""

_TOKEN = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*")
_SHORTEST_PREFIX = 3
_LONGEST_PREFIX = 12
_SHORTEST_PLURAL = 4
_LONGEST_WORD = 40

_STRENGTHS = ("strong", "medium", "weak")
_VERSION_LENGTH = 8

_Weights = tuple[tuple[MediaTopic, float], ...]


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """What each word, beginning of words (without its ``*``) and phrase weighs for which topics.

    Words and phrases are stemmed; phrases stand by their first word, the longest first.
    """

    words: Mapping[str, _Weights]
    prefixes: Mapping[str, _Weights]
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], _Weights], ...]]


class TopicLexicon:
    """A weighted lexicon over the seventeen Media Topics; deterministic, safe in threads.

    Args:
        lexicon: the weights.
        version: names them.
    """

    def __init__(self, lexicon: _Lexicon, *, version: str) -> None:
        self.version = version
        self._lexicon = lexicon

    @classmethod
    def load(cls) -> Self:
        """The classifier with the lexicon that the package ships."""
        raw = (resources.files("service.enrichment.data") / "topics_lexicon.toml").read_bytes()
        data = tomllib.loads(raw.decode())
        digest = hashlib.sha256(raw).hexdigest()[:_VERSION_LENGTH]
        return cls(_compile(data), version=f"{data['version']}+{digest}")

    def shares(self, document: Document) -> dict[MediaTopic, float]:
        """Each topic's share of the evidence, none where there is too little of it.

        The shares of a document sum to less than one. The text is taken for English.
        """
        counts: defaultdict[_Weights, dict[str, float]] = defaultdict(dict)
        for text, weight in _parts(document):
            for term, weights in _terms(self._lexicon, text):
                of_term = counts[weights]
                of_term[term] = of_term.get(term, 0.0) + weight
        evidence: defaultdict[MediaTopic, float] = defaultdict(float)
        for weights, terms in counts.items():
            # Sublinear: a word said ten times is no ten words.
            amount = sum(1.0 + log(count) for count in terms.values())
            for topic, weight in weights:
                evidence[topic] += weight * amount
        if not evidence or max(evidence.values()) < LEAST_EVIDENCE:
            return {}
        total = sum(evidence.values()) + PRIOR
        return {topic: amount / total for topic, amount in evidence.items()}


def _compile(data: Mapping[str, Any]) -> _Lexicon:
    weights: defaultdict[str, list[tuple[MediaTopic, float]]] = defaultdict(list)
    for topic in MediaTopic:
        listed: set[str] = set()
        for strength in _STRENGTHS:
            for term in data[topic.name][strength].split(";"):
                key = " ".join(_stem(word) for word in term.split())
                if key not in listed:  # the stronger listing counts
                    listed.add(key)
                    weights[key].append((topic, data["weights"][strength]))
    phrases: defaultdict[str, list[tuple[tuple[str, ...], _Weights]]] = defaultdict(list)
    for key in sorted(weights, key=lambda key: (-key.count(" "), key)):
        if " " in key:
            phrase = tuple(key.split())
            phrases[phrase[0]].append((phrase, tuple(weights[key])))
    return _Lexicon(
        words={k: tuple(w) for k, w in weights.items() if " " not in k and not k.endswith("*")},
        prefixes={k[:-1]: tuple(w) for k, w in weights.items() if k.endswith("*")},
        phrases={first: tuple(rest) for first, rest in phrases.items()},
    )


def _parts(document: Document) -> Iterator[tuple[str, float]]:
    """The sentences that are read, with what their words count for."""
    for sentence in document.sentences:
        offset = sentence.start - document.text_start
        if offset > MAX_READ:
            return
        of_text = LEAD_WEIGHT if offset < LEAD else 1.0
        yield document.text_of(sentence), TITLE_WEIGHT if sentence.part == "title" else of_text


def _terms(lexicon: _Lexicon, text: str) -> Iterator[tuple[str, _Weights]]:
    """The terms of the lexicon in `text`; a phrase hides the words in it."""
    words = [_stem(token[:_LONGEST_WORD]) for token in _TOKEN.findall(text.lower())]
    index = 0
    while index < len(words):
        word = words[index]
        for phrase, weights in lexicon.phrases.get(word, ()):
            if tuple(words[index : index + len(phrase)]) == phrase:
                yield " ".join(phrase), weights
                index += len(phrase)
                break
        else:
            found = lexicon.words.get(word) or _by_prefix(lexicon, word)
            if found:
                yield word, found
            index += 1


def _by_prefix(lexicon: _Lexicon, word: str) -> _Weights:
    for length in range(min(len(word), _LONGEST_PREFIX), _SHORTEST_PREFIX - 1, -1):
        found = lexicon.prefixes.get(word[:length])
        if found:
            return found
    return ()


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    """A word in lower case without the endings of genitive and plural."""
    word = word.removesuffix("'s").removesuffix("’s").removesuffix("'")
    if len(word) < _SHORTEST_PLURAL or word.endswith(("ss", "us", "is", "*")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word.removesuffix("s")
