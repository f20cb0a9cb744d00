"""TCP and TLS connections over asyncio.

On a plain connection of a selector loop, bytes go to the kernel directly from their buffers (`writev`); what
the kernel does not take at once waits as views and is sent when the socket is ready. With TLS, or a loop without
readiness callbacks, asyncio's own transport writes.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from collections import deque
from collections.abc import Sequence
from typing import Any, cast
from weakref import WeakKeyDictionary

from dulcimer.errors import TransportError
from dulcimer.transport.driver import Driver
from dulcimer.transport.streams import Address, Stream, StreamUser, TlsState
from dulcimer.transport.turns import MOST_READ, LoopTime
from dulcimer.wire.model import Buffer

_MOST_BUFFERS = 512
"""Buffers in one writev; the kernel takes at least 1024 (IOV_MAX)."""
_SMALL_BUFFER = 4096
"""Buffers of fewer bytes are copied together while they wait: many small ones take ten times their size."""

TLS_HANDSHAKE = 30.0
"""Seconds that a TLS handshake may take with a peer that we connect to."""

TLS_SHUTDOWN = 1.0
"""Seconds that a peer has to confirm the end of TLS."""

_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)
_shared_buffers: WeakKeyDictionary[asyncio.AbstractEventLoop, memoryview] = WeakKeyDictionary()


class _NoUser:
    """The user of a connection that is not open yet."""

    def connected(self, stream: Stream) -> None:
        """Is not called."""

    def data_received(self, data: Buffer) -> None:
        """Is not called."""

    def writable(self) -> None:
        """Is not called."""

    def disconnected(self, error: Exception | None) -> None:
        """The connection was never opened."""


NO_USER = _NoUser()


class TcpStream(asyncio.BufferedProtocol):
    """One TCP or TLS connection: asyncio's protocol on one side, a `StreamUser` on the other."""

    def __init__(self, user: StreamUser) -> None:
        self._user = user
        self._transport: asyncio.Transport | None = None
        self._socket: socket.socket | None = None
        self._buffer = memoryview(b"")
        self._direct = False
        self._closing = False
        self._has_sent = False
        self._queue: deque[memoryview] = deque()
        self._queued = 0
        self._write_fd = -1
        self._names: dict[str, object] = {}
        self._tls: TlsState | None = None
        self._error: Exception | None = None
        self._loop = asyncio.get_running_loop()
        self._time = LoopTime.of(self._loop)

    # What the driver calls

    @property
    def backlog(self) -> int:
        """Bytes that wait to be sent."""
        if self._direct or self._transport is None:
            return self._queued
        return self._transport.get_write_buffer_size()

    @property
    def local_address(self) -> Address | None:
        """Host and port of this end; None if they are not known."""
        return self._address("sockname")

    @property
    def peer_address(self) -> Address | None:
        """Host and port of the other end; None if they are not known."""
        return self._address("peername")

    @property
    def tls(self) -> TlsState | None:
        """What TLS agreed on; None without TLS."""
        return self._tls

    def write(self, buffers: Sequence[Buffer]) -> None:
        """Send these bytes in order; views must stay valid until `backlog` is 0."""
        if self._transport is None or self._closing:
            return
        if not self._direct:
            self._transport.write(buffers[0] if len(buffers) == 1 else b"".join(buffers))
            return
        if self._write_fd >= 0 and sum(map(len, buffers)) < _SMALL_BUFFER:
            buffers = (b"".join(buffers),)
        for buffer in buffers:
            view = memoryview(buffer)
            if view.nbytes:
                self._queue.append(view)
                self._queued += view.nbytes
        if self._write_fd < 0:
            self._flush()

    def pause_reading(self) -> None:
        """Deliver no bytes until `resume_reading`."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Deliver bytes again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def close(self) -> None:
        """Close the connection; bytes that still wait to be sent are dropped.

        Every action that closes (AE-4, AR-3, AA-2, AA-3) does so when the peer expects nothing more.
        """
        self._closing = True
        self._stop_waiting()
        self._drop_queue()
        if self._transport is None:
            return
        if self._transport.get_write_buffer_size():
            self._transport.abort()
        else:
            self._transport.close()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open, the TLS handshake done."""
        self._transport = cast(asyncio.Transport, transport)
        self._socket = transport.get_extra_info("socket")
        self._names = {name: transport.get_extra_info(name) for name in ("sockname", "peername")}
        tls = transport.get_extra_info("ssl_object")
        plain = tls is None
        self._tls = None if plain else _tls_state(tls)
        if self._socket is not None and self._socket.family in (socket.AF_INET, socket.AF_INET6):
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        else:
            self._socket = None
        selects = not isinstance(self._loop, getattr(asyncio, "ProactorEventLoop", ()))
        self._direct = plain and selects and self._socket is not None and hasattr(os, "writev")
        self._transport.set_write_buffer_limits(high=0)
        self._buffer = _shared_buffer(self._loop) if selects else memoryview(bytearray(MOST_READ))
        self._user.connected(self)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        """Where the next bytes go; the user is done with them when `buffer_updated` returns."""
        return self._buffer[: self._time.most_read]

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes arrived. Acknowledge them at once: a peer with Nagle's algorithm waits for it.

        An answer acknowledges them, too, so that a system call is needed only if none was sent meanwhile.
        """
        self._has_sent = False
        self._user.data_received(self._buffer[:nbytes])
        if _QUICKACK is None or self._has_sent or self._socket is None or self._closing:
            return
        self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    def resume_writing(self) -> None:
        """The transport's own buffer is empty again."""
        self._user.writable()

    def pause_writing(self) -> None:
        """The transport's own buffer holds bytes; `backlog` is their number."""

    def eof_received(self) -> bool:
        """The peer closed its side: the connection is over (Evt17)."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection was closed or lost."""
        self._stop_waiting()
        self._drop_queue()
        self._transport = None
        self._user.disconnected(exc or self._error)

    # Inside

    def _address(self, name: str) -> Address | None:
        found = self._names.get(name)
        return (str(found[0]), int(found[1])) if isinstance(found, tuple) else None

    def _flush(self) -> None:
        assert self._socket is not None
        try:
            while self._queue:
                batch = [self._queue[i] for i in range(min(len(self._queue), _MOST_BUFFERS))]
                self._sent(os.writev(self._socket.fileno(), batch))
        except (BlockingIOError, InterruptedError):
            self._wait_until_writable()
        except OSError as error:
            self._error = error
            self._stop_waiting()
            self._drop_queue()
            if self._transport is not None:
                self._transport.abort()
        else:
            self._stop_waiting()

    def _sent(self, count: int) -> None:
        self._has_sent = True
        self._queued -= count
        queue = self._queue
        while count:
            first = queue[0]
            if first.nbytes > count:
                queue[0] = first.cast("B")[count:]
                return
            count -= first.nbytes
            queue.popleft()

    def _wait_until_writable(self) -> None:
        """Watch a duplicate of the descriptor: asyncio keeps the original for its own transport."""
        if self._write_fd < 0 and self._socket is not None:
            self._write_fd = os.dup(self._socket.fileno())
            self._loop.add_writer(self._write_fd, self._flush_waiting)

    def _flush_waiting(self) -> None:
        self._flush()
        if not self._queue:
            self._user.writable()

    def _stop_waiting(self) -> None:
        if self._write_fd >= 0:
            self._loop.remove_writer(self._write_fd)
            os.close(self._write_fd)
            self._write_fd = -1

    def _drop_queue(self) -> None:
        self._queue.clear()
        self._queued = 0

    def leave_to_parent(self) -> None:
        """In a forked process: stop keeping the connection open; see the function `leave_to_parent`."""
        sockets = () if self._socket is None else (self._socket.fileno(), self._write_fd)
        for fd in sockets:
            leave_to_parent(fd)


