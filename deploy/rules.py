"""`python -m deploy.rules`: the Prometheus rules as the Prometheus Operator's resource.

The rules are written once, in prometheus/dyadwire.rules.yaml, where promtool tests them; kustomize
reads nothing outside of an overlay's folder, so the overlay has a copy, and a test holds the two
together.
"""

import textwrap
from pathlib import Path

HERE = Path(__file__).parent
RULES = HERE / "prometheus" / "dyadwire.rules.yaml"
RESOURCE = HERE / "k8s" / "overlays" / "production" / "prometheusrule.yaml"

HEAD = """\
# Made by `make rules` from deploy/prometheus/dyadwire.rules.yaml: change it there.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: dyadwire
  namespace: dyadwire
  labels:
    app.kubernetes.io/name: dyadwire
    app.kubernetes.io/part-of: dyadwire
    release: kube-prometheus-stack # what that chart's Prometheus selects by, unless told otherwise
spec:
"""


def resource(rules: str) -> str:
    """The text of the resource whose spec the text `rules` is."""
    return HEAD + textwrap.indent(rules, "  ")


if __name__ == "__main__":
    RESOURCE.write_text(resource(RULES.read_text(encoding="utf-8")), encoding="utf-8")
