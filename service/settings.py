"""Every setting of the service: `DYADWIRE_*` environment variables.

A wrong value is refused at start with the variable's name. The README's table is made from this
file's descriptions; a test holds the two together.
"""

import os
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, SecretStr, StringConstraints, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.errors import ConfigurationError

PREFIX = "DYADWIRE_"

Topic = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9._-]{1,249}$")]
Seconds = Annotated[float, Field(gt=0)]


def _usable_cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class ClientSettings(BaseSettings):
    """How to reach the broker: what every command that speaks Kafka needs."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    bootstrap_servers: Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)] = (
        Field(description="Comma-separated `host:port` of the Kafka brokers")
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
    ssl_cafile: Path | None = Field(
        default=None, description="CA certificates (PEM); unset means the system's"
    )
    ssl_certfile: Path | None = Field(default=None, description="Client certificate (PEM)")
    ssl_keyfile: Path | None = Field(default=None, description="Key of the client certificate")
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
        description="Larger records are refused; the dead-letter topic must take 64 KiB more",
    )
    request_timeout: Seconds = Field(
        default=20.0, description="Seconds that a request to the broker may take"
    )

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
    def _topics_differ(self) -> Self:
        topics = [
            self.input_topic,
            self.enriched_topic,
            self.dyads_topic,
            self.dead_letter_topic,
        ]
        if len(set(topics)) != len(topics):
            raise ValueError("the four topics must differ, or the service would read what it wrote")
        return self


class Settings(ClientSettings):
    """What `dyadwire run` needs."""

    group_id: Annotated[str, StringConstraints(min_length=1)] = Field(
        default="dyadwire", description="Consumer group; prefix of the transactional ids"
    )
    group_instance_id: str | None = Field(
        default=None, description="Static membership: a stable name of this replica"
    )
    auto_offset_reset: Literal["earliest", "latest"] = Field(
        default="earliest", description="Where to begin where the group has no committed offset"
    )
    session_timeout: Seconds = Field(
        default=10.0, ge=6, description="Seconds without a heartbeat after which a replica is out"
    )
    rebalance_timeout: Seconds = Field(
        default=30.0, description="Seconds that a rebalance waits for replicas to finish their work"
    )
    batch_max_records: int = Field(
        default=200, ge=1, le=10_000, description="Most records of one transaction's batch"
    )
    fetch_max_bytes: int = Field(
        default=1_048_576, ge=1_024, description="Bytes held ready of each partition"
    )
    fetch_max_wait: Seconds = Field(
        default=0.1, description="Seconds that the broker may hold back a fetch without records"
    )
    transaction_timeout: Seconds = Field(
        default=60.0, description="Seconds after which the broker aborts an abandoned transaction"
    )
    write_timeout: Seconds = Field(
        default=30.0, description="Seconds that a transaction may take before it is given up"
    )
    compression: Literal["none", "gzip", "snappy", "lz4", "zstd"] = Field(
        default="lz4", description="Compression of what is written"
    )
    workers: int = Field(
        default_factory=_usable_cpus,
        ge=1,
        le=256,
        description="Worker processes for the enrichment (unset: as many as usable CPUs)",
    )
    worker_timeout: Seconds = Field(
        default=60.0, description="Seconds after which a worker that does not answer is replaced"
    )
    dead_letter_max_run: int = Field(
        default=100, ge=0, description="So many dead letters in a row stop the service (0: never)"
    )
    dead_letter_max_ratio: float = Field(
        default=0.5, ge=0, le=1, description="So large a share stops the service (0: never)"
    )
    dead_letter_window: int = Field(
        default=1_000, ge=10, description="Latest records that the share is taken over"
    )
    stall_timeout: Seconds = Field(
        default=300.0, description="Seconds without progress while there is lag until unhealthy"
    )
    shutdown_timeout: Seconds = Field(
        default=20.0, description="Seconds that a shutdown may take to finish its work"
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
