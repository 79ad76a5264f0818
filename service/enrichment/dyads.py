"""Judged pairs to an article's dyads, with their evidence."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from contracts.events import Dyad, Evidence, Passage
from contracts.vocabulary import Stance
from service.enrichment.passages import PairInDocument
from service.enrichment.values import Document, Judgement, Sentence

MAX_EVIDENCE = 5
"""Sentences given per dyad, the surest ones; all of them count for its stance."""

LEAST_EVIDENCE = 0.25
"""Probability of a stance from which on a sentence speaks for it: several weak ones add up."""

LEAST_CONFIDENCE = 0.35
"""Of a dyad. Chosen on ``choose.jsonl`` and ``wire.jsonl`` of ``service/training/articles``: from
.3 to .4 what is gained in recall is lost in precision."""

LEAST_DEALING = 0.1
"""Strength of a sentence from which on its countries may deal with each other, dyad or not: who is
named in passing does not. Chosen on ``choose.jsonl`` and ``wire.jsonl``."""

NEUTRAL_ODDS = 5
"""The odds of a dealing without a side, where a sentence shows nothing likelier, are taken as so
many times the network's: readers of a whole article see more of them than those of its sentences.
Chosen on ``choose.jsonl`` and ``wire.jsonl``; from 3 to 8, two of five neutral dyads are right."""

EVEN = 0.35
"""Salience of a target at which a dyad is as likely as its sentences say: with less it is less so,
for whom an article hardly names is seldom whom something is done to, and with more it is more so.
"""

FAINT, FAINTNESS = 0.02, 0.46
"""What is added to saliences, and the power to which they count: by a logistic regression of what
two readers saw in ``choose.jsonl`` and ``wire.jsonl`` on the logit of the confidence and on these.
"""

FEW = 3
"""Sentences up to which a text is too short for saliences to say anything."""

RIVALRY = 4
"""How much a remembered country gives way to a likelier one: what it has of the other's strength,
to this power. Chosen on ``choose.jsonl`` and ``wire.jsonl``; from 2 on, hardly anything changes."""


def dyads(
    document: Document,
    pairs: Sequence[PairInDocument],
    judgements: Sequence[Judgement],
    salience: Mapping[str, float],
) -> tuple[Dyad, ...]:
    """The dyads that judged pairs give, the surest first.

    A pair of countries with no sentence that shows a dealing is left out; it is neutral where the
    likeliest is that they deal with each other and no side is taken. A sentence counts once for an
    ordered pair, by its clearest mention of it.

    Args:
        document: where the pairs stand.
        pairs: what `pairs` found.
        judgements: one for each pair, in the same order.
        salience: by country, how much of the article it is; none is nothing.

    Raises:
        ValueError: the two sequences are not of the same length.
    """
    clearest: dict[tuple[str, str], dict[Sentence, _Witness]] = defaultdict(dict)
    for witness in _witnesses(pairs, judgements):
        if witness.strength < LEAST_EVIDENCE:
            continue
        by_sentence = clearest[witness.pair.source.country, witness.pair.target.country]
        known = by_sentence.get(witness.pair.sentence)
        if known is None or witness.strength > known.strength:
            by_sentence[witness.pair.sentence] = witness
    telling = len(document.sentences) > FEW
    found = [
        _dyad(
            document,
            *key,
            list(said.values()),
            _doubt(salience.get(key[1], 0.0)) if telling else 1.0,
        )
        for key, said in clearest.items()
    ]
    likely = [dyad for dyad in found if dyad.confidence >= LEAST_CONFIDENCE]
    return tuple(sorted(likely, key=lambda dyad: (-dyad.confidence, dyad.source, dyad.target)))


def dealing(pairs: Sequence[PairInDocument], judgements: Sequence[Judgement]) -> set[str]:
    """The countries of which some sentence shows, however faintly, that they deal with another one.

    Args:
        pairs: what `pairs` found.
        judgements: one for each pair, in the same order.

    Raises:
        ValueError: the two sequences are not of the same length.
    """
    return {
        mention.country
        for witness in _witnesses(pairs, judgements)
        if witness.strength >= LEAST_DEALING
        for mention in (witness.pair.source, witness.pair.target)
    }


@dataclass(frozen=True, slots=True)
class _Witness:
    """A sentence that shows a dealing.

    Attributes:
        pair: of whom.
        judgement: what it shows.
        strength: how surely, see `_strength`.
    """

    pair: PairInDocument
    judgement: Judgement
    strength: float


def _witnesses(
    pairs: Sequence[PairInDocument], judgements: Sequence[Judgement]
) -> Iterator[_Witness]:
    """What each pair's sentence shows, less where it reminds of a likelier country.

    A sentence that leaves a country to the reader's memory ("Kenya said that its policemen would
    stay") mostly means one: those remembered give way to the likeliest that the same actor has
    there, remembered or named.
    """
    shown = list(zip(pairs, judgements, strict=True))
    likeliest: defaultdict[_Part, float] = defaultdict(float)
    for pair, judgement in shown:
        for part in _parts(pair):
            likeliest[part] = max(likeliest[part], _strength(judgement))
    for pair, judgement in shown:
        strength = _strength(judgement)
        if pair.antecedent is not None and strength:
            (part,) = _parts(pair)
            strength *= (strength / likeliest[part]) ** RIVALRY
        yield _Witness(pair, judgement, strength)


def _strength(judgement: Judgement) -> float:
    """Probability of what the judgement shows, in a whole article."""
    if judgement.shown is not Stance.NEUTRAL:
        return judgement.strength
    return NEUTRAL_ODDS * judgement.neutral / (1 + (NEUTRAL_ODDS - 1) * judgement.neutral)


@dataclass(frozen=True, slots=True)
class _Part:
    """What a country that a sentence names does in it: act, or be acted on."""

    sentence: Sentence
    country: str
    acts: bool


def _parts(pair: PairInDocument) -> list[_Part]:
    """Those of the pair's actors that its sentence names."""
    sides = ((pair.source, True), (pair.target, False))
    return [
        _Part(pair.sentence, mention.country, acts)
        for mention, acts in sides
        if pair.antecedent is None or mention.start >= pair.sentence.start
    ]


