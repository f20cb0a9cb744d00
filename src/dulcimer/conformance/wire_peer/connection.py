"""The tester's end of a connection: a raw socket that sends any bytes and records everything that comes.

One reader runs from the start. It cuts what arrives into PDUs and records how the connection ended: `fin`, `rst`, or
`rst-after-send` (a reset after the tester had sent bytes that the peer may never have read, which can also have
discarded what the peer sent before). With TLS, `close-notify` is the regular end, and `tls-alert` the end by a fault;
FIN and RST are then those of the TCP connection below.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
import struct
from collections import deque
from itertools import islice
from types import TracebackType
from typing import Self

from dulcimer._generated.headers import PDU_HEADER
from dulcimer.conformance.model.seen import ENDLESS, Seen, closed, of_pdu, silence, summary, too_much
from dulcimer.conformance.model.trace import Kind, Trace
from dulcimer.conformance.wire_peer.intake import (
    LONGEST_COMMAND,
    LONGEST_PDU,
    OF_ACCEPTOR,
    OF_REQUESTOR,
    Intake,
    IntakeLimits,
    is_within_reason,
)
from dulcimer.conformance.wire_peer.tls import TlsEnd, TlsSettings
from dulcimer.counting import counted
from dulcimer.dimse import command_set
from dulcimer.dimse.command_set import CommandSet
from dulcimer.errors import DIMSEProcessingError
from dulcimer.wire.codec import decode_lenient
from dulcimer.wire.model import PDataTf, Pdu

_CHUNK = 1 << 16
_TURN = 64
"""PDUs that are read before other tasks get their turn."""
_UNREAD = 8 << 20
"""Bytes that may wait for the case before reading from the socket pauses."""
_SOME = 8
"""PDUs that were not awaited and are still checked against the rules, at most."""
_MOMENT, _STOPS = 0.5, 30.0
"""Seconds of silence after which a peer has stopped sending; and seconds to wait for that, at most."""
_SEND_TIMEOUT = 10.0
"""Seconds in which the peer has to read all bytes of one step."""
_QUICKACK = getattr(socket, "TCP_QUICKACK", None)


class _Reassembly:
    """Command sets out of P-DATA-TF fragments; data sets are ignored."""

    def __init__(self) -> None:
        self._fragments = bytearray()

    def add(self, pdu: PDataTf) -> CommandSet | None:
        """The command set that this PDU completes."""
        found = None
        for value in pdu.presentation_data_value_items:
            if not value.is_command:
                continue
            if len(self._fragments) <= LONGEST_COMMAND:
                self._fragments += value.fragment
            if value.is_last:
                data, self._fragments = bytes(self._fragments), bytearray()
                if len(data) > LONGEST_COMMAND:
                    continue
                with contextlib.suppress(DIMSEProcessingError):
                    found = command_set.decode(data)
        return found


class Connection:
    """An open connection to the peer. Use it as an async context manager; leaving it closes the socket."""

    def __init__(self, sock: socket.socket, tls: TlsEnd | None = None, limits: IntakeLimits = OF_ACCEPTOR) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._tls = tls
        self.trace = Trace(self._loop.time())
        self.intake = Intake(limits)
        self.waited = 0.0
        self._received: deque[Seen] = deque()
        self._unread = 0
        self._arrived, self._has_room = asyncio.Event(), asyncio.Event()
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
        connection = cls(sock, end, OF_REQUESTOR if server_side else OF_ACCEPTOR)
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

    async def send(self, data: bytes, text: str, *, octet: bool = False) -> bool:
        """Send bytes; False if the connection is lost. `text` names them in the trace; bytes that are sent one `octet`
        at a time share one line.
        """
        if octet:
            self.trace.add_octet(text, data)
        else:
            self.trace.add(Kind.SENT, text, data)
        self._sent_at = self.now
        try:
            async with asyncio.timeout(_SEND_TIMEOUT):
                await self._loop.sock_sendall(self._sock, data if self._tls is None else self._tls.encrypt(data))
        except TimeoutError:
            self.trace.add(
                Kind.NOTE, f"not all bytes could be sent: the peer did not read them within {_SEND_TIMEOUT:g} s"
            )
            return False
        except OSError as error:
            self.trace.add(Kind.NOTE, f"not all bytes could be sent: {error.strerror or error}")
            return False
        return True

    def shut_down(self) -> None:
        """Close the sending direction with a FIN; the reader continues."""
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
            self._record_the_rest()
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
        """With TLS, send a close_notify, if the socket takes it at once."""
        if self._tls is not None:
            with contextlib.suppress(OSError):
                self._sock.send(self._tls.close_notify())

    async def next(self, seconds: float) -> Seen:
        """The next observation; silence if nothing comes within `seconds`."""
        deadline = self._loop.time() + seconds
        while not self._received:
            self._arrived.clear()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._arrived.wait()
            except TimeoutError:
                if not self._received:
                    self.trace.add(Kind.SILENCE, f"silence for {seconds:.3g} s")
                    return silence(self.now)
        seen = self._received.popleft()
        self._unread -= len(seen.data)
        self._has_room.set()
        return seen

    async def see_whether_it_stops(self) -> None:
        """If more has come than was awaited, read until it is too much, or nothing comes for a moment."""
        deadline = self.now + _STOPS
        while self._received and not self._ended and not self.intake.excess and self.now < deadline:
            self._received.clear()
            self._arrived.clear()
            self._unread = 0
            self._has_room.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_MOMENT):
                    await self._arrived.wait()

    def not_looked_at(self) -> list[Seen]:
        """The first observations that were not awaited; they stay in the queue."""
        return list(islice(self._received, _SOME))

    def _note(self, seen: Seen) -> None:
        self._received.append(seen)
        self._unread += len(seen.data)
        self._arrived.set()

    async def _read(self) -> None:
        how = "fin"
        await self._take(self._tls.left_over if self._tls is not None else b"")
        while not self.intake.excess:
            try:
                if _QUICKACK is not None:
                    self._sock.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
                chunk = await self._loop.sock_recv(self._sock, _CHUNK)
            except OSError as error:
                how = "rst-after-send" if self._sent_at > self._received_at else "rst"
                if error.errno not in (errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN):
                    self.trace.add(Kind.NOTE, f"reading failed: {error.strerror or error}")
                break
            if not chunk:
                break
            if self._tls is None:
                await self._take(chunk)
                continue
            try:
                plain, notified = self._tls.decrypt(chunk)
            except ssl.SSLError as error:
                self.trace.add(Kind.NOTE, f"TLS: {error.reason or error}")
                how = "tls-alert"
                break
            await self._take(plain)
            if notified:
                how = "close-notify"
                break
        if self.intake.excess:
            how = self._stop_reading()
        else:
            self._record_the_rest()
        if not self.intake.excess:
            kind = Kind.PEER_RST if how.startswith("rst") else Kind.PEER_FIN
            self.trace.add(kind, f"peer closed the connection ({how})")
        self._ended = True
        self._note(closed(self.now, how))

    def _record_the_rest(self) -> None:
        """Record what has come of a PDU that is not whole."""
        if self._buffer:
            text = f"{counted(len(self._buffer), 'byte')} of an incomplete PDU"
            self.trace.add(Kind.RECEIVED, text, bytes(self._buffer))
            self._buffer.clear()

    def _stop_reading(self) -> str:
        """Read nothing more from a peer that does not stop sending; it gets a reset."""
        self.trace.add(Kind.NOTE, f"the peer does not stop sending: {self.intake.excess}; nothing more is read")
        self._buffer.clear()
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        return ENDLESS

    async def _take(self, data: bytes) -> None:
        if data:
            self._received_at = self.now
            self._buffer += data
            await self._cut()
        await asyncio.sleep(0)  # sock_recv does not yield while there are bytes
        while self._unread > _UNREAD:
            self._has_room.clear()
            await self._has_room.wait()

    async def _cut(self) -> None:
        offset, taken = 0, 0
        try:
            while len(self._buffer) - offset >= PDU_HEADER.size and not self.intake.excess:
                _, length = PDU_HEADER.unpack_from(self._buffer, offset)
                end = offset + PDU_HEADER.size + length
                if length > LONGEST_PDU:
                    end = len(self._buffer)
                elif len(self._buffer) < end:
                    break
                pdu = bytes(self._buffer[offset:end])
                offset, taken = end, taken + 1
                self._take_pdu(pdu)
                if taken % _TURN == 0:
                    await asyncio.sleep(0)
        finally:  # also if reading is cancelled: what is left was not recorded yet
            del self._buffer[:offset]

    def _take_pdu(self, data: bytes) -> None:
        self.intake.note(data, self.now)
        if not is_within_reason(data):
            seen = too_much(self.now, data)
            self.trace.add(Kind.RECEIVED, seen.label, data)
            self._note(seen)
            return
        pdu: Pdu | None = decode_lenient(data).pdu
        command = self._messages.add(pdu) if isinstance(pdu, PDataTf) else None
        seen = of_pdu(self.now, data, pdu, command)
        text = summary(data, pdu) + (f": {seen.label}" if command else "")
        self.trace.add(Kind.RECEIVED, text, data)
        self._note(seen)
