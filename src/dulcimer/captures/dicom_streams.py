"""Which connections of a capture speak DICOM, on any port, and where their PDUs begin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dulcimer._generated.codes import PduType
from dulcimer._generated.headers import PDU_HEADER, PDV_HEADER
from dulcimer.captures.reassembly import CapturedConnection, Direction

_LEAST_REQUEST = 68
_LENGTHS = {PduType.A_ASSOCIATE_RJ: 4, PduType.A_RELEASE_RQ: 4, PduType.A_RELEASE_RP: 4, PduType.A_ABORT: 4}
_LONGEST_ASSOCIATE = 1 << 20


@dataclass(frozen=True, slots=True)
class CapturedAssociation:
    """A connection that speaks DICOM; `number` counts those of the capture from 1."""

    number: int
    connection: CapturedConnection

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing: the capture has its beginning, and no gaps."""
        ends = (self.connection.client, self.connection.server)
        return all(end.opened or not end.data for end in ends) and not any(end.gaps for end in ends)


def associations(connections: Iterable[CapturedConnection]) -> Iterator[CapturedAssociation]:
    """The connections in which the first bytes of one end look like DICOM."""
    number = 0
    for connection in connections:
        if any(_begins_as_dicom(end) for end in (connection.client, connection.server)):
            number += 1
            yield CapturedAssociation(number, connection)


def _begins_as_dicom(end: Direction) -> bool:
    """Whether the bytes before the first gap are PDUs of known types with allowed lengths, as far as they go."""
    data, at, seen = end.data, 0, 0
    limit = end.gaps[0][0] if end.gaps else len(data)
    while at + PDU_HEADER.size <= limit and seen < 3:
        kind, length = PDU_HEADER.unpack_from(data, at)
        if kind not in tuple(PduType) or length != _LENGTHS.get(PduType(kind), length):
            return False
        if kind in (PduType.A_ASSOCIATE_RQ, PduType.A_ASSOCIATE_AC) and not (
            _LEAST_REQUEST <= length <= _LONGEST_ASSOCIATE
        ):
            return False
        if kind == PduType.P_DATA_TF:
            if at + PDU_HEADER.size + PDV_HEADER.size > limit:
                return seen > 0
            if not _has_a_value(data, at + PDU_HEADER.size, length):
                return False
        at, seen = at + PDU_HEADER.size + length, seen + 1
    return seen > 0


def _has_a_value(data: bytearray, at: int, length: int) -> bool:
    """Whether a P-DATA-TF begins with a presentation data value."""
    if length < PDV_HEADER.size:
        return False
    size, context, header = PDV_HEADER.unpack_from(data, at)
    return bool(2 <= size <= length - 4 and context % 2 == 1 and header < 4)
