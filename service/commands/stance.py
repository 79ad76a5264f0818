"""`dyadwire stance`: the stance of given pairs of actors, for those who bring their own."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError

from contracts.wording import first_error, one_line
from service.commands.articles import BOM, STDIN, batches, check_readable
from service.enrichment.values import Judgement, PairInContext, Span
from service.pipeline import where_from

BATCH = 64
"""Pairs that are judged at once."""
MAX_SHOWN_ID = 80
"""Characters of an id in a message."""


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "stance", help="JSON Lines of marked pairs in, their stances out; no Kafka"
    )
    parser.add_argument(
        "file",
        nargs="?",
        default=STDIN,
        metavar="FILE",
        help='lines {"id","text","source":{"start","end"},"target":{"start","end"}}; offsets are '
        "code points; source or target may be null; - is standard input (default)",
    )
    parser.set_defaults(run=run)


class _SpanIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    start: StrictInt = Field(ge=0)
    end: StrictInt


class _PairIn(BaseModel):
    id: StrictStr | StrictInt
    text: StrictStr
    source: _SpanIn | None
    target: _SpanIn | None


class _Question(NamedTuple):
    place: str
    id: str | int
    pair: PairInContext


class _BadLine(NamedTuple):
    place: str
    message: str


def run(arguments: argparse.Namespace) -> int:
    """Judges; 1 where a line was bad, which standard error names with its number and id.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    from service.enrichment.stance import StanceModel

    check_readable([arguments.file])
    model = StanceModel.load()
    status = 0
    for batch in batches(_read(arguments.file), size=BATCH):
        questions = [entry for entry in batch if isinstance(entry, _Question)]
        judgements = iter(_judge_each(model.judge, [question.pair for question in questions]))
        for entry in batch:
            judgement = entry.message if isinstance(entry, _BadLine) else next(judgements)
            if isinstance(judgement, str) or isinstance(entry, _BadLine):
                print(f"{entry.place}: {judgement}", file=sys.stderr)
                status = 1
                continue
            answer = {
                "id": entry.id,
                "stance": judgement.stance.value,
                "score": round(judgement.score, 4),
                "confidence": round(judgement.confidence, 4),
                "event": judgement.event.value,
                "quad_class": int(judgement.quad_class),
            }
            print(json.dumps(answer, ensure_ascii=False))
        sys.stdout.flush()
    return status


def _judge_each(
    judge: Callable[[Sequence[PairInContext]], list[Judgement]], pairs: Sequence[PairInContext]
) -> list[Judgement | str]:
    """All at once; where that fails each alone, with the reason in place of a judgement."""
    try:
        return [*judge(pairs)]
    except Exception as error:  # noqa: BLE001 a bug must cost one pair, not those after it
        if len(pairs) == 1:
            return [f"could not be judged: {where_from(error)}"]
    return [_judge_each(judge, [pair])[0] for pair in pairs]


def _read(name: str) -> Iterator[_Question | _BadLine]:
    if name == STDIN:
        yield from _parse(sys.stdin.buffer, name="stdin")
        return
    with Path(name).open("rb") as file:
        yield from _parse(file, name=name)


def _parse(lines: Iterable[bytes], *, name: str) -> Iterator[_Question | _BadLine]:
    for number, line in enumerate(lines, start=1):
        stripped = (line.removeprefix(BOM) if number == 1 else line).strip()
        if stripped:
            yield _question(stripped, place=f"{name}:{number}")


def _question(line: bytes, *, place: str) -> _Question | _BadLine:
    try:
        pair = _PairIn.model_validate_json(line)
    except ValidationError as error:
        field, message = first_error(error)
        return _BadLine(_with_id(place, line), f"{field}: {message}" if field else message)
    spans: dict[str, Span | None] = {}
    for role, span in (("source", pair.source), ("target", pair.target)):
        if span is not None and not span.start < span.end <= len(pair.text):
            return _BadLine(
                _named(place, pair.id),
                f"{role}: {span.start} to {span.end} is no span of a text of {len(pair.text)}",
            )
        spans[role] = None if span is None else Span(span.start, span.end)
    asked = PairInContext(pair.text, spans["source"], spans["target"])
    return _Question(_named(place, pair.id), pair.id, asked)


def _with_id(place: str, line: bytes) -> str:
    """The place with the line's id, where it has one."""
    try:
        identity = json.loads(line).get("id")
    except (ValueError, AttributeError, RecursionError):
        return place
    return place if identity is None else _named(place, identity)


def _named(place: str, identity: object) -> str:
    return f"{place} (id {one_line(repr(identity), limit=MAX_SHOWN_ID)})"
