"""Every setting of the service: `DYADWIRE_*` environment variables.

A wrong value is refused at start with the variable's name. The README's table is made from this
file's descriptions; a test holds the two together.
"""

import re
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    FilePath,
    SecretStr,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.cpus import usable_cpus
from service.errors import ConfigurationError

PREFIX = "DYADWIRE_"
HANG_ROUNDS = 7
"""Worker timeouts until the record that hangs a worker is found: five halvings and two tries."""
MAX_SECONDS = 86_400.0
"""A day; Kafka's protocol has 32 bits for milliseconds."""

_ADDRESS = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[^\s:/\[\],]+)(?::(?P<port>[0-9]{1,5}))?")
"""`host`, `host:port`, `[ipv6]` or `[ipv6]:port`."""
_BARE_IPV6 = re.compile(r"[0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:.]*")
_MAX_PORT = 65_535


def _addresses(value: str) -> str:
    for address in value.split(","):
        match = _ADDRESS.fullmatch(address.strip())
        if match is None and _BARE_IPV6.fullmatch(address.strip()):
            continue
        if match is None or int(match["port"] or 0) > _MAX_PORT:
            raise ValueError(f"{address!r} is not host:port")
    return value


def _no_path(value: str) -> str:
    if value in {".", ".."}:
        raise ValueError(f"Kafka allows no topic {value!r}")
    return value


Topic = Annotated[
    str, StringConstraints(pattern=r"^[a-zA-Z0-9._-]{1,249}$"), AfterValidator(_no_path)
]
Name = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


def _seconds(
    description: str, *, default: float, least: float = 0.001, most: float = MAX_SECONDS
) -> Any:
    return Field(default=default, ge=least, le=most, allow_inf_nan=False, description=description)


