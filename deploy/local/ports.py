"""Ports that a broker can keep while it is down."""

from __future__ import annotations

import random
import socket
from pathlib import Path
from typing import Final

from deploy.local.errors import LocalKafkaError

HOST: Final = "127.0.0.1"

_LOWEST = 10_000
_EPHEMERAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_EPHEMERAL_FALLBACK = 32_768
_ATTEMPTS = 1_000


def free_ports(count: int) -> list[int]:
    """`count` different ports on the loopback interface that nobody listens on now.

    They lie below the range that the kernel hands out to outgoing connections. From inside
    it (what binding to port 0 gives) a client that reconnects to a broker that is down may
    get the very port it calls as its own, connect to itself, and keep the port from the
    broker's restart.

    Somebody else may still take one before the broker does; the broker's start retries.

    Raises:
        LocalKafkaError: no free ones were found.
    """
    highest = _ephemeral_start() - 1
    if highest - _LOWEST < _ATTEMPTS:  # an unusual range: better its risk than no port
        highest = 65_535
    found: list[int] = []
    # Its own generator: a test that seeds the global one must not make two runs collide.
    choose = random.SystemRandom().randint
    for _ in range(_ATTEMPTS):
        if len(found) == count:
            return found
        port = choose(_LOWEST, highest)
        if port not in found and _is_free(port):
            found.append(port)
    raise LocalKafkaError(f"found no {count} free ports from {_LOWEST} to {highest} on {HOST}")


def _ephemeral_start() -> int:
    try:
        return int(_EPHEMERAL_RANGE.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return _EPHEMERAL_FALLBACK


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
