"""Where PDUs end in bytes, by the lengths in their headers (PS3.8 9.3.1)."""

from __future__ import annotations

from dulcimer._generated.headers import PDU_HEADER

_HEADER = PDU_HEADER.size
_ANY_LENGTH = 0xFFFFFFFF


def whole_pdus(data: bytes | bytearray, longest: int = _ANY_LENGTH) -> tuple[list[bytes], int]:
    """The PDUs from the beginning of the bytes on, and where the last one ends.

    They stop at one that is incomplete, or whose PDU-length is more than `longest` bytes.
    """
    found: list[bytes] = []
    start, size = 0, len(data)
    while size - start >= _HEADER:
        _, length = PDU_HEADER.unpack_from(data, start)
        end = start + _HEADER + length
        if end > size or length > longest:
            break
        found.append(bytes(data[start:end]))
        start = end
    return found, start


def announced_size(data: bytes | bytearray) -> int | None:
    """Bytes of the PDU that begins there, with its header; None if that is not complete."""
    return _HEADER + int(PDU_HEADER.unpack_from(data)[1]) if len(data) >= _HEADER else None


def is_whole(pdu: bytes) -> bool:
    """Whether the bytes are one PDU with all that its header announces."""
    return announced_size(pdu) == len(pdu)
