"""An article made ready to read: its own text, untouched, and where its sentences are."""

from collections.abc import Sequence

from contracts.article import Article
from service.enrichment import headlines, lines, residue, sentences
from service.enrichment.values import Document, Sentence, Span

MAX_CHARACTERS = 100_000
"""Of an article's text; the rest is left out. Ten times the longest of news reports."""
MAX_BLOCKS = 5_000
"""Paragraphs and lines of a text that are analysed; reports have some dozens."""

_SEPARATOR = "\n\n"
_LONGEST_WORD = 200
"""Characters before the limit in which white space to cut at is looked for."""


def read(article: Article) -> Document:
    """The sentences of an article's title and text.

    Nothing is changed: entities, tags and odd characters stay, so that offsets count in what the
    publisher sent. Residue of web pages around and between the paragraphs becomes no sentence.
    Time and memory are linear in the length, and bounded by the limits of this module. Never
    raises.
    """
    title = article.title or ""
    if not title.strip():
        title = ""
    text = _limited(article.text)
    if not text.strip():
        text = ""
    full = _SEPARATOR.join(part for part in (title, text) if part)
    start = len(full) - len(text)
    blocks = lines.blocks(full, start, len(full))
    cut = bool(article.text[len(text) :].strip())
    return Document(
        full=full,
        text_start=start,
        sentences=(
            *_of_title(full, len(title), source=article.source),
            *_of_text(full, blocks[:MAX_BLOCKS]),
        ),
        truncated=cut or len(blocks) > MAX_BLOCKS,
    )


def _limited(text: str) -> str:
    """The text up to the limit, cut at white space where there is some near it."""
    if len(text) <= MAX_CHARACTERS:
        return text
    cut = MAX_CHARACTERS
    while cut > MAX_CHARACTERS - _LONGEST_WORD and not text[cut].isspace():
        cut -= 1
    return text[: cut if text[cut].isspace() else MAX_CHARACTERS]


def _of_title(full: str, length: int, *, source: str | None) -> list[Sentence]:
    """A title is one sentence whatever its punctuation, without the publisher's name behind it."""
    end = headlines.end_of(full[:length], source=source)
    return [Sentence(span.start, span.end, "title") for span in sentences.pieces(full, 0, end)]


def _of_text(full: str, blocks: Sequence[Span]) -> list[Sentence]:
    split = [sentences.split(full, block.start, block.end) for block in blocks]
    return [Sentence(span.start, span.end, "text") for span in residue.of_article(full, split)]
