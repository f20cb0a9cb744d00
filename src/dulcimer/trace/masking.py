"""What a trace leaves out: data sets, and what proves an identity. Lengths and places of all bytes stay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dulcimer._generated.codes import ItemType, PduType
from dulcimer.trace.fragments import COMMAND, LAST, fragments
from dulcimer.trace.pseudonyms import Pseudonyms
from dulcimer.trace.records import MaskedRange, RawBytes
from dulcimer.wire.fieldmap import field_map
from dulcimer.wire.model import Buffer

DATA_SET, SECRET, NOT_RECORDED = "data set", "secret", "not recorded"
_ASSOCIATE: Final = (PduType.A_ASSOCIATE_RQ, PduType.A_ASSOCIATE_AC)
_TYPES: Final = frozenset(PduType)
_SECRETS: Final = ("primary_field", "secondary_field", "server_response")
_IDENTITIES: Final = (ItemType.USER_IDENTITY, ItemType.USER_IDENTITY_RESPONSE)
_GROUP_0000 = b"\0\0"
_MOST_ITEMS = 20_000
_FIRST_ITEM = 74
"""Place of the first item in an A-ASSOCIATE-RQ or -AC (PS3.8 9.3.2)."""
_SIGN = 8
"""Bytes that show which protocol is spoken instead of DICOM."""


@dataclass(frozen=True, slots=True)
class Masks:
    """What is left out; with `pseudonyms`, AE titles are replaced by others of the same length."""

    data_sets: bool = True
    secrets: bool = True
    pseudonyms: Pseudonyms | None = None


class PduMasker:
    """Masks the PDUs of one direction, in their order: which fragments are those of a command set depends on it."""

    def __init__(self, masks: Masks) -> None:
        self._masks = masks
        self.is_in_command = False
        """Whether the next fragment with the mark of a command set is one, whatever it begins with."""

    def masked(self, pdu: Buffer, length: int | None = None) -> RawBytes:
        """A PDU, or the beginning of one; `length`: how long all of it is, if only its beginning is given."""
        data = bytes(pdu)
        masks = self._masks
        ranges: list[MaskedRange] = []
        kind = data[0] if data else 0
        if kind in _ASSOCIATE:
            if masks.secrets:
                ranges = list(_secrets_of(data))
            if masks.pseudonyms is not None:
                data = masks.pseudonyms.in_associate(data)
        elif kind == PduType.P_DATA_TF:
            ranges = list(self._data_sets_of(data))
            if masks.pseudonyms is not None:
                data = masks.pseudonyms.in_p_data(data)
        elif kind not in _TYPES and masks.secrets and len(data) > _SIGN:
            # Another protocol: its first bytes say which one, the others may be anything.
            ranges = [MaskedRange(_SIGN, len(data) - _SIGN, NOT_RECORDED)]
        return without(data, ranges, length)

    def note(self, header: int, first: bytes) -> bool:
        """Whether a fragment with this message control header and these first two bytes is one of a command set.

        What has the mark of one, but does not begin as one, is not believed: it could be a data set.
        """
        if not header & COMMAND:
            self.is_in_command = False
            return False
        is_command = self.is_in_command or first == _GROUP_0000
        self.is_in_command = is_command and not header & LAST
        return is_command

    def _data_sets_of(self, data: bytes) -> Iterator[MaskedRange]:
        for start, stop, header in fragments(data):
            if header is None:
                # The lengths do not add up, so nobody knows what these bytes are.
                if self._masks.data_sets and start < stop:
                    yield MaskedRange(start, stop - start, DATA_SET)
            elif not self.note(header, data[start : start + 2]) and self._masks.data_sets and start < stop:
                yield MaskedRange(start, stop - start, DATA_SET)


def without(data: bytes, ranges: list[MaskedRange], length: int | None = None) -> RawBytes:
    """These bytes without the ranges; `length`: how many there were, if they are the first of more."""
    whole = len(data) if length is None else max(length, len(data))
    if not ranges:
        kept = data
    else:
        pieces, at = [], 0
        for one in ranges:
            pieces.append(data[at : one.at])
            at = one.at + one.size
        kept = b"".join((*pieces, data[at:]))
    if whole > len(data):
        ranges = [*ranges, MaskedRange(len(data), whole - len(data), NOT_RECORDED)]
    return RawBytes(whole, kept, tuple(ranges))


def _secrets_of(data: bytes) -> Iterator[MaskedRange]:
    """User identities (PS3.7 D.3.3.7). Where the PDU does not follow the standard, all from a possible one on."""
    fields = field_map(data, most_items=_MOST_ITEMS)
    if any(leaf.problem for leaf in fields):
        found = [place for kind in _IDENTITIES if (place := data.find(bytes((kind, 0)), _FIRST_ITEM)) >= 0]
        if found:
            yield MaskedRange(min(found), len(data) - min(found), SECRET)
        return
    for leaf in fields:
        if leaf.size and leaf.name in _SECRETS:
            yield MaskedRange(leaf.offset, leaf.size, SECRET)
