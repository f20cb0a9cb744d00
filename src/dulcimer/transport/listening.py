"""Connections that peers open: accepted a few at a time, each joined to its own driver.

asyncio itself accepts as many in one turn as the backlog holds, and without a free descriptor it fails as many times,
with a traceback each time.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
import ssl
import sys
from collections.abc import Callable, Iterable
from typing import Any

from dulcimer.errors import ListenError, TransportError
from dulcimer.limits import DEFAULTS
from dulcimer.transport.driver import Driver
from dulcimer.transport.streams import StreamUser
from dulcimer.transport.tcp import NO_USER, TLS_SHUTDOWN, TcpStream, system_words, why_it_failed
from dulcimer.transport.tls_failures import alerts, why_not

logger = logging.getLogger("dulcimer.transport")

ACCEPTED_AT_ONCE = 8
"""Connections accepted in one turn of the loop."""
TLS_HANDSHAKE_OF_PEERS = 10.0
"""Seconds that a TLS handshake may take with a peer that has connected to us."""
_BACKLOG = 1024
_PAUSE = 0.1
"""Seconds until we try again to accept when the system has run out of descriptors or memory."""
_QUIET = 1.0


class WarningLimiter:
    """Logs a warning; of those that follow within a second, only the number is logged."""

    def __init__(self) -> None:
        self._until = 0.0
        self._unlogged = 0

    def warn(self, now: float, text: str) -> None:
        """Log `text`, or count it."""
        if now < self._until:
            self._unlogged += 1
            return
        more = f" ({self._unlogged} more like it in the meantime)" if self._unlogged else ""
        self._until, self._unlogged = now + _QUIET, 0
        logger.warning("%s%s", text, more)


class Listener:
    """Listens on some sockets; see `listen`."""

    def __init__(
        self,
        sockets: Iterable[socket.socket],
        accept: Callable[[], Driver[Any]],
        *,
        tls: ssl.SSLContext | None,
        handshake_timeout: float,
        most_handshakes: int,
        has_room: Callable[[], bool],
    ) -> None:
        self.sockets = tuple(sockets)
        """The sockets that it listens on, or listened on before it was closed."""
        self._accept = accept
        self._tls = tls
        self._handshake_timeout = handshake_timeout
        self._most_handshakes = most_handshakes
        self._has_room = has_room
        self._loop = asyncio.get_running_loop()
        self._joining: dict[asyncio.Task[None], None] = {}
        self._accepting: list[asyncio.Task[None]] = []
        self._is_serving = self._is_closed = False
        self._scarce, self._full = WarningLimiter(), WarningLimiter()
        self._crowded, self._failed = WarningLimiter(), WarningLimiter()

    async def start_serving(self) -> None:
        """Accept connections from now on."""
        if self._is_serving or self._is_closed:
            return
        self._is_serving = True
        for listener in self.sockets:
            listener.listen(_BACKLOG)
            self._watch(listener)

    def close(self) -> None:
        """Stop accepting; connections that were accepted stay open."""
        if self._is_closed:
            return
        self._is_closed = True
        for task in self._accepting:
            task.cancel()
        for listener in self.sockets:
            with contextlib.suppress(NotImplementedError):
                self._loop.remove_reader(listener)
            listener.close()

    async def give_up(self) -> None:
        """Close, and end the TLS handshakes under way."""
        self.close()
        joining = tuple(self._joining)
        for task in joining:
            task.cancel()
        await asyncio.gather(*joining, *self._accepting, return_exceptions=True)

    # Inside

    def _watch(self, listener: socket.socket) -> None:
        if self._is_closed:
            return
        try:
            self._loop.add_reader(listener, self._ready, listener)
        except NotImplementedError:  # Windows
            self._accepting.append(self._loop.create_task(self._accept_from(listener)))

    def _ready(self, listener: socket.socket) -> None:
        try:
            for _ in range(ACCEPTED_AT_ONCE):
                connection, _ = listener.accept()
                self._take(connection)
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            pass
        except OSError as error:
            self._warn_scarce(error)
            self._loop.remove_reader(listener)
            self._loop.call_later(_PAUSE, self._watch, listener)

    async def _accept_from(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = await self._loop.sock_accept(listener)
                self._take(connection)
            except OSError as error:
                self._warn_scarce(error)
                await asyncio.sleep(_PAUSE)
            await asyncio.sleep(0)

    def _warn_scarce(self, error: OSError) -> None:
        self._scarce.warn(self._loop.time(), f"no connection can be accepted: {system_words(error)}")

    def _take(self, connection: socket.socket) -> None:
        if not self._has_room():
            connection.close()
            self._full.warn(self._loop.time(), "a connection is closed at once: the most allowed are open")
            return
        if self._tls is not None and len(self._joining) >= self._most_handshakes:
            oldest = next(iter(self._joining))
            del self._joining[oldest]
            oldest.cancel()
            text = f"the oldest TLS handshake is ended for a new one: {self._most_handshakes} are under way"
            self._crowded.warn(self._loop.time(), text)
        connection.setblocking(False)
        task = self._loop.create_task(self._join(connection))
        self._joining[task] = None
        task.add_done_callback(self._joined)

    async def _join(self, connection: socket.socket) -> None:
        try:
            await adopt(self._accept, connection, tls=self._tls, handshake_timeout=self._handshake_timeout)
        except TransportError as error:
            if isinstance(error.__cause__, ssl.SSLError):
                self._failed.warn(self._loop.time(), str(error))
            else:
                logger.info("%s", error)

    def _joined(self, task: asyncio.Task[None]) -> None:
        self._joining.pop(task, None)
        if not task.cancelled() and task.exception() is not None:
            logger.error("a connection could not be served", exc_info=task.exception())


class _AcceptedStream(TcpStream):
    """A connection that a peer opened; its user is created when it is open, after the TLS handshake."""

    def __init__(self, accept: Callable[[], StreamUser]) -> None:
        super().__init__(NO_USER)
        self._accept = accept

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open, the TLS handshake done."""
        self._user = self._accept()
        super().connection_made(transport)


