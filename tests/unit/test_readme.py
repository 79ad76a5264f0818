"""What the README shows of an article is what comes out."""

import json
import re
from pathlib import Path

import pytest

from contracts.article import Article
from service.enrichment.enricher import Enricher

ROOT = Path(__file__).parents[2]
EXAMPLE = re.compile(
    r"dyadwire enrich (\S+) \|.*?\[\.dyads\[(\d+), (\d+)\].*?\n(\{.*?\n\})\n```", re.DOTALL
)

NEAR = 0.05
"""Probabilities are not the same to the last digit on every processor."""


def near(value):
    """`value` with its probabilities taken for near ones."""
    if isinstance(value, dict):
        return {key: near(held) for key, held in value.items()}
    if isinstance(value, list):
        return [near(held) for held in value]
    return pytest.approx(value, abs=NEAR) if isinstance(value, float) else value


def test_the_first_example_is_true():
    found = EXAMPLE.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert found
    sample, *places, shown = found.groups()
    article = Article(id="dispatch", text=(ROOT / sample).read_text(encoding="utf-8"))
    (whole,) = Enricher.load().enrich([article])
    event = json.loads(whole.model_dump_json())
    dyads = [event["dyads"][int(place)] for place in places]
    kept = ("source", "target", "stance", "confidence")
    got = {
        "topic": event["topics"][0],
        "region": event["regions"][0],
        "dyads": [
            {**{key: dyad[key] for key in kept}, "because": dyad["evidence"][0]} for dyad in dyads
        ],
    }
    assert got == near(json.loads(shown))
