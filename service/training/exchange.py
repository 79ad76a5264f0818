"""Countries exchanged in a text, so that the model learns the verb and not the country."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from random import Random

from service.enrichment.values import Span
from service.training.data import Example

KINDS = ("N", "A", "P", "C", "G", "L", "K")
"""Kinds of forms exchanged: name, adjective, people, capital, government, leader, surname."""

ALPHA_3 = 3
"""Letters of a country's code; blocs of countries have other ones."""

LONGEST = 2
"""Words: longer forms are official names, which news seldom prints."""

SHORTEST = 4
"""Letters: shorter forms are mostly ambiguous or abbreviations."""


@dataclass(frozen=True, slots=True)
class _Forms:
    """The forms of the gazetteer that mean one country in one way."""

    meaning: dict[str, tuple[str, str]]
    choices: dict[str, dict[str, tuple[str, ...]]]
    pattern: re.Pattern[str]


@cache
def _forms() -> _Forms:
    listed = (files("service.enrichment") / "data" / "gazetteer.tsv").read_text(encoding="utf-8")
    meaning: dict[str, tuple[str, str]] = {}
    choices: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for line in listed.splitlines():
        form, _, listed_as = line.partition("\t")
        readings = [tuple(reading.split(":")[:2]) for reading in listed_as.split()]
        fitting = [r for r in readings if len(r[0]) == ALPHA_3 and r[1:] and r[1] in KINDS]
        if form.startswith("#") or len({country for country, _ in fitting}) != 1:
            continue
        country, kind = fitting[0]
        meaning[form] = (country, kind)
        short = len(form.split()) <= LONGEST and len(form) >= SHORTEST
        if short and form[0].isupper() and "." not in form:
            choices[kind][country].append(form)
    longest_first = sorted(meaning, key=len, reverse=True)
    pattern = re.compile(
        r"(?:\b[Tt]he )?(?<![\w-])(" + "|".join(map(re.escape, longest_first)) + r")(?!\w)"
    )
    frozen = {k: {c: tuple(forms) for c, forms in by.items()} for k, by in choices.items()}
    return _Forms(meaning, frozen, pattern)


def exchange(example: Example, random: Random) -> Example:
    """The same sentence about other countries; spans and labels move along.

    Every country that the gazetteer finds in the text becomes another one, the same one
    throughout, names for names and adjectives for adjectives. Names of people stay.
    """
    forms = _forms()
    found = list(forms.pattern.finditer(example.text))
    present = sorted({forms.meaning[match[1]][0] for match in found})
    if not present:
        return example
    everywhere = sorted(country for country in forms.choices["N"] if country in forms.choices["A"])
    become = dict(zip(present, random.sample(everywhere, len(present)), strict=True))
    parts: list[str] = []
    moves: list[tuple[int, int, int]] = []
    end = 0
    for match in found:
        country, kind = forms.meaning[match[1]]
        of_kind = forms.choices[kind].get(become[country]) or forms.choices["N"][become[country]]
        # names that want an article get none: "the" goes with the name that it belonged to
        start = match.start() if kind == "N" else match.start(1)
        form = random.choice(of_kind)
        parts += [example.text[end:start], form]
        moves.append((start, match.end(), len(form)))
        end = match.end()
    text = "".join([*parts, example.text[end:]])
    labels = tuple(
        replace(
            label,
            source=_moved(label.source, moves),
            target=_moved(label.target, moves),
            said=_moved(label.said, moves),
        )
        for label in example.labels
    )
    return replace(example, text=text, labels=labels)


def _moved(span: Span | None, moves: Sequence[tuple[int, int, int]]) -> Span | None:
    """Where a span lies after the exchange; what lay inside of a name takes in the whole of it."""
    if span is None:
        return None
    start, end = span.start, span.end
    shift_start = shift_end = 0
    for old_start, old_end, size in moves:
        change = size - (old_end - old_start)
        if old_end <= span.start:
            shift_start += change
        elif old_start < span.start:
            start = old_start
        if old_end <= span.end:
            shift_end += change
        elif old_start < span.end:
            end, shift_end = old_end, shift_end + change
    return Span(start + shift_start, end + shift_end)
