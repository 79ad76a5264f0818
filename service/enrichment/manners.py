"""What a block of a page looks like: prose, a line of its own, or the manners of page templates.

A block is told by its features (final punctuation, length, words glued together, separators, whom
it speaks to) and by the vocabulary of templates, which is data. Only the first `MAX_LOOK`
characters are looked at, so the time is bounded for every block.
"""

import re
import tomllib
from dataclasses import dataclass
from enum import Enum
from importlib import resources

MAX_LOOK = 600
"""Characters of a block that are looked at; longer ones are prose whatever follows."""
PROSE_LENGTH = 45
"""Characters from which a line with a final stop is prose rather than a label."""
PROSE_UNSTOPPED = 180
"""Characters from which a line in lower case without a final stop is prose too."""
MAX_TEMPLATE_WORDS = 40
"""A sentence of more words is prose even where it holds a phrase of templates."""
MAX_LINE_WORDS = 8
"""No phrase of templates that fills a line has more words."""
MAX_LABEL_WORDS = 16
"""Up to here a line without a final stop is a label rather than prose cut short."""
MAX_CREDIT_WORDS = 12
"""Whose picture it is, who wrote it and when takes no more."""
MAX_BUTTON_WORDS = 4
"""A hint of templates in a line this short needs nothing beside it."""
MAX_ADDRESS = 200
"""Characters of a line that is a link or a row of hashtags."""
HINTS_TOGETHER = 2
"""Phrases that news has too must meet others of their kind in prose."""
MIN_GLUED = 2
"""Words of icons run together; one may be a name."""
MAX_WORDS_PER_GLUED = 8
"""Fewer of them among more words are names in prose."""
MIN_MENU_WORDS = 4
"""Names of sections in a row."""
MENU_SHARE = 0.7
"""Of the words of a menu name sections."""
MIN_SEPARATORS = 2
"""Of a row of links; their items have up to four words each."""
MAX_ITEM_WORDS = 4
APPEALING = 2
"""Of the features: imperative, speaking to the reader, promoting."""


class Kind(Enum):
    """What a block looks like."""

    PROSE = "prose"
    NEUTRAL = "neutral"
    """A headline, a subhead, a row of a table, a point of a list."""
    FURNITURE = "furniture"
    """A byline, a date, a credit: no residue, but no sentence either."""
    APPEAL = "appeal"
    """Speaks to the reader; residue where there is other residue."""
    RESIDUE = "residue"


@dataclass(frozen=True, slots=True)
class Block:
    """What a block looks like.

    Attributes:
        kind: the class.
        width: its length in characters, a sign of Chinese or Japanese counted thrice.
        words: how many; two signs of Chinese or Japanese make one.
    """

    kind: Kind
    width: int
    words: int


def _load() -> dict[str, str]:
    raw = (resources.files("service.enrichment.data") / "page_residue.toml").read_text("utf-8")
    return tomllib.loads(raw)


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(" ".join(phrase.split()) for phrase in text.split(";"))


