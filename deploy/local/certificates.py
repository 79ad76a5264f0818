"""Certificates for the local broker and its clients: a small authority that lives for one run.

Needs the package `cryptography`, which is of the dev extra: nothing that runs in production does.
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.local.ports import HOST

if TYPE_CHECKING:
    from pathlib import Path

_DAY: Final = timedelta(days=1)


class Authority:
    """Signs certificates; its own is at `certificate`.

    Args:
        directory: where all files go; it must exist.
        name: of the authority, and of its file.
    """

    def __init__(self, directory: Path, name: str = "authority") -> None:
        self._directory = directory
        self._name = _named(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        own = (
            _builder(self._name, self._name, self._key.public_key(), days=(-1, 30))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.certificate = directory / f"{name}.pem"
        self.certificate.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, *, days: tuple[int, int] = (-1, 30), host: str = HOST) -> Path:
        """A PEM file with a private key and its certificate, good for `host` as server or client.

        Args:
            name: the common name, and that of the file.
            days: from which day on and up to which it is good, counted from today.
            host: address of the server.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
        signed = (
            _builder(_named(name), self._name, key.public_key(), days=days)
            .add_extension(alternative, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        path = self._directory / f"{name}.pem"
        path.touch(mode=0o600)
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + signed.public_bytes(serialization.Encoding.PEM)
        )
        return path


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, days: tuple[int, int]
) -> x509.CertificateBuilder:
    today = datetime.now(tz=UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(today + days[0] * _DAY)
        .not_valid_after(today + days[1] * _DAY)
    )
