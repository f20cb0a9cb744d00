"""Frames from the blocks of a pcapng file (draft-ietf-opsawg-pcapng): sections, interfaces and kinds of packet."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from dulcimer.captures.chunks import CaptureError, ChunkedFile
from dulcimer.captures.frames import MOST_BYTES_OF_A_FRAME, CapturedFrame
from dulcimer.counting import counted

SECTION: Final = b"\n\r\r\n"
BYTE_ORDERS: Final = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_SECTION, _INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET = 0x0A0D0D0A, 1, 2, 3, 6
_READ: Final = (_INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET)
_END_OF_OPTIONS, _RESOLUTION, _OFFSET = 0, 9, 14
_MICROSECONDS = 1e-6
_LEAST, _SMALLEST = 12, 8
"""Bytes of a block without a body, and of its type and length."""


class _Interface(NamedTuple):
    """Its link type, the most bytes that are kept of a frame (0: all), seconds in a unit of time, seconds to add."""

    link_type: int
    snap_length: int
    unit: float
    offset: int


def pcapng_frames(file: ChunkedFile, chunk: bytes) -> Iterator[CapturedFrame]:
    """The frames of all sections. Raises CaptureError where a block does not fit."""
    order, interfaces, at, number = "<", list[_Interface](), 0, 0
    block, packets = Struct("<II"), _packet_heads("<")
    while True:
        if at + _LEAST > len(chunk):
            chunk, at = file.refill(chunk, at, _LEAST), 0
            if not chunk:
                return
            if len(chunk) < _LEAST:
                raise CaptureError(f"the file ends in a block, at byte {file.offset}")
        kind, length = block.unpack_from(chunk, at)
        if kind == _SECTION:
            order = BYTE_ORDERS.get(chunk[at + 8 : at + 12], "")
            if not order:
                raise CaptureError(f"the section at byte {file.offset + at} does not say its byte order")
            block, packets, interfaces = Struct(order + "II"), _packet_heads(order), []
            kind, length = block.unpack_from(chunk, at)
        if length < _LEAST or length % 4:
            raise CaptureError(f"the block at byte {file.offset + at} has a length of {counted(length, 'byte')}")
        if at + length > len(chunk):
            if kind not in _READ:
                chunk, at = _after(file, chunk, at, length), 0
                continue
            if length > MOST_BYTES_OF_A_FRAME:
                raise CaptureError(f"the block at byte {file.offset + at} announces {counted(length, 'byte')}")
            chunk, at = file.refill(chunk, at, length), 0
            if length > len(chunk):
                raise _too_short(file.offset, length, len(chunk))
        start, stop = at + _SMALLEST, at + length - 4
        if kind == _INTERFACE:
            if stop - start >= 8:
                interfaces.append(_interface(chunk[start:stop], order))
        elif kind in packets:
            number += 1
            yield _packet(kind, chunk, start, stop, packets[kind], interfaces, number)
        at += length


def _after(file: ChunkedFile, chunk: bytes, at: int, length: int) -> bytes:
    """What follows a block that is not read, and need not fit into memory."""
    place = file.offset + at
    rest = file.skip(chunk, at + length)
    if file.offset < place + length:
        raise _too_short(place, length, file.offset - place)
    return rest


def _too_short(place: int, length: int, left: int) -> CaptureError:
    return CaptureError(f"the block at byte {place} needs {counted(length, 'byte')}, but the file has {left}")


def _packet_heads(order: str) -> dict[int, Struct]:
    return {
        _PACKET: Struct(order + "IIIII"),
        _OLD_PACKET: Struct(order + "HHIIII"),
        _SIMPLE_PACKET: Struct(order + "I"),
    }


def _packet(
    kind: int, chunk: bytes, start: int, stop: int, head: Struct, interfaces: list[_Interface], number: int
) -> CapturedFrame:
    if stop - start < head.size:
        raise CaptureError(f"frame {number} is cut off in its header")
    interface = high = low = 0
    if kind == _PACKET:
        interface, high, low, kept, size = head.unpack_from(chunk, start)
    elif kind == _OLD_PACKET:
        interface, _, high, low, kept, size = head.unpack_from(chunk, start)
    else:
        (size,) = head.unpack_from(chunk, start)
        kept = min(size, stop - start - head.size)
    if interface >= len(interfaces):
        raise CaptureError(f"frame {number} is of interface {interface}, which the file does not describe")
    link_type, snap_length, unit, offset = interfaces[interface]
    if kind == _SIMPLE_PACKET:
        t = 0.0
        kept = min(kept, snap_length or kept)
    else:
        t = ((high << 32) + low) * unit + offset
    start += head.size
    if kept > stop - start:
        raise CaptureError(f"frame {number} announces {counted(kept, 'byte')}, but has {stop - start}")
    return CapturedFrame(number, t, link_type, chunk, start, start + kept, size - kept if size > kept else 0)


def _interface(body: bytes, order: str) -> _Interface:
    link_type, snap_length = Struct(order + "HxxI").unpack_from(body)
    unit, offset, head, at = _MICROSECONDS, 0, Struct(order + "HH"), 8
    while at + head.size <= len(body):
        code, length = head.unpack_from(body, at)
        at += head.size
        if code == _END_OF_OPTIONS or at + length > len(body):
            break
        if code == _RESOLUTION and length == 1:
            value = body[at]
            unit = float(2.0 ** -(value & 0x7F) if value & 0x80 else 10.0**-value)
        elif code == _OFFSET and length == 8:
            (offset,) = Struct(order + "q").unpack_from(body, at)
        at += length + -length % 4
    return _Interface(link_type, snap_length, unit, offset)
