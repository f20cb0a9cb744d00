"""Whether a data set in a file ends in the middle of an element, as that of a file which was not copied whole."""

from __future__ import annotations

import os
from struct import Struct

from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from dulcimer.services.instance_file import LONG_VRS, InstanceFile

_UNDEFINED = 0xFFFFFFFF
_ITEMS = 0xFFFE
_WINDOW = 1 << 16
_LONGEST_HEADER = 12


def cut_off(instance: InstanceFile) -> str:
    """What is missing, in words; nothing if nothing is, or if it cannot be told without reading all.

    Only headers of elements are read (PS3.5 7.1), those of items, too, where their length is undefined. Raises OSError.
    """
    if instance.transfer_syntax == DeflatedExplicitVRLittleEndian:
        return ""
    order = ">" if instance.transfer_syntax == ExplicitVRBigEndian else "<"
    explicit = instance.transfer_syntax != ImplicitVRLittleEndian
    short_header, long_length = Struct(order + "HH2sH").unpack_from, Struct(order + "I").unpack_from
    with instance.path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        at, start, window, end = instance.offset, 0, b"", 0
        while at + 8 <= size:
            if at + _LONGEST_HEADER > end:
                file.seek(at)
                window = file.read(_WINDOW)
                start, end = at, at + len(window)
                window += bytes(_LONGEST_HEADER)
                if end - at < 8:
                    return ""
            here = at - start
            group, element, vr, length = short_header(window, here)
            head = 8
            if not explicit or group == _ITEMS:
                length = long_length(window, here + 4)[0]
            elif vr in LONG_VRS:
                head, length = 12, long_length(window, here + 8)[0]
                if vr == b"UN" and length == _UNDEFINED:
                    return ""
            elif not vr.isalpha():
                return ""
            at += head if length == _UNDEFINED else head + length
    if at > size:
        return f"({group:04X},{element:04X}) is to end at byte {at}, and the file has {size}"
    return "" if at == size else f"{size - at} bytes at its end are less than an element"
