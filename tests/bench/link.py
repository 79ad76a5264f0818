"""A link that takes time: a broker that is so many milliseconds away.

    python -m tests.bench.link PORT TARGET MILLISECONDS

Carries TCP connections to PORT on to TARGET, both on this machine; each byte is held for half of
the time in each direction, so the delay is what `ping` would show. Nothing is lost, and the
bandwidth is that of the machine. Runs until it is killed; `Link` does both.
"""

import asyncio
import contextlib
import socket
import subprocess
import sys
import time
from types import TracebackType
from typing import Self

from deploy.local.ports import HOST

CHUNK = 65_536
STARTS = 30.0
"""Seconds that it may take to listen."""


class Link:
    """A process that carries connections to `port` on to `target`, from entering to leaving."""

    def __init__(self, *, port: int, target: int, milliseconds: float) -> None:
        self._port = port
        arguments = [str(port), str(target), str(milliseconds)]
        self._command = [sys.executable, "-m", __name__, *arguments]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command)
        deadline = time.monotonic() + STARTS
        while not _listens(self._port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__(None, None, None)
                raise RuntimeError(f"nothing listens on port {self._port}")
            time.sleep(0.05)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


async def carry(port: int, target: int, *, seconds: float) -> None:
    """Serves until it is cancelled; each direction holds what it carries for half of `seconds`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_connection(HOST, target)
        except OSError:
            writer.close()
            return
        ways = (_pump(reader, there[1], seconds / 2), _pump(there[0], writer, seconds / 2))
        await asyncio.gather(*ways)

    async with await asyncio.start_server(serve, HOST, port) as server:
        await server.serve_forever()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hold: float) -> None:
    """One direction: what is under way does not wait for what went before to arrive."""
    loop = asyncio.get_running_loop()
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            due, content = await under_way.get()
            await asyncio.sleep(due - loop.time())
            if not content:
                break
            writer.write(content)
            await writer.drain()

    delivering = asyncio.create_task(deliver())
    content = b"begin"
    while content and not delivering.done():
        try:
            content = await reader.read(CHUNK)
        except OSError:
            content = b""
        under_way.put_nowait((loop.time() + hold, content))
    with contextlib.suppress(OSError):
        await delivering
    writer.close()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(carry(int(sys.argv[1]), int(sys.argv[2]), seconds=float(sys.argv[3]) / 1_000))
