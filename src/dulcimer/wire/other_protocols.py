"""Other protocols that a peer may speak instead of DICOM, recognised by their first bytes.

No PDU begins so: its first byte is a PDU-type from 01H to 07H (PS3.8 9.3.1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from struct import unpack_from

from dulcimer.wire.buffer import BEGINNING
from dulcimer.wire.model import Buffer

HTTP_METHODS = re.compile(rb"(GET|POST|HEAD|PUT|PATCH|TRACE) |OPTIONS? ?|DELETE ?|CONNECT? ?|PRI \* ")
"""A refused header has at least 6 bytes, which is enough for these."""

TLS_RECORDS = {0x15: "an alert", 0x16: "a handshake message"}
_TLS_HANDSHAKES = {1: "a ClientHello", 2: "a ServerHello"}
_TLS_ALERTS = {
    0: "close notify",
    10: "unexpected message",
    20: "bad record MAC",
    22: "record overflow",
    40: "handshake failure",
    42: "bad certificate",
    46: "certificate unknown",
    48: "unknown CA",
    50: "decode error",
    70: "protocol version",
    80: "internal error",
    116: "certificate required",
}
BANNERS = (
    (b"HTTP/", "HTTP", "an HTTP response"),
    (b"SSH-", "SSH", "an SSH banner"),
    (b"RFB ", "VNC", "a VNC banner"),
    (b"* OK", "IMAP", "an IMAP greeting"),
    (b"+OK", "POP3", "a POP3 greeting"),
    (b"EHLO ", "SMTP", "an SMTP command"),
    (b"HELO ", "SMTP", "an SMTP command"),
    (b"\x0bMSH", "HL7", "an HL7 message"),
    (b"\xff\xfb", "Telnet", "a Telnet negotiation"),
    (b"\xff\xfd", "Telnet", "a Telnet negotiation"),
)
_QUOTED = ("HTTP", "SSH", "VNC", "IMAP", "POP3")
"""Those whose first line comes from a server and contains neither secrets nor patient data."""


@dataclass(frozen=True, slots=True)
class OtherProtocol:
    """A protocol that is not DICOM: its `name` (``HTTP``, ``TLS``, ...) and `what` was received, with an article."""

    name: str
    what: str


def recognise(data: Buffer) -> OtherProtocol | None:
    """The protocol whose bytes these are, from the first ones of a connection; None if it is none of those known here.

    4 bytes are enough for most; `what` quotes the first line, only its printable characters, if it is there.
    """
    beginning = bytes(data[:BEGINNING])
    if len(beginning) >= 3 and beginning[0] in TLS_RECORDS and beginning[1] == 3 and beginning[2] <= 4:
        return OtherProtocol("TLS", _tls(beginning))
    if (request := HTTP_METHODS.match(beginning)) is not None:
        return OtherProtocol("HTTP", f"an HTTP request ({request[0].decode().split()[0]})")
    for start, name, what in BANNERS:
        if beginning.startswith(start):
            return OtherProtocol(name, what + (_quoted(beginning) if name in _QUOTED else ""))
    if re.match(rb"220[ -]", beginning):
        words = beginning.upper()
        name = "FTP" if b"FTP" in words else "SMTP" if b"SMTP" in words or b"MAIL" in words else "SMTP or FTP"
        return OtherProtocol(name, f"the greeting of an {name} server{_quoted(beginning)}")
    return None


def _tls(data: bytes) -> str:
    kind = data[0]
    if kind == 0x16 and len(data) > 5 and data[5] in _TLS_HANDSHAKES:
        return f"{_TLS_HANDSHAKES[data[5]]} of TLS"
    if kind == 0x15 and len(data) >= 7 and unpack_from(">H", data, 3)[0] == 2:
        return f"an alert of TLS: {_TLS_ALERTS.get(data[6], f'number {data[6]}')}"
    return f"{TLS_RECORDS[kind]} of TLS"


def _quoted(data: bytes) -> str:
    """The first line, cut, in quotation marks; only characters that a terminal shows."""
    line = re.split(rb"[\r\n]", data, maxsplit=1)[0].decode("latin-1")
    text = "".join(c if " " <= c <= "~" else "?" for c in line[:60]).strip()
    return f" '{text}'" if text else ""
