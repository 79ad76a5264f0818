"""Learns which sentences may imply a country: ``python -m service.training.implied``.

From the articles written for this project, which are labelled sentence by sentence with what each
leaves to the reader's memory. Writes ``implied.json`` into ``service/enrichment/models/``; prints
how far it tells the sentences of the held-out articles apart. Convex: it always comes out alike.
"""

import hashlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, embedding_bag

from service.enrichment.countries import CountryFinder
from service.enrichment.countries.gazetteer import Gazetteer, Kind
from service.enrichment.implied import ImpliedPartners, features, within
from service.training import stories
from service.training.export import write_card
from service.training.stories import ShownPair, Story

if TYPE_CHECKING:
    from service.enrichment.values import Sentence

RELEASED: Final = "2026.11.28"
"""Part of the version."""

LEAST: Final = 0.15
"""Probability from which on a sentence may imply a country. Chosen on ``choose.jsonl`` and
``wire.jsonl`` of ``articles/``: up to there no more dyads are lost than wrong ones stay away."""

LEAST_OFTEN: Final = 4
"""Sentences in which a feature has to stand."""

PENALTY: Final = 2.0
"""What half of a squared weight counts, where a sentence's loss counts one. From 1 to 16 the
sentences of the held-out articles are told apart alike (area under the curve .83)."""

STEPS: Final = 200
"""Of L-BFGS, at most."""

DIGITS: Final = 2
"""Of a weight."""

NAMING: Final = frozenset({Kind.NAME, Kind.ADJECTIVE, Kind.PEOPLE, Kind.CAPITAL})
"""Forms whose words are no features: which country it is must not count."""


@dataclass(frozen=True, slots=True)
class Read:
    """What of a sentence is looked at, and whether it implies a country."""

    features: list[str]
    implies: bool


def read(written: Iterable[Story], finder: CountryFinder) -> Iterator[Read]:
    """The sentences that leave room for a country that was named before."""
    for story in written:
        whole = stories.document(story)
        asked: defaultdict[Sentence, list[ShownPair]] = defaultdict(list)
        for one in stories.shown(story, finder):
            if one.pair.antecedent is not None:
                asked[one.pair.sentence].append(one)
        for sentence, shown in asked.items():
            ends = ((one.pair.source, one.pair.target) for one in shown)
            named = {max(pair, key=lambda actor: actor.start) for pair in ends}
            yield Read(
                features(whole.text_of(sentence), within(sentence, named)),
                any(one.relations for one in shown),
            )


def fit(sentences: Sequence[Read], *, naming: frozenset[str]) -> tuple[float, dict[str, float]]:
    """Intercept and weights of a logistic regression, rounded; those of nothing are left out.

    Args:
        sentences: to learn from.
        naming: words that must not count.
    """
    often = Counter(one for sentence in sentences for one in sentence.features)
    known = [
        one
        for one, times in sorted(often.items())
        if times >= LEAST_OFTEN and naming.isdisjoint(one.split())
    ]
    number = {one: at for at, one in enumerate(known)}
    rows = [[number[one] for one in read.features if one in number] for read in sentences]
    held = torch.tensor([at for row in rows for at in row])
    begins = torch.tensor([0, *accumulate(map(len, rows))][:-1])
    implies = torch.tensor([float(read.implies) for read in sentences])
    weights = torch.zeros(len(known), 1, requires_grad=True)
    intercept = torch.zeros((), requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weights, intercept], max_iter=STEPS, line_search_fn="strong_wolfe"
    )

    def missed() -> torch.Tensor:
        optimizer.zero_grad()
        said = embedding_bag(held, weights, begins, mode="sum")[:, 0] + intercept
        total = binary_cross_entropy_with_logits(said, implies, reduction="sum")
        total = total + PENALTY / 2 * weights.square().sum()
        torch.autograd.backward(total)
        return total

    optimizer.step(missed)
    rounded = {
        one: round(weight, DIGITS)
        for one, weight in zip(known, weights[:, 0].tolist(), strict=True)
    }
    return round(intercept.item(), DIGITS), {
        one: weight for one, weight in rounded.items() if weight
    }


def naming_words(gazetteer: Gazetteer) -> frozenset[str]:
    """Words that name a country by themselves, in small letters."""
    return frozenset(
        form.lower()
        for form, senses in gazetteer.senses.items()
        if any(sense.kind in NAMING for sense in senses)
    )


def card(least: float, intercept: float, weights: Mapping[str, float]) -> dict[str, object]:
    """What ``implied.json`` holds, see `ImpliedPartners`."""
    learned = {"least": least, "intercept": intercept, "weights": dict(weights)}
    digest = hashlib.sha256(json.dumps(learned).encode()).hexdigest()[:8]
    return {"version": f"implied-{RELEASED}+{digest}", **learned}


def figures(sentences: Sequence[Read], model: ImpliedPartners) -> dict[str, float]:
    """Share of sentences that imply a country, and what of those and of the others is let go."""
    gone = Counter(read.implies for read in sentences if not model.may_imply_by(read.features))
    there = Counter(read.implies for read in sentences)
    return {
        "implying": there[True] / len(sentences),
        "implying_let_go": gone[True] / max(1, there[True]),
        "others_let_go": gone[False] / max(1, there[False]),
    }


def main() -> None:
    """Learns from the articles to learn from, writes, and measures on those held out."""
    finder = CountryFinder.load()
    learned = fit(
        list(read(stories.read("train-*.txt"), finder)), naming=naming_words(Gazetteer.load())
    )
    written = card(LEAST, *learned)
    write_card("implied.json", written)
    held_out = list(read(stories.read("heldout.txt"), finder))
    found = figures(held_out, ImpliedPartners(written))
    rounded = {name: round(value, 3) for name, value in found.items()}
    sys.stdout.write(f"{json.dumps({'sentences': len(held_out), **rounded})}\n")


if __name__ == "__main__":
    main()
