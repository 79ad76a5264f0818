"""Where a headline ends and the name of its publisher begins."""

import tomllib
from importlib import resources

MIN_WORDS = 4
"""What stands before the separator must be a headline of its own."""
MAX_NAME_WORDS = 5
"""Names of publishers are short."""

_SEPARATORS = (" | ", " - ", " – ", " — ", " :: ")


def _load() -> frozenset[str]:
    raw = (resources.files("service.enrichment.data") / "page_residue.toml").read_text("utf-8")
    return frozenset(str(tomllib.loads(raw)["outlets"]).split())


_OUTLETS = _load()


def end_of(title: str, *, source: str | None) -> int:
    """The offset at which the headline ends in "Japan hits back - The Example Times".

    Args:
        title: as the publisher gives it.
        source: the publisher's name, where it is known.
    """
    for separator in _SEPARATORS:
        cut = title.rfind(separator)
        name = title[cut + len(separator) :].strip() if cut > 0 else ""
        if name and len(title[:cut].split()) >= MIN_WORDS and _is_publisher(name, source):
            return len(title[:cut].rstrip())
    return len(title)


def _is_publisher(name: str, source: str | None) -> bool:
    lower = name.lower()
    if source is not None and lower == source.strip().lower():
        return True
    words = name.split()
    return (
        len(words) <= MAX_NAME_WORDS
        and not _OUTLETS.isdisjoint(lower.split())
        and not any(word[0].islower() for word in words if word not in ("of", "and", "the"))
    )
