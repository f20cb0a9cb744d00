"""The input of a command: a file, standard input, or hexadecimal digits."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import IO

import typer

from dulcimer.captures.files import is_capture
from dulcimer.counting import counted

STANDARD_INPUT = "-"
MOST_BYTES = 64 << 20
"""Maximum number of bytes that are read; the association of a whole study fits."""

_PIECE = 1 << 16
_BEGINNING = 4096
_PREFIX = re.compile(rb"(?<![0-9a-fA-F])0[xX](?=[0-9a-fA-F])")
_SEPARATORS = re.compile(rb"[\s:,]+")
_DIGITS = re.compile(rb"[0-9a-fA-F]*")


def read_input(arguments: list[str]) -> bytes:
    """The bytes of the file named in `arguments`, of standard input for ``-``, or of digits.

    A file or standard input may contain the bytes themselves or digits. Raises `typer.BadParameter`.
    """
    if arguments == [STANDARD_INPUT]:
        return bytes_of(_read(sys.stdin.buffer, "standard input"))
    if len(arguments) == 1 and (path := _existing(arguments[0])):
        if path.is_dir():
            raise typer.BadParameter(f"{str(path)!r} is a directory; give a file with the bytes of PDUs")
        with path.open("rb") as file:
            return bytes_of(_read(file, str(path)))
    text = " ".join(arguments)
    if not _is_digits(content := text.encode(errors="surrogateescape")):
        raise typer.BadParameter(f"{text[:60]!r} is neither a file nor hexadecimal digits")
    return _decoded(content)


def capture_path(arguments: list[str]) -> Path | None:
    """The file named in `arguments` if it is a network capture, which is read piece by piece and may have any size."""
    path = _existing(arguments[0]) if len(arguments) == 1 and arguments[0] != STANDARD_INPUT else None
    if path is None or not path.is_file():
        return None
    with path.open("rb") as file:
        return path if is_capture(file.read(_BEGINNING)) else None


def _read(file: IO[bytes], name: str) -> bytes:
    """The whole input, but at most `MOST_BYTES`: an input may be endless."""
    content = bytearray()
    # In pieces, since memory for all that is asked for is taken before the first byte is read.
    while piece := file.read(_PIECE):
        content += piece
        if len(content) > MOST_BYTES:
            most = f"{MOST_BYTES >> 20} MiB, the most that is read"
            raise typer.BadParameter(f"{name} has more than {most}; head -c and tail -c cut out a part")
    return bytes(content)


def bytes_of(content: bytes) -> bytes:
    """`content`, decoded if it is hexadecimal digits; a PDU is not taken for digits, since its first byte is below 08H.

    Spaces, newlines, colons, commas and ``0x`` may separate the digits.
    """
    return _decoded(content) if _is_digits(content) else content


def _is_digits(text: bytes) -> bool:
    return _DIGITS.fullmatch(_without_separators(text)) is not None


def _decoded(text: bytes) -> bytes:
    digits = _without_separators(text)
    if len(digits) % 2:
        raise typer.BadParameter(f"{counted(len(digits), 'hexadecimal digit')}: each byte needs two")
    return bytes.fromhex(digits.decode("ascii"))


def _without_separators(text: bytes) -> bytes:
    return _SEPARATORS.sub(b"", _PREFIX.sub(b"", text))


def _existing(name: str) -> Path | None:
    path = Path(name)
    try:
        return path if name and path.exists() else None
    except (OSError, ValueError):  # longer than a file name may be, or with a NUL
        return None
