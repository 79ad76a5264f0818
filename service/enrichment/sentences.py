"""Where sentences begin and end in a stretch of running text.

Rules, no model: every run of final punctuation is a candidate, and what stands around it decides.
Each decision looks at a bounded number of characters, so the time is linear in the length.
"""

import re
import tomllib
from collections.abc import Iterator
from importlib import resources

from service.enrichment.values import Span

MAX_SENTENCE = 2_000
"""Characters. Longer stretches without a final stop are cut, at white space where there is any:
later stages cost more than linear in a sentence's length, and nobody writes such sentences."""

_LOOK_BACK = 40
"""Characters before a stop in which the word that it ends is looked for."""
_LOOK_AHEAD = 80
"""Characters after a stop that decide whether a sentence begins there."""


def _load() -> dict[str, frozenset[str]]:
    raw = (resources.files("service.enrichment.data") / "sentence_breaks.toml").read_text("utf-8")
    return {name: frozenset(words.split()) for name, words in tomllib.loads(raw).items()}


_WORDS = _load()

_CANDIDATE = re.compile(
    r"""
    (?P<stop> [.!?…‼⁇⁈⁉]+ | (?P<own>[。！？｡．؟۔।॥։።။៕]+) )
    (?P<close> (?: ["'”’»›)\]}」』）】〉》] | \[\d{1,3}\] )* )
    (?P<tags> (?: </[a-zA-Z][^<>]{0,200}> )* )
    """,
    re.VERBOSE,
)
"""Final punctuation, what it closes (quotes, brackets, notes), and tags. `own`: marks of scripts
that do not need a space behind them."""
_NEXT = re.compile(r"""(?P<lead>["'“‘«‹(\[{¿¡*_–—-]{0,4})(?P<word>[^\W_][\w.'’-]{0,30})?""")
_OPENING = re.compile(r"(?:\s{0,20}<[a-zA-Z][^<>]{0,200}>){0,5}")
_GLUED = re.compile(r"[A-Z][a-z]+(?:[\s,'’]|$)")
_LAST_WORD = re.compile(r"""[^\s"“”‘(\[{«]+$""")
_LETTERS_WITH_STOPS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_ATTRIBUTION = re.compile(
    r"(?:[A-Z][\w'’.-]{0,30}\s+){1,5}(?:" + "|".join(sorted(_WORDS["attributions"])) + r")\b"
)
_QUOTES = '"”»›'
_HIRAGANA = re.compile("[\u3041-\u309f]")
_TIMES = ("a.m", "p.m")
_GLUED_LETTERS = 3
_MARKED_NUMBER = re.compile(r"[(\[]?(?:\d{1,3}|[ivxIVX]{1,4}|[a-zA-Z])[)\]]?$")


def split(text: str, start: int, end: int) -> list[Span]:
    """The sentences of ``text[start:end]``, which is one paragraph; line breaks in it are spaces.

    The spans are in order, do not overlap, leave out only white space, and none is longer than
    `MAX_SENTENCE`.
    """
    spans: list[Span] = []
    at = start
    for cut in _cuts(text, start, end):
        spans.extend(pieces(text, at, cut))
        at = cut
    spans.extend(pieces(text, at, end))
    return spans


def _cuts(text: str, start: int, end: int) -> Iterator[int]:
    """Where one sentence ends and another may begin."""
    begin = start
    for found in _CANDIDATE.finditer(text, start, end):
        if found.end() < end and _ends(text, found, begin, end):
            begin = found.end()
            yield begin


