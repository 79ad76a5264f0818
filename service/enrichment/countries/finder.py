"""The countries of a document: phrases found, read in context, and ranked."""

from collections.abc import Sequence
from typing import Self

from service.enrichment.countries.gazetteer import Gazetteer, countries
from service.enrichment.values import CountryScore, Document, Mention, MentionKind

_KINDS = {
    "N": MentionKind.NAME,
    "A": MentionKind.DEMONYM,
    "P": MentionKind.DEMONYM,
    "C": MentionKind.PLACE,
}


class CountryFinder:
    """Finds and ranks the countries of documents; loaded once, then pure.

    Args:
        gazetteer: the phrases to find.
    """

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self.version = gazetteer.version

    @classmethod
    def load(cls) -> Self:
        """The finder with what the package ships."""
        return cls(Gazetteer.load())

    def find(self, document: Document, *, language: str = "en") -> tuple[Mention, ...]:  # noqa: ARG002
        """The phrases of `document` that stand for a country, in order of start."""
        text = document.full
        found: list[Mention] = []
        end_of_last = 0
        for start, end, phrase in sorted(
            self._gazetteer.matches(text), key=lambda match: (match[0], -match[1])
        ):
            if start < end_of_last or text[start - 1 : start].isalnum():
                continue
            if text[end : end + 1].isalnum():
                continue
            sense = self._gazetteer.senses[phrase][0]
            end_of_last = end
            found.append(Mention(sense.country, start, end, _KINDS[sense.kind]))
        return tuple(found)

    def rank(
        self,
        document: Document,  # noqa: ARG002
        mentions: Sequence[Mention],
    ) -> tuple[CountryScore, ...]:
        """The countries of `mentions`, most salient first; their saliences sum to one."""
        weight: dict[str, float] = {}
        count: dict[str, int] = {}
        for mention in mentions:
            if mention.weight > 0:
                weight[mention.country] = weight.get(mention.country, 0.0) + mention.weight
                count[mention.country] = count.get(mention.country, 0) + 1
        total = sum(weight.values())
        known = countries()
        return tuple(
            CountryScore(code, known[code].name, count[code], weight[code] / total)
            for code in sorted(weight, key=lambda code: (-weight[code], code))
        )
