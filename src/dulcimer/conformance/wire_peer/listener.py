"""The tester's listening end: a port that accepts connections, or one that keeps the peer from connecting."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from types import TracebackType
from typing import Self

from dulcimer.conformance.wire_peer.connection import Connection
from dulcimer.conformance.wire_peer.tls import TlsSettings

_BACKLOG = 64
_FILLERS = 16
_HANDSHAKE_SECONDS = 10.0
_FILLED = 0.05
"""Seconds after which a connection counts as waiting for room in the backlog."""


class TesterListener:
    """A port on `host`: `mode` is "open", "closed" (refuses connections), "full" (its backlog is full) or "deaf" (never
    answers).

    Use it as an async context manager; leaving it closes the port. `port` 0 takes a free one. With `tls`, each
    connection begins with a TLS handshake.
    """

    def __init__(self, host: str, mode: str = "open", port: int = 0, tls: TlsSettings | None = None) -> None:
        self._mode = mode
        self._tls = tls
        self._fillers: list[socket.socket] = []
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        self._sock = socket.socket(family, kind, protocol)
        try:
            self._sock.setblocking(False)
            if port:
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._sock.bind(address)
            if mode != "closed":
                self._sock.listen(0 if mode == "full" else _BACKLOG)
        except BaseException:
            self._sock.close()
            raise

    @property
    def port(self) -> int:
        """The number of the port."""
        number: int = self._sock.getsockname()[1]
        return number

    async def __aenter__(self) -> Self:
        """The listener itself; the backlog of a "full" one is filled."""
        if self._mode == "full":
            await self._fill()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Close the port."""
        self.close()

    def close(self) -> None:
        """Close the port; connections that were not accepted are reset."""
        self._sock.close()
        for filler in self._fillers:
            filler.close()
        self._fillers = []

    async def accept(self, seconds: float | None) -> Connection:
        """The next connection; raises TimeoutError if none comes within `seconds`, OSError if TLS fails."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(seconds):
            sock, _ = await loop.sock_accept(self._sock)
        return await Connection.accepted(sock, _HANDSHAKE_SECONDS, self._tls)

    async def _fill(self) -> None:
        """Connect to the port itself until a connection has to wait."""
        loop = asyncio.get_running_loop()
        for _ in range(_FILLERS):
            filler = socket.socket(self._sock.family, socket.SOCK_STREAM)
            filler.setblocking(False)
            self._fillers.append(filler)
            with contextlib.suppress(OSError):
                try:
                    async with asyncio.timeout(_FILLED):
                        await loop.sock_connect(filler, self._sock.getsockname())
                except TimeoutError:
                    return
