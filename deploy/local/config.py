"""The settings of each node, as the text of its properties file."""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from deploy.local.ports import HOST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COMMON: Final = Path(__file__).with_name("server.properties")


@dataclass(frozen=True, slots=True)
class Ports:
    """Where one node listens: `client` for everybody, `controller` for the quorum.

    Attributes:
        secure: the listeners of `Security` by name; empty where it has none.
    """

    client: int
    controller: int
    secure: Mapping[str, int] = field(default_factory=dict)

    @property
    def listeners(self) -> dict[str, int]:
        """The listeners of clients, by name."""
        return {"PLAINTEXT": self.client, **self.secure}


def new_cluster_id() -> str:
    """A random cluster id in Kafka's form: a UUID in 22 characters of URL-safe base64."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):  # the format tool would take it for an option
            return text


def stored_cluster_id(data: Path) -> str | None:
    """The cluster id that a data directory was formatted with, or None."""
    try:
        text = (data / "meta.properties").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line).get("cluster.id")


def node_properties(
    *, node: int, ports: Sequence[Ports], data: Path, overrides: Mapping[str, str]
) -> str:
    """The properties file of the node with index `node` (its id is one more).

    The voters are listed in the settings instead of being stored when formatting, so a kept
    data directory may come up on other ports.
    """
    own = ports[node]
    client_listeners = ",".join(f"{name}://{HOST}:{port}" for name, port in own.listeners.items())
    copies = len(ports)
    in_sync = min(2, copies)  # one of three may be down
    values = {
        "node.id": node + 1,
        "controller.quorum.voters": ",".join(
            f"{i}@{HOST}:{p.controller}" for i, p in enumerate(ports, start=1)
        ),
        "listeners": f"{client_listeners},CONTROLLER://{HOST}:{own.controller}",
        "advertised.listeners": client_listeners,
        "log.dirs": data,
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
    }
    return "\n".join(
        [
            COMMON.read_text(encoding="utf-8"),
            *(f"{name}={_escaped(str(value))}" for name, value in values.items()),
            *(f"{name}={_escaped(value)}" for name, value in overrides.items()),
            "",
        ]
    )


def _escaped(value: str) -> str:
    # java.util.Properties takes a backslash for an escape, and the file for Latin-1.
    units = value.encode("utf-16-be")
    codes = (int.from_bytes(units[i : i + 2]) for i in range(0, len(units), 2))
    return "".join(
        chr(code) if " " <= chr(code) <= "~" and chr(code) != "\\" else f"\\u{code:04x}"
        for code in codes
    )