def leave_to_parent(fd: int) -> None:
    """In a forked process: point its copy of a descriptor at the null device; the parent's stays open.

    The number stays in use, so that a later close cannot hit another file.
    """
    if fd >= 0:
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, fd, inheritable=False)
        os.close(nothing)


def _tls_state(tls: ssl.SSLObject) -> TlsState:
    cipher = tls.cipher()
    return TlsState(tls.version() or "", cipher[0] if cipher else "", tls.getpeercert(True), tls.getpeercert() or {})


def _shared_buffer(loop: asyncio.AbstractEventLoop) -> memoryview:
    if loop not in _shared_buffers:
        _shared_buffers[loop] = memoryview(bytearray(MOST_READ))
    return _shared_buffers[loop]


async def open_connection(
    driver: Driver[Any],
    host: str,
    port: int,
    *,
    tls: ssl.SSLContext | None = None,
    server_hostname: str | None = None,
    local_address: tuple[str, int] | None = None,
    connection: socket.socket | None = None,
    timeout: float | None = None,
) -> None:
    """Open the connection that the driver's provider asked for (AE-1), with TLS if there is a context.

    The peer's certificate must have the name `server_hostname`, by default `host`. The socket is bound to
    `local_address`. If an open `connection` is given, it is used, and `host` and `port` only name it. `timeout` in
    seconds limits name look-up, connect and TLS handshake together; TLS_HANDSHAKE limits the handshake in any case.
    Raises TransportError, after Evt17 for the provider.
    """
    loop = asyncio.get_running_loop()
    driver.upper_layer.open_requested = False
    where: dict[str, Any] = {"host": host, "port": port, "local_addr": local_address}
    reached = False

    def connected() -> TcpStream:
        nonlocal reached
        reached = True  # the TCP connection is open, the TLS handshake is not done
        return TcpStream(driver)

    try:
        async with asyncio.timeout(timeout):
            await loop.create_connection(
                connected,
                ssl=tls,
                server_hostname=(server_hostname or host) if tls else None,
                ssl_handshake_timeout=TLS_HANDSHAKE if tls else None,
                ssl_shutdown_timeout=TLS_SHUTDOWN if tls else None,
                **(where if connection is None else {"sock": connection}),
            )
    except (OSError, TimeoutError) as error:
        driver.disconnected(error)
        in_handshake = tls is not None and reached
        why = _explain(host, port, error, timeout, local_address, in_handshake)
        raise TransportError(why, in_handshake=in_handshake) from error


