"""The expressions of rules and dashboard, and what they are made of."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import promql_parser as promql
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "dyadwire.rules.yaml"
RUNBOOK = DEPLOY / "prometheus" / "RUNBOOK.md"
DASHBOARD = DEPLOY / "grafana" / "dyadwire.json"
COMPARISONS = {"==", "!=", ">", "<", ">=", "<="}


class Expression(NamedTuple):
    """An expression and where it stands."""

    where: str
    text: str


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def rule_expressions() -> list[Expression]:
    return [Expression(rule.get("alert") or rule["record"], rule["expr"]) for rule in rules()]


def dashboard() -> dict[str, Any]:
    return json.loads(DASHBOARD.read_text(encoding="utf-8"))


def panels() -> list[dict[str, Any]]:
    """Those that show something: not the rows that they stand in."""
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def dashboard_expressions() -> list[Expression]:
    """Of each panel, with Grafana's variables filled in as for "All"."""
    return [
        Expression(f"{panel['title']} {target['refId']}", filled_in(target["expr"]))
        for panel in panels()
        for target in panel["targets"]
    ]


def filled_in(text: str) -> str:
    values = {"$__rate_interval": "1m", "$__range": "5m", "$namespace": ".*", "$job": ".*"}
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def selectors(text: str) -> set[str]:
    """The series that an expression looks at, whenever, each as an expression of its own."""
    return {
        str(node).partition(" offset ")[0]
        for node in _walk(promql.parse(text))
        if isinstance(node, promql.VectorSelector)
    }


def names(text: str) -> set[str]:
    """The metrics that an expression looks at."""
    return {selector.partition("{")[0] for selector in selectors(text)}


def without_thresholds(text: str) -> list[str]:
    """What an alert compares with a number: that must be there also while all is well."""
    return [
        str(node.lhs)
        for node in _walk(promql.parse(text))
        if isinstance(node, promql.BinaryExpr)
        and str(node.op) in COMPARISONS
        and isinstance(node.rhs, promql.NumberLiteral)
    ]


def _walk(node: Any) -> Iterator[Any]:
    yield node
    if isinstance(node, promql.MatrixSelector):
        yield node.vector_selector
    for child in (getattr(node, name, None) for name in ("lhs", "rhs", "expr", "param")):
        if child is not None:
            yield from _walk(child)
    for child in getattr(node, "args", ()):
        yield from _walk(child)
