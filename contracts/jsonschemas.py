"""The JSON Schemas of the contracts: generated from the models, committed, kept compatible.

Inputs are described as they are read, outputs as they are written, with every field required.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from contracts.article import Article
from contracts.cloudevents import DYAD_SCHEMA, ENRICHED_SCHEMA
from contracts.events import DyadEvent, EnrichedArticle
from contracts.ninjs import NinjsItem

DIRECTORY: Final = Path(__file__).parent / "schemas"
"""Where the committed schemas are."""

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

Role = Literal["serializer", "deserializer"]


class _Contract(NamedTuple):
    """A model, what its schema is called, and on which side of it dyadwire stands."""

    model: type[BaseModel]
    identifier: str
    role: Role


_CONTRACTS: Final[Mapping[str, _Contract]] = {
    "article.v1.json": _Contract(Article, "urn:dyadwire:schema:article:v1", "deserializer"),
    "ninjs-item.v1.json": _Contract(NinjsItem, "urn:dyadwire:schema:ninjs-item:v1", "deserializer"),
    "enriched-article.v1.json": _Contract(EnrichedArticle, ENRICHED_SCHEMA, "serializer"),
    "dyad-event.v1.json": _Contract(DyadEvent, DYAD_SCHEMA, "serializer"),
}


class _Schemas(GenerateJsonSchema):
    """Without the titles that pydantic makes from the names of fields: they say nothing new."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's hook
        return False


class ToolMissingError(RuntimeError):
    """A development dependency is not installed."""


def generate() -> dict[str, str]:
    """The text of every schema by file name, ready to be committed."""
    return {name: _text(contract) for name, contract in _CONTRACTS.items()}


def write(directory: Path = DIRECTORY) -> list[Path]:
    """Writes every schema to `directory`, which is made where it is missing.

    Returns:
        The files written.

    Raises:
        OSError: a file cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in generate().items():
        path = directory / name
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def check(directory: Path = DIRECTORY) -> list[str]:
    """What in `directory` differs from what the models say; empty where all is up to date."""
    generated = generate()
    found = {path.name: path for path in directory.glob("*.json")}
    problems = [f"{name}: is of no model" for name in sorted(found.keys() - generated.keys())]
    for name, text in generated.items():
        if name not in found:
            problems.append(f"{name}: is missing")
        elif found[name].read_text(encoding="utf-8") != text:
            problems.append(f"{name}: differs from the model")
    return problems


def compatible(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """What in `new` would break those who rely on `old`; empty where nothing would.

    An output may gain fields but not lose or retype any; an input must take all that it took.
    What breaks must become a new version, with a topic and a schema of its own.

    Args:
        old: text of the schemas by file name, as released.
        new: likewise, as they would become; a name that `old` lacks is fine.

    Raises:
        ToolMissingError: jsoncompat, a development dependency, is not installed.
        ValueError: a text is no JSON Schema object.
    """
    try:
        from jsoncompat import check_compat
    except ImportError as error:
        raise ToolMissingError(
            "jsoncompat is not installed; it comes with the dev extra: pip install 'dyadwire[dev]'"
        ) from error

    problems = []
    for name, text in old.items():
        role = _role(name)
        if name not in new:
            problems.append(f"{name}: is gone")
            continue
        # Of an input only what is documented counts: no field could ever be added if whatever
        # publishers might have sent under its name had to be taken.
        before = _comparable(text, closed=role == "deserializer")
        if not check_compat(before, _comparable(new[name]), role):
            problems.append(f"{name}: is incompatible for the {role}; make it a new version")
    return problems


def _comparable(text: str, *, closed: bool = False) -> str:
    """A schema without `$id`, which jsoncompat 0.3 takes for a reference and refuses.

    Where `closed`, objects have the documented fields and no others.
    """
    schema = json.loads(text)
    schema.pop("$id", None)
    objects = [schema, *schema.get("$defs", {}).values()] if closed else []
    for item in objects:
        if "properties" in item:
            item["additionalProperties"] = False
    return json.dumps(schema)


def _role(name: str) -> Role:
    """What has no contract any more was written, to be on the safe side."""
    contract = _CONTRACTS.get(name)
    return contract.role if contract else "serializer"


def _text(contract: _Contract) -> str:
    mode: Literal["validation", "serialization"] = (
        "serialization" if contract.role == "serializer" else "validation"
    )
    schema: dict[str, Any] = contract.model.model_json_schema(mode=mode, schema_generator=_Schemas)
    named = {"$schema": DIALECT, "$id": contract.identifier, **schema}
    return json.dumps(named, indent=2, ensure_ascii=False) + "\n"
