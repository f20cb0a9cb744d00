"""One more connection to a peer that a command could not talk to: was TLS the reason?"""

from __future__ import annotations

import contextlib
import socket

from dulcimer.cli.failures.names_in_use import Names

_PATIENCE = 1.0
"""Seconds for the connection, and for the answer."""
_ANSWERS = (2, 3, 7)
"""PDU-types that a DICOM server answers an association request with: accepted, rejected, aborted."""


def answers_otherwise(names: Names) -> str:
    """What the peer speaks, tried with TLS, and before that without it if the options ask for TLS.

    ``TLS``, ``DICOM`` or another protocol recognised by its answer; "" if the answer is unknown or missing.
    """
    from dulcimer.wire.other_protocols import recognise

    if names.tls:
        answer = _answer(names, _association_request(names))
        if answer and answer[0] in _ANSWERS:
            return "DICOM"
        other = recognise(answer)
        if other is not None and other.name != "TLS":
            return other.name
    other = recognise(_answer(names, _client_hello(names.host)))
    return "" if other is None else other.name


def _answer(names: Names, request: bytes) -> bytes:
    """The first bytes of the answer to a request; empty if there is none."""
    with contextlib.suppress(OSError), socket.create_connection((names.host, names.port), _PATIENCE) as connection:
        connection.sendall(request)
        return connection.recv(256)
    return b""


def _client_hello(host: str) -> bytes:
    import ssl

    outgoing = ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=host).do_handshake()
    return outgoing.read()


def _association_request(names: Names) -> bytes:
    from dulcimer.acse.negotiation import IMPLICIT_VR_LITTLE_ENDIAN, Context, request_pdu
    from dulcimer.services.verification import VERIFICATION
    from dulcimer.wire.codec import encode

    contexts = [Context(VERIFICATION, (IMPLICIT_VR_LITTLE_ENDIAN,))]
    return encode(request_pdu(contexts, calling_ae_title=names.calling, called_ae_title=names.called))
