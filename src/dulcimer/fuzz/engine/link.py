"""One connection to a target, over a socket that blocks."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
from collections.abc import Sequence
from functools import lru_cache
from time import perf_counter
from types import TracebackType
from typing import Any, Self

from dulcimer._generated.codes import PduType
from dulcimer.fuzz.engine.conversation import (
    ConnectionRecord,
    Ended,
    EndKind,
    Entry,
    HalfClosed,
    PduCutter,
    Received,
    Remains,
    Sent,
    Silent,
)
from dulcimer.fuzz.engine.settle import SettleTiming

_CHUNK = 1 << 16
_QUICKACK = getattr(socket, "TCP_QUICKACK", None)
_LINGER_NOT = struct.pack("ii", 1, 0)
_LAST_PDUS = (PduType.A_ASSOCIATE_RJ, PduType.A_RELEASE_RP, PduType.A_ABORT)
_FLOOD = 64 << 20
"""Bytes that a target may send on one connection."""


class TargetLink:
    """Sends bytes, and records what comes. Use it as a context manager; leaving it closes the socket.

    The record begins when the link is made, or `began`, as told by `perf_counter`; `at` counts from then.
    """

    def __init__(self, sock: socket.socket, timing: SettleTiming, began: float | None = None) -> None:
        self._sock = sock
        self._timing = timing
        self._began = perf_counter() if began is None else began
        self._entries: list[Entry] = []
        self._cutter = PduCutter()
        self._sent_at = self._received_at = 0.0
        self._taken = 0
        self._last_type: int | None = None
        self._is_silent = self._is_reset = False
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)
        self.ended = False
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._is_plain = not isinstance(sock, ssl.SSLSocket)
        if self._is_plain:
            sock.setblocking(False)  # with a timeout, each call would ask the system twice

    @classmethod
    def open(
        cls, host: str, port: int, timing: SettleTiming, tls: ssl.SSLContext | None = None, name: str | None = None
    ) -> Self:
        """Connect, with TLS if there is a context. Raises OSError (TimeoutError and `ssl.SSLError` among them).

        The record begins before that: the timers of a target may run as soon as its system has the connection.
        """
        began = perf_counter()
        sock = _connected(host, port, timing.connect)
        if tls is not None:
            try:
                sock = tls.wrap_socket(sock, server_hostname=name)
            except BaseException:
                sock.close()
                raise
        return cls(sock, timing, began)

    def __enter__(self) -> Self:
        """The link itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Close the socket."""
        self._sock.close()

    @property
    def conversation(self) -> ConnectionRecord:
        """What happened so far."""
        return ConnectionRecord(tuple(self._entries))

    @property
    def entries(self) -> Sequence[Entry]:
        """The entries of the record so far."""
        return self._entries

    @property
    def now(self) -> float:
        """Seconds since the record began."""
        return perf_counter() - self._began

    @property
    def is_unanswered(self) -> bool:
        """Whether nothing has come since the last bytes were sent."""
        return self._received_at <= self._sent_at

    @property
    def is_silent(self) -> bool:
        """Whether nothing has come since a reply was waited for."""
        return self._is_silent

    @property
    def is_over(self) -> bool:
        """Whether the target has ended the association with its last PDU: it waits for the close now."""
        return self._last_type in _LAST_PDUS

    def send(self, data: bytes, step: int) -> bool:
        """Send bytes of a step; False if the target does not take all of them, or is gone."""
        self._sent_at = self.now
        complete = self._is_sent(data)
        self._entries.append(Sent(self._sent_at, step, data, complete))
        return complete

    def read(self, seconds: float, kinds: tuple[int, ...] = (), *, is_patient: bool = False) -> bool:
        """Read until a PDU has come, one of these types if types are given; False after `seconds` of silence.

        False, too, if the connection ends. Silence is recorded only if nothing has come at all. After silence, there
        is less patience until something comes: a target that waits for the rest of a PDU will not answer the next.
        Not if it `is_patient`: what is waited for does not answer what was sent.
        """
        before = len(self._entries)
        if self._is_silent and not is_patient:
            seconds = min(seconds, self._timing.again)
        while not self.ended:
            if not self._wait(seconds):
                if len(self._entries) == before:
                    self._entries.append(Silent(self.now))
                    self._is_silent = True
                return False
            found = self._take()
            if found and (not kinds or any(pdu[0] in kinds for pdu in found)):
                return True
        return False

    def rest(self, seconds: float) -> None:
        """Send nothing for so long; what comes is read."""
        deadline = self.now + seconds
        while not self.ended and (left := deadline - self.now) > 0 and self._wait(left):
            self._take()

    def half_close(self) -> None:
        """Close the sending direction."""
        self._entries.append(HalfClosed(self.now))
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def close(self, *, reset: bool = False) -> None:
        """Close the connection, with RST if `reset`."""
        if reset:
            with contextlib.suppress(OSError):
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self._sock.close()
        if not self.ended:
            self._end(EndKind.CLOSED)

    def read_to_end(self, seconds: float) -> None:
        """Read until the target closes; if it does not within `seconds`, it has kept the connection open."""
        deadline = self.now + seconds
        while not self.ended:
            left = deadline - self.now
            if left <= 0 or not self._wait(left):
                self._end(EndKind.OPEN)
                return
            self._take()

    def _is_sent(self, data: bytes) -> bool:
        """What the target did where this fails comes out when the rest is read; but a reset is told only here."""
        sock = self._sock
        try:
            taken = 0
            if self._is_plain:
                with contextlib.suppress(BlockingIOError):
                    taken = sock.send(data)
            if taken < len(data):
                sock.settimeout(self._timing.close)
                sock.sendall(memoryview(data)[taken:])
                if self._is_plain:
                    sock.setblocking(False)
        except ConnectionResetError:
            self._is_reset = True
            return False
        except OSError:
            return False
        return True

    def _wait(self, seconds: float) -> bool:
        if isinstance(self._sock, ssl.SSLSocket) and self._sock.pending():  # decrypted bytes
            return True
        return bool(self._poll.poll(seconds * 1000))

    def _take(self) -> list[bytes]:
        """Record the PDUs that the next bytes complete, or the end of the connection; the PDUs."""
        try:
            if _QUICKACK is not None:
                self._sock.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
            data = self._sock.recv(_CHUNK)
        except (ssl.SSLWantReadError, TimeoutError, BlockingIOError):
            return []
        except OSError:
            self._end(EndKind.RST_AFTER_SEND if self._sent_at > self._received_at else EndKind.RST)
            return []
        if not data:
            self._end(EndKind.RST_AFTER_SEND if self._is_reset else EndKind.FIN)
            return []
        self._received_at = self.now
        self._is_silent = False
        self._taken += len(data)
        found = self._cutter.cut(data)
        self._entries += [Received(self._received_at, pdu) for pdu in found]
        if found:
            self._last_type = found[-1][0]
        if self._taken > _FLOOD:
            self._end(EndKind.FLOOD)
        return found

    def _end(self, how: EndKind) -> None:
        self.ended = True
        if self._cutter.pending:
            self._entries.append(Remains(self._received_at, self._cutter.pending))
        self._entries.append(Ended(self.now, how))


def _connected(host: str, port: int, seconds: float) -> socket.socket:
    """A connection to one of the addresses of the host. Raises OSError."""
    failure: OSError | None = None
    for family, kind, protocol, _, address in _addresses(host, port):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(seconds)
            sock.connect(address)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    assert failure is not None
    raise failure


@lru_cache
def _addresses(host: str, port: int) -> list[Any]:
    """The addresses of a host; asked for once, since there is a connection for each case. Raises OSError."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
