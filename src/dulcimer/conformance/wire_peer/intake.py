"""How much the tester reads: a peer that does not stop sending must neither stop the check nor fill its memory."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

from dulcimer._generated.codes import ItemType, PduType
from dulcimer._generated.headers import ITEM_HEADER, PDU_HEADER
from dulcimer.counting import counted

_PDV_LENGTH = Struct(">I")
_ITEMS_AT = 74
"""Where the items of an A-ASSOCIATE-RQ and -AC begin."""
_WITH_SUB_ITEMS = {
    ItemType.PRESENTATION_CONTEXT_RQ: 4,
    ItemType.PRESENTATION_CONTEXT_AC: 4,
    ItemType.USER_INFORMATION: 0,
}
"""Items that contain others, and the number of bytes before these."""
_MOST_ITEMS = 8192
"""A valid A-ASSOCIATE-RQ has 128 contexts at most, each with some dozens of transfer syntaxes."""
_MOST_VALUES = 4096
"""PDVs in one P-DATA-TF; with more it is not decoded."""
LONGEST_PDU = 16 << 20
"""Bytes; the rest of a PDU that claims to be longer is not waited for."""
LONGEST_COMMAND = 64 << 10
"""Bytes; every command set of PS3.7 is far shorter."""


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """Limits of one connection: P-DATA-TF PDUs, other PDUs, bytes; and seconds in which a peer that has sent `many`
    PDUs has to stop.
    """

    data_pdus: int
    others: int = 500
    octets: int = 16 << 20
    seconds: float = 60.0
    many: int = 100


OF_ACCEPTOR = IntakeLimits(data_pdus=5_000)
"""An acceptor sends only answers, and few of them."""
OF_REQUESTOR = IntakeLimits(data_pdus=20_000, octets=256 << 20)
"""A requestor may store large instances."""


class Intake:
    """What has come on one connection so far.

    `excess`: what was too much, in words; "" if nothing was. `of_data`: it was data on an association, which might have
    ended later.
    """

    def __init__(self, limits: IntakeLimits) -> None:
        self._limits = limits
        self._data_pdus = self._others = self._octets = 0
        self._first: float | None = None
        self.excess = ""
        self.of_data = False

    def note(self, data: bytes, now: float) -> None:
        """A PDU has come, `now` seconds after the connection was opened."""
        self._first = now if self._first is None else self._first
        is_data = data[0] == PduType.P_DATA_TF
        self._data_pdus += is_data
        self._others += not is_data
        self._octets += len(data)
        pdus, seconds, limits = self._data_pdus + self._others, now - self._first, self._limits
        over = self._octets > limits.octets or (seconds > limits.seconds and pdus > limits.many)
        if self._others > limits.others or self._data_pdus > limits.data_pdus or over:
            self.of_data = is_data and self._others <= limits.others
            self.excess = (
                f"{counted(pdus, 'PDU')}, {counted(self._octets, 'byte')} in {seconds:.1f} s, and still sending"
            )


def is_within_reason(data: bytes) -> bool:
    """Whether a PDU has so few items, or PDVs, that decoding it takes little time."""
    if data[0] == PduType.P_DATA_TF:
        return _values(data) <= _MOST_VALUES
    if data[0] in (PduType.A_ASSOCIATE_RQ, PduType.A_ASSOCIATE_AC):
        return _items(data, _ITEMS_AT, len(data), _MOST_ITEMS) <= _MOST_ITEMS
    return len(data) <= LONGEST_COMMAND


def _values(data: bytes) -> int:
    found, offset = 0, PDU_HEADER.size
    while offset + _PDV_LENGTH.size <= len(data) and found <= _MOST_VALUES:
        offset += _PDV_LENGTH.size + _PDV_LENGTH.unpack_from(data, offset)[0]
        found += 1
    return found


def _items(data: bytes, offset: int, end: int, most: int) -> int:
    """How many items there are, with those inside them; a number over `most` if there are more."""
    found = 0
    # Items may be nested as deep as a peer likes.
    ranges = [(offset, end)]
    while ranges and found <= most:
        offset, end = ranges.pop()
        while offset + ITEM_HEADER.size <= end and found <= most:
            kind, length = ITEM_HEADER.unpack_from(data, offset)
            offset += ITEM_HEADER.size
            found += 1
            inner = _WITH_SUB_ITEMS.get(kind)
            if inner is not None:
                ranges.append((offset + inner, min(offset + length, end)))
            offset += length
    return found
