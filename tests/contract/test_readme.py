"""What contracts/README.md tells subscribers is true."""

import re
from pathlib import Path

from contracts import jsonschemas
from contracts.cloudevents import dyad_record, enriched_record
from contracts.deadletter import HEADER_NAMES
from contracts.events import dyad_events
from contracts.examples import subscribe

README = (Path(__file__).parents[2] / "contracts" / "README.md").read_text(encoding="utf-8")


def test_every_header_is_explained(enriched, dyad, moment):
    written = {
        name
        for record in (enriched_record(enriched, time=moment), dyad_record(dyad, time=moment))
        for name, _ in record.headers
    }
    named = set(re.findall(r"`([a-z_-]+)`", README))
    assert written | HEADER_NAMES <= named | {"content-type", "ce_specversion", "ce_source"}


def test_every_schema_is_linked():
    assert set(re.findall(r"\(schemas/([^)]+)\)", README)) == set(jsonschemas.generate())


def test_the_snippet_chooses_by_headers(enriched, moment):
    (snippet,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names = {name: getattr(subscribe, name) for name in ("Headers", "header_text", "DYAD_TYPE")}
    exec(compile(snippet, "README.md", "exec"), names)
    chosen = [
        (event.source, event.target)
        for event in dyad_events(enriched)
        if names["wanted"](
            dyad_record(event, time=moment).headers, target="JPN", stance="opposing"
        )
    ]
    assert chosen == [("CHN", "JPN")]
