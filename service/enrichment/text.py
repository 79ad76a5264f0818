"""An article made ready to read: its own text, untouched, and where its sentences are."""

from contracts.article import Article
from service.enrichment import headlines, lines, residue, sentences
from service.enrichment.values import Document, Sentence

MAX_CHARACTERS = 100_000
"""Of an article's text; the rest is left out. Ten times the longest of news reports."""

_SEPARATOR = "\n\n"
_LONGEST_WORD = 200
"""Characters before the limit in which white space to cut at is looked for."""


def read(article: Article) -> Document:
    """The sentences of an article's title and text.

    Nothing is changed: entities, tags and odd characters stay, so that offsets count in what the
    publisher sent. Residue of web pages around and between the paragraphs becomes no sentence.
    Time and memory are linear in the length, and bounded by `MAX_CHARACTERS`; never raises.
    """
    title = article.title or ""
    if not title.strip():
        title = ""
    text = _limited(article.text)
    truncated = len(text) < len(article.text) and bool(article.text[len(text) :].strip())
    if not text.strip():
        text = ""
    full = _SEPARATOR.join(part for part in (title, text) if part)
    start = len(full) - len(text)
    return Document(
        full=full,
        text_start=start,
        sentences=(
            *_of_title(full, len(title), source=article.source),
            *_of_text(full, start),
        ),
        truncated=truncated,
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


def _of_text(full: str, start: int) -> list[Sentence]:
    blocks = [
        sentences.split(full, block.start, block.end)
        for block in lines.blocks(full, start, len(full))
    ]
    return [Sentence(span.start, span.end, "text") for span in residue.of_article(full, blocks)]
