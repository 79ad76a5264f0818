"""The probe port against clients that mean harm: bounded, and always there for the kubelet."""

import socket
import threading
from contextlib import suppress

import httpx
import pytest
from prometheus_client import CollectorRegistry

from service.probes import MAX_CONNECTIONS, ProbeServer

MANY = 4 * MAX_CONNECTIONS


@pytest.fixture
def server():
    well = lambda: (True, "ok")  # noqa: E731 shorter than a function
    started = ProbeServer(
        host="127.0.0.1", port=0, registry=CollectorRegistry(), healthy=well, ready=well
    )
    started.start()
    yield started
    started.close()


@pytest.fixture
def connect(server):
    """Makes connections that are closed afterwards."""
    made = []

    def make():
        made.append(socket.create_connection(("127.0.0.1", server.port), timeout=30))
        return made[-1]

    yield make
    for one in made:
        one.close()


def is_well(server):
    answer = httpx.get(f"http://127.0.0.1:{server.port}/healthz", timeout=30)
    return (answer.status_code, answer.text) == (200, "ok\n")


def answer(connection, request):
    """What the server sends until it closes; it may do so while it is still being sent to."""
    received = b""
    try:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        while piece := connection.recv(65_536):
            received += piece
    except OSError:
        pass
    return received


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\nX: y\r\n"])
def test_connections_that_never_finish_are_bounded_and_keep_nobody_out(server, connect, sent):
    before = threading.active_count()
    connections = [connect() for _ in range(MANY)]
    for connection in connections:
        connection.sendall(sent)
    assert is_well(server)
    assert threading.active_count() - before <= MAX_CONNECTIONS + 1
    for connection in connections[: MANY - 2 * MAX_CONNECTIONS]:
        with suppress(ConnectionResetError):
            assert connection.recv(1) == b"", "the oldest were dropped"


def test_clients_that_read_nothing_keep_nobody_out(server, connect):
    for _ in range(MANY):
        connect().sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
    assert is_well(server)


REQUESTS = {
    "a line without end": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
    "a header without end": b"GET /healthz HTTP/1.1\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    "headers without end": b"GET /healthz HTTP/1.1\r\n" + b"X: y\r\n" * 50_000 + b"\r\n",
    "a body": b"POST /healthz HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\n" + b"a" * 100_000,
    "a negative length": b"POST /healthz HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "an unknown method": b"BREW /healthz HTTP/1.1\r\n\r\n",
    "an odd version": b"GET /healthz HTTP/9.9\r\n\r\n",
    "no version number": b"GET /healthz HTTP/a.b\r\n\r\n",
    "another path": b"GET /../etc/passwd HTTP/1.1\r\n\r\n",
    "another host's address": b"GET http://169.254.169.254/ HTTP/1.1\r\n\r\n",
    "a tunnel": b"CONNECT example.org:443 HTTP/1.1\r\n\r\n",
    "markup": b"GET /<script>alert(1)</script> HTTP/1.1\r\n\r\n",
    "markup for a version": b"GET / <script>alert(1)</script>\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "zeros": bytes(100_000),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_what_is_no_plain_question_gets_no_200_and_harms_nobody(server, connect, name):
    received = answer(connect(), REQUESTS[name])
    assert b" 200 " not in received.split(b"\r\n", 1)[0]
    assert b"<script>" not in received
    assert b"Python" not in received, "it does not say what it is made of"
    assert is_well(server)


def test_a_line_break_in_a_path_makes_no_header(connect):
    received = answer(connect(), b"GET /healthz%0d%0aX-Evil:%20yes HTTP/1.1\r\n\r\n")
    assert b"404" in received.split(b"\r\n", 1)[0]
    assert b"X-Evil" not in received
