"""HTML to plain text, in time linear in its length.

`html.parser` is not used: on CPython 3.11.7 it is quadratic in unfinished tags (40 kB of ``<a ``
take 14 s on the machine of the tests) and raises AssertionError on some declarations, either of
which would make one article a poison pill. Tag names are all that is needed here.
"""

import html
import re
from collections.abc import Iterator

# fmt: off
_PARAGRAPHS = frozenset(
    [
        "address", "article", "aside", "blockquote", "body", "caption", "dd", "div", "dl",
        "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4",
        "h5", "h6", "header", "hl2", "hr", "html", "li", "main", "nav", "ol", "option", "p",
        "pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul",
    ]
)
# fmt: on
"""Elements that begin and end a paragraph (HTML's rendering section: display block)."""
_CELLS = frozenset(["td", "th"])
"""Elements that stand beside each other in a line."""
_DROPPED = frozenset(["iframe", "noscript", "script", "style", "svg", "template", "title"])
"""Elements whose content is no part of the text."""

_PARAGRAPH_BREAK = "\n\n"
_LINE_BREAK = "\n"

_MARKUP = re.compile(r"<(?:[!?]|/?+([a-zA-Z][^\s/>]*+))")
"""Where markup begins, with a tag's name; any other ``<`` is text, and there may be a million."""
_TAG_REST = re.compile(
    r"""[^>"'=]*+(?:(?:=\s*+(?:"[^"]*+"|'[^']*+')?+|["'])[^>"'=]*+)*+>""",
)
"""Up to the end of a tag; a ``>`` within a quoted attribute does not end it."""
_CLOSING = {name: re.compile(rf"</{name}[\s/>]", re.IGNORECASE) for name in _DROPPED}
_SPACES = re.compile(r"\s+")
_LONG_REFERENCE = re.compile(r"&#[0-9]{8,}+;?+")
"""No character has such a number, and `html.unescape` raises ValueError beyond 4,300 digits."""


def to_text(markup: str) -> str:
    """The text that `markup` shows: paragraphs apart by an empty line, entities decoded.

    Runs of white space become one space, one ``<br>`` a line break, two the end of a paragraph;
    scripts, styles and comments are dropped. What is no markup, such as ``<`` before a digit, is
    text. Works on fragments as on documents, and never raises on a `str`.
    """
    paragraphs = "".join(_pieces(markup)).split(_PARAGRAPH_BREAK)
    shown = (_paragraph(paragraph) for paragraph in paragraphs)
    return _PARAGRAPH_BREAK.join(paragraph for paragraph in shown if paragraph)


def _paragraph(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split(_LINE_BREAK))
    return _LINE_BREAK.join(line for line in lines if line)


def _pieces(markup: str) -> Iterator[str]:
    """Texts without line breaks, and breaks."""
    position = 0
    quotes_count = True
    while tag := _MARKUP.search(markup, position):
        start = tag.start()
        yield _decoded(markup[position:start])
        if markup.startswith("<!--", start):
            position = _after(markup, "-->", start + 2)
            continue
        if markup.startswith(("<!", "<?"), start):
            position = _after(markup, ">", start)
            continue
        end = _TAG_REST.match(markup, tag.end()) if quotes_count else None
        # One tag that never ends says that quotes do not pair up in the rest: looking for the end
        # of every further tag to the very end of the markup would be quadratic.
        quotes_count = end is not None
        position = end.end() if end else _after(markup, ">", tag.end())
        name = tag[1].lower()
        opens = markup[start + 1] != "/"
        if opens and name in _DROPPED and markup[position - 2 : position] != "/>":
            closing = _CLOSING[name].search(markup, position)
            position = closing.start() if closing else len(markup)
        yield _break(name)
    yield _decoded(markup[position:])


def _after(markup: str, mark: str, start: int) -> int:
    """The position behind the next `mark`, the end where there is none."""
    found = markup.find(mark, start)
    return found + len(mark) if found >= 0 else len(markup)


def _break(name: str) -> str:
    if name in _PARAGRAPHS:
        return _PARAGRAPH_BREAK
    if name == "br":
        return _LINE_BREAK
    return " " if name in _CELLS else ""


def _decoded(text: str) -> str:
    characters = html.unescape(_LONG_REFERENCE.sub("\N{REPLACEMENT CHARACTER}", text))
    return _SPACES.sub(" ", characters)
