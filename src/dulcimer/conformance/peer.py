"""The tester's end of a connection: a raw socket that sends any bytes and notes all that comes.

One reader runs from the start. It cuts what arrives into PDUs and tells how the connection ended: `fin`, `rst`, or
`rst-after-send` (a reset after the tester had sent bytes that the peer may never have read, which can also have
swept away what the peer sent before). With TLS, `close-notify` is the end that TLS has for it, and `tls-alert` one
that it has for faults; FIN and RST are then those below TLS.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
import struct
from types import TracebackType
from typing import Self

from dulcimer.conformance.seen import Seen, closed, of_pdu, silence, summary
from dulcimer.conformance.tls import TlsEnd, TlsSettings
from dulcimer.conformance.trace import Kind, Trace
from dulcimer.dimse import command_set
from dulcimer.dimse.command_set import CommandSet
from dulcimer.errors import DIMSEProcessingError
from dulcimer.wire.codec import decode_lenient
from dulcimer.wire.model import PDataTf, Pdu

_HEADER = struct.Struct(">BxI")
_LONGEST_PDU = 16 << 20
_QUICKACK = getattr(socket, "TCP_QUICKACK", None)


class _Reassembly:
    """Command sets out of P-DATA-TF fragments; data sets are passed over."""

    def __init__(self) -> None:
        self._fragments = bytearray()

    def add(self, pdu: PDataTf) -> CommandSet | None:
        """The command set that this PDU completes."""
        found = None
        for value in pdu.presentation_data_value_items:
            if not value.is_command:
                continue
            self._fragments += value.fragment
            if value.is_last:
                data, self._fragments = bytes(self._fragments), bytearray()
                with contextlib.suppress(DIMSEProcessingError):
                    found = command_set.decode(data)
        return found


class Connection:
    """An open connection to the peer. Use it as an async context manager; leaving it closes the socket."""

    def __init__(self, sock: socket.socket, tls: TlsEnd | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._tls = tls
        self.trace = Trace(self._loop.time())
        self.received: list[Seen] = []
        self._taken = 0
        self._arrived = asyncio.Event()
        self._buffer = bytearray()
        self._messages = _Reassembly()
        self._sent_at = self._received_at = 0.0
        self._ended = False
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, host: str, port: int, timeout: float, tls: TlsSettings | None = None) -> Connection:
        """Connect within `timeout` seconds, with TLS within as many more; raises OSError (TimeoutError among them)."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        error: OSError = ConnectionError(f"{host} has no address")
        for family, kind, protocol, _, address in found:
            sock = socket.socket(family, kind, protocol)
            sock.setblocking(False)
            try:
                async with asyncio.timeout(timeout):
                    await loop.sock_connect(sock, address)
            except OSError as problem:
                sock.close()
                error = problem
                continue
            except BaseException:
                sock.close()
                raise
            return await cls._secured(sock, "connection opened", tls, timeout, server_side=False)
        raise error

    @classmethod
    async def accepted(cls, sock: socket.socket, timeout: float, tls: TlsSettings | None = None) -> Connection:
        """Take over a socket that was accepted, with TLS within `timeout` seconds; raises OSError if that fails."""
        return await cls._secured(sock, "connection accepted", tls, timeout, server_side=True)

    @classmethod
    async def _secured(
        cls, sock: socket.socket, how: str, tls: TlsSettings | None, timeout: float, *, server_side: bool
    ) -> Connection:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end = None
        if tls is not None:
            try:
                end = TlsEnd(tls, sock, server_side=server_side)
                await end.handshake(timeout)
            except BaseException:
                sock.close()
                raise
        connection = cls(sock, end)
        connection.trace.add(Kind.OPENED, how if end is None else f"{how} ({end.version})")
        connection._reader = asyncio.create_task(connection._read())
        return connection

    async def __aenter__(self) -> Self:
        """The connection itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Stop reading and close the socket."""
        await self.close()

    @property
    def now(self) -> float:
        """Seconds since the connection was opened."""
        return self.trace.now()

    @property
    def ended(self) -> bool:
        """Whether the peer has closed the connection."""
        return self._ended

    async def send(self, data: bytes, text: str) -> bool:
        """Send bytes; False if the connection is gone. `text` names them in the trace."""
        self.trace.add(Kind.SENT, text, data)
        self._sent_at = self.now
        try:
            await self._loop.sock_sendall(self._sock, data if self._tls is None else self._tls.encrypt(data))
        except OSError as error:
            self.trace.add(Kind.NOTE, f"not all of it could be sent: {error.strerror or error}")
            return False
        return True

    def shut_down(self) -> None:
        """Close the sending direction: a FIN goes out, reading goes on."""
        self.trace.add(Kind.TESTER_FIN, "tester closed its sending direction (FIN)")
        self._notify()
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    async def close(self, *, reset: bool = False) -> None:
        """Close the connection: with FIN, or with RST if `reset`."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait([self._reader])
            self._reader = None
            if not reset:
                self._notify()
            else:
                linger = struct.pack("ii", 1, 0)
                with contextlib.suppress(OSError):
                    self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self._sock.close()
            kind, how = (Kind.TESTER_RST, "RST") if reset else (Kind.TESTER_FIN, "FIN")
            self.trace.add(kind, f"tester closed the connection ({how})")

    def _notify(self) -> None:
        """With TLS, tell the peer that nothing more comes, as far as there is room for it at once."""
        if self._tls is not None:
            with contextlib.suppress(OSError):
                self._sock.send(self._tls.close_notify())

    async def next(self, seconds: float) -> Seen:
        """The next thing seen; silence if nothing comes within `seconds`."""
        deadline = self._loop.time() + seconds
        while self._taken == len(self.received):
            self._arrived.clear()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._arrived.wait()
            except TimeoutError:
                if self._taken == len(self.received):
                    self.trace.add(Kind.SILENCE, f"silence for {seconds:.3g} s")
                    return silence(self.now)
        self._taken += 1
        return self.received[self._taken - 1]

    def _note(self, seen: Seen) -> None:
        self.received.append(seen)
        self._arrived.set()

    async def _read(self) -> None:
        how = "fin"
        self._take(self._tls.left_over if self._tls is not None else b"")
        while True:
            try:
                if _QUICKACK is not None:
                    self._sock.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
                chunk = await self._loop.sock_recv(self._sock, 1 << 16)
            except OSError as error:
                how = "rst-after-send" if self._sent_at > self._received_at else "rst"
                if error.errno not in (errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN):
                    self.trace.add(Kind.NOTE, f"reading failed: {error.strerror or error}")
                break
            if not chunk:
                break
            if self._tls is None:
                self._take(chunk)
                continue
            try:
                plain, notified = self._tls.decrypt(chunk)
            except ssl.SSLError as error:
                self.trace.add(Kind.NOTE, f"TLS: {error.reason or error}")
                how = "tls-alert"
                break
            self._take(plain)
            if notified:
                how = "close-notify"
                break
        if self._buffer:
            text = f"{len(self._buffer)} bytes of a PDU that did not come whole"
            self.trace.add(Kind.RECEIVED, text, bytes(self._buffer))
        kind = Kind.PEER_RST if how.startswith("rst") else Kind.PEER_FIN
        self.trace.add(kind, f"peer closed the connection ({how})")
        self._ended = True
        self._note(closed(self.now, how))

    def _take(self, data: bytes) -> None:
        if data:
            self._received_at = self.now
            self._buffer += data
            self._cut()

    def _cut(self) -> None:
        while len(self._buffer) >= _HEADER.size:
            _, length = _HEADER.unpack_from(self._buffer)
            end = _HEADER.size + length
            if length > _LONGEST_PDU:
                end = len(self._buffer)
            elif len(self._buffer) < end:
                return
            data = bytes(self._buffer[:end])
            del self._buffer[:end]
            pdu: Pdu | None = decode_lenient(data).pdu
            command = self._messages.add(pdu) if isinstance(pdu, PDataTf) else None
            seen = of_pdu(self.now, data, pdu, command)
            text = summary(data, pdu) + (f": {seen.label}" if command else "")
            self.trace.add(Kind.RECEIVED, text, data)
            self._note(seen)
