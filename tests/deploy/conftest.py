"""Each overlay as a cluster would get it."""

import pytest

from tests.deploy.kustomize import OVERLAYS, Document, documents


@pytest.fixture(params=OVERLAYS)
def overlay(request) -> str:
    return request.param


@pytest.fixture
def docs(overlay) -> list[Document]:
    return documents(overlay)


@pytest.fixture
def production() -> list[Document]:
    return documents("production")
