"""The blocks of a plain text: paragraphs, wrapped or not, and lines that stand for themselves.

An empty line parts blocks. A single line break does where each paragraph is a line of its own, and
does not where the lines of a paragraph were wrapped at some width; the text itself says which.
"""

import re
from itertools import pairwise

from service.enrichment.values import Span

MAX_WRAP = 140
"""Characters. Nobody wraps lines wider; longer lines are paragraphs."""
MIN_WRAP = 45
"""Characters. Shorter lines that go on in the next one are lists and verse, not wrapped text."""
_ENOUGH_CONTINUED = 2
"""Lines that must go on in lower case before a text with longer lines counts as wrapped."""
_SLACK = 0.8
"""Of the width: a wrapped line that is followed by a long word may be this short."""

_BREAKS = re.compile(r"\r\n|[\r\n\v\x85\u2028]|(?P<apart>[\f\u2029])")
_BULLET = re.compile(r"\s*(?:[•‣◦▪●■►▶➤✓✔※·*–—-]|\d{1,3}[.)]|\(?[a-z][.)])\s")
_FINAL_STOP = re.compile(r"""[.!?…。！？؟۔।:;]["'”’»)\]」』]*\s*$""")
_FIRST_WORD = re.compile(r"\s*(\S{0,40})")


def blocks(text: str, start: int, end: int) -> list[Span]:
    """The blocks of ``text[start:end]``, in order, without the white space around them.

    Time is linear in the length. A bullet begins a block, and so does an indented line after one
    that is not.
    """
    lines = _lines(text, start, end)
    width = _wrapping_width(text, lines)
    found: list[Span] = []
    for index, line in enumerate(lines):
        if found and width and _goes_on(text, lines[index - 1], line, width):
            found[-1] = Span(found[-1].start, line.end)
        else:
            found.append(line)
    return found


def _lines(text: str, start: int, end: int) -> list[Span]:
    """The lines that hold something, without the white space around them."""
    spans: list[Span] = []
    at = start
    while at < end:
        found = _BREAKS.search(text, at, end)
        stop = found.start() if found else end
        piece = text[at:stop]
        bare = piece.strip()
        if bare:
            left = at + len(piece) - len(piece.lstrip())
            spans.append(Span(left, left + len(bare)))
        at = found.end() if found else end
    return spans


def _adjacent(text: str, line: Span, after: Span) -> bool:
    """Whether one line break only stands between two lines."""
    between = text[line.end : after.start]
    breaks = _BREAKS.findall(between)
    return len(breaks) == 1 and not any(breaks)


def _wrapping_width(text: str, lines: list[Span]) -> int:
    """The width at which the text was wrapped, 0 where it was not.

    A line that has no final stop and is followed by one in lower case goes on there. In texts
    without case (telex in capitals, scripts that have none) a long line without a final stop does.
    """
    sample = text[lines[0].start : lines[0].start + 2_000] if lines else ""
    cased = sum(map(str.islower, sample)) * 10 > sum(map(str.isalpha, sample))
    widths = [
        line.end - line.start
        for line, after in pairwise(lines)
        if MIN_WRAP <= line.end - line.start <= MAX_WRAP
        and (text[after.start].islower() if cased else text[after.start].isalnum())
        and not _FINAL_STOP.search(text, max(line.start, line.end - 10), line.end)
        and _adjacent(text, line, after)
    ]
    width = max(widths, default=0)
    if len(widths) >= _ENOUGH_CONTINUED:
        return width
    # One such line will do where no line is much longer.
    longest = max((line.end - line.start for line in lines), default=0)
    return width if longest * _SLACK <= width else 0


def _goes_on(text: str, line: Span, after: Span, width: int) -> bool:
    """Whether the paragraph of `line` goes on in the line `after` it."""
    length = line.end - line.start
    if length > width or not _adjacent(text, line, after) or _BULLET.match(text, after.start):
        return False
    if _indent(text, after) > _indent(text, line) + 1:
        return False
    if text[after.start].islower():
        return True
    first = _FIRST_WORD.match(text, after.start)
    room = length + 1 + len(first[1] if first else "") <= width
    return not room and length >= _SLACK * width


def _indent(text: str, line: Span) -> int:
    """How many characters of white space stand before the line, up to a line break."""
    at = line.start
    while at > 0 and line.start - at < MAX_WRAP and text[at - 1] in " \t\u3000":
        at -= 1
    return line.start - at
