"""Knowing that a broker is ready: it answers, it is ours, and it knows the others."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from deploy.local import wire
from deploy.local.errors import BrokerStartError, ProtocolError
from deploy.local.ports import HOST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from deploy.local.node import Node

_POLL_S: Final = 0.05


def wait_ready(
    nodes: Sequence[Node], *, cluster_id: str, expected: AbstractSet[int], deadline: float
) -> None:
    """Return when each of `nodes` answers and lists brokers on all the ports `expected`.

    A broker is listed once the quorum has registered it and serves clients, so this is more
    than an open port, and it does not trust the log.

    Raises:
        PortClashError: a node ended because another process has its port.
        BrokerStartError: a node ended otherwise, or `deadline` (monotonic) has passed.
    """
    waiting = list(nodes)
    while True:
        for node in nodes:
            node.raise_if_ended()
        waiting = [node for node in waiting if not _is_ready(node, cluster_id, expected)]
        if not waiting:
            return
        if time.monotonic() > deadline:
            raise BrokerStartError(
                f"the broker on port {waiting[0].ports.client} did not answer in time",
                log_tail=waiting[0].log_tail(),
            )
        time.sleep(_POLL_S)


def _is_ready(node: Node, cluster_id: str, expected: AbstractSet[int]) -> bool:
    try:
        view = wire.describe(HOST, node.ports.client)
    except (OSError, ProtocolError):
        return False
    # The id tells our broker from one that took the port before ours could.
    return view.cluster_id == cluster_id and expected <= view.ports
