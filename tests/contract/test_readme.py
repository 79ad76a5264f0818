"""What contracts/README.md tells subscribers is true."""

import re
import runpy
from pathlib import Path

from contracts import jsonschemas
from contracts.cloudevents import dyad_record, enriched_record
from contracts.deadletter import HEADER_NAMES
from contracts.events import dyad_events

CONTRACTS = Path(__file__).parents[2] / "contracts"
README = (CONTRACTS / "README.md").read_text(encoding="utf-8")
EXAMPLE = CONTRACTS / "examples" / "subscribe.py"


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


def test_what_it_shows_is_in_the_example():
    (snippet,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert snippet in EXAMPLE.read_text(encoding="utf-8")


def test_the_example_chooses_by_headers(enriched, moment):
    wanted = runpy.run_path(str(EXAMPLE))["wanted"]
    chosen = [
        (event.source, event.target)
        for event in dyad_events(enriched)
        if wanted(dyad_record(event, time=moment).headers, target="JPN", stance="opposing")
    ]
    assert chosen == [("CHN", "JPN")]
    headers = enriched_record(enriched, time=moment).headers
    assert not wanted(headers, target=None, stance=None), "an article is no dyad"
