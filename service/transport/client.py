"""What every Kafka client of this service shares: where, how securely, how patiently."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import KafkaError
from aiokafka.helpers import create_ssl_context

from service.errors import BrokerUnavailable, ConfigurationError, WriteFailed
from service.settings import PREFIX, ClientSettings

log = logging.getLogger(__name__)

BACKOFF_FIRST = 0.25
"""Seconds before the first retry; each further one waits twice as long."""
BACKOFF_MOST = 10.0
"""Seconds at most between two retries: a broker that comes back is noticed soon."""
STOP_TIMEOUT = 5.0
"""Seconds that closing a client may take: aiokafka waits for a dead broker for ever."""

T = TypeVar("T")


class _Client(Protocol):
    async def start(self) -> None: ...
    async def stop(self) -> None: ...


def connection(settings: ClientSettings) -> dict[str, Any]:
    """The arguments by which an aiokafka client reaches the broker.

    Raises:
        ConfigurationError: a certificate cannot be read.
    """
    arguments: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap_servers,
        "client_id": settings.client_id,
        "request_timeout_ms": round(settings.request_timeout * 1000),
        "security_protocol": settings.security_protocol,
    }
    if settings.security_protocol.endswith("SSL"):
        try:
            arguments["ssl_context"] = create_ssl_context(
                cafile=settings.ssl_cafile,
                certfile=settings.ssl_certfile,
                keyfile=settings.ssl_keyfile,
            )
        except OSError as error:  # an ssl.SSLError is one; it does not tell which file
            names = ("ssl_cafile", "ssl_certfile", "ssl_keyfile")
            given = ", ".join(PREFIX + n.upper() for n in names if getattr(settings, n) is not None)
            raise ConfigurationError(f"{given}: no usable PEM: {describe(error)}") from error
    if settings.security_protocol.startswith("SASL") and settings.sasl_password is not None:
        arguments["sasl_mechanism"] = settings.sasl_mechanism
        arguments["sasl_plain_username"] = settings.sasl_username
        arguments["sasl_plain_password"] = settings.sasl_password.get_secret_value()
    return arguments


async def unreachable(settings: ClientSettings, *, timeout: float) -> str:
    """Why no broker lets us in, address by address; empty where one does.

    A wrong password, a certificate that is not trusted or has expired, nobody there: aiokafka's
    own error says none of it. Each address is waited for at most `timeout` seconds.
    """
    arguments = connection(settings)
    reasons: list[str] = []
    for host, port, _ in collect_hosts(arguments.pop("bootstrap_servers")):
        try:
            async with asyncio.timeout(timeout):
                client = await create_conn(host, port, **arguments)
        except (KafkaError, OSError) as error:  # a TimeoutError is an OSError
            reasons.append(f"{host}:{port}: {describe(error)}")
        else:
            client.close()
            return ""
    return "; ".join(reasons)


class Backoff:
    """Waits a little longer each time; `reset` after a success."""

    def __init__(self, *, first: float = BACKOFF_FIRST, most: float = BACKOFF_MOST) -> None:
        self._first = self._next = first
        self._most = most

    async def wait(self) -> None:
        """Sleeps, and doubles what the next call sleeps."""
        delay, self._next = self._next, min(self._most, self._next * 2)
        await asyncio.sleep(delay)

    def reset(self) -> None:
        """The next wait is the first one's."""
        self._next = self._first


async def retry(
    attempt: Callable[[], Awaitable[T]],
    *,
    what: str,
    timeout: float,
    note: Callable[[str], None] = lambda _: None,
) -> T:
    """Tries until it succeeds; each attempt under `timeout` seconds, with backoff between.

    For what must wait until the broker is there; cancel it to give up. `note` is told of each
    failure, in the log's words.
    """
    backoff = Backoff()
    while True:
        try:
            async with asyncio.timeout(timeout):
                return await attempt()
        except (KafkaError, BrokerUnavailable, WriteFailed, OSError) as error:
            log.warning("%s failed, will be tried again: %s", what, describe(error))
            note(f"{what} failed: {describe(error)}")
        await backoff.wait()


def describe(error: BaseException) -> str:
    """An error in one line, with its type: aiokafka's have often no message, or name it already."""
    name, text = type(error).__name__, " ".join(str(error).split())
    return text if name in text else f"{name}: {text}".rstrip(": ")


async def stop_quietly(client: _Client) -> None:
    """Closes a client under a deadline; what goes wrong then is no longer of interest."""
    # In a task of its own: where the broker is away, aiokafka lets the cancellation of its own
    # tasks escape from `stop`, and that must not be taken for ours.
    stopping = asyncio.ensure_future(client.stop())
    try:
        await asyncio.wait({stopping}, timeout=STOP_TIMEOUT)
    finally:
        if not stopping.done():
            stopping.cancel()
    if stopping.done() and not stopping.cancelled() and (error := stopping.exception()):
        # It must not hide why the client is closed.
        log.debug("a client did not stop as it should: %s", describe(error))


@asynccontextmanager
async def running(
    client: _Client,
    *,
    timeout: float,
    settings: ClientSettings | None = None,
) -> AsyncIterator[None]:
    """Starts a client of a short-lived command, and closes it, also where it is interrupted.

    Args:
        client: of aiokafka.
        timeout: seconds that its start may take.
        settings: the client's; with them it is found out why it could not start.

    Raises:
        BrokerUnavailable: no broker answered within `timeout` seconds.
    """
    try:
        try:
            async with asyncio.timeout(timeout):
                await client.start()
        except (KafkaError, OSError) as error:  # a TimeoutError is an OSError
            why = await unreachable(settings, timeout=timeout) if settings else ""
            raise BrokerUnavailable(f"no broker answered: {why or describe(error)}") from error
        yield
    finally:
        await stop_quietly(client)
