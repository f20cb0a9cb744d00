"""The P-DATA-TF (PS3.8 9.3.5) as plain `struct` code: what the data path uses instead of the schema.

Generated from src/dulcimer/wire/pdus.py by `python -m codegen`: do not edit.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from struct import Struct
from typing import NoReturn, TypeAlias

from dulcimer._generated.headers import PDV_HEADER

Buffer: TypeAlias = bytes | bytearray | memoryview
_PDU_AND_ITEM = Struct(">BBIIBB")


def parse(body: memoryview, most: int = sys.maxsize) -> list[tuple[int, int, memoryview]]:
    """The items after the 6 byte header of a P-DATA-TF, in order: presentation context id, message control header, fragment.

    Fragments are views of `body`. Raises `ValueError(offset, problem)`, the offset in bytes from the start of the
    PDU, if the lengths do not add up, there is no item, or there are more than `most`. Values are not tested.
    """
    items: list[tuple[int, int, memoryview]] = []
    unpack = PDV_HEADER.unpack_from
    end = len(body)
    position = 0
    while position + 6 <= end:
        if len(items) == most:
            raise ValueError(position + 6, f"has more items than the limit of {most}")
        length, context_id, mch = unpack(body, position)
        start = position + 6
        next_position = position + 4 + length
        if next_position > end or length < 2:
            _refuse(body, position)
        items.append((context_id, mch, body[start:next_position]))
        position = next_position
    if position < end or end == 0:
        _refuse(body, position)
    return items


def pdu_length(items: Sequence[tuple[int, int, Buffer]]) -> int:
    """The PDU-length of a P-DATA-TF with these items, in bytes."""
    length = 6 * len(items)
    for _, _, fragment in items:
        length += len(fragment)
    return length


def pieces(items: Sequence[tuple[int, int, Buffer]]) -> list[Buffer]:
    """The bytes of a P-DATA-TF with these items, one at the least, in pieces: fragments are not copied.

    Raises `struct.error` for numbers that do not fit. A memoryview is one of single bytes.
    """
    if len(items) == 1:
        ((context_id, mch, fragment),) = items
        size = len(fragment)
        return [_PDU_AND_ITEM.pack(4, 0, size + 6, size + 2, context_id, mch), fragment]
    whole = pdu_length(items)
    output: list[Buffer] = []
    for context_id, mch, fragment in items:
        size = len(fragment)
        if output:
            output += (PDV_HEADER.pack(size + 2, context_id, mch), fragment)
        else:
            output += (_PDU_AND_ITEM.pack(4, 0, whole, size + 2, context_id, mch), fragment)
    return output


def _refuse(body: memoryview, position: int) -> NoReturn:
    """Say why no item can be read at `position`, as the schema says it."""
    left = len(body) - position
    offset = position + 6
    if not body:
        raise ValueError(offset, "no presentation-data-value item")
    if left < 4:
        raise ValueError(offset, f"too few bytes ({left}) for the header of an item")
    length = int.from_bytes(body[position : position + 4], "big")
    left -= 4
    if length > left:
        raise ValueError(offset, f"announces more bytes ({length}) than are left ({left})")
    raise ValueError(offset, f"is {length}, must be at least 2")
