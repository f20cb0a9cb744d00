"""TLS around what the tester says, over a raw socket, so that FIN and RST are seen below it and close_notify in it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from dataclasses import dataclass

_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """The settings of one side. `name`: what the certificate of a server must have; "" for the acceptor's side."""

    context: ssl.SSLContext
    name: str = ""


class TlsEnd:
    """One end of a TLS connection over `sock`; what is to be sent is made here, and sent by whoever owns the socket."""

    def __init__(self, settings: TlsSettings, sock: socket.socket, *, server_side: bool) -> None:
        self._sock = sock
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = settings.context.wrap_bio(
            self._incoming, self._outgoing, server_side=server_side, server_hostname=settings.name or None
        )
        self.left_over = b""
        """What came behind the last record of the handshake, in the clear."""

    @property
    def version(self) -> str:
        """The version of TLS that was agreed."""
        return self._tls.version() or "TLS"

    async def handshake(self, timeout: float) -> None:
        """Agree on keys within `timeout` seconds; raises OSError (`ssl.SSLError` among them)."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(timeout):
            while True:
                try:
                    self._tls.do_handshake()
                except ssl.SSLWantReadError:
                    await loop.sock_sendall(self._sock, self._outgoing.read())
                    chunk = await loop.sock_recv(self._sock, _CHUNK)
                    if not chunk:
                        raise ConnectionResetError("the peer closed the connection during the TLS handshake") from None
                    self._incoming.write(chunk)
                except ssl.SSLError:
                    with contextlib.suppress(OSError):  # tell the peer why, if it still listens
                        await loop.sock_sendall(self._sock, self._outgoing.read())
                    raise
                else:
                    await loop.sock_sendall(self._sock, self._outgoing.read())
                    self.left_over, _ = self.decrypt(b"")
                    return

    def encrypt(self, data: bytes) -> bytes:
        """Records that carry these bytes."""
        view = memoryview(data)
        while view:
            view = view[self._tls.write(view) :]
        return self._outgoing.read()

    def decrypt(self, data: bytes) -> tuple[bytes, bool]:
        """What came in these bytes, and whether a close_notify ended it; raises ssl.SSLError."""
        self._incoming.write(data)
        found = bytearray()
        try:
            while plain := self._tls.read(_CHUNK):
                found += plain
        except ssl.SSLWantReadError:
            return bytes(found), False
        except ssl.SSLZeroReturnError:  # as nothing at all, but after our own close_notify
            pass
        return bytes(found), True

    def close_notify(self) -> bytes:
        """The records that end our direction."""
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        return self._outgoing.read()
