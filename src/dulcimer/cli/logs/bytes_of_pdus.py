"""The bytes of PDUs for the log of `-d`: complete, as input for `dulcimer decode`, but without secrets."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer._generated.codes import PduType
from dulcimer.counting import counted
from dulcimer.wire.buffer import Frame, ReceiveBuffer
from dulcimer.wire.fieldmap import field_map
from dulcimer.wire.model import Buffer

MOST_SHOWN = 16_384
"""Bytes of one PDU that are shown; 128 presentation contexts fit."""
_DATA_SHOWN = 16
"""Bytes that are shown of a fragment of a data set: the patient's name comes later."""
_BEGINNING = 64
_SECRETS = frozenset(("primary_field", "secondary_field", "server_response"))
_LARGEST = 1 << 20


def sent(data: bytes) -> str:
    """One PDU that is sent, in words and hexadecimal digits."""
    return _pdu(data)


class ReceivedBytes:
    """The PDUs in received bytes, cut anywhere. Of bytes that are not a PDU the beginning is shown."""

    def __init__(self) -> None:
        self._buffer = ReceiveBuffer(dict.fromkeys(PduType, _LARGEST))

    def lines(self, data: Buffer) -> Iterator[str]:
        """A line for each PDU that is complete with `data`, and one for the rest."""
        for found in self._buffer.pdus(data):
            if isinstance(found, Frame):
                yield _pdu(bytes(found.data))
            else:
                beginning = found.beginning or bytes(data[:_BEGINNING])
                yield f"{counted(len(data), 'byte')}, not a PDU: {_digits(beginning, len(data))}"
        if self._buffer.pending:
            yield f"{counted(len(data), 'byte')}, of which {self._buffer.pending} or more begin an incomplete PDU"


def _pdu(data: bytes) -> str:
    text = f"{counted(len(data), 'byte')}: "
    if data[:1] == bytes((PduType.P_DATA_TF,)):
        return text + _data(data)
    masked = bytearray(data)
    if len(data) <= MOST_SHOWN and data[:1] in (bytes((PduType.A_ASSOCIATE_RQ,)), bytes((PduType.A_ASSOCIATE_AC,))):
        for field in field_map(data):
            if field.name in _SECRETS and field.size:
                masked[field.offset : field.offset + field.size] = b"*" * field.size
                text = f"{counted(len(data), 'byte')}, with the user identity shown as 2AH: "
    return text + _digits(bytes(masked[:MOST_SHOWN]), len(data))


def _data(data: bytes) -> str:
    """A P-DATA-TF: command sets whole, and of each fragment of a data set the first bytes."""
    parts: list[str] = []
    shown, header = 0, 0
    for field in field_map(data[:MOST_SHOWN]):
        if field.name == "message_control_header" and isinstance(field.value, int):
            header = field.value
        raw, more = field.raw, 0
        if field.name == "fragment" and not header & 1:
            more = len(data) - shown - _DATA_SHOWN if len(data) > MOST_SHOWN else field.size - _DATA_SHOWN
            raw = raw[:_DATA_SHOWN]
        parts.append(raw.hex(" ") + (f" ... {more} more of a data set ..." if more > 0 else ""))
        shown += field.size
    return " ".join(filter(None, parts))


def _digits(shown: bytes, size: int) -> str:
    return shown.hex(" ") + (f" ... {size - len(shown)} more" if size > len(shown) else "")
