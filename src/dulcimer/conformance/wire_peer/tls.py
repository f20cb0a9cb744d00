"""TLS on a raw socket, so that FIN and RST are seen below TLS, and close_notify within it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from dataclasses import dataclass

_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """The settings of one side. `name`: the name that a server's certificate must have; "" on the acceptor's side."""

    context: ssl.SSLContext
    name: str = ""


class TlsEnd:
    """One end of a TLS connection over `sock`; the owner of the socket sends the bytes that this makes."""

    def __init__(self, settings: TlsSettings, sock: socket.socket, *, server_side: bool) -> None:
        self._sock = sock
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = settings.context.wrap_bio(
            self._incoming, self._outgoing, server_side=server_side, server_hostname=settings.name or None
        )
        self.left_over = b""
        """Decrypted bytes that came right after the handshake."""

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
                    with contextlib.suppress(OSError):  # the alert says why, if the peer still reads
                        await loop.sock_sendall(self._sock, self._outgoing.read())
                    raise
                else:
                    await loop.sock_sendall(self._sock, self._outgoing.read())
                    self.left_over, _ = self.decrypt(b"")
                    return

    def encrypt(self, data: bytes) -> bytes:
        """The TLS records that carry these bytes."""
        view = memoryview(data)
        while view:
            view = view[self._tls.write(view) :]
        return self._outgoing.read()

    def decrypt(self, data: bytes) -> tuple[bytes, bool]:
        """The plain bytes of these records, and whether a close_notify ended the direction; raises ssl.SSLError."""
        self._incoming.write(data)
        found = bytearray()
        try:
            while plain := self._tls.read(_CHUNK):
                found += plain
        except ssl.SSLWantReadError:
            return bytes(found), False
        except ssl.SSLZeroReturnError:  # instead of an empty read, once our own close_notify is out
            pass
        return bytes(found), True

    def close_notify(self) -> bytes:
        """The records that end the tester's direction."""
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        return self._outgoing.read()
