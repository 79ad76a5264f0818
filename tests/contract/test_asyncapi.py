"""The AsyncAPI document: whole, valid examples, and in step with the code."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contracts import cloudevents, trace
from contracts.deadletter import HEADER_NAMES, DeadLetter, RejectReason
from contracts.ninjs import NinjsItem
from contracts.parsing import parse_article
from contracts.record import Record

CONTRACTS = Path(__file__).parents[2] / "contracts"
NAMES = ["article", "ninjsItem", "enrichedArticle", "dyad", "deadLetter"]


def pointed(document: Any, pointer: str) -> Any:
    for part in pointer.removeprefix("#/").split("/"):
        document = document[part]
    return document


def whole(node: Any, document: Any) -> Any:
    """`node` with the references into this document followed, and those to files read."""
    if isinstance(node, list):
        return [whole(item, document) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if reference is None:
        return {name: whole(value, document) for name, value in node.items()}
    if reference.startswith("./"):
        return json.loads((CONTRACTS / reference).read_text(encoding="utf-8"))
    return whole(pointed(document, reference), document)


def references(node: Any) -> list[str]:
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    own = [node["$ref"]] if isinstance(node, dict) and "$ref" in node else []
    return own + [reference for child in children for reference in references(child)]


def validate(value: Any, schema: Any) -> list[str]:
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [error.message for error in validator.iter_errors(value)]


def test_every_reference_leads_somewhere(asyncapi):
    found = references(asyncapi)
    assert len(found) > 15
    for reference in found:
        if reference.startswith("#/"):
            assert pointed(asyncapi, reference)
        else:
            assert (CONTRACTS / reference).is_file()


def test_every_schema_is_used(asyncapi):
    used = {Path(ref).name for ref in references(asyncapi) if ref.startswith("./")}
    assert used == {path.name for path in (CONTRACTS / "schemas").glob("*.json")}


def test_the_document_has_what_asyncapi_3_asks_for(asyncapi):
    assert asyncapi["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= asyncapi["info"].keys()
    assert [server["protocol"] for server in asyncapi["servers"].values()] == ["kafka"]
    actions = {
        pointed(asyncapi, operation["channel"]["$ref"])["address"]: operation["action"]
        for operation in asyncapi["operations"].values()
    }
    assert actions == {
        "news.articles.v1": "receive",
        "news.enriched.v1": "send",
        "news.dyads.v1": "send",
        "news.articles.dlq.v1": "send",
    }
    for operation in asyncapi["operations"].values():
        # An operation may only name messages of its own channel.
        channel = operation["channel"]["$ref"]
        assert all(
            message["$ref"].startswith(f"{channel}/messages/") for message in operation["messages"]
        )
    versions = re.findall(r"bindingVersion': '([^']+)'", str(asyncapi))
    assert set(versions) == {"0.5.0"}


def test_every_message_has_a_key_headers_and_examples(messages):
    assert list(messages) == NAMES
    for message in messages.values():
        assert message["examples"]
        assert message["headers"]
        assert message["bindings"]["kafka"]["key"]


@pytest.mark.parametrize("name", NAMES)
def test_the_schemas_in_the_document_are_schemas(asyncapi, messages, name):
    message = whole(messages[name], asyncapi)
    Draft202012Validator.check_schema(message["payload"])
    Draft202012Validator.check_schema(message["headers"])
    Draft202012Validator.check_schema(message["bindings"]["kafka"]["key"])


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_valid(asyncapi, messages, name):
    message = whole(messages[name], asyncapi)
    for example in message["examples"]:
        assert validate(example["payload"], message["payload"]) == []
        assert validate(example.get("headers", {}), message["headers"]) == []


@pytest.mark.parametrize("name", ["enrichedArticle", "dyad", "deadLetter"])
def test_every_header_of_an_output_is_needed_or_described(asyncapi, messages, name):
    message = whole(messages[name], asyncapi)
    (headers, *_) = (example["headers"] for example in message["examples"])
    parts = message["headers"].get("allOf", [message["headers"]])
    required = {header for part in parts for header in part.get("required", [])}
    described = {header for part in parts for header in part["properties"]}
    assert required <= described
    own = {header for header in headers if header.startswith(("ce_", "dlq-"))}
    assert own <= described
    for header in required:
        fewer = {key: value for key, value in headers.items() if key != header}
        assert validate(fewer, message["headers"]) != []


@pytest.mark.parametrize("name", ["article", "ninjsItem"])
def test_the_articles_of_the_examples_can_be_read(messages, name):
    for example in messages[name]["examples"]:
        assert parse_article(json.dumps(example["payload"]).encode()).text


def as_record(key: str, example: dict[str, Any]) -> Record:
    payload = example["payload"]
    value = payload if isinstance(payload, str) else json.dumps(payload)
    headers = tuple((name, text.encode()) for name, text in example["headers"].items())
    return Record(key.encode(), value.encode(), headers)


def test_the_examples_of_the_events_are_what_the_code_writes(messages, enriched, dyad, moment):
    def span(name):
        return trace.parse(messages[name]["examples"][0]["headers"]["traceparent"])

    for name, record in (
        (
            "enrichedArticle",
            cloudevents.enriched_record(enriched, time=moment, trace=span("enrichedArticle")),
        ),
        ("dyad", cloudevents.dyad_record(dyad, time=moment, trace=span("dyad"))),
    ):
        example = messages[name]["examples"][0]
        assert {header: value.decode() for header, value in record.headers} == example["headers"]
        assert json.loads(record.value) == example["payload"]


def test_the_evidence_of_the_examples_is_in_the_article(messages, enriched, dyad):
    text = messages["article"]["examples"][0]["payload"]["text"]
    evidence = [item for pair in (*enriched.dyads, dyad) for item in pair.evidence]
    assert len(evidence) == 5
    assert [text[item.start : item.end] for item in evidence] == [item.text for item in evidence]


def test_the_examples_of_dead_letters_are_what_the_code_writes(messages):
    for example in messages["deadLetter"]["examples"]:
        record = as_record("k", example)
        assert DeadLetter.from_record(*record).to_record() == record


def test_the_headers_of_dead_letters_are_those_of_the_code(asyncapi):
    headers = asyncapi["components"]["schemas"]["deadLetterHeaders"]["properties"]
    assert set(headers) == HEADER_NAMES
    assert headers["dlq-reason"]["enum"] == [reason.value for reason in RejectReason]


def test_the_constants_are_those_of_the_code(messages):
    for name, kind, schema in (
        ("enrichedArticle", cloudevents.ENRICHED_TYPE, cloudevents.ENRICHED_SCHEMA),
        ("dyad", cloudevents.DYAD_TYPE, cloudevents.DYAD_SCHEMA),
    ):
        properties = messages[name]["headers"]["allOf"][1]["properties"]
        assert properties["ce_type"]["const"] == kind
        assert properties["ce_dataschema"]["const"] == schema
        assert json.loads((CONTRACTS / messages[name]["payload"]["$ref"]).read_text())["$id"] == (
            schema
        )


def test_the_ninjs_example_uses_every_field_that_is_read(messages):
    used = set(messages["ninjsItem"]["examples"][0]["payload"])
    assert set(NinjsItem.model_fields) - used == {"firstCreated", "copyrightHolder"}
