"""Articles from files: JSON, JSON Lines, ninjs or plain text, told apart by name and content."""

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from contracts.article import Article
from contracts.errors import ArticleError
from contracts.parsing import parse_article
from service.errors import ConfigurationError

Format = Literal["auto", "json", "jsonl", "text"]
FORMATS: tuple[Format, ...] = ("auto", "json", "jsonl", "text")
STDIN = "-"

_BY_SUFFIX: dict[str, Format] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".txt": "text"}


@dataclass(frozen=True, slots=True)
class Item:
    """One article of a file, or why it is none.

    Attributes:
        place: ``file:line`` (or ``file`` where the file is one article), for messages.
        value: the bytes of its record.
        parsed: the article, or the error.
    """

    place: str
    value: bytes
    parsed: Article | ArticleError


def check_readable(names: Iterable[str]) -> None:
    """Looks before anything is done whether every file is there.

    Raises:
        ConfigurationError: names the first that cannot be read.
    """
    for name in names:
        if name == STDIN:
            continue
        try:
            with Path(name).open("rb"):
                pass
        except OSError as error:
            raise ConfigurationError(f"{name}: {error.strerror or error}") from error


def read_items(names: Iterable[str], *, form: Format = "auto") -> Iterator[Item]:
    """The articles of all files, in order; JSON Lines are read as they come.

    Args:
        names: paths, ``-`` for standard input.
        form: how to read them; ``auto`` goes by the file's name, then by its first line.
    """
    for name in names:
        if name == STDIN:
            yield from _read(sys.stdin.buffer, name="stdin", form=form, stem="stdin")
            continue
        path = Path(name)
        with path.open("rb") as file:
            by_name = _BY_SUFFIX.get(path.suffix.lower(), "auto") if form == "auto" else form
            yield from _read(file, name=name, form=by_name, stem=path.stem)


def _read(file: BinaryIO, *, name: str, form: Format, stem: str) -> Iterator[Item]:
    if form == "auto":
        first, form = _sniff(file)
    else:
        first = b""
    if form == "jsonl":
        yield from _lines(first, file, name=name)
        return
    rest = first + file.read()
    if form == "text":
        yield _text(rest, name=name, stem=stem)
        return
    values = _split_array(rest)
    if values is None:
        yield _item(rest, place=name)
        return
    for number, value in enumerate(values, start=1):
        yield _item(value, place=f"{name}[{number}]")


def _sniff(file: BinaryIO) -> tuple[bytes, Format]:
    """What was read to find out, and the format: a first line that is an object begins lines."""
    head = b""
    while not head.strip():
        line = file.readline()
        if not line:
            return head, "text"
        head += line
    start = head.strip().removeprefix(b"\xef\xbb\xbf")
    if not start.startswith((b"{", b"[")):
        return head, "text"
    if _is_json(start):
        return head, "jsonl" if start.startswith(b"{") else "json"
    rest = file.read()
    whole = head + rest
    if _is_json(whole):
        return whole, "json"
    # Neither one document nor a good first line: lines, of which the first is bad, or just text.
    has_objects = any(_is_json(line) for line in rest.splitlines()[:100] if line.strip())
    looks_like_json = start.startswith(b"{")
    return whole, "jsonl" if has_objects or looks_like_json else "text"


def _lines(first: bytes, file: BinaryIO, *, name: str) -> Iterator[Item]:
    number = 0
    for part in (first.splitlines(), file):
        for line in part:
            number += 1
            if line.strip():
                yield _item(line.strip(), place=f"{name}:{number}")


def _item(value: bytes, *, place: str) -> Item:
    try:
        return Item(place, value, parse_article(value))
    except ArticleError as error:
        return Item(place, value, error)


def _text(value: bytes, *, name: str, stem: str) -> Item:
    """Plain text becomes an article whose id is the file's name."""
    text = value.decode("utf-8", errors="replace").removeprefix("\ufeff")
    return _item(json.dumps({"id": stem, "text": text}).encode(), place=name)


def _split_array(value: bytes) -> list[bytes] | None:
    """The elements of a JSON array, each as JSON again; None where it is no array."""
    if not value.lstrip().startswith(b"["):
        return None
    try:
        elements = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return [json.dumps(element).encode() for element in elements]


def _is_json(value: bytes) -> bool:
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return True
