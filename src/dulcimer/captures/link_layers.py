"""Where the IP packet begins in a frame, by the link type of its interface (https://www.tcpdump.org/linktypes.html)."""

from __future__ import annotations

from typing import Final

NULL, ETHERNET, RAW, LOOP, SLL, SLL2, IPV4, IPV6 = 0, 1, 101, 108, 113, 276, 228, 229
_RAW_ALSO = (12, 14)
"""What some systems write for raw IP."""
VLAN_TYPES = (0x8100, 0x88A8, 0x9100, 0x9200)
IP_TYPES = (0x0800, 0x86DD)
PPPOE, PPP_IP = 0x8864, (0x0021, 0x0057)
"""A session of PPP over Ethernet (RFC 2516): 6 bytes, then the protocol number of PPP."""
MPLS_TYPES = (0x8847, 0x8848)
_BOTTOM_OF_STACK = 0x01
"""In the third byte of a label of MPLS (RFC 3032): it is the last one."""
_MPLS_LABEL = 4
_PPPOE_AND_PPP = 8
_VERSIONS = (4, 6)
ETHERTYPE_AT: Final = {ETHERNET: 12, SLL: 14, SLL2: 0}
LINK_HEADER: Final = {ETHERNET: 14, SLL: 16, SLL2: 20}
BEFORE_IP: Final = {NULL: 4, LOOP: 4, RAW: 0, IPV4: 0, IPV6: 0, **dict.fromkeys(_RAW_ALSO, 0)}
READ: Final = frozenset((*LINK_HEADER, *BEFORE_IP))
"""The link types that are read."""
NOT_IP = -1


def ip_header(link_type: int, chunk: bytes, start: int, stop: int) -> int:
    """Where the IP header begins in a frame of one of these link types; `NOT_IP` if there is none."""
    before = BEFORE_IP.get(link_type)
    if before is not None:
        # The family of addresses has a number of its own on each system: the version in the IP header is enough.
        return start + before
    at = start + LINK_HEADER[link_type]
    if at > stop:
        return NOT_IP
    place = start + ETHERTYPE_AT[link_type]
    kind = chunk[place] << 8 | chunk[place + 1]
    while kind in VLAN_TYPES and at + 4 <= stop:
        kind = chunk[at + 2] << 8 | chunk[at + 3]
        at += 4
    if kind == PPPOE:
        if at + _PPPOE_AND_PPP > stop:
            return NOT_IP
        is_ip = (chunk[at + 6] << 8 | chunk[at + 7]) in PPP_IP
        return at + _PPPOE_AND_PPP if is_ip else NOT_IP
    if kind in MPLS_TYPES:
        return _behind_labels(chunk, at, stop)
    return at if kind in IP_TYPES else NOT_IP


def _behind_labels(chunk: bytes, at: int, stop: int) -> int:
    """Where the IP header begins behind labels of MPLS, which do not say what follows: its version does."""
    while at + _MPLS_LABEL < stop:
        is_last = chunk[at + 2] & _BOTTOM_OF_STACK
        at += _MPLS_LABEL
        if is_last:
            return at if chunk[at] >> 4 in _VERSIONS else NOT_IP
    return NOT_IP
