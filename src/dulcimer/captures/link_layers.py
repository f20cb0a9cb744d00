"""Where the IP packet begins in a frame, by the link type of its interface (https://www.tcpdump.org/linktypes.html)."""

from __future__ import annotations

from typing import Final

NULL, ETHERNET, RAW, LOOP, SLL, SLL2, IPV4, IPV6 = 0, 1, 101, 108, 113, 276, 228, 229
_RAW_ALSO = (12, 14)
"""What some systems write for raw IP."""
_VLANS = (0x8100, 0x88A8, 0x9100, 0x9200)
_IP = (0x0800, 0x86DD)
_ETHERTYPE_AT: Final = {ETHERNET: 12, SLL: 14, SLL2: 0}
_HEADER: Final = {ETHERNET: 14, SLL: 16, SLL2: 20}
_BEFORE_IP: Final = {NULL: 4, LOOP: 4, RAW: 0, IPV4: 0, IPV6: 0, **dict.fromkeys(_RAW_ALSO, 0)}
READ: Final = frozenset((*_HEADER, *_BEFORE_IP))
"""The link types that are read."""
NOT_IP = -1


def ip_header(link_type: int, chunk: bytes, start: int, stop: int) -> int:
    """Where the IP header begins in a frame of one of these link types; `NOT_IP` if there is none."""
    before = _BEFORE_IP.get(link_type)
    if before is not None:
        # The family of addresses has a number of its own on each system: the version in the IP header is enough.
        return start + before
    at = start + _HEADER[link_type]
    if at > stop:
        return NOT_IP
    place = start + _ETHERTYPE_AT[link_type]
    kind = chunk[place] << 8 | chunk[place + 1]
    while kind in _VLANS and at + 4 <= stop:
        kind = chunk[at + 2] << 8 | chunk[at + 3]
        at += 4
    return at if kind in _IP else NOT_IP
