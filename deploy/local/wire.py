"""Two requests of the Kafka protocol over a plain socket: who is there, and make topics.

Enough to know that a broker really answers, without a client library. The layouts are those
of the protocol guide (https://kafka.apache.org/protocol) for Metadata version 4 and
CreateTopics version 4, the newest before tagged fields.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from deploy.local.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

_METADATA: Final = 3
_CREATE_TOPICS: Final = 19
_VERSION: Final = 4
_CORRELATION: Final = 1
_HEADER: Final = 4
"""Bytes of an answer's size, and of its correlation id."""
_TOPIC_ALREADY_EXISTS: Final = 36
_MAX_RESPONSE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class ClusterView:
    """A cluster as one of its brokers sees it: its id, and the ports of the live brokers."""

    cluster_id: str
    ports: frozenset[int]


def describe(host: str, port: int, *, timeout: float = 1.0) -> ClusterView:
    """Ask the broker at `host:port` for its view of the cluster.

    Raises:
        OSError: nobody answers within `timeout` seconds.
        ProtocolError: whoever answers is no Kafka broker.
    """
    body = struct.pack(">i?", 0, False)  # of no topic, and create none  # noqa: FBT003
    answer = exchange(host, port, _METADATA, body, timeout=timeout)
    answer.unpack(">i")  # throttle time
    ports = set()
    for _ in range(answer.unpack(">i")):
        answer.unpack(">i")  # node id
        answer.string()  # host
        ports.add(answer.unpack(">i"))
        answer.string()  # rack
    return ClusterView(cluster_id=answer.string() or "", ports=frozenset(ports))


def create_topics(
    host: str, port: int, topics: Mapping[str, int], *, replication: int, timeout: float = 15.0
) -> None:
    """Create each topic (name to number of partitions); one that exists stays as it is.

    Raises:
        OSError: nobody answers within `timeout` seconds.
        ProtocolError: the broker refuses one.
    """
    body = struct.pack(">i", len(topics))
    for name, partitions in topics.items():
        no_assignments_no_configs = struct.pack(">ii", 0, 0)
        body += string(name) + struct.pack(">ih", partitions, replication)
        body += no_assignments_no_configs
    body += struct.pack(">i?", int(timeout * 1000), False)  # for real  # noqa: FBT003
    answer = exchange(host, port, _CREATE_TOPICS, body, timeout=timeout)
    answer.unpack(">i")  # throttle time
    for _ in range(answer.unpack(">i")):
        name = answer.string() or ""
        code = answer.unpack(">h")
        message = answer.string()
        if code not in (0, _TOPIC_ALREADY_EXISTS):
            raise ProtocolError(f"topic {name} was not created: error {code}, {message}")


def exchange(
    host: str, port: int, api: int, body: bytes, *, timeout: float, version: int = _VERSION
) -> Reader:
    """What the broker answers to one request.

    Raises:
        OSError: nobody answers within `timeout` seconds.
        ProtocolError: whoever answers is no Kafka broker.
    """
    request = struct.pack(">hhi", api, version, _CORRELATION) + string("dyadwire-local") + body
    with socket.create_connection((host, port), timeout=timeout) as connection:
        connection.settimeout(timeout)
        connection.sendall(struct.pack(">i", len(request)) + request)
        (size,) = struct.unpack(">i", _receive(connection, _HEADER))
        if not _HEADER <= size <= _MAX_RESPONSE:
            raise ProtocolError(f"{host}:{port} does not speak Kafka's protocol")
        answer = _receive(connection, size)
    if struct.unpack_from(">i", answer) != (_CORRELATION,):
        raise ProtocolError(f"{host}:{port} answered another request")
    return Reader(answer[_HEADER:])


def _receive(connection: socket.socket, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        piece = connection.recv(size - len(received))
        if not piece:
            raise ConnectionError("the broker closed the connection in the middle of an answer")
        received += piece
    return bytes(received)


def string(text: str) -> bytes:
    """`text` as the protocol has it: its length before it."""
    encoded = text.encode()
    return struct.pack(">h", len(encoded)) + encoded


class Reader:
    """Takes one value after the other from an answer."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def unpack(self, layout: str) -> int:
        """A number of this layout."""
        (value,) = struct.unpack(layout, self._take(struct.calcsize(layout)))
        return int(value)

    def string(self) -> str | None:
        """A string or null."""
        length = self.unpack(">h")
        return None if length < 0 else self._take(length).decode()

    def _take(self, size: int) -> bytes:
        piece = self._data[self._at : self._at + size]
        if len(piece) < size:
            raise ProtocolError("the broker's answer is shorter than the protocol says")
        self._at += size
        return piece
