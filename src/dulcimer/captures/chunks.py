"""The bytes of a file, a stream or a gzip-compressed file (RFC 1952), chunk by chunk: never all of them at once."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeAlias

CaptureSource: TypeAlias = bytes | Path | BinaryIO
"""What a capture is read from; a stream is read from where it is, and need not be seekable."""

CHUNK = 1 << 20
"""Bytes that are read at a time."""
_GZIP = b"\x1f\x8b"
_WITH_GZIP_HEADER = 31


class CaptureError(ValueError):
    """The file is damaged; `str()` says where and how."""


class ChunkedFile:
    """The bytes of a file, of which a reader holds one chunk; `offset` is the place of that chunk in the file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._size = 0
        self.offset = 0

    def refill(self, chunk: bytes, at: int, needed: int) -> bytes:
        """The bytes of `chunk` from `at` on and those that follow, `needed` of them unless the file ends before.

        Raises CaptureError if a compressed file is damaged, OSError.
        """
        self.offset += at
        found, size = [chunk[at:]], len(chunk) - at
        while size < needed and (piece := next(self._pieces, b"")):
            found.append(piece)
            size += len(piece)
        return b"".join(found) if len(found) > 1 else found[0]

    def skip(self, chunk: bytes, at: int) -> bytes:
        """The bytes from `at` on, which may lie far behind `chunk`; what lies between is not kept."""
        while at > len(chunk):
            at -= len(chunk)
            self.offset += len(chunk)
            chunk = next(self._pieces, b"")
            if not chunk:
                return b""
        return self.refill(chunk, at, 0)


@contextmanager
def opened(source: CaptureSource) -> Iterator[ChunkedFile]:
    """The bytes of a source, decompressed if it begins as gzip does; a file that was opened here is closed."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield ChunkedFile(_pieces(file))
    else:
        yield ChunkedFile(_pieces(io.BytesIO(source) if isinstance(source, bytes) else source))


def decompressed_beginning(beginning: bytes, size: int) -> bytes:
    """The first bytes of a file, decompressed if that can be done; at most `size` of them."""
    if beginning[:2] == _GZIP:
        try:
            return zlib.decompressobj(_WITH_GZIP_HEADER).decompress(beginning, size)
        except zlib.error:
            return b""
    return beginning[:size]


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    first = file.read(CHUNK)
    # A pipe may give a single byte.
    while len(first) < len(_GZIP) and (more := file.read(CHUNK)):
        first += more
    plain = _plain(file, first)
    return _gunzipped(plain) if first[:2] == _GZIP else plain


def _plain(file: BinaryIO, piece: bytes) -> Iterator[bytes]:
    while piece:
        yield piece
        piece = file.read(CHUNK)


def _gunzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The content of all members of the file; zeros after the last one are padding."""
    member = zlib.decompressobj(_WITH_GZIP_HEADER)
    rest = b""
    while True:
        is_last = not rest and not (rest := next(pieces, b""))
        if member.eof:
            if is_last:
                return
            if not (rest := rest.lstrip(b"\0")):
                continue
            member = zlib.decompressobj(_WITH_GZIP_HEADER)
        try:
            piece = member.decompress(rest, CHUNK)
        except zlib.error as error:
            raise CaptureError(f"the compressed file is damaged ({error})") from error
        rest = member.unused_data if member.eof else member.unconsumed_tail
        if piece:
            yield piece
        elif is_last and not member.eof:
            raise CaptureError("the compressed file is cut off")
