"""The probe port: three paths and nothing else, whatever its clients do."""

import socket
import threading

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter

from service import probes
from service.probes import ProbeServer


@pytest.fixture
def registry():
    registry = CollectorRegistry()
    Counter("things_total", "What is counted", registry=registry).inc(3)
    return registry


@pytest.fixture
def make_server(registry):
    servers = []

    def make(*, healthy=lambda: (True, "ok"), ready=lambda: (True, "ok"), port=0, host="127.0.0.1"):
        server = ProbeServer(host=host, port=port, registry=registry, healthy=healthy, ready=ready)
        servers.append(server)
        server.start()
        return server

    yield make
    for server in servers:
        server.close()


def ask(server, path, method="GET"):
    return httpx.request(method, f"http://127.0.0.1:{server.port}{path}", timeout=10)


def test_each_path_answers_its_own_question(make_server):
    server = make_server(healthy=lambda: (True, "fine"), ready=lambda: (False, "joining – soon"))
    healthy, ready, metrics = (ask(server, path) for path in ("/healthz", "/readyz", "/metrics"))
    assert (healthy.status_code, healthy.text) == (200, "fine\n")
    assert (ready.status_code, ready.text) == (503, "joining – soon\n")
    assert ready.headers["content-type"].startswith("text/plain")
    assert metrics.status_code == 200
    assert "things_total 3.0" in metrics.text


def test_answers_are_asked_for_anew_each_time(make_server):
    verdicts = iter([(False, "not yet"), (True, "ok")])
    server = make_server(ready=lambda: next(verdicts))
    assert [ask(server, "/readyz").status_code for _ in range(2)] == [503, 200]


@pytest.mark.parametrize(
    "path", ["/", "/healthz/", "/metrics/", "/Healthz", "/healthz%00", "/settings", "//"]
)
def test_there_is_nothing_else(make_server, path):
    assert ask(make_server(), path).status_code == 404


def test_a_query_does_not_change_the_path(make_server):
    server = make_server()
    assert ask(server, "/healthz?verbose=1").status_code == 200
    chosen = ask(server, "/metrics?name[]=nothing").text
    assert "things_total" not in chosen


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_methods_that_change_things_are_refused(make_server, path):
    server = make_server()
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = ask(server, path, method)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    head = ask(server, path, "HEAD")
    assert (head.status_code, head.content) == (200, b"")


def test_a_slow_client_does_not_keep_others_waiting(make_server):
    server = make_server()
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(b"GET /healthz HT")
        assert ask(server, "/healthz").status_code == 200


def test_a_slow_check_does_not_keep_others_waiting(make_server):
    asked, answer = threading.Event(), threading.Event()

    def stuck():
        asked.set()
        answer.wait(30)
        return True, "at last"

    server = make_server(healthy=stuck)
    got = []
    waiting = threading.Thread(target=lambda: got.append(ask(server, "/healthz").text))
    waiting.start()
    assert asked.wait(10)
    assert ask(server, "/readyz").status_code == 200
    answer.set()
    waiting.join(10)
    assert got == ["at last\n"]


def test_clients_that_misbehave_leave_no_trace_on_standard_error(make_server, monkeypatch, capfd):
    monkeypatch.setattr(probes._Handler, "timeout", 0.1)
    server = make_server()
    address = ("127.0.0.1", server.port)
    with socket.create_connection(address) as silent, socket.create_connection(address) as garbage:
        garbage.sendall(b"\x16\x03\x01 \xff\xff\r\n\r\n")
        assert b"400" in garbage.makefile("rb").read()
        assert silent.recv(1) == b"", "dropped after the timeout"
    with socket.create_connection(address) as rude:
        rude.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
    socket.create_connection(address).close()
    assert ask(server, "/healthz").status_code == 200
    server.close()
    assert capfd.readouterr().err == ""


def test_a_check_that_fails_is_a_bad_answer_and_a_line_in_the_log(make_server, caplog, capfd):
    server = make_server(healthy=lambda: 1 / 0)
    assert ask(server, "/healthz").status_code == 503
    assert ask(server, "/readyz").status_code == 200
    assert "ZeroDivisionError" in caplog.text
    assert capfd.readouterr().err == ""


def test_a_taken_port_is_an_error_at_once(make_server, registry):
    taken = make_server().port
    verdict = lambda: (True, "ok")  # noqa: E731 shorter than a function
    with pytest.raises(OSError, match="in use"):
        ProbeServer(host="127.0.0.1", port=taken, registry=registry, healthy=verdict, ready=verdict)


def test_closing_frees_the_port_also_before_the_start(make_server, registry):
    server = make_server()
    server.close()
    with pytest.raises(httpx.ConnectError):
        ask(server, "/healthz")
    again = make_server(port=server.port)
    assert ask(again, "/healthz").status_code == 200
    verdict = lambda: (True, "ok")  # noqa: E731 shorter than a function
    unstarted = ProbeServer(
        host="127.0.0.1", port=0, registry=registry, healthy=verdict, ready=verdict
    )
    unstarted.close()


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 on this machine")
def test_an_ipv6_address_can_be_listened_on(make_server):
    try:
        server = make_server(host="::1")
    except OSError:
        pytest.skip("no IPv6 loopback on this machine")
    assert httpx.get(f"http://[::1]:{server.port}/healthz", timeout=10).status_code == 200
