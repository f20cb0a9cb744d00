"""Other names for AE titles and addresses, the same for the same one, of the same length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dulcimer._generated.commands import ELEMENTS
from dulcimer.dimse import command_set
from dulcimer.errors import DIMSEProcessingError
from dulcimer.trace.fragments import COMMAND, fragments

_TITLE = 16
_TITLES: Final = (10, 26)
"""Where the called and the calling AE title begin in an A-ASSOCIATE-RQ and -AC (PS3.8 9.3.2)."""
_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_PREFIX = "AE"
_PADDING = b" \0"
_ERROR_COMMENT = 0x00000902
_ELEMENT_HEADER = 8


class Pseudonyms:
    """The pseudonyms of one trace, given in the order in which the names are met."""

    def __init__(self) -> None:
        self._titles: dict[bytes, bytes] = {}
        self._hosts: dict[str, str] = {}

    def title(self, title: bytes) -> bytes:
        """The pseudonym of an AE title: as long, with the same padding; what is not printable stays."""
        core = title.strip(_PADDING)
        if not core:
            return title
        if core not in self._titles:
            same_length = sum(len(one) == len(core) for one in self._titles)
            name = _name(same_length, len(core))
            self._titles[core] = bytes(
                new if 0x20 < old < 0x7F else old for old, new in zip(core, name.encode("ascii"), strict=True)
            )
        return title.replace(core, self._titles[core], 1)

    def host(self, host: str) -> str:
        """An address for documentation (RFC 5737) that stands for this host."""
        if host not in self._hosts:
            self._hosts[host] = f"192.0.2.{len(self._hosts) % 254 + 1}"
        return self._hosts[host]

    def in_associate(self, data: bytes) -> bytes:
        """An A-ASSOCIATE-RQ or -AC with the titles replaced."""
        changed = bytearray(data)
        for start in _TITLES:
            title = data[start : start + _TITLE]
            changed[start : start + _TITLE] = self.title(title)
        return bytes(changed)

    def in_p_data(self, data: bytes) -> bytes:
        """A P-DATA-TF with the titles in its command sets replaced, and error comments, which may name them, blanked.

        A command set that is cut over several fragments is not readable here: its texts are blanked.
        """
        changed = bytearray(data)
        for start, stop, header in fragments(data):
            if header is not None and header & COMMAND:
                changed[start:stop] = self._in_command(data[start:stop])
        return bytes(changed)

    def _in_command(self, command: bytes) -> bytes:
        changed = bytearray(command)
        try:
            for tag, offset, length, value in command_set.elements(command):
                start = offset + _ELEMENT_HEADER
                if tag == _ERROR_COMMENT:
                    changed[start : start + length] = b" " * length
                elif tag in ELEMENTS and ELEMENTS[tag].vr == "AE":
                    changed[start : start + length] = self.title(value)
        except DIMSEProcessingError:
            return b" " * len(command)
        return bytes(changed)


def _name(number: int, length: int) -> str:
    """A name of this length; there are few of one or two letters, and some titles get the same one then."""
    if length > len(_PREFIX) + 1:
        width = length - len(_PREFIX)
        return f"{_PREFIX}{number + 1:0{width}d}"[-length:]
    return "".join(_digits(number, length))


def _digits(number: int, length: int) -> Iterator[str]:
    for place in reversed(range(length)):
        yield _ALPHABET[number // len(_ALPHABET) ** place % len(_ALPHABET)]