def _ends(text: str, found: re.Match[str], begin: int, end: int) -> bool:
    """Whether the sentence that began at `begin` ends with the candidate `found`."""
    after = found.end()
    if found["own"]:
        return not (found["close"] and _HIRAGANA.match(text, after))
    if not (text[after].isspace() or text[after] == "<" or found["tags"]):
        return _ends_glued(text, found, begin)
    after = _match_end(_OPENING, text, after)
    ahead = text[after : min(end, after + _LOOK_AHEAD)].lstrip()
    upcoming = _NEXT.match(ahead)
    word = ((upcoming and upcoming["word"]) or "").rstrip(".'’-")
    if word[:1].islower():
        return False
    if found["stop"] == ".":
        return _is_quoted(found) or not _goes_on(text, found, begin, word)
    if found["stop"][0] == "." or "…" in found["stop"]:
        # An ellipsis apart from the word before it stands for words left out.
        left_out = found.start() > begin and text[found.start() - 1].isspace()
        return not left_out or word in _WORDS["openers"]
    return not (found["close"] and _ATTRIBUTION.match(ahead)) and (
        word in _WORDS["openers"] or _word_before(text, found, begin) not in _WORDS["sometimes"]
    )


def _match_end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _is_quoted(found: re.Match[str]) -> bool:
    """Whether a quotation closes behind the stop; after it a capital begins a sentence."""
    return any(mark in found["close"] for mark in _QUOTES)


def _word_before(text: str, found: re.Match[str], begin: int) -> str:
    """What stands right before a stop, back to white space, a quote or a bracket."""
    word = _LAST_WORD.search(text[max(begin, found.start() - _LOOK_BACK) : found.start()])
    return word[0] if word else ""


def _ends_glued(text: str, found: re.Match[str], begin: int) -> bool:
    """Whether a sentence ends where no space follows: "downloading.The ignorance"."""
    before = text[max(begin, found.start() - _GLUED_LETTERS) : found.start()]
    if found["stop"] not in (".", "!", "?") or not (before.isalpha() and before.islower()):
        return False
    if not _GLUED.match(text, found.end(), found.end() + _LOOK_AHEAD):
        return False
    upcoming = _NEXT.match(text, found.end())
    opens = upcoming is not None and (upcoming["word"] or "").rstrip("'’") in _WORDS["openers"]
    word = _word_before(text, found, begin)
    return (
        bool(word)
        and (opens or word[0].islower())  # "Yahoo.Com", "Node.Js"
        and not any(mark in word for mark in "./@:")
    )


def _goes_on(text: str, found: re.Match[str], begin: int, upcoming: str) -> bool:
    """Whether a single full stop is one of an abbreviation or a number within a sentence."""
    whole = _word_before(text, found, begin)
    word = whole.rsplit("-", 1)[-1]
    if not text[begin : found.start() - len(whole)].strip() and _MARKED_NUMBER.match(whole):
        return True  # "1. Japan": the number of a point
    if word.isdigit():
        return upcoming in _WORDS["ordinal_months"] and len(word) <= len("31")
    if word.lower() in _TIMES:
        return upcoming in _WORDS["after_time"]
    if word in _WORDS["before_number"] and upcoming[:1].isdigit():
        return True
    initial = len(word) == 1 and word.isupper()
    # "J. A. Brown": a single letter is the next initial rather than a word.
    opens = upcoming in _WORDS["openers"] and not (initial and len(upcoming) == 1)
    return word in _WORDS["never"] or (not opens and (initial or _may_be_abbreviated(word)))


def _may_be_abbreviated(word: str) -> bool:
    """An abbreviation that may also end a sentence, or letters with stops."""
    return word in _WORDS["sometimes"] or bool(_LETTERS_WITH_STOPS.fullmatch(word))


def pieces(text: str, start: int, end: int) -> Iterator[Span]:
    """``text[start:end]`` without the white space around it, in pieces of bounded length."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > MAX_SENTENCE:
        cut = start + MAX_SENTENCE
        while cut > start + MAX_SENTENCE // 2 and not text[cut].isspace():
            cut -= 1
        if not text[cut].isspace():
            cut = start + MAX_SENTENCE  # one endless word
        yield Span(start, cut)
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield Span(start, end)
