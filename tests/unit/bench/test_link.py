import asyncio
import time

from deploy.local.ports import HOST, free_ports
from tests.bench.link import Link

AWAY = 100.0
"""Milliseconds, there and back."""


async def echo(reader, writer):
    while content := await reader.read(65_536):
        writer.write(content)
    writer.close()


async def test_an_answer_takes_its_time_and_what_follows_does_not_wait_for_it():
    port, target = free_ports(2)
    content = bytes(range(256)) * 4_000
    async with await asyncio.start_server(echo, HOST, target):
        with Link(port=port, target=target, milliseconds=AWAY):
            reader, writer = await asyncio.open_connection(HOST, port)
            began = time.monotonic()
            writer.write(b"ping")
            assert await reader.readexactly(4) == b"ping"
            assert time.monotonic() - began >= AWAY / 1_000
            for at in range(0, len(content), 20_000):
                writer.write(content[at : at + 20_000])
            began = time.monotonic()
            assert await reader.readexactly(len(content)) == content
            took = time.monotonic() - began
            writer.write_eof()
            assert await reader.read() == b""
            writer.close()
    assert took < 50 * AWAY / 1_000, "52 pieces one after the other"