def _explain(
    host: str,
    port: int,
    error: OSError | TimeoutError,
    timeout: float | None,
    local: tuple[str, int] | None,
    in_handshake: bool,
) -> str:
    where = f"{host} port {port}"
    if local is not None and "local address" in str(error):
        return f"our address {local[0]} cannot reach {host}: one is IPv4, the other IPv6"
    if local is not None and "attempt" in str(error) and "bind" in str(error):
        ours = f"{local[0]} port {local[1]}" if local[1] else local[0]
        return f"our address {ours} cannot be used: {system_words(error)}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{where}: the certificate of the peer was not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"{where}: TLS handshake failed: {error.reason or error}; does the peer speak TLS on this port?"
    if isinstance(error, ConnectionRefusedError):
        return f"{where} refuses connections: is the peer running, and is this its port?"
    if isinstance(error, socket.gaierror):
        either = f"{host}, or our address {local[0]}," if local is not None else host
        return f"{either} is not a known host name: {error.strerror}"
    if in_handshake and isinstance(error, ConnectionAbortedError) and error.errno is None:  # of asyncio, not the system
        return f"{where}: TLS handshake not done within {TLS_HANDSHAKE:g} s; does the peer speak TLS on this port?"
    if in_handshake:
        what = f"no answer within {timeout:g} s" if isinstance(error, TimeoutError) else why_it_failed(error)
        return f"{where}: connected, but the TLS handshake failed: {what}; does the peer speak TLS on this port?"
    if isinstance(error, TimeoutError):
        seconds = f" within {timeout:g} s" if timeout else ""
        return f"{where} did not answer{seconds}: is the address right, is a firewall in between?"
    return f"{where}: {why_it_failed(error)}"


def system_words(error: OSError) -> str:
    """The system's message for an error; asyncio's message has the address again."""
    known = error.errno is not None and error.errno in errno.errorcode
    return os.strerror(error.errno or 0) if known else error.strerror or str(error)


def why_it_failed(error: OSError) -> str:
    """The system's message; asyncio has none if the peer closes the connection during the TLS handshake."""
    return error.strerror or str(error) or "the peer closed the connection during the TLS handshake"
