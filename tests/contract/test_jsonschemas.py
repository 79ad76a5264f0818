"""The committed schemas: up to date, valid, and compatible with what was released."""

import json
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from contracts import jsonschemas

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "contracts" / "schemas"
GENERATED = jsonschemas.generate()
INPUTS = ["article.v1.json", "ninjs-item.v1.json"]
OUTPUTS = ["enriched-article.v1.json", "dyad-event.v1.json"]


def test_the_committed_schemas_are_up_to_date():
    assert jsonschemas.check(SCHEMAS) == []


def test_what_is_written_passes_the_check(tmp_path):
    written = jsonschemas.write(tmp_path / "new")
    assert sorted(path.name for path in written) == sorted(INPUTS + OUTPUTS)
    assert jsonschemas.check(tmp_path / "new") == []


def test_the_check_names_what_differs(tmp_path):
    jsonschemas.write(tmp_path)
    (tmp_path / "article.v1.json").unlink()
    (tmp_path / "dyad-event.v1.json").write_text("{}")
    (tmp_path / "old.v1.json").write_text("{}")
    assert jsonschemas.check(tmp_path) == [
        "old.v1.json: is of no model",
        "article.v1.json: is missing",
        "dyad-event.v1.json: differs from the model",
    ]


@pytest.mark.parametrize("name", GENERATED)
def test_each_is_a_schema_with_an_id_of_its_own(name):
    schema = json.loads(GENERATED[name])
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    kind, version, _ = name.split(".")
    assert schema["$id"] == f"urn:dyadwire:schema:{kind}:{version}"


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs_promise_every_field(name):
    schema = json.loads(GENERATED[name])
    for part in (schema, *schema["$defs"].values()):
        assert set(part.get("required", [])) == set(part.get("properties", {}))


def changed(name, change):
    schema = json.loads(GENERATED[name])
    change(schema)
    return jsonschemas.compatible(GENERATED, {**GENERATED, name: json.dumps(schema)})


def add_field(schema):
    schema["properties"]["mood"] = {"type": "string"}


def add_required_field(schema):
    add_field(schema)
    schema["required"].append("mood")


def drop_first_required(schema):
    schema["properties"].pop(schema["required"].pop(0))


def retype_first_required(schema):
    schema["properties"][schema["required"][0]] = {"type": "integer"}


def drop_nested(schema):
    schema["$defs"]["Evidence"]["required"].remove("start")


def add_stance(schema):
    schema["$defs"]["Stance"]["enum"].append("mixed")


def shorten_title(schema):
    schema["properties"]["title"]["anyOf"][0]["maxLength"] = 100


@pytest.mark.parametrize("change", [add_field, add_required_field])
@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_may_gain_fields(name, change):
    assert changed(name, change) == []


@pytest.mark.parametrize(
    "change", [drop_first_required, retype_first_required, drop_nested, add_stance]
)
@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_may_not_lose_or_change_any(name, change):
    (problem,) = changed(name, change)
    assert problem.startswith(f"{name}: is incompatible for the serializer")


@pytest.mark.parametrize("name", INPUTS)
def test_an_input_may_gain_fields_that_can_be_left_out(name):
    assert changed(name, add_field) == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        *((name, add_required_field) for name in INPUTS),
        *((name, retype_first_required) for name in INPUTS),
        ("article.v1.json", shorten_title),
    ],
)
def test_an_input_must_take_what_it_took(name, change):
    (problem,) = changed(name, change)
    assert problem.startswith(f"{name}: is incompatible for the deserializer")


def test_a_schema_may_not_go_and_may_come():
    fewer = {name: text for name, text in GENERATED.items() if name != "dyad-event.v1.json"}
    assert jsonschemas.compatible(GENERATED, fewer) == ["dyad-event.v1.json: is gone"]
    assert jsonschemas.compatible(fewer, GENERATED) == []


def git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"not in a git checkout with a commit: {done.stderr.strip()}")
    return done.stdout


def test_the_models_are_compatible_with_all_that_was_ever_committed():
    commits = git("log", "--format=%H", "--", "contracts/schemas/").split()
    assert commits
    for commit in commits:
        listed = git("ls-tree", "-r", "--name-only", commit, "contracts/schemas/").splitlines()
        promised = {
            path.rpartition("/")[2]: git("show", f"{commit}:{path}")
            for path in listed
            if path.endswith(".json")
        }
        assert promised
        assert jsonschemas.compatible(promised, GENERATED) == [], commit
