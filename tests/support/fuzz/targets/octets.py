"""The bytes of PDUs and command sets (PS3.8 9.3, PS3.7 6.3), read and written by hand."""

from __future__ import annotations

from struct import pack, unpack_from

RQ, AC, RJ, DATA, RELEASE_RQ, RELEASE_RP, ABORT = range(1, 8)
APPLICATION_CONTEXT = b"1.2.840.10008.3.1.1.1"
VERIFICATION = b"1.2.840.10008.1.1"
STUDY_ROOT_FIND = b"1.2.840.10008.5.1.4.1.2.2.1"
FIND_CLASSES = (STUDY_ROOT_FIND, b"1.2.840.10008.5.1.4.1.2.1.1", b"1.2.840.10008.5.1.4.31")
STORAGE_ROOT = b"1.2.840.10008.5.1.4.1.1."
SECONDARY_CAPTURE = STORAGE_ROOT + b"7"
IMPLICIT, EXPLICIT = b"1.2.840.10008.1.2", b"1.2.840.10008.1.2.1"
MAXIMUM_LENGTH = 16384
"""The greatest length of a P-DATA-TF that is announced, in bytes."""
NO_DATA_SET = 0x0101


class InvalidPdu(Exception):
    """Evt19: the argument is the reason for the A-ABORT of the provider."""


class UserAbort(Exception):
    """The user cannot go on with this message: Evt15."""


def pdu(kind: int, body: bytes) -> bytes:
    return pack(">BxI", kind, len(body)) + body


def abort(source: int, reason: int) -> bytes:
    return pdu(ABORT, bytes((0, 0, source, reason)))


def reject(result: int, source: int, reason: int) -> bytes:
    return pdu(RJ, bytes((0, result, source, reason)))


def item(kind: int, body: bytes) -> bytes:
    return pack(">BxH", kind, len(body)) + body


def items(data: bytes, at: int = 0) -> list[tuple[int, bytes]]:
    """The items from an offset to the end: type and body."""
    found = []
    while at < len(data):
        if len(data) - at < 4:
            raise InvalidPdu(6)
        kind, length = unpack_from(">BxH", data, at)
        at += 4
        if at + length > len(data):
            raise InvalidPdu(6)
        found.append((kind, data[at : at + length]))
        at += length
    return found


class Associate:
    """An A-ASSOCIATE-RQ or -AC."""

    def __init__(self, body: bytes) -> None:
        if len(body) < 68:
            raise InvalidPdu(6)
        self.version = int.from_bytes(body[:2], "big")
        self.called, self.calling = body[4:20], body[20:36]
        self.echoed = body[4:68]
        self.application: list[bytes] = []
        self.contexts: list[tuple[int, int, list[tuple[int, bytes]]]] = []
        """Identifier, result, sub-items."""
        self.user: list[tuple[int, bytes]] = []
        self.user_items = 0
        for kind, value in items(body, 68):
            if kind == 0x10:
                self.application.append(value)
            elif kind in (0x20, 0x21):
                if len(value) < 4:
                    raise InvalidPdu(6)
                self.contexts.append((value[0], value[2], items(value, 4)))
            elif kind == 0x50:
                self.user_items += 1
                self.user += items(value)

    def user_item(self, kind: int) -> bytes | None:
        return next((value for number, value in self.user if number == kind), None)

    @property
    def maximum_length(self) -> int:
        """What the peer receives, in bytes; 0 is unlimited."""
        return int.from_bytes(self.user_item(0x51) or b"", "big")


Value = tuple[int, int, bytes]
"""A presentation data value: context, message control header, fragment."""


def values(body: bytes) -> list[Value]:
    """The values of a P-DATA-TF, at least one."""
    found, at = [], 0
    while at < len(body):
        if len(body) - at < 4:
            raise InvalidPdu(6)
        (length,) = unpack_from(">I", body, at)
        at += 4
        if length < 2 or at + length > len(body):
            raise InvalidPdu(6)
        found.append((body[at], body[at + 1], body[at + 2 : at + length]))
        at += length
    if not found:
        raise InvalidPdu(6)
    return found


def p_data(context: int, header: int, fragment: bytes) -> bytes:
    return pdu(DATA, pack(">IBB", len(fragment) + 2, context, header) + fragment)


Command = dict[int, bytes]
"""The elements of a command set by the number of the element."""


def command_of(data: bytes) -> Command:
    """A command set, Implicit VR Little Endian."""
    found: Command = {}
    at, last = 0, -1
    while at < len(data):
        if len(data) - at < 8:
            raise UserAbort
        group, number, length = unpack_from("<HHI", data, at)
        at += 8
        if group or number <= last or length % 2 or at + length > len(data):
            raise UserAbort
        found[number] = data[at : at + length]
        at, last = at + length, number
    if int.from_bytes(found.get(0, b""), "little") != len(data) - 12 or not {0x0100, 0x0800} <= set(found):
        raise UserAbort
    return found


def number_of(command: Command, element: int) -> int | None:
    value = command.get(element)
    return None if value is None or len(value) != 2 else int.from_bytes(value, "little")


def uid_of(command: Command, element: int) -> bytes:
    return command.get(element, b"").rstrip(b"\0 ")


def command_bytes(elements: dict[int, int | bytes]) -> bytes:
    """A command set with its group length; UIDs are bytes, everything else has two bytes."""
    body = b""
    for number, value in sorted(elements.items()):
        raw = value + b"\0" * (len(value) % 2) if isinstance(value, bytes) else pack("<H", value)
        body += pack("<HHI", 0, number, len(raw)) + raw
    return pack("<HHII", 0, 0, 4, len(body)) + body


def element(group: int, number: int, vr: bytes, text: bytes, explicit: bool) -> bytes:
    """A short element of a data set."""
    text += (b"\0" if vr == b"UI" else b" ") * (len(text) % 2)
    if explicit:
        return pack("<HH2sH", group, number, vr, len(text)) + text
    return pack("<HHI", group, number, len(text)) + text
