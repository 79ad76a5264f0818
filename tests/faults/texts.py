"""Texts that try to make reading them slow: one unit, said again until it is long."""

import json
import random
from collections.abc import Iterator

from service.enrichment.countries.gazetteer import countries

LIMIT = 900_000
"""Bytes of a text that still fits the largest record that the service takes."""

_HALVES = ("utf-8", "surrogatepass")

CHARACTERS = (
    "\x00", "\x07", "\x1b[31m", "\x85", "\xa0", "\u00ad", "\u0301", "\u034f", "\u061c", "\u200b",
    "\u200d", "\u200f", "\u2028", "\u202e", "\u2066", "\u3000", "\ufeff", "\ufffd", "\uffff",
    "\U0001f600", "\U000e0041", "\ud83d", "中", "ไ", "ا", "İ", "ﬃ", "<p>", "&amp;", "&#", "](",
)  # fmt: skip
"""What is put into texts: controls, marks of direction, joiners, half a character."""

UNITS = {
    "one letter": "a",
    "one capital": "A",
    "digits": "0",
    "full stops": ".",
    "ellipses": "…",
    "question marks": "?!",
    "quotes": '"',
    "closing quotes": "”. ",
    "brackets": "([{",
    "notes": "[1]",
    "tags that never end": "<a ",
    "closing tags that never end": ".</a ",
    "less than": "<",
    "ampersands": "&",
    "entities": "&amp;",
    "addresses": "http://",
    "mail": "a@b. ",
    "at signs": "@",
    "dashes": "—",
    "lines": "x\n",
    "paragraphs": "x.\n\n",
    "bullets": "- x\n",
    "separators": "a | b | ",
    "menus": "Read more\nShare this\nJapan met China.\n",
    "hashtags": "#tag ",
    "glued words": "ChevronTitle",
    "initials": "A. ",
    "abbreviations": "Mr. U.S. e.g. ",
    "numbers with points": "1.",
    "wrapped lines": "a line in lower case that goes on in the next one for a while\n",
    "words without a stop": "word ",
    "by": "by" + " " * 580 + "x.\n",
    "spaces": "a" + " " * 200,
    "zero width": "\u200b",
    "right to left": "\u202eشرق ",
    "combining marks": "e\u0301",
    "emoji": "\U0001f600",
    "Chinese": "日本和中国。",
    "Japanese": "日本と中国はロシアを",
    "Thai": "ญี่ปุ่นและจีน",
    "Arabic": "والصين ووروسيا ",
    "Russian": "Россия и Китай и Япония. ",
    "no script at all": "\ue000",
    "one country": "Japan ",
    "two countries": "Japan and Vietnam and ",
    "three that have names of people": "Chad and Jordan and Georgia ",
    "sentences of two countries": "Japan criticised Russia and Vietnam praised China. ",
    "they": "Japan and China met. They agreed. The two countries hailed it. ",
    "pronouns": "Japan met Vietnam and he said the country and they and the two leaders ",
    "capitals": "JAPAN'S PRIME MINISTER FUMIO KISHIDA MET VIETNAM. ",
    "title case": "Chad Kelly Meets Jordan Smith In Paris Putin Today\n",
    "offices": "Japanese Prime Minister Fumio Kishida met Vietnamese President To Lam. ",
    "offices that point back": "Kishida told the prime minister and the president so. ",
    "of a country": "President Smith of Japan of China of ",
    "seats of a bloc": "Brussels said. ",
    "states": "Lebanon, Pa., and Paris, Texas. ",
    "datelines": "TOKYO (AP) -- Japan met.\n\n",
    "counties": "Smith County, 555-555-5555 ",
    "currencies": "U.S. dollars and Japanese yen ",
}

MARKUP = {
    "open": "<div>",
    "nested": "<div><p><table><td>",
    "tags that never end": "<a ",
    "quotes that never end": "<a href='",
    "attributes": '<a href="x" ',
    "mixed quotes": "<p title='a\">",
    "less than": "<",
    "closing": "</",
    "comments": "<!--",
    "comments that end wrongly": "<!-- a --!>",
    "scripts": "<script>",
    "empty scripts": "<script></script>",
    "declarations": "<![CDATA[x]]>",
    "instructions": "<?x ",
    "entities": "&amp;",
    "entities without end": "&lt",
    "named": "&CounterClockwiseContourIntegral;",
    "large numbers": "&#99999999;",
    "one large number": "&#9",
    "cells": "<td>x",
    "breaks": "<br>x",
    "paragraphs": "<p>Japan met China.</p>",
}


def hostile_texts(length: int) -> Iterator[tuple[str, str]]:
    """Names and texts of at most `length` bytes in JSON."""
    units = UNITS | {f"{one!a} between words": f"Japan {one}met " for one in CHARACTERS}
    for name, unit in units.items():
        yield name, unit * (length // len(json.dumps(unit, ensure_ascii=False).encode(*_HALVES)))
    yield from _made_of_names(length)


def _made_of_names(length: int) -> Iterator[tuple[str, str]]:
    chance = random.Random(1)
    names = [country.name for country in countries().values()]
    yield "5,000 countries in a sentence", ", ".join((names * 25)[:5_000]) + " met."
    yield "all countries in every sentence", (", ".join(names[:40]) + " met. ") * (length // 450)
    words = [*names, "said", "the", "he", "president", "of", "and", "met", ".", "\n", "Prime"]
    yield "names at random", " ".join(chance.choices(words, k=length // 9))
    yield (
        "people without end",
        " ".join(
            f"{name} President John Smith{n:x}son spoke." for n, name in enumerate(names * 20)
        )[:length],
    )
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    yield "base64", "".join(chance.choices(letters, k=length))
    yield (
        "letters of all scripts",
        "".join(chr(chance.randrange(0x20, 0xD7FF)) for _ in range(length // 4)),
    )