class ClientSettings(BaseSettings):
    """How to reach the broker: what every command that speaks Kafka needs."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,  # manifests set a variable to nothing to leave it at its default
    )

    bootstrap_servers: Annotated[Name, AfterValidator(_addresses)] = Field(
        description="Comma-separated `host:port` of the Kafka brokers"
    )
    client_id: str = Field(default="dyadwire", description="Client id shown in the broker's logs")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="How to talk to the brokers"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="SASL mechanism, where the protocol is `SASL_…`"
    )
    sasl_username: str | None = Field(default=None, description="SASL user name")
    sasl_password: SecretStr | None = Field(default=None, description="SASL password")
    ssl_cafile: FilePath | None = Field(
        default=None, description="CA certificates (PEM); unset means the system's"
    )
    ssl_certfile: FilePath | None = Field(default=None, description="Client certificate (PEM)")
    ssl_keyfile: FilePath | None = Field(default=None, description="Key of the client certificate")
    input_topic: Topic = Field(default="news.articles.v1", description="Articles are read here")
    enriched_topic: Topic = Field(
        default="news.enriched.v1", description="Enriched articles are written here"
    )
    dyads_topic: Topic = Field(default="news.dyads.v1", description="Dyad events are written here")
    dead_letter_topic: Topic = Field(
        default="news.articles.dlq.v1", description="Records that were refused are written here"
    )
    max_article_bytes: int = Field(
        default=1_000_000,
        ge=1_000,
        le=16_000_000,
        description="Larger records are refused; the dead-letter topic must take 64 KiB more "
        "than the input topic does",
    )
    request_timeout: float = _seconds("Seconds that a request to the broker may take", default=20.0)

    @model_validator(mode="after")
    def _sasl_is_complete(self) -> Self:
        if self.security_protocol.startswith("SASL") and not (
            self.sasl_username and self.sasl_password
        ):
            raise ValueError(
                f"{PREFIX}SASL_USERNAME and {PREFIX}SASL_PASSWORD are needed with "
                f"{self.security_protocol}"
            )
        return self

    @model_validator(mode="after")
    def _key_has_a_certificate(self) -> Self:
        if self.ssl_keyfile and not self.ssl_certfile:
            raise ValueError(f"{PREFIX}SSL_KEYFILE is of no use without {PREFIX}SSL_CERTFILE")
        return self

    @model_validator(mode="after")
    def _topics_differ(self) -> Self:
        names: dict[str, list[str]] = {}
        for field in ("input_topic", "enriched_topic", "dyads_topic", "dead_letter_topic"):
            names.setdefault(getattr(self, field), []).append(PREFIX + field.upper())
        for topic, same in names.items():
            if len(same) > 1:
                raise ValueError(
                    f"{' and '.join(same)} are both {topic}: the four topics must differ, or the "
                    "service would read what it wrote"
                )
        return self


class Settings(ClientSettings):
    """What `dyadwire run` needs."""

    group_id: Name = Field(
        default="dyadwire", description="Consumer group; prefix of the transactional ids"
    )
    group_instance_id: str | None = Field(
        default=None, description="Static membership: a stable name of this replica"
    )
    auto_offset_reset: Literal["earliest", "latest"] = Field(
        default="earliest",
        description="Where to begin where the group has no offset, or one that was deleted",
    )
    session_timeout: float = _seconds(
        "Seconds without a heartbeat after which a replica is out",
        default=10.0,
        least=6,
        most=1_800,
    )
    rebalance_timeout: float = _seconds(
        "Seconds that a rebalance waits for replicas to finish their work", default=30.0
    )
    batch_max_records: int = Field(
        default=512,  # of records that are quick: a shutdown finishes a batch of each partition
        ge=1,
        le=10_000,
        description="Most records of one batch; batches grow up to it while they are quick",
    )
    fetch_max_bytes: int = Field(
        default=1_048_576, ge=1_024, le=2**30, description="Bytes held ready of each partition"
    )
    fetch_max_wait: float = _seconds(
        "Seconds that the broker may hold back a fetch without records", default=0.1
    )
    transaction_timeout: float = _seconds(
        "Seconds after which the broker aborts an abandoned transaction", default=60.0, most=900
    )
    write_timeout: float = _seconds(
        "Seconds that a transaction may take before it is given up", default=30.0
    )
    compression: Literal["none", "gzip", "snappy", "lz4", "zstd"] = Field(
        default="lz4", description="Compression of what is written"
    )
    workers: int = Field(
        default_factory=usable_cpus,
        ge=1,
        le=256,
        description="Worker processes for the enrichment (unset: as many as usable CPUs)",
    )
    worker_timeout: float = _seconds(
        "Seconds after which a worker that does not answer is replaced", default=30.0
    )
    worker_max_growth_bytes: int = Field(
        default=268_435_456,
        ge=0,
        description="Bytes of memory that a worker may gain until it is replaced (0: any number)",
    )
    dead_letter_max_run: int = Field(
        default=100, ge=0, description="So many dead letters in a row stop the service (0: never)"
    )
    dead_letter_max_ratio: float = Field(
        default=0.5, ge=0, le=1, description="So large a share stops the service (0: never)"
    )
    dead_letter_window: int = Field(
        default=1_000,
        ge=10,
        le=1_000_000,
        description="Latest records that the share is taken over",
    )
    stall_timeout: float = _seconds(
        "Seconds without progress while there is lag until unhealthy", default=300.0
    )
    shutdown_timeout: float = _seconds(
        "Seconds that a shutdown may take to finish its work", default=20.0
    )
    probe_host: str = Field(default="0.0.0.0", description="Address of the probe port")  # noqa: S104 the kubelet and Prometheus come from outside the pod
    probe_port: int = Field(
        default=8080, ge=0, le=65535, description="Port of `/healthz`, `/readyz`, `/metrics`"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least severity that is logged"
    )

    @model_validator(mode="after")
    def _timeouts_nest(self) -> Self:
        if self.write_timeout >= self.transaction_timeout:
            raise ValueError(
                f"{PREFIX}WRITE_TIMEOUT must be below {PREFIX}TRANSACTION_TIMEOUT, or the broker "
                "aborts transactions that are still being written"
            )
        if self.rebalance_timeout < self.session_timeout:
            raise ValueError(f"{PREFIX}REBALANCE_TIMEOUT must not be below {PREFIX}SESSION_TIMEOUT")
        if self.stall_timeout <= HANG_ROUNDS * self.worker_timeout:
            raise ValueError(
                f"{PREFIX}STALL_TIMEOUT must be more than {HANG_ROUNDS} times "
                f"{PREFIX}WORKER_TIMEOUT, or the service counts as stalled while it still looks "
                "for the record that hangs a worker"
            )
        return self


S = TypeVar("S", bound=ClientSettings)


def load(kind: type[S], **overrides: object) -> S:
    """Reads settings from the environment; `overrides` win.

    Raises:
        ConfigurationError: names every variable that is missing or wrong.
    """
    try:
        return kind(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        problems = []
        for item in error.errors(include_url=False, include_input=False):
            name = PREFIX + "_".join(str(part) for part in item["loc"]).upper()
            message = item["msg"].removeprefix("Value error, ")
            problems.append(f"{name}: {message}" if item["loc"] else message)
        raise ConfigurationError("; ".join(problems)) from None
