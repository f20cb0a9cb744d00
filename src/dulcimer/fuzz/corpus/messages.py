"""DIMSE messages of the seeds as P-DATA-TF PDUs."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer._generated.commands import MessageBase
from dulcimer.dimse import command_set
from dulcimer.wire.codec import encode
from dulcimer.wire.model import PDataTf, PresentationDataValue

_COMMAND, _DATA_SET, _LAST = 1, 0, 2


def message_pdus(
    context_id: int, message: MessageBase | bytes, data: bytes = b"", fragment: int = 16000
) -> list[bytes]:
    """A message, or its command set, with a fragment in each P-DATA-TF; `fragment`: its most bytes, an even number."""
    return [encode(PDataTf((value,))) for value in _values(context_id, message, data, fragment)]


def message_pdu(context_id: int, message: MessageBase | bytes, data: bytes = b"", fragment: int = 16000) -> bytes:
    """A message, or its command set, with all its fragments in one P-DATA-TF."""
    return encode(PDataTf(tuple(_values(context_id, message, data, fragment))))


def _values(
    context_id: int, message: MessageBase | bytes, data: bytes, fragment: int
) -> Iterator[PresentationDataValue]:
    command = message if isinstance(message, bytes) else command_set.encode(message, has_data_set=bool(data))
    parts = [(_COMMAND, command)]
    if data:
        parts.append((_DATA_SET, data + bytes(len(data) % 2)))
    for kind, whole in parts:
        for start in range(0, len(whole), fragment):
            last = _LAST if start + fragment >= len(whole) else 0
            yield PresentationDataValue(context_id, kind | last, whole[start : start + fragment])
