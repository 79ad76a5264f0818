"""Names of countries in languages other than English, from the Unicode CLDR."""

import re
from collections import defaultdict
from functools import cache
from importlib import resources
from typing import Final, Self

from ahocorasick_rs import AhoCorasick, MatchKind

from service.enrichment.countries.gazetteer import DATA
from service.enrichment.values import Document, Mention, MentionKind

WITHOUT_SPACES: Final = frozenset({"zh-cn", "zh-tw", "ja", "th", "ko"})
"""Written without spaces between words, or with particles joined on."""

INFLECTED: Final = {
    "ru": ("аяоеиыйь", 3), "uk": ("аяоеиіїйь", 3), "bg": ("", 2), "mk": ("", 2),
    "pl": ("aeyio", 3), "cs": ("aeoyi", 3), "sk": ("aeoyi", 3), "sl": ("aeoi", 3),
    "hr": ("aeoi", 3), "lt": ("aijasė", 4), "lv": ("ajs", 3), "fi": ("i", 5), "et": ("", 4),
    "hu": ("", 5), "tr": ("", 4), "ro": ("a", 4), "sq": ("ëia", 4), "el": ("αςοη", 3),
}  # fmt: skip
"""Endings a name may lose, and how many letters may take their place: Росси|я, Росси|ей."""

SHORTEST_STEM: Final = 4
"""Letters a stem needs; shorter names are only found as they are."""

JOINED_BEFORE: Final = {"ar": "وبلفك", "fa": "", "he": "והבלמכש", "ur": ""}
"""Letters that write a conjunction, preposition or article onto the name."""

MAX_JOINED: Final = 2

NO_COUNTRY: Final = "-"
"""The code of a phrase that only looks like a country's name."""

GIVEN_NAMES: Final = {
    "fr": {"Dominique", "Maurice"},
    "pt": {"Maurício"},
    "es": {"Mauricio"},
    "it": {"Maurizio"},
    "vi": {"Nga", "Anh", "Mỹ", "Pháp", "Đức"},
}
"""Names of countries that are people's too: with another name beside them they are."""

_KATAKANA: Final = re.compile("[\u30a0-\u30ff]")


class LocalisedNames:
    """Names of countries by language.

    Args:
        rows: language, alpha-3 and name.
    """

    def __init__(self, rows: list[tuple[str, str, str]]) -> None:
        by_language: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for language, code, name in rows:
            by_language[language].append((name, code))
        self._names = dict(by_language)
        self._finder = cache(self._build)

    @classmethod
    def load(cls) -> Self:
        """The names that the package ships."""
        raw = (resources.files(DATA) / "countries_localised.tsv").read_text(encoding="utf-8")
        lines = (line.split("\t") for line in raw.splitlines() if not line.startswith("#"))
        return cls([(row[0], row[1], row[2]) for row in lines])

    def find(self, document: Document, *, language: str) -> tuple[Mention, ...]:
        """Mentions of countries by name; none in a language without names here."""
        if language not in self._names:
            return ()
        automaton, forms = self._finder(language)
        text = document.full
        found: list[Mention] = []
        free = 0
        candidates = sorted(
            (start, -end, index)
            for index, start, end in automaton.find_matches_as_indexes(text, overlapping=True)
        )
        for start, minus_end, index in candidates:
            code, is_stem = forms[index]
            end = _whole_word(text, start, -minus_end, language, is_stem=is_stem)
            if start < free or not end:
                continue
            free = end
            if code != NO_COUNTRY and not _is_given_name(text, start, end, language):
                found.append(Mention(code, start, end, MentionKind.NAME, 1.0, actor=False))
        return tuple(found)

    def _build(self, language: str) -> tuple[AhoCorasick, list[tuple[str, bool]]]:
        forms: dict[str, tuple[str, bool]] = {}
        endings, _ = INFLECTED.get(language, ("", 0))
        for name, code in self._names[language]:
            forms.setdefault(name, (code, False))
            forms.setdefault(name.upper(), (code, False))
            stem = name.rstrip(endings) if endings else name
            if language in INFLECTED and len(stem) >= SHORTEST_STEM:
                forms.setdefault(stem, (code, True))
                if stem == name:
                    forms[name] = (code, True)
        return (
            AhoCorasick(list(forms), matchkind=MatchKind.Standard, store_patterns=False),
            list(forms.values()),
        )


def _is_given_name(text: str, start: int, end: int, language: str) -> bool:
    if text[start:end] not in GIVEN_NAMES.get(language, ()):
        return False
    if language == "vi":
        return text[max(0, start - 12) : start].rstrip(" ").rpartition(" ")[2][:1].isupper()
    return re.match(r" (?:de )?[A-Z]", text[end : end + 5]) is not None


def _whole_word(text: str, start: int, end: int, language: str, *, is_stem: bool) -> int:
    """Where the word ends that begins with this name, 0 if it is part of another word."""
    if language in WITHOUT_SPACES:
        inside = language == "ja" and bool(_KATAKANA.match(text[start]))
        beside = (text[start - 1 : start], text[end : end + 1])
        return 0 if inside and any(map(_KATAKANA.match, beside)) else end
    joined = JOINED_BEFORE.get(language)
    before = start
    while joined and start - before < MAX_JOINED and before and text[before - 1] in joined:
        before -= 1
    if before and text[before - 1].isalnum():
        return 0
    if is_stem:
        most = end + INFLECTED[language][1]
        while end < len(text) and end < most and text[end].isalpha() and text[end].islower():
            end += 1
    return 0 if end < len(text) and text[end].isalnum() else end
