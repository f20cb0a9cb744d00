"""An association over a plain socket, and messages of any bytes on it: none of our layers checks what is sent."""

from __future__ import annotations

import socket
import ssl
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from struct import pack, unpack
from typing import Any

HOST = "127.0.0.1"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
VERIFICATION = "1.2.840.10008.1.1"
FIND = "1.2.840.10008.5.1.4.1.2.2.1"
GET = "1.2.840.10008.5.1.4.1.2.2.3"
COMMITMENT = "1.2.840.10008.1.20.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
_BLOCK = 1 << 20
_FRAGMENT = 128 << 10


def element(tag: int, value: bytes) -> bytes:
    """An element in Implicit VR Little Endian; the value is padded with a NUL."""
    value += b"\0" * (len(value) & 1)
    return pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value


def explicit(tag: int, vr: bytes, value: bytes, length: int | None = None) -> bytes:
    """An element in Explicit VR Little Endian; `length` of undefined ones is FFFFFFFFH."""
    value += b"\0" * (len(value) & 1) if length is None else b""
    size = len(value) if length is None else length
    head = pack("<HH2s", tag >> 16, tag & 0xFFFF, vr)
    long = vr in (b"SQ", b"OB", b"OW", b"UN", b"UT", b"UC", b"UR")
    return head + (pack("<xxI", size) if long else pack("<H", size)) + value


def deflate(data: bytes | Iterator[bytes], level: int = 9) -> bytes:
    """The bytes, deflated as PS3.5 A.5 requires."""
    packer = zlib.compressobj(level, wbits=-zlib.MAX_WBITS)
    parts = [packer.compress(part) for part in ([data] if isinstance(data, bytes) else data)]
    packed = b"".join([*parts, packer.flush()])
    return packed + b"\0" * (len(packed) & 1)


def zeros(size: int) -> Iterator[bytes]:
    """This many zero bytes, in blocks."""
    for start in range(0, size, _BLOCK):
        yield bytes(min(_BLOCK, size - start))


def _item(kind: int, value: bytes) -> bytes:
    return pack(">BxH", kind, len(value)) + value


def associate_rq(contexts: Sequence[tuple[str, str]], user_items: bytes = b"") -> bytes:
    """An A-ASSOCIATE-RQ with a context for each abstract and transfer syntax, IDs 1, 3, 5 ..."""
    items = _item(0x10, b"1.2.840.10008.3.1.1.1")
    for number, (abstract, transfer) in enumerate(contexts):
        syntaxes = _item(0x30, abstract.encode()) + _item(0x40, transfer.encode())
        items += _item(0x20, pack(">Bxxx", 2 * number + 1) + syntaxes)
    items += _item(0x50, _item(0x51, pack(">I", 1 << 18)) + _item(0x52, b"1.2.3") + user_items)
    body = pack(">Hxx16s16s32x", 1, b"DULCIMER".ljust(16), b"ATTACK".ljust(16)) + items
    return pack(">BxI", 1, len(body)) + body


def p_data(context_id: int, header: int, fragment: bytes) -> bytes:
    """A P-DATA-TF of one presentation data value."""
    return pack(">BxIIBB", 4, len(fragment) + 6, len(fragment) + 2, context_id, header) + fragment


def command(
    field: int, sop_class: str, *, data: bool, message_id: int = 1, more: dict[int, bytes] | None = None
) -> bytes:
    """A command set: Affected (DIMSE-N: Requested) SOP Class, field, message ID, priority, and `more` by tag."""
    values = {
        0x00000003 if 0x0110 <= field <= 0x0130 or field == 0x0150 else 0x00000002: sop_class.encode(),
        0x00000100: pack("<H", field),
        0x00000110: pack("<H", message_id),
        0x00000800: pack("<H", 1 if data else 0x0101),
        **(more or {}),
    }
    if field in (0x0001, 0x0010, 0x0020, 0x0021):
        values[0x00000700] = pack("<H", 0)
    body = b"".join(element(tag, values[tag]) for tag in sorted(values))
    return element(0, pack("<I", len(body))) + body


