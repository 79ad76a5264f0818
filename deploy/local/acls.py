"""ACLs of the local broker, in the form of `deploy/acls.yaml`, by one request of the protocol."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

from deploy.local import wire
from deploy.local.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CREATE_ACLS: Final = 30
_VERSION: Final = 1
_TYPES: Final = {"topic": 2, "group": 3, "cluster": 4, "transactionalId": 5}
_PATTERNS: Final = {"literal": 3, "prefix": 4}
_OPERATIONS: Final = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "IdempotentWrite": 12}
_ALLOW: Final = 3


def allow(
    host: str, port: int, user: str, acls: Iterable[Mapping[str, Any]], *, timeout: float = 15.0
) -> None:
    """Lets `user` do what `acls` say, from any host; through a listener where one may.

    Args:
        host: of a broker.
        port: of a broker.
        user: the name without `User:`.
        acls: each with `resource` (`type`, `name`, `patternType`) and `operations`.
        timeout: seconds for the answer.

    Raises:
        OSError: nobody answers within `timeout` seconds.
        ProtocolError: the broker refuses one.
    """
    rows = [
        struct.pack(">b", _TYPES[acl["resource"]["type"]])
        + wire.string(acl["resource"]["name"])
        + struct.pack(">b", _PATTERNS[acl["resource"]["patternType"]])
        + wire.string(f"User:{user}")
        + wire.string("*")
        + struct.pack(">bb", _OPERATIONS[operation], _ALLOW)
        for acl in acls
        for operation in acl["operations"]
    ]
    body = struct.pack(">i", len(rows)) + b"".join(rows)
    answer = wire.exchange(host, port, _CREATE_ACLS, body, version=_VERSION, timeout=timeout)
    answer.unpack(">i")  # throttle time
    for _ in range(answer.unpack(">i")):
        code = answer.unpack(">h")
        message = answer.string()
        if code:
            raise ProtocolError(f"an ACL of {user} was not created: error {code}, {message}")
