"""TCP streams over loopback: order, backlog, close and reset."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import Sequence
from typing import Any

import pytest

from dulcimer.transport.streams import Stream
from dulcimer.transport.tcp import TcpStream
from dulcimer.wire.model import Buffer


class Collector:
    """A stream user that keeps what it is called with."""

    def __init__(self) -> None:
        self.stream: Stream | None = None
        self.data = bytearray()
        self.writable_calls = 0
        self.lost: list[Exception | None] = []
        self.changed = asyncio.Event()

    def connected(self, stream: Stream) -> None:
        self.stream = stream
        self.changed.set()

    def data_received(self, data: Buffer) -> None:
        self.data += data
        self.changed.set()

    def writable(self) -> None:
        self.writable_calls += 1
        self.changed.set()

    def disconnected(self, error: Exception | None) -> None:
        self.lost.append(error)
        self.changed.set()

    async def until(self, condition: Any) -> None:
        async with asyncio.timeout(60):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


async def connected_pair() -> tuple[Collector, TcpStream, socket.socket]:
    """Our stream, and the plain socket of a peer that reads when the test says."""
    loop = asyncio.get_running_loop()
    user = Collector()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        _, protocol = await loop.create_connection(lambda: TcpStream(user), *listener.getsockname())
        peer, _ = listener.accept()
    peer.setblocking(False)
    return user, protocol, peer


async def read_all(peer: socket.socket, count: int) -> bytes:
    loop = asyncio.get_running_loop()
    data = bytearray()
    while len(data) < count:
        data += await loop.sock_recv(peer, 1 << 20)
    return bytes(data)


def pieces(count: int) -> list[bytes]:
    source = random.Random(7)
    return [source.randbytes(source.choice([0, 1, 12, 1000, 65536])) for _ in range(count)]


@pytest.mark.parametrize("direct", [True, False], ids=["writev", "transport"])
def test_bytes_arrive_in_order_past_a_reader_that_waits(direct: bool) -> None:
    async def body() -> None:
        user, stream, peer = await connected_pair()
        stream._direct = stream._direct and direct
        sent: list[Sequence[bytes]] = [pieces(700), pieces(700), [b"end"]]
        for batch in sent:
            stream.write(batch)
        assert stream.backlog > 0
        expected = b"".join(b"".join(batch) for batch in sent)
        assert await read_all(peer, len(expected)) == expected
        await user.until(lambda: stream.backlog == 0)
        assert user.writable_calls >= 1
        stream.write([b"more"])
        assert stream.backlog == 0
        assert await read_all(peer, 4) == b"more"
        stream.close()
        await user.until(lambda: user.lost)
        assert user.lost == [None]
        assert await asyncio.get_running_loop().sock_recv(peer, 1) == b""
        peer.close()

    asyncio.run(body())


@pytest.mark.parametrize("direct", [True, False], ids=["writev", "transport"])
def test_close_does_not_wait_for_a_reader_that_never_reads(direct: bool) -> None:
    async def body() -> None:
        user, stream, peer = await connected_pair()
        stream._direct = stream._direct and direct
        stream.write([bytes(32 << 20)])
        assert stream.backlog > 0
        stream.close()
        await user.until(lambda: user.lost)
        stream.write([b"late"])
        assert stream.backlog == 0
        peer.close()

    asyncio.run(body())


def test_reset_by_the_peer_is_an_error() -> None:
    async def body() -> None:
        user, stream, peer = await connected_pair()
        stream.write([bytes(32 << 20)])
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
        await user.until(lambda: user.lost)
        assert isinstance(user.lost[0], OSError)
        assert stream.backlog == 0

    asyncio.run(body())


def test_close_by_the_peer_is_reported_once() -> None:
    async def body() -> None:
        user, _, peer = await connected_pair()
        peer.close()
        await user.until(lambda: user.lost)
        assert user.lost == [None]

    asyncio.run(body())


def test_paused_stream_delivers_later() -> None:
    async def body() -> None:
        user, stream, peer = await connected_pair()
        stream.pause_reading()
        peer.send(b"abc")
        for _ in range(5):
            await asyncio.sleep(0)
        assert user.data == b""
        stream.resume_reading()
        await user.until(lambda: user.data == b"abc")
        stream.close()
        await user.until(lambda: user.lost)
        stream.pause_reading()
        stream.resume_reading()
        peer.close()

    asyncio.run(body())


def test_small_writes_leave_at_once() -> None:
    async def body() -> None:
        user, stream, peer = await connected_pair()
        assert stream._socket is not None
        assert stream._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        stream.close()
        await user.until(lambda: user.lost)
        peer.close()

    asyncio.run(body())
