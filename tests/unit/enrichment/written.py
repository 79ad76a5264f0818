"""A document and mentions in it, written down for tests of pairs and dyads."""

from service.enrichment.values import Document, Mention, MentionKind, Sentence

TITLE = "Norway and Chile agree"
TEXT = "Norway praised Chile. Later Chile rebuked Norway. Peru slept."
FULL = f"{TITLE}\n\n{TEXT}"
START = len(TITLE) + 2


def document(full=FULL, text_start=START):
    """`full` with one sentence a full stop, the title before `text_start` another."""
    sentences = [Sentence(0, text_start - 2, "title")] if text_start else []
    position = text_start
    for piece in full[text_start:].split(". "):
        end = min(len(full), position + len(piece) + 1)
        sentences.append(Sentence(position, end, "text"))
        position = end + 1
    return Document(full=full, text_start=text_start, sentences=tuple(sentences))


def mention(country, word, nth=0, full=FULL, **more):
    start = -1
    for _ in range(nth + 1):
        start = full.index(word, start + 1)
    return Mention(country, start, start + len(word), MentionKind.NAME, **more)
