"""Which connections of a capture speak DICOM, on whatever port, and where in them the PDUs begin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dulcimer._generated.codes import PduType
from dulcimer.captures.reassembly import Connection, Direction

_HEADER = 6
_LEAST_REQUEST = 68
_LENGTHS = {PduType.A_ASSOCIATE_RJ: 4, PduType.A_RELEASE_RQ: 4, PduType.A_RELEASE_RP: 4, PduType.A_ABORT: 4}
_LONGEST_ASSOCIATE = 1 << 20


@dataclass(frozen=True, slots=True)
class Association:
    """A connection that speaks DICOM; `number` counts those of the capture from 1."""

    number: int
    connection: Connection

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing: its beginning is there, and the capture has no gaps in it."""
        ends = (self.connection.client, self.connection.server)
        return all(end.opened or not end.data for end in ends) and not any(end.gaps for end in ends)


def associations(connections: Iterable[Connection]) -> Iterator[Association]:
    """Those of the connections in which an end begins as DICOM does."""
    number = 0
    for connection in connections:
        if any(_begins_as_dicom(end) for end in (connection.client, connection.server)):
            number += 1
            yield Association(number, connection)


def _begins_as_dicom(end: Direction) -> bool:
    """PDUs of known types one after the other, with lengths that they may have, as far as the bytes go."""
    data, at, seen = end.data, 0, 0
    while at + _HEADER <= len(data) and seen < 3:
        kind, length = data[at], int.from_bytes(data[at + 2 : at + _HEADER], "big")
        if kind not in tuple(PduType) or length != _LENGTHS.get(PduType(kind), length):
            return False
        if kind in (PduType.A_ASSOCIATE_RQ, PduType.A_ASSOCIATE_AC) and not (
            _LEAST_REQUEST <= length <= _LONGEST_ASSOCIATE
        ):
            return False
        if kind == PduType.P_DATA_TF and not _has_a_value(data, at + _HEADER, length):
            return False
        at, seen = at + _HEADER + length, seen + 1
    return seen > 0


def _has_a_value(data: bytearray, at: int, length: int) -> bool:
    """Whether a P-DATA-TF begins with a presentation data value, as far as it is there."""
    if length < _HEADER or at + _HEADER > len(data):
        return False
    size, context, header = int.from_bytes(data[at : at + 4], "big"), data[at + 4], data[at + 5]
    return 2 <= size <= length - 4 and context % 2 == 1 and header < 4
