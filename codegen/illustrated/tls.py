"""The C-ECHO over TLS: recorded once, since keys differ each time, and kept in `tls_session.json`.

``python -m codegen.illustrated.tls`` records it again; it needs trustme, for the certificate.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from codegen.illustrated.fields import IllustratedField
from codegen.illustrated.moments import Moment, played
from codegen.illustrated.sessions import echo
from dulcimer.trace.records import ACCEPTOR, REQUESTOR, MachineStep

RECORDED: Final = Path(__file__).parent / "tls_session.json"
_HEADER: Final = 5
_HANDSHAKE: Final = 22
_RECORDS: Final = {20: "change cipher spec", 21: "alert", _HANDSHAKE: "handshake", 23: "application data"}
_HELLOS: Final = {1: ("ClientHello", "4.1.2"), 2: ("ServerHello", "4.1.3")}
_RFC: Final = "RFC 8446"


def moments() -> tuple[Moment, ...]:
    """The flights of the handshake, then each PDU in its record."""
    inside = played(echo).moments
    flights = json.loads(RECORDED.read_text(encoding="utf-8"))
    opening = len(flights) - len(inside)
    found = []
    for number, (sender, data) in enumerate(flights):
        raw = bytes.fromhex(data)
        if number < opening:
            waits = {REQUESTOR: "Sta4", ACCEPTOR: "Sta1"}
            one, other = (
                MachineStep(end, waits[end], "", "", waits[end])
                for end in ((REQUESTOR, ACCEPTOR) if sender == REQUESTOR else (ACCEPTOR, REQUESTOR))
            )
            found.append(Moment(sender, raw, 0.0, 0.0, one, other, inside[0].line))
        else:
            pdu = inside[number - opening]
            found.append(Moment(sender, raw, pdu.t, pdu.arrived, pdu.sent_by, pdu.received_by, pdu.line))
    return tuple(found)


def fields_of(data: bytes) -> list[IllustratedField]:
    """The fields of TLS records (RFC 8446 5.1); of a ClientHello and ServerHello also what is inside."""
    found: list[IllustratedField] = []
    at = 0
    while at < len(data):
        kind, size = data[at], int.from_bytes(data[at + 3 : at + 5])
        name = _RECORDS[kind]
        group = f"TLS record: {name}"
        for offset, width, what, says, doc in (
            (0, 1, "content type", f"{kind:02X}H: {name}", "what is inside"),
            (1, 2, "version", "kept for old devices", "not the version in use"),
            (3, 2, "length", f"{size} bytes follow", "of the record"),
        ):
            start = at + offset
            found.append(_field(start, data[start : start + width], group, what, says, doc, "5.1"))
        body = data[at + _HEADER : at + _HEADER + size]
        if kind == _HANDSHAKE and body[0] in _HELLOS:
            found += _hello(at + _HEADER, body)
        else:
            what = "encrypted" if name == "application data" else "1: use the new keys from here on"
            doc = "what only the ends can read" if name == "application data" else "sent for old devices"
            found.append(_field(at + _HEADER, body, group, "fragment", what, doc, "5.2"))
        at += _HEADER + size
    return found


def _field(offset: int, raw: bytes, group: str, name: str, says: str, doc: str, section: str) -> IllustratedField:
    return IllustratedField(offset, raw, group, name, says, doc, f"{_RFC} {section}")


def _hello(start: int, body: bytes) -> Iterator[IllustratedField]:
    """A ClientHello or ServerHello, field by field."""
    name, section = _HELLOS[body[0]]
    at = 0

    def take(size: int, what: str, says: str, doc: str, clause: str = section) -> IllustratedField:
        nonlocal at
        found = _field(start + at, body[at : at + size], name, what, says, doc, clause)
        at += size
        return found

    yield take(1, "handshake type", f"{body[0]}: {name}", "which message of the handshake", "4")
    yield take(3, "length", f"{len(body) - 4} bytes follow", "of the message", "4")
    yield take(2, "legacy version", "TLS 1.2", "the version in use is in an extension")
    yield take(32, "random", "32 random bytes", "make each handshake different")
    size = body[at]
    yield take(1, "session ID length", f"{size} bytes follow", "of the session ID")
    if size:
        yield take(size, "session ID", "a random one", "looks like the session of an old version")
    if name == "ClientHello":
        size = int.from_bytes(body[at : at + 2])
        yield take(2, "cipher suites length", f"{size} bytes follow", "of the list")
        yield take(size, "cipher suites", f"{size // 2} suites", "what the client can do, the best first", "B.4")
        yield take(1, "compression methods length", "1 byte follows", "of the list")
        yield take(1, "compression methods", "0: none", "compression has been given up")
    else:
        yield take(2, "cipher suite", body[at : at + 2].hex().upper() + "H", "the one that is used", "B.4")
        yield take(1, "compression method", "0: none", "compression has been given up")
    yield take(2, "extensions length", f"{int.from_bytes(body[at : at + 2])} bytes follow", "of all extensions", "4.2")
    while at < len(body):
        kind, size = int.from_bytes(body[at : at + 2]), int.from_bytes(body[at + 2 : at + 4])
        known = _EXTENSIONS.get(kind, f"number {kind}")
        yield take(2, "extension type", f"{kind}: {known}", "which extension", "4.2")
        yield take(2, "extension length", f"{size} bytes follow", "of this extension", "4.2")
        if size:
            yield take(size, known, f"{size} bytes", "its contents", "4.2")


_EXTENSIONS: Final = {
    0: "server name",
    10: "supported groups",
    11: "point formats",
    13: "signature algorithms",
    22: "encrypt then MAC",
    23: "extended master secret",
    35: "session ticket",
    43: "supported versions",
    45: "PSK exchange modes",
    49: "post-handshake authentication",
    51: "key share",
}


def record() -> list[tuple[str, str]]:
    """A handshake in memory, and the PDUs of the C-ECHO through it."""
    import trustme

    authority = trustme.CA()
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("archive.example").configure_cert(server_context)
    server_context.num_tickets = 0
    client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(client_context)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(incoming, outgoing, server_hostname="archive.example")
    server = server_context.wrap_bio(outgoing_copy := ssl.MemoryBIO(), back := ssl.MemoryBIO(), server_side=True)
    flights: list[tuple[str, str]] = []

    def pass_on(sender: str, source: ssl.MemoryBIO, target: ssl.MemoryBIO) -> None:
        data = source.read()
        if data:
            flights.append((sender, data.hex()))
            target.write(data)

    for _ in range(3):
        for sender, end, source, target in (
            (REQUESTOR, client, outgoing, outgoing_copy),
            (ACCEPTOR, server, back, incoming),
        ):
            _shake(end)
            pass_on(sender, source, target)
    for moment in played(echo).moments:
        is_client = moment.sender == REQUESTOR
        (client if is_client else server).write(moment.data)
        pass_on(moment.sender, *((outgoing, outgoing_copy) if is_client else (back, incoming)))
        assert (server if is_client else client).read(1 << 16) == moment.data
    return flights


def _shake(end: Any) -> None:
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        return


if __name__ == "__main__":
    RECORDED.write_text(json.dumps(record(), indent=0) + "\n", encoding="utf-8")
