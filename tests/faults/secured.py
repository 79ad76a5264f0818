"""A broker that asks who is there: its users, their ACLs as data, and settings to reach it."""

import re
from pathlib import Path
from typing import Any

import yaml

from deploy.local import acls
from deploy.local.broker import LocalKafka
from deploy.local.certificates import Authority
from deploy.local.ports import HOST
from deploy.local.security import MTLS, SCRAM, Security
from service.settings import Settings
from tests.integration.harness import fresh_settings

ACLS = Path(__file__).parents[2] / "deploy" / "acls.yaml"
SECRET = "a-secret-that-nobody-logs"
USERS = tuple(f"user-{number}" for number in range(12))
"""Each test takes those that it needs; none has an ACL before."""


class Secured:
    """A running broker, and the certificates that it and its clients need."""

    def __init__(self, directory: Path) -> None:
        self.authority = Authority(directory)
        self.stranger = Authority(directory, "stranger")
        self.security = Security(
            server=self.authority.issue("broker"),
            authority=self.authority.certificate,
            users=dict.fromkeys(USERS, SECRET),
        )
        self.kafka = LocalKafka(security=self.security)
        self._free = iter(USERS)

    def new_user(self) -> str:
        """One that may do nothing yet."""
        return next(self._free)

    def allow(self, user: str, rules: list[dict[str, Any]]) -> None:
        """Gives `user` these ACLs."""
        port = int(self.kafka.bootstrap_servers.rpartition(":")[2])
        acls.allow(HOST, port, user, rules)

    def scram(self, plain: Settings, user: str, **overrides: object) -> Settings:
        """`plain`, through the listener that asks for a password."""
        changes = {
            "bootstrap_servers": self.kafka.secure_servers(SCRAM),
            "security_protocol": "SASL_SSL",
            "sasl_username": user,
            "sasl_password": SECRET,
            "ssl_cafile": self.authority.certificate,
        }
        return _changed(plain, changes | overrides)

    def mtls(self, plain: Settings, certificate: Path, **overrides: object) -> Settings:
        """`plain`, through the listener that asks for a certificate."""
        changes = {
            "bootstrap_servers": self.kafka.secure_servers(MTLS),
            "security_protocol": "SSL",
            "ssl_cafile": self.authority.certificate,
            "ssl_certfile": certificate,
            "ssl_keyfile": certificate,
        }
        return _changed(plain, changes | overrides)

    def plain(self, **overrides: object) -> Settings:
        """Settings with topics and a group of their own, as the cluster's owner."""
        return fresh_settings(self.kafka.bootstrap_servers, **overrides)


def _changed(settings: Settings, changes: dict[str, object]) -> Settings:
    return Settings(**settings.model_dump() | changes)


def rules(command: str, settings: Settings) -> list[dict[str, Any]]:
    """The ACLs of `deploy/acls.yaml` for a command, with the names of `settings`."""
    found = yaml.safe_load(ACLS.read_text(encoding="utf-8"))[command]
    names = {
        Settings.model_fields[field].default: getattr(settings, field)
        for field in (
            "input_topic", "enriched_topic", "dyads_topic", "dead_letter_topic", "group_id"
        )
    }  # fmt: skip
    pattern = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
    for rule in found:
        resource = rule["resource"]
        resource["name"] = pattern.sub(lambda match: names[match[0]], resource["name"])
    return found
