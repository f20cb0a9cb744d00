"""A server on the loopback that answers as it is told, for tests of programs that connect to one."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Sequence
from threading import Thread
from types import TracebackType
from typing import Self

from dulcimer.fuzz.corpus.streams import pdus_of
from dulcimer.fuzz.tree.cutting import is_whole


class LoopbackStub:
    """Answers the first PDU of each connection with `replies[0]`, the next with `replies[1]`, and so on.

    After the last reply it closes, or `holds` the connection open until the end. `last`: of how many connections it
    is the last one, after which it listens no more; 0 for no end. `received` has the bytes of each connection.
    """

    def __init__(self, replies: Sequence[bytes] = (), *, holds: bool = False, last: int = 0) -> None:
        self.received: list[bytes] = []
        self._replies = replies
        self._holds = holds
        self._last = last
        self._held: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = Thread(target=self._serve)

    @property
    def address(self) -> list[str]:
        """Host and port as words of a command line."""
        host, port = self._listener.getsockname()[:2]
        return [host, str(port)]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for sock in self._held:
            sock.close()

    def _serve(self) -> None:
        while not self._last or len(self.received) < self._last:
            try:
                sock = self._listener.accept()[0]
            except OSError:
                return
            if len(self.received) + 1 == self._last:
                self._listener.close()
            self.received.append(self._talk(sock))

    def _talk(self, sock: socket.socket) -> bytes:
        data, given = b"", 0
        while piece := self._read(sock):
            data += piece
            whole = sum(map(is_whole, pdus_of(data)))
            while given < min(whole, len(self._replies)):
                sock.sendall(self._replies[given])
                given += 1
            if given == len(self._replies) and given and not self._holds:
                break
        if self._holds:
            self._held.append(sock)
        else:
            sock.close()
        return data

    def _read(self, sock: socket.socket) -> bytes:
        try:
            return sock.recv(65536)
        except OSError:
            return b""
