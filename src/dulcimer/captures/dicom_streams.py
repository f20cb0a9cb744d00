"""Which connections of a capture speak DICOM, on any port, where their PDUs begin, and what the others seem to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from dulcimer._generated.codes import PduType
from dulcimer._generated.headers import PDU_HEADER, PDV_HEADER
from dulcimer.captures.collected import RECOGNISED_LATER, CapturedConnection, Direction, connections
from dulcimer.captures.following import CaptureReader
from dulcimer.wire.other_protocols import recognise

DICOM: Final = "DICOM"
_TYPES: Final = frozenset(PduType)
_ASSOCIATE: Final = (PduType.A_ASSOCIATE_RQ, PduType.A_ASSOCIATE_AC)
FIXED_LENGTHS: Final = {PduType.A_ASSOCIATE_RJ: 4, PduType.A_RELEASE_RQ: 4, PduType.A_RELEASE_RP: 4, PduType.A_ABORT: 4}
LEAST_REQUEST = 68
LONGEST_ASSOCIATE = 1 << 20
_VERSION = b"\0\1"
IN_A_ROW = 3
"""PDUs that are looked at where the beginning is known."""
_SEARCHED = RECOGNISED_LATER
"""Bytes that are searched for a beginning of a PDU."""


@dataclass(frozen=True, slots=True)
class CapturedAssociation:
    """A connection that speaks DICOM; `number` counts those of the capture from 1.

    `begins`: where the first PDU begins in the bytes of the client and of the server. It is not 0 where the capture
    begins in the middle of a PDU: then it is a guess, from headers in a row that could be those of PDUs.
    """

    number: int
    connection: CapturedConnection
    begins: tuple[int, int] = (0, 0)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing: the capture has its beginning, and no gaps."""
        ends = self.connection.both
        return all((end.opened or not end.data) and not end.not_kept and not end.gaps for end in ends)

    @property
    def ends(self) -> Iterator[tuple[Direction, int, bool]]:
        """Both ends with the place where their first PDU begins, and whether it is the client."""
        yield self.connection.client, self.begins[0], True
        yield self.connection.server, self.begins[1], False


def associations(captured: Iterable[CapturedConnection]) -> tuple[CapturedAssociation, ...]:
    """The connections that speak DICOM, in the order of their first frames."""
    found = []
    for connection in captured:
        client, server = map(beginning_of_pdus, connection.both)
        if client is not None or server is not None:
            found.append((connection.number, connection, (client or 0, server or 0)))
    ordered = sorted(found, key=lambda one: one[0])
    return tuple(CapturedAssociation(number, *one[1:]) for number, one in enumerate(ordered, start=1))


@dataclass(frozen=True, slots=True)
class SortedConnections:
    """The associations of a capture, and how many other connections there are, by what they seem to speak."""

    associations: tuple[CapturedAssociation, ...]
    others: Mapping[str, int]


def sorted_connections(reader: CaptureReader) -> SortedConnections:
    """Those of a capture that is read now; the bytes of connections without DICOM are not kept. Raises OSError."""
    others = Counter[str]()

    def counted() -> Iterator[CapturedConnection]:
        for connection in connections(reader, lambda end: beginning_of_pdus(end) is not None):
            if (name := seems_to_be(connection)) == DICOM:
                yield connection
            else:
                others[name] += 1

    return SortedConnections(associations(counted()), others)


def seems_to_be(connection: CapturedConnection) -> str:
    """What a connection seems to speak, by the first bytes of each end: a name, `DICOM`, "unknown" or "no bytes"."""
    if any(beginning_of_pdus(end) is not None for end in connection.both):
        return DICOM
    beginnings = [bytes(end.data) or end.head for end in connection.both]
    if not any(beginnings):
        return "no bytes"
    found = map(recognise, beginnings)
    return next((one.name for one in found if one is not None), "unknown")


def beginning_of_pdus(end: Direction) -> int | None:
    """Where the first PDU begins in the bytes of an end: 0 if it begins with one; None if this is not DICOM.

    Where the capture has not the beginning of the connection, PDUs in a row are looked for.
    """
    limit = end.gaps[0][0] if end.gaps else len(end.data)
    if not end.opened and (place := pdus_after(end.data, 0, limit)) is not None:
        return place
    return 0 if _pdus_at(end.data, 0, limit, IN_A_ROW) else None


def pdus_after(data: bytes | bytearray, start: int, limit: int) -> int | None:
    """The first place from `start` on where PDUs in a row could begin; a guess. None if there is none.

    It takes two whole ones, or one that ends where the bytes before `limit` end.
    """
    stop = min(limit, start + _SEARCHED)
    places = dict.fromkeys(_TYPES, start - 1)
    # Each type is looked for by itself: most bytes of an image are none of them, and `find` is fast.
    while places:
        for kind, place in tuple(places.items()):
            if place < start:
                found = data.find(bytes((kind, 0)), start, stop)
                if found < 0:
                    del places[kind]
                else:
                    places[kind] = found
        if not places:
            return None
        place = min(places.values())
        if _is_convincing(data, place, limit):
            return place
        start = place + 1
    return None


def _is_convincing(data: bytes | bytearray, at: int, limit: int) -> bool:
    seen = 0
    while at + PDU_HEADER.size <= limit:
        size = _size_of_pdu(data, at, limit)
        if size <= 0 or (data[at] in _ASSOCIATE and data[at + 6 : at + 8] != _VERSION):
            return False
        at, seen = at + size, seen + 1
        if at == limit or (seen == 2 and at < limit):
            return True
    return False


def _pdus_at(data: bytes | bytearray, at: int, limit: int, most: int) -> bool:
    """Whether the bytes before `limit` are PDUs of known types with allowed lengths, as far as they go."""
    seen = 0
    while at + PDU_HEADER.size <= limit and seen < most:
        size = _size_of_pdu(data, at, limit)
        if size == 0:
            return False
        if size < 0:
            return seen > 0
        at, seen = at + size, seen + 1
    return seen > 0


def _size_of_pdu(data: bytes | bytearray, at: int, limit: int) -> int:
    """Bytes of the PDU whose header this could be; 0 if it is none, -1 if too few bytes are there to tell."""
    kind, length = PDU_HEADER.unpack_from(data, at)
    if kind not in _TYPES or length != FIXED_LENGTHS.get(kind, length):
        return 0
    if kind in _ASSOCIATE and not LEAST_REQUEST <= length <= LONGEST_ASSOCIATE:
        return 0
    if kind == PduType.P_DATA_TF:
        if at + PDU_HEADER.size + PDV_HEADER.size > limit:
            return -1
        if not _has_a_value(data, at + PDU_HEADER.size, length):
            return 0
    return int(PDU_HEADER.size + length)


def _has_a_value(data: bytes | bytearray, at: int, length: int) -> bool:
    """Whether a P-DATA-TF begins with a presentation data value."""
    if length < PDV_HEADER.size:
        return False
    size, context, header = PDV_HEADER.unpack_from(data, at)
    return bool(2 <= size <= length - 4 and context % 2 == 1 and header < 4)
