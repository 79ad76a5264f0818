"""What the contract tests share: the AsyncAPI document and the events of its examples."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.events import DyadEvent, EnrichedArticle

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def asyncapi() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "contracts" / "asyncapi.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def messages(asyncapi) -> dict[str, Any]:
    return asyncapi["components"]["messages"]


@pytest.fixture(scope="session")
def enriched(messages) -> EnrichedArticle:
    return EnrichedArticle.model_validate(messages["enrichedArticle"]["examples"][0]["payload"])


@pytest.fixture(scope="session")
def dyad(messages) -> DyadEvent:
    return DyadEvent.model_validate(messages["dyad"]["examples"][0]["payload"])


@pytest.fixture(scope="session")
def moment() -> datetime:
    return datetime.fromisoformat("2026-03-10T09:30:05.250+01:00")
