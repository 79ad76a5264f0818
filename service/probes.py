"""/healthz, /readyz and /metrics on a port of their own, and nothing else.

Served from a thread, so that they answer while the event loop is busy, and can tell that it hangs.
"""

import contextlib
import logging
import socket
import socketserver
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

REQUEST_TIMEOUT = 5
"""Seconds after which a client that sends nothing is dropped."""
MAX_CONNECTIONS = 32
"""Clients at a time. Where one more comes the oldest is dropped: the kubelet and Prometheus need
milliseconds, so who is oldest only keeps a thread."""

_PLAIN = ("Content-Type", "text/plain; charset=utf-8")
_SERVER = ("Server", "dyadwire")
"""Else wsgiref names itself and Python's version."""

Verdict = tuple[bool, str]
"""Whether all is well, and the sentence that says so or why not."""


class ProbeServer:
    """Answers the kubelet and Prometheus.

    Args:
        host: address to listen on.
        port: 0 takes a free one; `port` then tells which.
        registry: what /metrics shows.
        healthy: what /healthz answers (200 or 503).
        ready: what /readyz answers (200 or 503).

    Raises:
        OSError: the port is taken.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        registry: CollectorRegistry,
        healthy: Callable[[], Verdict],
        ready: Callable[[], Verdict],
    ) -> None:
        metrics = make_wsgi_app(registry)
        checks = {"/healthz": healthy, "/readyz": ready}

        def answer(environ: "WSGIEnvironment", respond: "StartResponse") -> Iterable[bytes]:
            path, method = environ.get("PATH_INFO"), environ.get("REQUEST_METHOD")
            check = checks.get(str(path))

            def start_response(status: str, headers: list[tuple[str, str]]) -> Any:
                return respond(status, [*headers, _SERVER])

            if check is None and path != "/metrics":
                start_response("404 Not Found", [_PLAIN])
                body = [b"not found\n"]
            elif method not in {"GET", "HEAD"}:
                start_response("405 Method Not Allowed", [("Allow", "GET, HEAD"), _PLAIN])
                body = [b"GET and HEAD are allowed\n"]
            elif check is None:
                body = list(metrics({**environ, "REQUEST_METHOD": "GET"}, start_response))
            else:
                well, reason = _ask(check)
                start_response("200 OK" if well else "503 Service Unavailable", [_PLAIN])
                body = [f"{reason}\n".encode()]
            return [b""] if method == "HEAD" else body

        self._server = _Server((host, port), _Handler)
        self._server.set_app(answer)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="probes"
        )
        self._thread.daemon = True

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()

    def close(self) -> None:
        """Stops answering and frees the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


def _ask(check: Callable[[], Verdict]) -> Verdict:
    """A check looks at what another thread is changing, so it may fail; that is no good sign."""
    try:
        return check()
    except Exception:
        log.exception("a probe could not be answered")
        return False, "the check itself failed; the log says why"


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128  # those that come at once while the oldest are dropped

    def __init__(self, address: tuple[str, int], handler: type[WSGIRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._open: dict[socket.socket, None] = {}
        self._guard = threading.Lock()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Hands a connection to a thread of its own, and takes the oldest one's away."""
        with self._guard:
            self._open[request] = None
            oldest = next(iter(self._open)) if len(self._open) > MAX_CONNECTIONS else None
            if oldest is not None:
                del self._open[oldest]
                with contextlib.suppress(OSError):
                    oldest.shutdown(socket.SHUT_RDWR)  # its thread wakes up and closes it
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Closes a connection, in its thread."""
        with self._guard:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # WSGIServer's asks DNS for the host's full name
        host, port = self.server_address[:2]
        self.server_name, self.server_port = str(host), int(port)
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 the base's
        """A client that went away or sent nothing in time is its own affair."""
        log.debug("a probe's client went wrong: %s", client_address)


class _Handler(WSGIRequestHandler):
    timeout = REQUEST_TIMEOUT
    server_version = "dyadwire"
    sys_version = ""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the base class's name
        """Probes come every few seconds: not worth a line."""