def _any_of(phrases: str) -> re.Pattern[str]:
    longest_first = sorted(_phrases(phrases), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")


_TOKEN = re.compile(r"[a-z]+")
_DATA = _load()
_LINES = frozenset(_phrases(_DATA["lines"]))
_STARTS = re.compile(rf"(?:{'|'.join(map(re.escape, _phrases(_DATA['starts'])))})(?![^\W\d_])")
_PHRASES = _any_of(_DATA["phrases"])
_HINTS = _any_of(_DATA["hints"])
_TRIGGERS = frozenset(
    max(_TOKEN.findall(phrase), key=len)
    for name in ("phrases", "hints")
    for phrase in _phrases(_DATA[name])
)
"""The longest word of each phrase: a sentence with none of them needs no closer look."""
_WORDS = {
    name: frozenset(_DATA[name].split())
    for name in ("imperatives", "addressing", "promotional", "sections", "icons")
}

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,10});")
_CREDIT = re.compile(
    r"""\s*[(\[]?\s*(?: [©℗] | \(c\)\s
    | (?:File\s)?(?:Photo|Image|Picture|Credit|Foto|Photograph)s?
      (?:\s(?:by|courtesy|credit)\b|\s?:)
    | (?:AP|EPA|AFP)\s?(?:Photo\b|/) | REUTERS\s?/ | Getty\sImages )""",
    re.VERBOSE,
)
_TRAILING_CREDIT = re.compile(
    r"""(?<=[.!?”"’'])\s{1,20}(?:©|\(?(?:Photo|Image)\b)[^.]{0,80}\.?\)?$"""
)
_FINAL = re.compile(r"""[.!?…。！？؟।۔።]["'”’»)\]」』]*$""")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CJK_EXTRA = 2
_CJK_PER_WORD = 2
_CAMEL = re.compile(r"\b[A-Za-z]*[a-z]{2}[A-Z][a-z]{2,}")
_CAMEL_PART = re.compile(r"[A-Z]?[a-z]+")
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_SEPARATORS = re.compile(r"\s[>/→]\s|[|•·›»]")
_BULLET = re.compile(r"[•‣◦▪●■►▶➤✓✔※·*–—-]\s+")
_MARKS = "•‣◦▪●■►▶➤✓✔※·*–—->» [("
_BYLINE = re.compile(r"(?:by|von|par|por)\s+(?!the\b)[^.!?:]{2,80}$", re.IGNORECASE)
_DATE = re.compile(
    r"""(?:(?:mon|tue|wed|thu|fri|sat|sun)\w{0,6},?\s
    | (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w{0,6}\.?\s\d
    | \d{1,4}[./:\ -]\d
    | \d{1,2}\s(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)
    | \d{1,3}\s(?:min|hour|day|week|month|year)s?\b
    | (?:updated|published|posted)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
_HASHTAGS = re.compile(r"(?:#\w+\s*){2,}$")
_LINK = re.compile(r"(?:https?://|www\.)\S+$|[^\s@]{1,64}@[^\s@]{1,100}\.\w{2,10}$")


def look(text: str, *, residual: bool, repeated: bool) -> Block:
    """What a block looks like.

    Args:
        text: of the block.
        residual: whether most of its sentences are residue.
        repeated: whether the page says it twice.
    """
    if len(text) > MAX_LOOK:
        return Block(Kind.PROSE, len(text), len(text))
    bare = _plain(text)
    words = _WORD.findall(bare)
    signs = len(_CJK.findall(bare))
    width = len(bare) + _CJK_EXTRA * signs
    kind = Kind.RESIDUE if residual else _kind(bare, words, width=width, repeated=repeated)
    return Block(kind, width, len(words) + signs // _CJK_PER_WORD)


def is_residue(sentence: str) -> bool:
    """Whether a sentence is no sentence: tags or rules only, a credit, a phrase of templates."""
    if len(sentence) > MAX_LOOK:
        return False
    bare = _plain(sentence)
    words = _WORD.findall(bare)
    if not words:
        return not any(map(str.isalnum, bare))
    if len(words) <= MAX_CREDIT_WORDS and _CREDIT.match(bare):
        return True
    return len(words) <= MAX_TEMPLATE_WORDS and _is_template(bare, words)


def key(text: str) -> str:
    """A short line with letters, digits and single spaces only, in lower case."""
    return " ".join(_WORD.findall(text[:80].lower().replace("'", " ").replace("-", " ")))


def _kind(bare: str, words: list[str], *, width: int, repeated: bool) -> Kind:
    """What a block looks like that is not residue sentence by sentence."""
    stopped = bool(_FINAL.search(bare)) or bool(_TRAILING_CREDIT.search(bare))
    if stopped and width >= PROSE_LENGTH:
        return Kind.PROSE
    if _is_navigation(bare, words) or _begins_as_template(bare) or _is_address(bare):
        return Kind.RESIDUE
    if not stopped and width >= PROSE_UNSTOPPED and _is_lower(words):
        return Kind.PROSE
    return Kind.NEUTRAL if stopped else _kind_of_line(bare, words, repeated=repeated)


def _kind_of_line(bare: str, words: list[str], *, repeated: bool) -> Kind:
    """What a line without a final stop looks like."""
    if repeated and len(words) <= MAX_LINE_WORDS and not _has_digits(bare):
        return Kind.APPEAL
    dated = bool(_DATE.match(bare)) and _has_digits(bare)
    if len(words) <= MAX_CREDIT_WORDS and (dated or _BYLINE.match(bare)):
        return Kind.FURNITURE
    return Kind.APPEAL if _appeals(bare, words) else Kind.NEUTRAL


def _plain(text: str) -> str:
    """Without tags, entities and white space around it: for looking only."""
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "&" in text:
        text = _ENTITY.sub(" ", text)
    return text.strip()


def _is_template(bare: str, words: list[str]) -> bool:
    """Whether a line or sentence is made of what page templates say, or of icon names."""
    stopped = bool(_FINAL.search(bare))
    if not stopped and len(words) <= MAX_LINE_WORDS and key(bare) in _LINES:
        return True
    lower = bare.lower().replace("’", "'")
    if not _TRIGGERS.isdisjoint(_TOKEN.findall(lower)) and _asks(lower, words, stopped=stopped):
        return True
    glued = sum(map(_is_glued, _CAMEL.findall(bare)))
    return glued >= MIN_GLUED and glued * MAX_WORDS_PER_GLUED >= len(words)


def _asks(lower: str, words: list[str], *, stopped: bool) -> bool:
    """Whether a line in lower case holds a phrase of templates, or hints of one that suffice."""
    if _PHRASES.search(lower):
        return True
    hints = len(set(_HINTS.findall(lower)))
    if not hints or len(words) > (MAX_TEMPLATE_WORDS if stopped else MAX_LABEL_WORDS):
        return False
    if not stopped and len(words) <= MAX_BUTTON_WORDS:
        return True
    return hints >= (HINTS_TOGETHER if stopped else 1) and _speaks_to_reader(lower.split())


def _speaks_to_reader(lower: list[str]) -> bool:
    return lower[0].lstrip(_MARKS) in _WORDS["imperatives"] or not _WORDS["addressing"].isdisjoint(
        lower
    )


def _is_glued(run: str) -> bool:
    """Whether words of icons or buttons are glued to each other: "ChevronTitle"."""
    return any(part.lower() in _WORDS["icons"] for part in _CAMEL_PART.findall(run))


def _begins_as_template(bare: str) -> bool:
    start = bare[:80].lower().replace("’", " ").replace("'", " ").lstrip(_MARKS)
    return _STARTS.match(start) is not None


def _is_navigation(bare: str, words: list[str]) -> bool:
    """A row of sections, or of short items with separators between them; no row of a table."""
    if _has_digits(bare) or _FINAL.search(bare):
        return False
    known = sum(word.lower() in _WORDS["sections"] for word in words)
    if len(words) >= MIN_MENU_WORDS and known >= MENU_SHARE * len(words):
        return True
    separators = len(_SEPARATORS.findall(bare))
    return separators >= MIN_SEPARATORS and len(words) <= MAX_ITEM_WORDS * (separators + 1)


def _is_address(bare: str) -> bool:
    """Whether a line is a link, an address or a row of hashtags."""
    if len(bare) > MAX_ADDRESS:
        return False
    return bool(_LINK.match(bare) or _HASHTAGS.match(bare))


def _is_lower(words: list[str]) -> bool:
    """Whether most words are in lower case or in a script without case."""
    return 2 * sum(not word[0].isupper() for word in words) > len(words)


def _has_digits(text: str) -> bool:
    return any(map(str.isdigit, text))


def _appeals(bare: str, words: list[str]) -> bool:
    """Whether a line speaks to the reader as buttons and promotions do."""
    if not 0 < len(words) <= MAX_LABEL_WORDS or any(mark in bare for mark in '"“”«»'):
        return False
    lower = [word.lower() for word in words]
    imperative = lower[0] in _WORDS["imperatives"]
    addressing = not _WORDS["addressing"].isdisjoint(lower)
    promotional = len(_WORDS["promotional"].intersection(lower))
    pointed = imperative and bool(_BULLET.match(bare))
    return pointed or imperative + addressing + promotional >= APPEALING