class Requestor:
    """An association requested by this end; OSError if it fails, EOFError if the peer ended it."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._message_id = 0

    @classmethod
    @contextmanager
    def open(
        cls,
        port: int,
        *abstract: str,
        transfer: str = IMPLICIT,
        timeout: float = 60.0,
        tls: bool = False,
        stores: bool = False,
    ) -> Iterator[Requestor]:
        """Associate, one context for each abstract syntax; the connection is closed at the end of the block.

        With `stores` this end is SCP of the last one (PS3.7 D.3.3.4).
        """
        uid = abstract[-1].encode()
        role = _item(0x54, pack(">H", len(uid)) + uid + b"\0\1") if stores else b""
        with socket.create_connection((HOST, port), timeout) as plain, _secured(plain, tls) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(associate_rq([(one, transfer) for one in abstract], role))
            requestor = cls(connection)
            kind, _ = requestor.receive()
            if kind != 2:
                raise ConnectionRefusedError(f"the association was answered with PDU {kind}")
            yield requestor

    def receive(self) -> tuple[int, bytes]:
        """The next PDU: its type and what follows its header."""
        head = self._exactly(6)
        return head[0], self._exactly(int.from_bytes(head[2:], "big"))

    def _exactly(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            more = self.connection.recv(count - len(data))
            if not more:
                raise EOFError("the peer closed the connection")
            data += more
        return bytes(data)

    def send(
        self, field: int, sop_class: str, data: bytes | None, context_id: int = 1, more: dict[int, bytes] | None = None
    ) -> None:
        """Send a complete request."""
        self._message_id += 1
        head = command(field, sop_class, data=data is not None, message_id=self._message_id, more=more)
        self.connection.sendall(p_data(context_id, 3, head))
        if data is not None:
            self.send_data(data, context_id, last=True)

    def send_data(self, data: bytes, context_id: int = 1, *, last: bool) -> None:
        """Send a part of a data set."""
        starts = range(0, max(len(data), 1), _FRAGMENT)
        for start in starts:
            header = 2 if last and start == starts[-1] else 0
            self.connection.sendall(p_data(context_id, header, data[start : start + _FRAGMENT]))

    def final(self) -> int:
        """The status of the final response; instances that arrive are accepted. EOFError after an A-ABORT."""
        stored: bytes | None = None
        while True:
            kind, body = self.receive()
            if kind == 7:
                raise EOFError(f"A-ABORT, source {body[2]}, reason {body[3]}")
            at = 0
            while kind == 4 and at + 6 <= len(body):
                length, _, header = unpack(">IBB", body[at : at + 6])
                fragment = body[at + 6 : at + 4 + length]
                at += 4 + length
                status = _status(fragment) if header & 1 else None
                if header == 3 and status is None:
                    stored = _value(fragment, 0x0110)
                elif header == 2 and stored is not None:
                    more = {0x00000120: stored, 0x00000900: bytes(2)}
                    self.connection.sendall(p_data(3, 3, command(0x8001, CT, data=False, more=more)))
                if status is not None and status & 0xFFFE != 0xFF00:
                    return status

    def ask(
        self, field: int, sop_class: str, data: bytes | None, context_id: int = 1, more: dict[int, bytes] | None = None
    ) -> int:
        """Send a request and wait for its final status."""
        self.send(field, sop_class, data, context_id, more)
        return self.final()

    def told(self, field: int, sop_class: str, data: bytes | None, **more: Any) -> str:
        """The same in words, also if it fails."""
        try:
            return f"{self.ask(field, sop_class, data, **more):04X}H"
        except EOFError as error:
            return str(error)
        except OSError as error:
            return type(error).__name__


def _secured(connection: socket.socket, tls: bool) -> socket.socket:
    """The connection, with TLS if requested; any certificate is accepted."""
    if not tls:
        return connection
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(connection)


def _status(fragment: bytes) -> int | None:
    found = _value(fragment, 0x0900)
    return None if found is None else int(unpack("<H", found)[0])


def _value(fragment: bytes, wanted: int) -> bytes | None:
    """The value of an element of a command set, by its number in group 0000H."""
    at = 0
    while at + 8 <= len(fragment):
        group, number, length = unpack("<HHI", fragment[at : at + 8])
        if (group, number) == (0, wanted):
            return fragment[at + 8 : at + 8 + length]
        at += 8 + length
    return None
