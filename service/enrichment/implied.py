"""Whether a sentence may imply a country that it does not name ("Japan promised two million").

Most sentences imply none, and often their words alone say so. A logistic regression lets those go
of which it is sure, before the network reads what they would remind of (implicit arguments: Gerber
and Chai, ACL 2010; a cascade of classifiers: Viola and Jones, CVPR 2001).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import pairwise
from math import log
from typing import Any, Final, Self

from service.enrichment.values import Mention, Sentence, Span

COUNTRY: Final = "<country>"
"""What is read in place of an actor: which country it is does not count."""

NUMBER: Final = "<number>"
"""Likewise, of any number."""

MANY: Final = 4
"""Actors from which on it does not count how many they are."""

STEP, LONG = 8, 6
"""Lengths are told apart by so many words, and from so many such steps on no more."""

_WORD: Final = re.compile(r"[^\W\d_]+|\d+|[$%\"“”?]")


class ImpliedPartners:
    """The logistic regression that ``service/training/implied.py`` makes.

    Args:
        card: the content of ``models/implied.json``: version, the probability from which on a
            sentence may imply a country, the intercept, and the weight of each of `features`;
            others have none.
    """

    def __init__(self, card: Mapping[str, Any]) -> None:
        self.version: str = card["version"]
        self._weights: dict[str, float] = card["weights"]
        least = card["least"]
        self._least: float = log(least / (1 - least)) - card["intercept"]

    @classmethod
    def load(cls) -> Self:
        """That of the package."""
        card = files("service.enrichment") / "models" / "implied.json"
        return cls(json.loads(card.read_text(encoding="utf-8")))

    def may_imply(self, sentence: str, actors: Sequence[Span]) -> bool:
        """Whether a country that `sentence` does not name may act in it, or be acted on.

        Args:
            sentence: its text.
            actors: what stands in it for countries that would deal with that one, in order.
        """
        return self.may_imply_by(features(sentence, actors))

    def may_imply_by(self, seen: Iterable[str]) -> bool:
        """The same, by the sentence's `features`."""
        weigh = self._weights.get
        return sum(weigh(one, 0.0) for one in seen) >= self._least


def within(sentence: Sentence, actors: Iterable[Mention]) -> list[Span]:
    """Where `actors` stand in the text of their `sentence`, in order."""
    places = sorted((actor.start - sentence.start, actor.end - sentence.start) for actor in actors)
    return [Span(start, end) for start, end in places]


def features(sentence: str, actors: Sequence[Span]) -> list[str]:
    """What of a sentence is looked at: words, neighbours, the number of actors, the length.

    Args:
        sentence: its text.
        actors: what stands for countries in it, in order.

    Returns:
        Each once, in the order of the text.
    """
    words = list(_words(sentence, actors))
    neighbours = (f"{one} {other}" for one, other in pairwise(words))
    shape = f"<actors {min(len(actors), MANY)}>", f"<length {min(len(words) // STEP, LONG)}>"
    return list(dict.fromkeys((*words, *neighbours, *shape)))


def _words(sentence: str, actors: Sequence[Span]) -> Iterator[str]:
    at = 0
    for actor in actors:
        if actor.start >= at:  # one phrase may stand for two
            yield from _plain(sentence[at : actor.start])
            yield COUNTRY
            at = actor.end
    yield from _plain(sentence[at:])


def _plain(text: str) -> Iterator[str]:
    for word in _WORD.findall(text.lower()):
        yield NUMBER if word.isdigit() else word
