"""One or three Kafka brokers on this machine, started and stopped like a fixture."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from deploy.local.archive import with_archive
from deploy.local.config import Ports, new_cluster_id, node_properties, stored_cluster_id
from deploy.local.errors import (
    BrokerStartError,
    LocalKafkaError,
    LocalKafkaUnavailable,
    PortClashError,
)
from deploy.local.fetch import fetch_jars
from deploy.local.java import Runtime, find_java
from deploy.local.node import Node
from deploy.local.ports import HOST, free_ports
from deploy.local.ready import wait_ready
from deploy.local.security import PROTOCOLS
from deploy.local.storage import BROKER, format_storage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from deploy.local.security import Security

__all__ = ["BrokerStartError", "LocalKafka", "LocalKafkaError", "LocalKafkaUnavailable"]

DEFAULT_HEAP_MB: Final = 384
"""Enough for a few 16 MiB records in flight."""

START_TIMEOUT: Final = 300.0
"""Seconds; a broker takes two, but ten times that where a machine is shared by many."""

_PORT_ATTEMPTS = 5


class LocalKafka:
    """One or three real brokers (KRaft) in child processes; a context manager.

    The brokers end when this process ends, however it ends, and ignore a terminal's Ctrl-C.

    Args:
        nodes: how many brokers, each also a controller of the quorum.
        directory: where data and logs are kept; a later `LocalKafka` with the same number of
            nodes finds them there. Without one they lie in a temporary directory that goes
            when the brokers stop.
        heap_mb: the largest Java heap of each broker, in MiB.
        properties: broker settings that come last and so win.
        security: adds listeners that ask who is there, and an authorizer that denies by default.
        choose_ports: gives the asked number of ports; asked again when one turns out taken.
    """

    def __init__(
        self,
        *,
        nodes: int = 1,
        directory: Path | None = None,
        heap_mb: int = DEFAULT_HEAP_MB,
        properties: Mapping[str, str] | None = None,
        security: Security | None = None,
        choose_ports: Callable[[int], Sequence[int]] = free_ports,
    ) -> None:
        if nodes < 1:
            raise ValueError(f"a cluster has at least one node, not {nodes}")
        self._count = nodes
        self._kept = directory.absolute() if directory is not None else None
        self._heap_mb = heap_mb
        self._security = security
        self._overrides = (security.properties() if security else {}) | dict(properties or {})
        self._choose_ports = choose_ports
        self._directory: Path | None = None
        self._nodes: list[Node] = []
        self._cluster_id = ""
        self._runtime: Runtime

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def bootstrap_servers(self) -> str:
        """`127.0.0.1:port`, or one for each node with commas between; known after the start."""
        if not self._nodes:
            raise LocalKafkaError("the local broker was not started yet")
        return ",".join(f"{HOST}:{node.ports.client}" for node in self._nodes)

    def secure_servers(self, listener: str) -> str:
        """The same of a listener of `security`, by its name."""
        return ",".join(f"{HOST}:{node.ports.secure[listener]}" for node in self._nodes)

    @property
    def directory(self) -> Path:
        """Where data and logs lie; known after the start."""
        if self._directory is None:
            raise LocalKafkaError("the local broker was not started yet, or has no directory left")
        return self._directory

    @property
    def log_files(self) -> tuple[Path, ...]:
        """Each node's log; those in a temporary directory go when the brokers stop."""
        return tuple(node.log_file for node in self._nodes)

    def log_tails(self) -> tuple[str, ...]:
        """The last lines of each node's log since its last start."""
        return tuple(node.log_tail() for node in self._nodes)

    def start(self, timeout: float = START_TIMEOUT) -> None:
        """Start the brokers and return when each of them answers and knows all the others.

        Fetches Kafka's jars first if this machine has none; that is not part of `timeout`.
        After `stop`, a second start uses the same ports unless somebody has taken them.

        Raises:
            LocalKafkaUnavailable: this machine lacks Java or Maven, or they do not work.
            BrokerStartError: a broker ended or did not answer within `timeout` seconds.
        """
        if any(node.alive for node in self._nodes):
            raise LocalKafkaError("the local broker runs already")
        java = find_java()
        self._runtime = with_archive(Runtime(java=java, jars=fetch_jars()))
        deadline = time.monotonic() + timeout
        try:
            self._prepare(deadline)
            self._start_on_free_ports(deadline)
        except BaseException:  # an interrupt too must leave nothing behind
            self._end_all(gracefully=False)
            raise

    def stop(self, timeout: float = 20.0) -> None:
        """Stop the brokers; those still there after `timeout` seconds are killed.

        A temporary directory goes with them, so its brokers are killed at once: an orderly
        shutdown takes seconds and would only put in order what is about to be removed.
        """
        self._end_all(gracefully=self._kept is not None, timeout=timeout)

    def kill(self, node: int = 0) -> None:
        """SIGKILL one broker, as a crash would; its data stays for `restart`."""
        self._nodes[node].end(gracefully=False, deadline=0.0)

    def restart(self, node: int = 0, timeout: float = START_TIMEOUT) -> None:
        """Start one broker again, on the same port and data; stop it first if it runs.

        Returns when it answers and is registered; its replicas may still be catching up.

        Raises:
            BrokerStartError: as for `start`.
        """
        deadline = time.monotonic() + timeout
        target = self._nodes[node]
        if target.alive:
            target.ask_to_stop()
            target.end(gracefully=True, deadline=time.monotonic() + timeout / 2)
        # Anew: a second object on the same directory, though refused, has overwritten them.
        self._assign([one.ports for one in self._nodes])
        self._launch([target], deadline)

    def pause(self, node: int = 0) -> None:
        """SIGSTOP one broker: it keeps its connections and answers nothing."""
        self._nodes[node].send("SIGSTOP")

    def resume(self, node: int = 0) -> None:
        """SIGCONT a paused broker."""
        self._nodes[node].send("SIGCONT")

    def alive(self, node: int = 0) -> bool:
        """Whether the broker's process runs; a paused one counts."""
        return node < len(self._nodes) and self._nodes[node].alive

    def _prepare(self, deadline: float) -> None:
        """Directories, ports, and data directories formatted with one cluster id."""
        if self._kept is not None:
            self._kept.mkdir(parents=True, exist_ok=True)
        self._directory = self._kept or Path(tempfile.mkdtemp(prefix="dyadwire-kafka-"))
        known_ports = [node.ports for node in self._nodes]
        self._nodes = [
            Node(self._directory / f"node-{i}", discard=self._kept is None)
            for i in range(1, self._count + 1)
        ]
        known_ids = (stored_cluster_id(node.data) for node in self._nodes)
        self._cluster_id = next(filter(None, known_ids), None) or new_cluster_id()
        self._assign(known_ports or self._free_ports())
        format_storage(
            self._runtime,
            self._nodes,
            cluster_id=self._cluster_id,
            deadline=deadline,
            options=self._security.format_options() if self._security else (),
        )

    def _free_ports(self) -> list[Ports]:
        names = tuple(PROTOCOLS) if self._security else ()
        each = 2 + len(names)
        ports = self._choose_ports(each * self._count)
        return [
            Ports(
                client=ports[at],
                controller=ports[at + 1],
                secure=dict(zip(names, ports[at + 2 : at + each], strict=True)),
            )
            for at in range(0, each * self._count, each)
        ]

    def _assign(self, ports: Sequence[Ports]) -> None:
        for index, node in enumerate(self._nodes):
            node.ports = ports[index]
            node.write_properties(
                node_properties(node=index, ports=ports, data=node.data, overrides=self._overrides)
            )

    def _start_on_free_ports(self, deadline: float) -> None:
        for attempts_left in reversed(range(_PORT_ATTEMPTS)):
            try:
                self._launch(self._nodes, deadline)
            except PortClashError:
                if not attempts_left:
                    raise
            else:
                return
            for node in self._nodes:
                node.end(gracefully=False, deadline=0.0)
            self._assign(self._free_ports())

    def _launch(self, nodes: Sequence[Node], deadline: float) -> None:
        for node in nodes:
            config = str(node.properties_file)
            node.launch(self._runtime.command(BROKER, config, heap_mb=self._heap_mb))
        expected = {node.ports.client for node in nodes}
        wait_ready(nodes, cluster_id=self._cluster_id, expected=expected, deadline=deadline)

    def _end_all(self, *, gracefully: bool, timeout: float = 0.0) -> None:
        deadline = time.monotonic() + timeout
        if gracefully:
            for node in self._nodes:
                node.ask_to_stop()
        for node in self._nodes:
            node.end(gracefully=gracefully, deadline=deadline)
        if self._kept is None and self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None
