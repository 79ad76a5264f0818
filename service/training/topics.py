"""The labelled set of titles with leads: what they are about, or that they are no news.

A line is the topics, the title and the lead::

    04 11 /trade /sanctions || Grain duties stay || The minister said on Monday that …

First the top-level Media Topics by their two digits, the main one first, then names of the second
level (`SLUGS`). A single ``-`` stands for text that is no news article. Title or lead may be
empty. Lines that begin with ``#`` are comments.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from contracts.vocabulary import MediaTopic, NarrowerTopic

FOLDER = Path(__file__).parent / "topics"
"""Where the files lie: ``train-*.txt`` to learn from, ``heldout.txt`` to measure with."""

SLUGS = {topic.name.lower().replace("_", "-"): topic for topic in NarrowerTopic}
"""How the files name the second level."""

NO_NEWS = "-"

_PARTS = 3
_BY_NUMBER = {topic.value[7:9]: topic for topic in MediaTopic}


class TopicSetError(ValueError):
    """A line does not follow the format; the message names file and line."""


@dataclass(frozen=True, slots=True)
class TopicItem:
    """A title with its lead, and what it is about.

    Attributes:
        id: file name without its ending, and line number.
        topics: the main one first; empty where the text is no news.
        narrower: of the second level.
    """

    id: str
    title: str
    lead: str
    topics: tuple[MediaTopic, ...]
    narrower: frozenset[NarrowerTopic]

    @property
    def text(self) -> str:
        """Title and lead as the network reads them."""
        return "\n".join(part for part in (self.title, self.lead) if part)


def read(pattern: str = "train-*.txt", *, folder: Path = FOLDER) -> list[TopicItem]:
    """The items of the files of `folder` that match `pattern`, in the order of their names.

    Raises:
        TopicSetError: a line does not follow the format.
    """
    return [
        item
        for path in sorted(folder.glob(pattern))
        for item in parse(path.read_text(encoding="utf-8"), name=path.stem)
    ]


def parse(text: str, *, name: str) -> Iterator[TopicItem]:
    """The items of one file; `name` begins their ids.

    Raises:
        TopicSetError: a line does not follow the format.
    """
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            yield _item(line, f"{name}:{number}")


def _item(line: str, place: str) -> TopicItem:
    parts = [part.strip() for part in line.split("||")]
    if len(parts) != _PARTS or not any(parts[1:]):
        raise TopicSetError(f"{place}: not topics || title || lead")
    labels = parts[0].split()
    numbers = [label for label in labels if not label.startswith("/")]
    slugs = [label[1:] for label in labels if label.startswith("/")]
    if numbers == [NO_NEWS] and not slugs:
        numbers = []
    elif not numbers or len(set(numbers)) < len(numbers) or not set(numbers) <= set(_BY_NUMBER):
        raise TopicSetError(f"{place}: {parts[0]!r} are no topics")
    if unknown := set(slugs) - set(SLUGS):
        raise TopicSetError(f"{place}: no such second level: {', '.join(sorted(unknown))}")
    return TopicItem(
        place,
        parts[1],
        parts[2],
        tuple(_BY_NUMBER[number] for number in numbers),
        frozenset(SLUGS[slug] for slug in slugs),
    )
