"""What stands in an exported capture for data sets that are left out, so that Wireshark can go through it.

With zeros it takes the end of a data set for the beginning of an element, and finds fault with the command set that
comes next. So each fragment is one private element, (0009,1001), with zeros as its value.
"""

from __future__ import annotations

from typing import Final, Literal

from dulcimer._generated.codes import PduType
from dulcimer.trace.masking import DATA_SET
from dulcimer.trace.records import MOST_FILLED, RawBytes
from dulcimer.wire.codec import decode_lenient
from dulcimer.wire.model import AssociateAc

_IMPLICIT: Final = "1.2.840.10008.1.2"
_BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"
_TAG: Final = ((0x0009, 2), (0x1001, 2))
_CONTEXT_BEFORE_FRAGMENT = 2


class DataSetFiller:
    """Follows one association: the encoding of a data set is that of its presentation context."""

    def __init__(self) -> None:
        self._syntaxes: dict[int, str] = {}

    def bytes_of(self, raw: RawBytes) -> bytes:
        """The bytes of a PDU, as many as there were; they end before a range of more than `MOST_FILLED` bytes."""
        found = bytearray()
        for piece in raw.pieces():
            if isinstance(piece, bytes):
                found += piece
            elif piece.size > MOST_FILLED:
                break
            elif piece.what == DATA_SET and len(found) >= _CONTEXT_BEFORE_FRAGMENT:
                found += self._element(found[-_CONTEXT_BEFORE_FRAGMENT], piece.size)
            else:
                found += bytes(piece.size)
        if raw.data[:1] == bytes((PduType.A_ASSOCIATE_AC,)):
            answer = decode_lenient(found, most_deviations=1, most_items=20_000).pdu
            if isinstance(answer, AssociateAc):
                self._syntaxes = {
                    one.presentation_context_id: one.transfer_syntax or "" for one in answer.presentation_contexts
                }
        return bytes(found)

    def _element(self, context: int, size: int) -> bytes:
        syntax = self._syntaxes.get(context, _IMPLICIT)
        order: Literal["big", "little"] = "big" if syntax == _BIG_ENDIAN else "little"
        head = b"".join(number.to_bytes(width, order) for number, width in _TAG)
        head += b"" if syntax == _IMPLICIT else b"UN\0\0"
        length = size - len(head) - 4
        return head + length.to_bytes(4, order) + bytes(length) if length >= 0 else bytes(size)
