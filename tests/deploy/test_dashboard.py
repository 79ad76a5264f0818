"""The dashboard is what Grafana's own types say, and can be read without asking its author."""

import itertools
import json

import grafana_foundation_sdk.cog.plugins
import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from contracts.vocabulary import M49Region, Stance
from tests.deploy import promql

DATA_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
OF_THE_DATA_SOURCE = {"titleFormat", "tagKeys"}
"""What Prometheus' annotations have, and Grafana's types leave to its plugin."""

PANELS = promql.panels()
each_panel = pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])


def lost(before, after, path=""):
    """What of `before` is not in `after`."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before:
            yield from lost(before[key], after.get(key), f"{path}.{key}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, pair in enumerate(zip(before, after, strict=True)):
            yield from lost(*pair, f"{path}[{number}]")
    elif before != after and path.rpartition(".")[2] not in OF_THE_DATA_SOURCE:
        yield path


@pytest.fixture(scope="module", autouse=True)
def panel_types():
    grafana_foundation_sdk.cog.plugins.register_default_plugins()


def typed(dashboard):
    """What Grafana's types keep of it: they drop what they do not know."""
    return json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))


def test_grafana_knows_every_field_of_it():
    dashboard = promql.dashboard()
    assert list(lost(dashboard, typed(dashboard))) == []


@pytest.mark.parametrize("place", ["", "options", "fieldConfig.defaults.custom", "targets.0"])
def test_a_field_that_grafana_does_not_know_is_noticed(place):
    dashboard = promql.dashboard()
    spot = next(panel for panel in dashboard["panels"] if panel["type"] == "timeseries")
    for step in filter(None, place.split(".")):
        spot = spot[int(step) if step.isdigit() else step]
    spot["fillOpacety"] = 1
    assert len(list(lost(dashboard, typed(dashboard)))) == 1


def test_it_is_imported_under_its_own_name_with_the_readers_data_source():
    dashboard = promql.dashboard()
    assert dashboard["uid"] == dashboard["title"] == "dyadwire"
    assert "id" not in dashboard
    assert dashboard["schemaVersion"] >= 39
    variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
    assert list(variables) == ["datasource", "namespace", "job"]
    assert variables["datasource"]["type"] == "datasource"
    for name in ("namespace", "job"):
        assert variables[name]["datasource"] == DATA_SOURCE
        assert variables[name]["allValue"] == ".*", "outside Kubernetes there is no namespace"


@each_panel
def test_a_panel_has_a_description_a_unit_and_no_data_source_of_its_own(panel):
    assert len(panel["description"]) > 20
    assert panel["fieldConfig"]["defaults"]["unit"]
    for part in (panel, *panel["targets"]):
        assert part["datasource"] == DATA_SOURCE


@each_panel
def test_every_query_is_of_the_chosen_installation(panel):
    chosen = {'namespace=~".*"', 'job=~".*"'}
    for target in panel["targets"]:
        for selector in promql.selectors(promql.filled_in(target["expr"])):
            if selector.startswith("dyadwire_build_info"):
                continue  # joined to one that is
            assert chosen <= set(selector.partition("{")[2].rstrip("}").split(",")), selector


def test_panels_lie_side_by_side():
    spots = [panel["gridPos"] for panel in promql.dashboard()["panels"]]
    assert all(spot["x"] + spot["w"] <= 24 for spot in spots)
    for one, other in itertools.combinations(spots, 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)
    numbers = [panel["id"] for panel in promql.dashboard()["panels"]]
    assert len(set(numbers)) == len(numbers)


def test_regions_are_shown_by_their_names():
    (panel,) = [panel for panel in PANELS if panel["title"] == "Stances by region"]
    (mapping,) = [
        entry["value"]
        for override in panel["fieldConfig"]["overrides"]
        for entry in override["properties"]
        if entry["id"] == "mappings"
    ]
    texts = {code: shown["text"] for code, shown in mapping[0]["options"].items()}
    assert texts == {region.value: region.label for region in M49Region} | {"none": "no region"}


@pytest.mark.parametrize("title", ["Stances by region", "Busiest pairs of countries"])
def test_tables_have_a_column_for_each_stance(title):
    (panel,) = [panel for panel in PANELS if panel["title"] == title]
    (names,) = [
        step["options"]["renameByName"]
        for step in panel["transformations"]
        if step["id"] == "organize"
    ]
    for target in panel["targets"]:
        assert f'stance="{names["Value #" + target["refId"]]}"' in target["expr"]
    assert {names[f"Value #{ref}"] for ref in "ABC"} == set(Stance)
