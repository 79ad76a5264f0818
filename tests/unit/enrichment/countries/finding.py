"""What `CountryFinder` finds in a text, in the words of the tests."""

from contracts.article import Article
from service.enrichment.countries import CountryFinder
from service.enrichment.text import read
from service.enrichment.values import Document, Sentence

FINDER = CountryFinder.load()


def found(text, *, title=None):
    document = read(Article(id="a", title=title, text=text))
    return [
        (document.full[m.start : m.end], m.country, m.kind.value) for m in FINDER.find(document)
    ]


def mention(text, phrase):
    document = read(Article(id="a", text=text))
    return next(m for m in FINDER.find(document) if document.full[m.start : m.end] == phrase)


def mentions_of(text):
    return FINDER.find(read(Article(id="a", text=text)))


def ranked(text, *, title=None):
    document = read(Article(id="a", title=title, text=text))
    return [c.code for c in FINDER.rank(document, FINDER.find(document))]


def bare(text):
    return Document(text, 0, (Sentence(0, len(text), "text"),) if text else ())


def named(text, phrase):
    """The countries that the mentions of `phrase` stand for, one for each."""
    return [country for found_phrase, country, _ in found(text) if found_phrase == phrase]
