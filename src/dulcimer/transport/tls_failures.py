"""TLS handshakes that fail with a peer that has connected to us: the reason in words, and the alert for the peer.

asyncio closes the connection when a handshake fails, and drops the alert that says why (RFC 8446 6.2).
"""

from __future__ import annotations

import contextlib
import contextvars
import socket
import ssl
from collections.abc import Iterator
from typing import Any

_connection: contextvars.ContextVar[socket.socket | None] = contextvars.ContextVar("dulcimer_tls", default=None)

_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNEXPECTED_MESSAGE", "PACKET_LENGTH_TOO_LONG")
_UNTRUSTED = ("UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_UNKNOWN", "CERTIFICATE_EXPIRED")
_WORDS = {
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "it sent no certificate, and we require one",
    "UNSUPPORTED_PROTOCOL": "it has no version of TLS in common with us",
    "NO_SHARED_CIPHER": "it has no cipher in common with us",
    "HTTP_REQUEST": "it speaks HTTP without TLS, and we serve DICOM with TLS",
    "HTTPS_PROXY_REQUEST": "it speaks HTTP without TLS, and we serve DICOM with TLS",
}


class _AlertingObject(ssl.SSLObject):
    """Sends the alert of a failed handshake on the connection that is being accepted."""

    _outgoing: ssl.MemoryBIO

    @classmethod
    def _create(cls, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *args: Any, **options: Any) -> _AlertingObject:
        made: _AlertingObject = super()._create(incoming, outgoing, *args, **options)  # type: ignore[misc]  # it has no public type
        made._outgoing = outgoing
        return made

    def do_handshake(self) -> None:
        """One step of the handshake."""
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError:
            if (connection := _connection.get()) is not None:
                with contextlib.suppress(OSError):
                    connection.send(self._outgoing.read())
            raise


@contextlib.contextmanager
def alerts(tls: ssl.SSLContext | None, connection: socket.socket) -> Iterator[None]:
    """A handshake that begins inside the block and fails sends an alert on the connection."""
    if tls is not None and tls.sslobject_class is ssl.SSLObject:
        tls.sslobject_class = _AlertingObject
    token = _connection.set(connection)
    try:
        yield
    finally:
        _connection.reset(token)


def why_not(error: BaseException) -> str:
    """Why the handshake of a peer failed, in words; "" for an error that is not one of TLS."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"we do not accept its certificate: {error.verify_message}"
    if not isinstance(error, ssl.SSLError):
        return ""
    reason = getattr(error, "reason", "") or ""
    if reason in _WORDS:
        return _WORDS[reason]
    if any(word in reason for word in _NO_TLS):
        return "it sent something that is not TLS; it may be a DICOM peer without TLS, and we serve with TLS"
    plain = reason.replace("_", " ").lower() or error.strerror or str(error)
    if any(word in reason for word in _UNTRUSTED):
        return f"it does not accept our certificate ({plain})"
    return f"the TLS handshake failed: {plain}"
