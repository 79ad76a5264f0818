"""Articles from files: JSON, JSON Lines, ninjs or plain text, told apart by name and content."""

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, Literal, TypeVar

from contracts.article import Article
from contracts.deadletter import RejectReason
from contracts.errors import ArticleError
from contracts.parsing import parse_article
from service.errors import ConfigurationError

Format = Literal["auto", "json", "jsonl", "text"]
FORMATS: tuple[Format, ...] = ("auto", "json", "jsonl", "text")
STDIN = "-"
BOM = b"\xef\xbb\xbf"
SNIFFED_LINES = 100
"""Lines that are looked at for one good object where the first line is none."""

_BY_SUFFIX: dict[str, Format] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".txt": "text"}
_Entry = TypeVar("_Entry")


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


def batches(entries: Iterator[_Entry], *, size: int) -> Iterator[list[_Entry]]:
    """`entries` by `size` at a time, the last ones fewer."""
    while batch := list(islice(entries, size)):
        yield batch


def check_readable(names: Iterable[str]) -> None:
    """Looks before anything is done whether every file is there.

    Raises:
        ConfigurationError: names the first that cannot be read.
    """
    for name in names:
        if name == STDIN:
            if sys.stdin is None:
                raise ConfigurationError("standard input is closed")
            continue
        path = Path(name)
        try:
            if path.is_fifo():  # opening it and closing it again would end whoever writes to it
                continue
            with path.open("rb"):
                pass
        except (OSError, ValueError) as error:  # ValueError: a null character in the name
            why = error.strerror if isinstance(error, OSError) else None
            raise ConfigurationError(f"{name}: {why or error}") from error


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
    first = _first_line(file)
    if form == "auto":
        if not first:
            return  # nothing in, nothing out
        if _is_object(first):
            form = "jsonl"  # read as it comes, without looking further
        else:
            first += file.read()
            form = _form_of(first)
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


def _first_line(file: BinaryIO) -> bytes:
    """All up to the first line that is not blank, without a byte order mark; empty at the end."""
    head = file.readline().removeprefix(BOM)
    line = head
    while line and not line.strip():
        line = file.readline()
        head += line
    return head if line else b""


def _form_of(content: bytes) -> Format:
    """How to read content whose first line is no object of its own."""
    if _is_json(content):
        return "json"
    lines = [line.strip() for line in content.splitlines() if line.strip()]
    # Lines of which the first is bad. One that is cut off may look like anything.
    if any(_is_object(line) for line in lines[1:SNIFFED_LINES]):
        return "jsonl"
    if not lines[0].startswith(b"{"):
        return "text"
    # All lines are bad, or it is one document that is cut off: that has its braces further in.
    return "jsonl" if all(line.startswith(b"{") for line in lines) else "json"


def _lines(first: bytes, file: BinaryIO, *, name: str) -> Iterator[Item]:
    for number, line in enumerate(chain(first.splitlines(), file), start=1):
        if line.strip():
            yield _item(line.strip(), place=f"{name}:{number}")


def _item(value: bytes, *, place: str) -> Item:
    try:
        return Item(place, value, parse_article(value))
    except ArticleError as error:
        return Item(place, value, error)


def _text(value: bytes, *, name: str, stem: str) -> Item:
    """Plain text becomes an article whose id is the file's name."""
    text = value.decode("utf-8", errors="replace")
    # The name of a file may be any bytes; Python hands on as surrogates what is no UTF-8.
    identity = stem.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    item = _item(json.dumps({"id": identity, "text": text}).encode(), place=name)
    if "\0" in text:
        error = ArticleError(RejectReason.INVALID_FIELD, "text", "holds null characters: no text")
        return Item(item.place, item.value, error)
    return item


def _split_array(value: bytes) -> list[bytes] | None:
    """The elements of a JSON array, each as JSON again; None where it is no array."""
    if not value.lstrip().startswith(b"["):
        return None
    try:
        elements = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return [json.dumps(element).encode() for element in elements]


def _is_object(line: bytes) -> bool:
    return line.lstrip().startswith(b"{") and _is_json(line)


def _is_json(value: bytes) -> bool:
    try:
        json.loads(value.decode("utf-8"))
    except (ValueError, RecursionError):
        return False
    return True
