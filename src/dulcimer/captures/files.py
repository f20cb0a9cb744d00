"""Reads the frames of network captures: pcap and pcapng (draft-ietf-opsawg-pcap, -pcapng), also with gzip.

Lengths in the file are not trusted: at a block that does not fit `CaptureError` says where, after the frames before it
have been yielded. Memory does not grow with the file: one chunk of it is held at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final

from dulcimer.captures.chunks import CaptureError, CaptureSource, ChunkedFile, decompressed_beginning, opened
from dulcimer.captures.frames import MOST_BYTES_OF_A_FRAME, CapturedFrame
from dulcimer.captures.pcapng_blocks import BYTE_ORDERS, SECTION, pcapng_frames
from dulcimer.counting import counted

PCAP_FORMS: Final = {
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6, 0),
    b"\xa1\xb2\xc3\xd4": (">", 1e-6, 0),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9, 0),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9, 0),
    # libpcap with Kuznetzov's patch: 8 more bytes before each frame.
    b"\x34\xcd\xb2\xa1": ("<", 1e-6, 8),
    b"\xa1\xb2\xcd\x34": (">", 1e-6, 8),
}
"""By the first bytes of a file: byte order, seconds in a unit of its times, bytes after the usual head of a record."""
_HEADER = 24
_ENOUGH = 12
"""Bytes at the beginning of a file that show what it is."""


def is_capture(beginning: bytes) -> bool:
    """Whether a file begins as pcap or pcapng does, compressed or not."""
    start = decompressed_beginning(beginning, _ENOUGH)
    return start[:4] in PCAP_FORMS or (start[:4] == SECTION and start[8:12] in BYTE_ORDERS)


def frames(source: CaptureSource) -> Iterator[CapturedFrame]:
    """The frames of a capture in their order. Raises CaptureError where the file cannot be read any further."""
    with opened(source) as file:
        chunk = file.refill(b"", 0, _HEADER)
        if chunk[:4] in PCAP_FORMS:
            yield from _pcap_frames(file, chunk)
        elif chunk[:4] == SECTION and chunk[8:12] in BYTE_ORDERS:
            yield from pcapng_frames(file, chunk)
        else:
            raise CaptureError("the file is neither pcap nor pcapng")


def _pcap_frames(file: ChunkedFile, chunk: bytes) -> Iterator[CapturedFrame]:
    order, unit, more = PCAP_FORMS[chunk[:4]]
    if len(chunk) < _HEADER:
        raise CaptureError(f"the header of a pcap file has {_HEADER} bytes, but the file has {len(chunk)}")
    # The upper bits say how long the checksum of a frame is; the length in the IP header leaves it out.
    link_type = Struct(order + "I").unpack_from(chunk, 20)[0] & 0xFFFF
    record = Struct(f"{order}IIII{more}x")
    unpack, head = record.unpack_from, record.size
    at, number = _HEADER, 0
    while True:
        if at + head > len(chunk):
            chunk, at = file.refill(chunk, at, head), 0
            if not chunk:
                return
            if len(chunk) < head:
                raise CaptureError(f"the file ends in the header of frame {number + 1}, at byte {file.offset}")
        seconds, fraction, kept, size = unpack(chunk, at)
        number += 1
        at += head
        stop = at + kept
        if stop > len(chunk):
            if kept > MOST_BYTES_OF_A_FRAME:
                raise CaptureError(f"frame {number}, at byte {file.offset + at}, announces {counted(kept, 'byte')}")
            chunk, at, stop = file.refill(chunk, at, kept), 0, kept
            if stop > len(chunk):
                needs = f"{counted(kept, 'byte')} from byte {file.offset} on"
                raise CaptureError(f"frame {number} needs {needs}, but the file has {len(chunk)}")
        yield CapturedFrame(
            number, seconds + fraction * unit, link_type, chunk, at, stop, size - kept if size > kept else 0
        )
        at = stop
