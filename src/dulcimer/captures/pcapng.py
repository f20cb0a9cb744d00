"""Blocks of a pcapng file (draft-ietf-opsawg-pcapng), written with the standard library only.

A file is a section header, an interface, names of addresses, then packets, each with an optional comment that
Wireshark shows as ``frame.comment``. The same input gives the same bytes: neither the clock nor a host
name enters the file.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from struct import pack

ETHERNET, UPPER_PDU = 1, 252
"""Link types: frames of Ethernet, and PDUs of a protocol that Wireshark is told (LINKTYPE_WIRESHARK_UPPER_PDU)."""
_SECTION_HEADER, _INTERFACE, _NAMES, _PACKET = 0x0A0D0D0A, 1, 4, 6
_BYTE_ORDER_MAGIC = 0x1A2B3C4D
_LENGTH_UNKNOWN = -1
_END_OF_OPTIONS, _COMMENT = 0, 1
_USER_APPLICATION = 4
_INTERFACE_NAME, _INTERFACE_DESCRIPTION = 2, 3
_IPV4_NAME = 1
_LONGEST_TEXT = 32768
"""Bytes of one text; an option holds at most 65535."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One captured frame.

    `t`: seconds since 1970-01-01 UTC, kept to the microsecond; `frame`: its bytes from the first header on;
    `missing`: bytes at its end that were on the wire and are not in `frame`; `comment`: "" for none.
    """

    t: float
    frame: bytes
    comment: str = ""
    missing: int = 0


def write(
    packets: Iterable[Packet],
    *,
    application: str,
    interface: str = "",
    description: str = "",
    comment: str = "",
    names: Mapping[str, str] | None = None,
) -> bytes:
    """A whole file.

    `application` is the writing program (shb_userappl), `comment` is about the whole file, `names` maps IPv4
    addresses to names.
    """
    begun = beginning(
        application=application, interface=interface, description=description, comment=comment, names=names
    )
    return b"".join((begun, *map(packet_block, packets)))


def beginning(
    *,
    application: str,
    interface: str = "",
    description: str = "",
    comment: str = "",
    names: Mapping[str, str] | None = None,
    link_type: int = ETHERNET,
) -> bytes:
    """What comes before the packets of a file that is written piece by piece; the same as in `write`.

    `link_type`: what the frames are.
    """
    named = [_names(names)] if names else []
    return b"".join((_section_header(application, comment), _interface(interface, description, link_type), *named))


def packet_block(packet: Packet) -> bytes:
    """One packet of a file."""
    microseconds = round(packet.t * 1_000_000)
    size = len(packet.frame)
    head = pack("<IIIII", 0, microseconds >> 32, microseconds & 0xFFFFFFFF, size, size + packet.missing)
    return _block(_PACKET, head + packet.frame + bytes(-size % 4) + _options({_COMMENT: packet.comment}))


def _block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    length = pack("<I", len(body) + 12)
    return pack("<I", kind) + length + body + length


def _option(code: int, text: str) -> bytes:
    data = text.encode("utf-8", "replace")[:_LONGEST_TEXT].decode("utf-8", "ignore").encode()
    return pack("<HH", code, len(data)) + data + bytes(-len(data) % 4)


def _options(texts: Mapping[int, str]) -> bytes:
    found = b"".join(_option(code, text) for code, text in texts.items() if text)
    return found + pack("<HH", _END_OF_OPTIONS, 0) if found else b""


def _section_header(application: str, comment: str) -> bytes:
    body = pack("<IHHq", _BYTE_ORDER_MAGIC, 1, 0, _LENGTH_UNKNOWN)
    return _block(_SECTION_HEADER, body + _options({_COMMENT: comment, _USER_APPLICATION: application}))


def _interface(name: str, description: str, link_type: int) -> bytes:
    options = _options({_INTERFACE_NAME: name, _INTERFACE_DESCRIPTION: description})
    return _block(_INTERFACE, pack("<HHI", link_type, 0, 0) + options)


def _names(names: Mapping[str, str]) -> bytes:
    body = b""
    for address, name in names.items():
        record = ipaddress.IPv4Address(address).packed + name.encode() + b"\0"
        body += pack("<HH", _IPV4_NAME, len(record)) + record + bytes(-len(record) % 4)
    return _block(_NAMES, body + pack("<HH", 0, 0))
