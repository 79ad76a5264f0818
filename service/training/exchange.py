"""Countries exchanged in a text, so that the model learns the verb and not the country."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from random import Random

from service.enrichment.countries.gazetteer import Kind
from service.enrichment.masking import CountryForms, Edit, Rewritten
from service.training.data import Example

LONGEST = 2
"""Words: longer forms are official names, which news seldom prints."""

SHORTEST = 4
"""Letters: shorter forms are mostly ambiguous or abbreviations."""


@cache
def forms() -> CountryForms:
    """The forms that name one country."""
    return CountryForms.load()


@cache
def _choices() -> Mapping[Kind, Mapping[str, tuple[str, ...]]]:
    """By kind and country, the forms that may stand in place of another country's."""
    listed: defaultdict[Kind, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for form, (country, kind) in forms().meaning.items():
        short = len(form.split()) <= LONGEST and len(form) >= SHORTEST
        if short and form[0].isupper() and "." not in form:
            listed[kind][country].append(form)
    return {
        kind: {country: tuple(some) for country, some in by_country.items()}
        for kind, by_country in listed.items()
    }


def exchange(example: Example, random: Random) -> Example:
    """The same sentence about other countries; spans and labels move along.

    Every country that the gazetteer finds in the text becomes another one, the same one
    throughout, names for names and adjectives for adjectives. People whom it does not know stay.
    """
    found = list(forms().find(example.text))
    present = sorted({form.country for form in found})
    if not present:
        return example
    choices = _choices()
    everywhere = sorted((set(choices[Kind.NAME]) & set(choices[Kind.ADJECTIVE])) - set(present))
    become = dict(zip(present, random.sample(everywhere, len(present)), strict=True))
    edits = []
    for form in found:
        other = become[form.country]
        fitting = choices[form.kind].get(other) or choices[Kind.NAME][other]
        edits.append(Edit(form.start, form.end, random.choice(fitting)))
    return _rewritten(example, Rewritten.of(example.text, edits))


def masked(example: Example) -> Example:
    """The same as the network reads it in the service: with stand-ins; spans and labels move."""
    return _rewritten(example, forms().masked(example.text))


def _rewritten(example: Example, now: Rewritten) -> Example:
    labels = tuple(
        replace(
            label,
            source=now.span(label.source),
            target=now.span(label.target),
            said=now.span(label.said),
        )
        for label in example.labels
    )
    return replace(example, text=now.text, labels=labels)