def _doubt(salience: float) -> float:
    """The odds that nothing is done to a target of that salience, beside what its sentences say."""
    odds: float = ((EVEN + FAINT) / (salience + FAINT)) ** FAINTNESS
    return odds


def _dyad(
    document: Document, source: str, target: str, said: Sequence[_Witness], doubt: float
) -> Dyad:
    """Sentences taken as witnesses of a stance, each believed as it is sure.

    The outcomes are that only the witnesses for support are right, only those against, or neither,
    and then maybe those of a neutral dealing: so agreeing sentences raise the confidence, and
    contradicting ones lower it. That neither are is more likely by `doubt`.
    """
    support, oppose, deal = (
        _believed(one.strength for one in said if one.judgement.shown is stance)
        for stance in (Stance.SUPPORTIVE, Stance.OPPOSING, Stance.NEUTRAL)
    )
    neither = (1 - support) * (1 - oppose) * doubt
    likely = {
        Stance.SUPPORTIVE: support * (1 - oppose),
        Stance.OPPOSING: oppose * (1 - support),
        Stance.NEUTRAL: neither * deal,
    }
    total = likely[Stance.SUPPORTIVE] + likely[Stance.OPPOSING] + neither
    if total <= 0:  # both certain: nothing to choose by
        likely |= {Stance.SUPPORTIVE: 0.5, Stance.OPPOSING: 0.5}
        total = 1.0
    stance = max(likely, key=likely.__getitem__)
    return Dyad(
        source=source,
        target=target,
        stance=stance,
        score=round((likely[Stance.SUPPORTIVE] - likely[Stance.OPPOSING]) / total, 4),
        confidence=round(likely[stance] / total, 4),
        evidence=_evidence(document, said, stance),
    )


def _believed(likely: Iterable[float]) -> float:
    """Probability that one of the witnesses is right.

    They read the same article and repeat each other: the second counts half, the third a third.
    """
    surest = sorted(likely, reverse=True)
    none: float = prod((1 - one) ** (1 / rank) for rank, one in enumerate(surest, start=1))
    return 1 - none


def _evidence(document: Document, said: Sequence[_Witness], stance: Stance) -> tuple[Evidence, ...]:
    """What agrees with the stance first, then what does not; the surest of each first."""
    surest = sorted(
        said,
        key=lambda witness: (
            witness.judgement.shown is not stance,
            -witness.strength,
            witness.pair.sentence.start,
        ),
    )
    return tuple(
        Evidence(
            **_place(document, witness.pair.sentence),
            event=witness.judgement.event,
            quad_class=int(witness.judgement.quad_class),
            confidence=round(witness.strength, 4),
            antecedent=_passage(document, witness.pair.antecedent),
        )
        for witness in surest[:MAX_EVIDENCE]
    )


def _passage(document: Document, sentence: Sentence | None) -> Passage | None:
    return None if sentence is None else Passage(**_place(document, sentence))


def _place(document: Document, sentence: Sentence) -> dict[str, Any]:
    """The fields of a `Passage`; offsets count in the part of the article that holds it."""
    origin = document.text_start if sentence.part == "text" else 0
    return {
        "text": document.text_of(sentence),
        "part": sentence.part,
        "start": sentence.start - origin,
        "end": sentence.end - origin,
    }
