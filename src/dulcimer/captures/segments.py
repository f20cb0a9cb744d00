"""TCP segments of captured frames: Ethernet with VLANs, loopback, cooked Linux captures, raw IP; IPv4 and IPv6."""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass
from struct import unpack_from

from dulcimer.captures.files import CapturedFrame
from dulcimer.captures.tcp import Flags

_NULL, _ETHERNET, _RAW, _LOOP, _SLL, _SLL2, _IPV4, _IPV6 = 0, 1, (12, 14, 101), 108, 113, 276, 228, 229
_VLANS = (0x8100, 0x88A8, 0x9100)
_ETHERTYPE_IPV4, _ETHERTYPE_IPV6 = 0x0800, 0x86DD
_TCP = 6
_EXTENSIONS = (0, 43, 60, 135)
"""IPv6 headers before TCP whose length is in units of 8 bytes."""

Address = tuple[str, int]
"""IP address and TCP port."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One TCP segment of frame `number`, seen at `t`; `missing` bytes at its end were not kept."""

    number: int
    t: float
    source: Address
    destination: Address
    sequence: int
    flags: Flags
    payload: memoryview
    missing: int


def segment_of(frame: CapturedFrame) -> Segment | None:
    """The TCP segment in a frame; None if there is none, or only a part of one."""
    start = _network_layer(frame.data, frame.link_type)
    if start is None or start >= len(frame.data):
        return None
    version = frame.data[start] >> 4
    try:
        if version == 4:
            found = _ipv4(frame.data, start)
        elif version == 6:
            found = _ipv6(frame.data, start)
        else:
            return None
        return None if found is None else _tcp(frame, *found)
    except (IndexError, ValueError, struct.error):
        return None


def _network_layer(data: memoryview, link_type: int) -> int | None:
    """Where the IP header begins; None if there is none."""
    if link_type in (_NULL, _LOOP):
        return 4
    if link_type in (*_RAW, _IPV4, _IPV6):
        return 0
    at = {_ETHERNET: 12, _SLL: 14, _SLL2: 0}.get(link_type)
    if at is None or len(data) < at + 2:
        return None
    (kind,) = unpack_from(">H", data, at)
    at += 20 if link_type == _SLL2 else 2
    while kind in _VLANS and len(data) >= at + 4:
        (kind,) = unpack_from(">H", data, at + 2)
        at += 4
    return at if kind in (_ETHERTYPE_IPV4, _ETHERTYPE_IPV6) else None


def _ipv4(data: memoryview, start: int) -> tuple[str, str, int, int] | None:
    """The addresses, where the TCP header begins, and where the packet ends; None if it is not a whole TCP segment."""
    head = (data[start] & 0x0F) * 4
    length, fragment = unpack_from(">H2xH", data, start + 2)
    if data[start + 9] != _TCP or fragment & 0x3FFF or head < 20:
        return None
    source, destination = (str(ipaddress.IPv4Address(bytes(data[at : at + 4]))) for at in (start + 12, start + 16))
    # Length 0: the network card splits the packet later (TCP segmentation offload).
    return source, destination, start + head, start + length if length else len(data)


def _ipv6(data: memoryview, start: int) -> tuple[str, str, int, int] | None:
    length, kind = unpack_from(">HB", data, start + 4)
    source, destination = (str(ipaddress.IPv6Address(bytes(data[at : at + 16]))) for at in (start + 8, start + 24))
    at = start + 40
    end = at + length if length else len(data)
    while kind in _EXTENSIONS:
        kind, at = data[at], at + (data[at + 1] + 1) * 8
    return (source, destination, at, end) if kind == _TCP else None


def _tcp(frame: CapturedFrame, source: str, destination: str, start: int, end: int) -> Segment | None:
    from_port, to_port, sequence, _, offset, flags = unpack_from(">HHIIBB", frame.data, start)
    payload = start + (offset >> 4) * 4
    if payload < start + 20 or payload > end:
        return None
    kept = frame.data[payload : min(end, len(frame.data))]
    return Segment(
        frame.number,
        frame.t,
        (source, from_port),
        (destination, to_port),
        sequence,
        Flags(flags & 0x1F),
        kept,
        end - payload - len(kept),
    )
