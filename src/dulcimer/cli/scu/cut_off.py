"""Finds by its lengths whether a data set in a file is incomplete or wrongly written."""

from __future__ import annotations

import os
from struct import Struct
from typing import IO

from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from dulcimer.counting import counted
from dulcimer.dimse.bounds import LONG_VRS
from dulcimer.escaping import escaped
from dulcimer.services.instance_file import InstanceFile

_UNDEFINED = 0xFFFFFFFF
_ITEMS = 0xFFFE
_ITEM, _ITEM_END = 0xE000, 0xE00D
_OPEN_ITEM = "an item"
_FOREIGN = (0x0000, 0x0002)
"""Groups of command sets and of File Meta Information (PS3.5 7.1)."""
_WINDOW = 1 << 16
_LONGEST_HEADER = 12


def damage_of(instance: InstanceFile) -> str:
    """The damage, as text to follow the name of the file; "" if there is none that can be found without reading all.

    Only headers of elements are read (PS3.5 7.1), and of items whose length is undefined. Raises OSError.
    """
    missing, damage, size = _walked(instance)
    if missing:
        return f"is cut off: {missing}"
    if not damage and size % 2:
        damage = "has an odd number of bytes in its data set: a zero byte is added when it is sent (PS3.5 7.1)"
    return damage


def cut_off(instance: InstanceFile) -> str:
    """What is missing at the end, in words; "" if nothing is."""
    return _walked(instance)[0]


def _walked(instance: InstanceFile) -> tuple[str, str, int]:
    """What is missing at the end, what else is wrong, and how long the data set is, in bytes."""
    with instance.path.open("rb", buffering=0) as file:
        length = os.fstat(file.fileno()).st_size - instance.offset
        if instance.transfer_syntax == DeflatedExplicitVRLittleEndian:
            return "", "", 0  # padded where it is written (PS3.5 A.5)
        return (*_walk(file, instance), length)


def _walk(file: IO[bytes], instance: InstanceFile) -> tuple[str, str]:
    order = ">" if instance.transfer_syntax == ExplicitVRBigEndian else "<"
    explicit = instance.transfer_syntax != ImplicitVRLittleEndian
    short_header, long_length = Struct(order + "HH2sH").unpack_from, Struct(order + "I").unpack_from
    size = os.fstat(file.fileno()).st_size
    at, start, window, end = instance.offset, 0, b"", 0
    inside: list[str] = []
    damage = ""
    while at + 8 <= size:
        if at + _LONGEST_HEADER > end:
            file.seek(at)
            window = file.read(_WINDOW)
            start, end = at, at + len(window)
            window += bytes(_LONGEST_HEADER)
            if end - at < 8:
                return "", damage
        here = at - start
        group, element, vr, length = short_header(window, here)
        head = 8
        if group == _ITEMS:
            length = long_length(window, here + 4)[0]
            damage = damage or _place_of_delimiter(element, length, inside)
        elif not explicit:
            length = long_length(window, here + 4)[0]
        elif vr in LONG_VRS:
            head, length = 12, long_length(window, here + 8)[0]
            if vr == b"UN" and length == _UNDEFINED:
                return "", damage
        elif not vr.isalpha():
            syntax = escaped(instance.transfer_syntax)
            return "", damage or f"is in {syntax} by its header, which is explicit VR, but has no VR at byte {at}"
        if group in _FOREIGN and not inside:
            damage = damage or f"has ({group:04X},{element:04X}) in its data set, which has no group {group:04X}H"
        if length == _UNDEFINED and group != _ITEMS:
            inside.append(f"({group:04X},{element:04X})")
        at += head if length == _UNDEFINED else head + length
    if at > size:
        return f"({group:04X},{element:04X}) should end at byte {at}, but the file has only {size}", damage
    if at < size:
        return f"{counted(size - at, 'byte')} left at its end, less than an element", damage
    if inside and not damage:
        damage = f"lacks the delimitation of {inside[-1]}, which has undefined length (PS3.5 7.5.2)"
    return "", damage


def _place_of_delimiter(element: int, length: int, inside: list[str]) -> str:
    """Track open items and sequences; returns what is wrong with an item or delimitation at this place, in words."""
    if element == _ITEM:
        if length == _UNDEFINED:
            inside.append(_OPEN_ITEM)
        return ""
    ends_item = element == _ITEM_END
    if inside and (inside[-1] == _OPEN_ITEM) == ends_item:
        inside.pop()
        return ""
    if not ends_item and _OPEN_ITEM in inside:
        while inside and inside.pop() != _OPEN_ITEM:
            pass
        of = f" in {inside.pop()}" if inside else ""
        return f"has an item without Item Delimitation{of} (PS3.5 7.5.2): most programs cannot read it"
    return "has a delimitation without a beginning (PS3.5 7.5.2)"
