"""Formatting the nodes' data directories, as Kafka demands before a first start."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from deploy.local.config import stored_cluster_id
from deploy.local.errors import BrokerStartError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from deploy.local.java import Runtime
    from deploy.local.node import Node

BROKER: Final = "kafka.Kafka"
_FORMAT_TOOL: Final = "kafka.tools.StorageTool"
_HEAP_MB: Final = 64


def format_storage(
    runtime: Runtime,
    nodes: Iterable[Node],
    *,
    cluster_id: str,
    deadline: float,
    options: Sequence[str] = (),
) -> None:
    """Format the data directories of `nodes` for one cluster; those formatted already stay.

    Raises:
        BrokerStartError: it failed, or did not end before `deadline` (monotonic).
    """
    fresh = [node for node in nodes if stored_cluster_id(node.data) is None]
    for node in fresh:  # all at once: each is a start of Java
        arguments = ("format", "-t", cluster_id, "-c", str(node.properties_file), *options)
        node.launch(runtime.command(_FORMAT_TOOL, *arguments, heap_mb=_HEAP_MB))
    for node in fresh:
        if not node.wait(deadline - time.monotonic()):
            raise BrokerStartError("formatting took too long", log_tail=node.log_tail())
        if stored_cluster_id(node.data) is None:
            raise BrokerStartError("formatting failed", log_tail=node.log_tail())
