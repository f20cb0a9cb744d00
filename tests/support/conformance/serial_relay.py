"""A relay that serves one connection at a time and listens only while it serves nobody, as some servers do."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

_RESET = struct.pack("ii", 1, 0)


@dataclass
class SerialRelay:
    """Between its port and the port `upstream` all bytes pass as they are. It listens again `gap` seconds after each
    connection, but `slow` seconds after every `every`-th (0: never). `lives`: so many connections and it is gone.
    """

    upstream: int
    gap: float = 0.0
    every: int = 0
    slow: float = 0.0
    lives: int | None = None
    port: int = 0
    served: int = 0
    _listener: socket.socket | None = field(default=None, repr=False)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[SerialRelay]:
        self._listen()
        serving = asyncio.create_task(self._serve())
        try:
            yield self
        finally:
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving
            if self._listener is not None:
                self._listener.close()

    def _listen(self) -> None:
        self._listener = socket.socket()
        self._listener.setblocking(False)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen(1)
        self.port = self._listener.getsockname()[1]

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        while self.lives is None or self.served < self.lives:
            if self._listener is None:
                self._listen()
            assert self._listener is not None
            client, _ = await loop.sock_accept(self._listener)
            self._listener.close()
            self._listener = None
            self.served += 1
            server = socket.socket()
            try:
                server.setblocking(False)
                await loop.sock_connect(server, ("127.0.0.1", self.upstream))
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                await _pass_both_ways(client, server)
            finally:
                client.close()
                server.close()
            await asyncio.sleep(self.slow if self.every and self.served % self.every == 0 else self.gap)


async def _pass_both_ways(client: socket.socket, server: socket.socket) -> None:
    """Until both ends have closed, or one of them was reset, which then holds for the other, too."""
    tasks = [asyncio.create_task(_pass(*ends)) for ends in ((client, server), (server, client))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task, other in zip(tasks, (server, client), strict=True):
            if task in done and task.exception() is not None:
                other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _pass(one: socket.socket, other: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while data := await loop.sock_recv(one, 1 << 16):
        await loop.sock_sendall(other, data)
    with contextlib.suppress(OSError):
        other.shutdown(socket.SHUT_WR)