async def listen(
    accept: Callable[[], Driver[Any]],
    host: str | None,
    port: int,
    *,
    tls: ssl.SSLContext | None = None,
    handshake_timeout: float = TLS_HANDSHAKE_OF_PEERS,
    most_handshakes: int = DEFAULTS.handshakes,
    start_serving: bool = True,
    reuse_port: bool = False,
    has_room: Callable[[], bool] = lambda: True,
) -> Listener:
    """Bind, listen if `start_serving`, and join each connection to its own driver.

    A TLS handshake may take `handshake_timeout` seconds and delays no other connection. Each takes some 300 kB; beyond
    `most_handshakes` the oldest is ended. With `reuse_port` other processes may listen there, too (SO_REUSEPORT).
    `has_room` is called for each connection; if it returns False, the connection is closed at once. Raises
    TransportError if the address cannot be listened on.
    """
    try:
        sockets = await _bound(host, port, reuse_port=reuse_port)
    except OSError as error:
        where = f"{host or 'all addresses'} port {port}"
        raise ListenError(f"cannot listen on {where}: {system_words(error)}", error.errno) from error
    listener = Listener(
        sockets,
        accept,
        tls=tls,
        handshake_timeout=handshake_timeout,
        most_handshakes=most_handshakes,
        has_room=has_room,
    )
    if start_serving:
        await listener.start_serving()
    return listener


async def _bound(host: str | None, port: int, *, reuse_port: bool) -> list[socket.socket]:
    """A socket for each address of the host that this machine has."""
    loop = asyncio.get_running_loop()
    infos = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in dict.fromkeys(infos):
            try:
                listener = socket.socket(family, kind, protocol)
            except OSError:  # a family that this system does not have
                continue
            sockets.append(listener)
            listener.setblocking(False)
            if os.name == "posix" and sys.platform != "cygwin":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if reuse_port:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            if family == socket.AF_INET6:
                # "::" is every address of this machine, those of IPv4 among them, as people expect it.
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != "::"))
            try:
                listener.bind(address)
            except OSError as error:
                if error.errno != errno.EADDRNOTAVAIL or len(infos) == 1:
                    raise
                sockets.pop().close()  # such as ::1 of localhost where IPv6 is switched off
        if not sockets:
            raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    except BaseException:
        for listener in sockets:
            listener.close()
        raise
    return sockets


async def adopt(
    accept: Callable[[], Driver[Any]],
    connection: socket.socket,
    *,
    tls: ssl.SSLContext | None = None,
    handshake_timeout: float = TLS_HANDSHAKE_OF_PEERS,
) -> None:
    """Join a connection that a peer has opened to a driver, as `listen` does.

    Raises TransportError, with the connection closed, if the TLS handshake fails or the connection was lost.
    """
    loop = asyncio.get_running_loop()
    where = _name_of(connection)
    try:
        with alerts(tls, connection):
            await loop.connect_accepted_socket(
                lambda: _AcceptedStream(accept),
                connection,
                ssl=tls,
                ssl_handshake_timeout=handshake_timeout if tls else None,
                ssl_shutdown_timeout=TLS_SHUTDOWN if tls else None,
            )
    except OSError as error:
        connection.close()
        why = why_not(error) or why_it_failed(error)
        what = f"the connection from {where} cannot be served: {why}"
        raise TransportError(what, in_handshake=tls is not None) from error


def _name_of(connection: socket.socket) -> str:
    try:
        host, port, *_ = connection.getpeername()
    except (OSError, ValueError):
        return "an unknown address"
    return f"{host} port {port}"
