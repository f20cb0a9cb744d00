"""Reads the frames of network captures: pcap and pcapng (draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng).

Lengths in the file are not trusted: at a block that does not fit `CaptureError` says where, after the frames before it
have been yielded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

from dulcimer.counting import counted

_PCAP = {b"\xd4\xc3\xb2\xa1": ("<", 1e-6), b"\xa1\xb2\xc3\xd4": (">", 1e-6)} | {
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9),
}
_SECTION = b"\n\r\r\n"
_BYTE_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET = 1, 2, 3, 6
_RESOLUTION = 9
_MICROSECONDS = 1e-6


class CaptureError(ValueError):
    """The file is damaged; `str()` says where and how."""


@dataclass(frozen=True, slots=True)
class CapturedFrame:
    """One frame: its `number` in the file, counted from 1 as Wireshark does, and the link type of its interface.

    `t`: seconds since 1970-01-01 UTC; `missing`: bytes at its end that the capture did not keep.
    """

    number: int
    t: float
    link_type: int
    data: memoryview
    missing: int = 0


def is_capture(beginning: bytes) -> bool:
    """Whether a file begins as pcap or pcapng does."""
    return beginning[:4] in _PCAP or (beginning[:4] == _SECTION and beginning[8:12] in _BYTE_ORDERS)


def frames(data: bytes) -> Iterator[CapturedFrame]:
    """The frames of a capture in their order. Raises CaptureError where the file cannot be read any further."""
    if data[:4] in _PCAP:
        yield from _pcap(memoryview(data))
    elif is_capture(data):
        yield from _pcapng(memoryview(data))
    else:
        raise CaptureError("the file is neither pcap nor pcapng")


def _pcap(data: memoryview) -> Iterator[CapturedFrame]:
    order, unit = _PCAP[bytes(data[:4])]
    if len(data) < 24:
        raise CaptureError(f"the header of a pcap file has 24 bytes, but the file has {len(data)}")
    link_type = Struct(order + "I").unpack_from(data, 20)[0] & 0xFFFF
    record, at, number = Struct(order + "IIII"), 24, 0
    while at < len(data):
        number += 1
        if at + record.size > len(data):
            raise CaptureError(f"the file ends in the header of frame {number}, at byte {at}")
        seconds, fraction, kept, size = record.unpack_from(data, at)
        at += record.size
        if at + kept > len(data):
            needs = counted(kept, "byte")
            raise CaptureError(f"frame {number} needs {needs} from byte {at} on, but the file has {len(data) - at}")
        yield CapturedFrame(number, seconds + fraction * unit, link_type, data[at : at + kept], max(0, size - kept))
        at += kept


def _pcapng(data: memoryview) -> Iterator[CapturedFrame]:
    order, interfaces, at, number = "<", list[tuple[int, float]](), 0, 0
    while at < len(data):
        if bytes(data[at : at + 4]) == _SECTION:
            order = _BYTE_ORDERS.get(bytes(data[at + 8 : at + 12]), "")
            if not order:
                raise CaptureError(f"the section at byte {at} does not say its byte order")
            interfaces = []
        block = Struct(order + "II")
        if at + 12 > len(data):
            raise CaptureError(f"the file ends in a block, at byte {at}")
        kind, length = block.unpack_from(data, at)
        if length < 12 or length % 4 or at + length > len(data):
            needs = counted(length, "byte")
            raise CaptureError(f"the block at byte {at} needs {needs}, but the file has {len(data) - at}")
        body = data[at + 8 : at + length - 4]
        if kind == _INTERFACE and len(body) >= 8:
            interfaces.append((Struct(order + "H").unpack_from(body)[0], _resolution(body[8:], order)))
        elif kind in (_PACKET, _OLD_PACKET, _SIMPLE_PACKET):
            number += 1
            yield _packet(kind, body, order, interfaces, number)
        at += length


def _packet(kind: int, body: memoryview, order: str, interfaces: list[tuple[int, float]], number: int) -> CapturedFrame:
    head = Struct(order + {_PACKET: "IIIII", _OLD_PACKET: "HHIIII", _SIMPLE_PACKET: "I"}[kind])
    if len(body) < head.size:
        raise CaptureError(f"frame {number} is cut off in its header")
    interface = high = low = 0
    match head.unpack_from(body):
        case (size,):
            kept = min(size, len(body) - head.size)
        case (interface, high, low, kept, size):
            pass
        case (interface, _, high, low, kept, size):
            pass
    if interface >= len(interfaces):
        raise CaptureError(f"frame {number} is of interface {interface}, which the file does not describe")
    if kept > len(body) - head.size:
        raise CaptureError(f"frame {number} announces {counted(kept, 'byte')}, but has {len(body) - head.size}")
    link_type, unit = interfaces[interface]
    frame = body[head.size : head.size + kept]
    return CapturedFrame(number, ((high << 32) + low) * unit, link_type, frame, max(0, size - kept))


def _resolution(options: memoryview, order: str) -> float:
    """Seconds in one unit of the times of an interface (if_tsresol)."""
    head, at = Struct(order + "HH"), 0
    while at + head.size <= len(options):
        code, length = head.unpack_from(options, at)
        if code == _RESOLUTION and length == 1 and at + head.size < len(options):
            value = options[at + head.size]
            return float(2.0 ** -(value & 0x7F) if value & 0x80 else 10.0**-value)
        if code == 0:
            break
        at += head.size + length + -length % 4
    return _MICROSECONDS
