"""A local broker that asks who is there, and allows what its ACLs allow and nothing else.

Beside the plain listener, by which whoever owns the cluster sets it up (loopback only, a super
user), there are two as production has them: `SCRAM` (SASL over TLS: SCRAM-SHA-512) and `MTLS` (TLS
that asks for a client certificate, whose common name is the user).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCRAM: Final = "SCRAM"
MTLS: Final = "MTLS"
PROTOCOLS: Final = {SCRAM: "SASL_SSL", MTLS: "SSL"}
_MECHANISM: Final = "SCRAM-SHA-512"


@dataclass(frozen=True, slots=True)
class Security:
    """What the two listeners need.

    Attributes:
        server: PEM file with the broker's private key (PKCS 8) and its certificate.
        authority: PEM file with the certificates that sign those of clients.
        users: passwords by the names of SCRAM users; the cluster knows them from its start.
    """

    server: Path
    authority: Path
    users: Mapping[str, str] = field(default_factory=dict, repr=False)

    def properties(self) -> dict[str, str]:
        """Settings of every node."""
        scram, mtls = (f"listener.name.{name.lower()}" for name in (SCRAM, MTLS))
        login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        all_protocols = {"PLAINTEXT": "PLAINTEXT", "CONTROLLER": "PLAINTEXT", **PROTOCOLS}
        protocols = ",".join(f"{name}:{protocol}" for name, protocol in all_protocols.items())
        return {
            "listener.security.protocol.map": protocols,
            f"{scram}.sasl.enabled.mechanisms": _MECHANISM,
            f"{scram}.{_MECHANISM.lower()}.sasl.jaas.config": login,
            f"{mtls}.ssl.client.auth": "required",
            f"{mtls}.ssl.principal.mapping.rules": "RULE:^.*CN=([^,]+).*$/$1/",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.server),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.authority),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        }

    def format_options(self) -> list[str]:
        """Options of the format tool: the users are part of the cluster's first records."""
        options: list[str] = []
        for name, password in self.users.items():
            options += ["--add-scram", f"{_MECHANISM}=[name={name},password={password}]"]
        return options
