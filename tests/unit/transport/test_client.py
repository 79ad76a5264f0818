"""Reaching the broker: arguments, backoff, retries, and clients that are always closed."""

import asyncio
import logging
import ssl

import pytest
from aiokafka.errors import KafkaConnectionError, NodeNotReadyError

from service.errors import BrokerUnavailable, ConfigurationError, WriteFailed
from service.settings import ClientSettings, load
from service.transport import client
from service.transport.client import Backoff, connection, describe, retry, running, stop_quietly


@pytest.fixture
def delays(monkeypatch):
    """The seconds that were slept, which take none."""
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return slept


class FakeClient:
    """Starts and stops as told: None at once, an error raised, an event waited for."""

    def __init__(self, *, start=None, stop=None):
        self._start, self._stop = start, stop
        self.stopped = 0

    async def start(self):
        await self._do(self._start)

    async def stop(self):
        self.stopped += 1
        await self._do(self._stop)

    async def _do(self, what):
        if isinstance(what, BaseException):
            raise what
        if what is not None:
            await what.wait()


async def test_backoff_doubles_up_to_its_most_and_begins_anew(delays):
    backoff = Backoff(first=1, most=5)
    for _ in range(5):
        await backoff.wait()
    backoff.reset()
    await backoff.wait()
    assert delays == [1, 2, 4, 5, 5, 1]


async def test_retry_goes_on_until_it_succeeds(delays, caplog):
    failures = [KafkaConnectionError("away"), WriteFailed("x"), TimeoutError(), OSError("gone")]

    async def attempt():
        if failures:
            raise failures.pop(0)
        return "done"

    with caplog.at_level(logging.WARNING):
        assert await retry(attempt, what="reaching it", timeout=1) == "done"
    assert delays == [0.25, 0.5, 1, 2]
    assert len(caplog.records) == 4
    assert all("reaching it failed, will be tried again" in m for m in caplog.messages)


@pytest.mark.usefixtures("delays")
async def test_retry_gives_each_attempt_its_deadline():
    attempts = 0

    async def attempt():
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            await asyncio.Event().wait()
        return attempts

    assert await retry(attempt, what="waiting", timeout=0.01) == 2


@pytest.mark.parametrize("error", [ConfigurationError("wrong"), ZeroDivisionError()])
async def test_retry_does_not_repeat_what_cannot_succeed(delays, error):
    async def attempt():
        raise error

    with pytest.raises(type(error)):
        await retry(attempt, what="trying", timeout=1)
    assert delays == []


async def test_retry_ends_when_it_is_cancelled():
    async def attempt():
        raise OSError

    retrying = asyncio.ensure_future(retry(attempt, what="trying", timeout=1))
    await asyncio.sleep(0.01)
    retrying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await retrying


async def test_a_client_is_closed_after_use_and_after_an_error():
    one = FakeClient()
    async with running(one, timeout=1):
        assert one.stopped == 0
    assert one.stopped == 1
    other = FakeClient()
    with pytest.raises(ZeroDivisionError):
        async with running(other, timeout=1):
            1 / 0  # noqa: B018 any error of the body
    assert other.stopped == 1


@pytest.mark.parametrize("error", [KafkaConnectionError("x"), OSError(111, "refused")])
async def test_a_client_that_cannot_start_is_closed_and_told(error):
    one = FakeClient(start=error)
    with pytest.raises(BrokerUnavailable, match=r"^no broker answered: ") as caught:
        async with running(one, timeout=1):
            pytest.fail("it runs")
    assert one.stopped == 1
    assert "\n" not in str(caught.value)


async def test_a_client_that_does_not_start_in_time_is_closed_and_told():
    one = FakeClient(start=asyncio.Event())
    with pytest.raises(BrokerUnavailable, match="TimeoutError"):
        async with running(one, timeout=0.01):
            pytest.fail("it runs")
    assert one.stopped == 1


async def test_a_client_that_is_interrupted_while_it_starts_is_closed():
    one = FakeClient(start=asyncio.Event())

    async def use():
        async with running(one, timeout=60):
            pytest.fail("it runs")

    using = asyncio.ensure_future(use())
    await asyncio.sleep(0.01)
    using.cancel()
    with pytest.raises(asyncio.CancelledError):
        await using
    assert one.stopped == 1


async def test_an_error_of_the_body_is_not_taken_for_a_broker_that_is_away():
    with pytest.raises(FileNotFoundError):
        async with running(FakeClient(), timeout=1):
            raise FileNotFoundError


@pytest.mark.parametrize("stop", [KafkaConnectionError("x"), AssertionError(), ValueError("odd")])
async def test_closing_hides_its_own_errors(stop):
    await stop_quietly(FakeClient(stop=stop))


async def test_a_cancellation_that_escapes_from_closing_is_not_taken_for_ours():
    """aiokafka lets that of its own tasks escape where the broker is away."""
    await stop_quietly(FakeClient(stop=asyncio.CancelledError()))


async def test_closing_can_be_cancelled():
    closing = asyncio.create_task(stop_quietly(FakeClient(stop=asyncio.Event())))
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing


async def test_closing_gives_up_on_a_dead_broker(monkeypatch):
    monkeypatch.setattr(client, "STOP_TIMEOUT", 0.01)
    await stop_quietly(FakeClient(stop=asyncio.Event()))


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NodeNotReadyError(), "NodeNotReadyError"),
        (OSError("refused\nby host"), "OSError: refused by host"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_an_error_is_told_in_one_line_with_its_name_once(error, text):
    assert describe(error) == text


def settings(**chosen):
    return load(ClientSettings, bootstrap_servers="host:9092", **chosen)


def test_a_plain_connection_has_no_secrets():
    arguments = connection(settings(request_timeout=1.5))
    assert arguments["bootstrap_servers"] == "host:9092"
    assert arguments["request_timeout_ms"] == 1500
    assert not [name for name in arguments if name.startswith(("sasl", "ssl"))]


@pytest.mark.parametrize(
    ("protocol", "has_ssl", "has_sasl"),
    [("SSL", True, False), ("SASL_PLAINTEXT", False, True), ("SASL_SSL", True, True)],
)
def test_the_protocol_says_what_else_is_given(protocol, has_ssl, has_sasl):
    arguments = connection(
        settings(security_protocol=protocol, sasl_username="me", sasl_password="hunter2")
    )
    assert ("ssl_context" in arguments) == has_ssl
    if has_ssl:
        assert arguments["ssl_context"].verify_mode is ssl.CERT_REQUIRED
        assert arguments["ssl_context"].check_hostname
    assert (arguments.get("sasl_plain_password") == "hunter2") == has_sasl
    assert arguments.get("sasl_mechanism") == ("SCRAM-SHA-512" if has_sasl else None)


@pytest.mark.parametrize("names", [("ssl_cafile",), ("ssl_certfile", "ssl_keyfile")])
def test_a_file_that_is_no_certificate_is_named_by_its_variable(tmp_path, names):
    path = tmp_path / "garbage.pem"
    path.write_text("no certificate")
    chosen = settings(security_protocol="SSL", **dict.fromkeys(names, path))
    with pytest.raises(ConfigurationError) as caught:
        connection(chosen)
    for name in names:
        assert f"DYADWIRE_{name.upper()}" in str(caught.value)
    assert "\n" not in str(caught.value)
