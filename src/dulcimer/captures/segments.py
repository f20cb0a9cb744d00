"""TCP segments of captured frames: the link layers of `link_layers`, IPv4 and IPv6 with options and fragments.

Checksums are not looked at: with checksum offload, what a host captures of itself has wrong ones. This runs once for
each frame of a capture that may have a gigabyte, so it makes one object for each segment.
"""

from __future__ import annotations

import ipaddress
import struct
from struct import Struct
from typing import Final, NamedTuple, TypeAlias

from dulcimer.captures.fragments import FragmentTable
from dulcimer.captures.frames import CapturedFrame
from dulcimer.captures.link_layers import ETHERNET, NOT_IP, READ, ip_header

_TCP = 6
_IPV4: Final = Struct(">BxHHHxB").unpack_from
_IPV6: Final = Struct(">4xHB").unpack_from
_NUMBERS: Final = Struct(">IIBB").unpack_from
_FRAGMENT: Final = Struct(">BxHI").unpack_from
_MORE_FRAGMENTS = 0x2000
EXTENSIONS: Final = (0, 43, 60, 135, 139, 140)
"""IPv6 headers whose length is in units of 8 bytes, without the first one."""
_FRAGMENT_HEADER, _AUTHENTICATION = 44, 51
_LEAST_TCP = 20
_FLAGS_END = 14
"""Bytes of a TCP header up to its flags; the capture may have cut the rest."""

Address: TypeAlias = tuple[str, int]
"""IP address and TCP port."""


class Segment(NamedTuple):
    """One TCP segment, whose payload is in `data` from `start` to `stop`; `missing` bytes behind it were not kept.

    `key`: the IP addresses of source and destination, and both ports, as in the packet.
    """

    key: bytes
    sequence: int
    acknowledged: int
    flags: int
    data: bytes
    start: int
    stop: int
    missing: int


class SegmentReader:
    """Finds the segments in frames; `unread` counts the frames of link types that are not read."""

    def __init__(self, most_held: int) -> None:
        self.fragments = FragmentTable(most_held)
        self.unread: dict[int, int] = {}

    def segment(self, frame: CapturedFrame) -> Segment | None:
        """The segment in a frame, or in the packet that it makes whole; None if there is none."""
        _, t, link_type, chunk, start, stop, missing = frame
        if link_type == ETHERNET and chunk[start + 12 : start + 14] == b"\x08\0":
            at = start + 14
        elif link_type in READ:
            at = ip_header(link_type, chunk, start, stop)
            if at == NOT_IP:
                return None
        else:
            self.unread[link_type] = self.unread.get(link_type, 0) + 1
            return None
        if at + 20 > stop:
            return None
        version, length, number, fragment, protocol = _IPV4(chunk, at)
        if version >> 4 == 6:
            return self._ipv6(t, chunk, at, stop, missing)
        tcp = at + (version & 0x0F) * 4
        if version >> 4 != 4 or protocol != _TCP or tcp < at + 20 or tcp > stop:
            return None
        # Length 0: the network card splits the packet later (segmentation offload).
        end = at + length if length else stop + missing
        if fragment & 0x3FFF:
            key = chunk[at + 12 : at + 20] + number.to_bytes(2, "big")
            whole = self._whole(key, chunk[tcp : min(stop, end)], fragment, end > stop, t)
            return None if whole is None else _tcp(chunk[at + 12 : at + 20], whole, 0, len(whole), len(whole))
        addresses = chunk[at + 12 : at + 24] if tcp == at + 20 else chunk[at + 12 : at + 20] + chunk[tcp : tcp + 4]
        return _tcp_of(addresses, chunk, tcp, stop, end)

    def _ipv6(self, t: float, chunk: bytes, at: int, stop: int, missing: int) -> Segment | None:
        """The segment of an IPv6 packet; a payload length of 0 is a jumbogram, or is filled in by the network card."""
        if at + 40 > stop:
            return None
        addresses = chunk[at + 8 : at + 40]
        length, kind = _IPV6(chunk, at)
        at += 40
        end = at + length if length else stop + missing
        while kind != _TCP:
            if at + 8 > stop:
                return None
            if kind == _FRAGMENT_HEADER:
                kind, fragment, number = _FRAGMENT(chunk, at)
                at += 8
                if fragment & 0xFFF9:
                    place = fragment & 0xFFF8
                    flags = place >> 3 | (_MORE_FRAGMENTS if fragment & 1 else 0)
                    key = addresses + number.to_bytes(4, "big")
                    whole = self._whole(key, chunk[at : min(stop, end)], flags, end > stop, t)
                    if whole is None:
                        return None
                    chunk, at, stop, end = whole, 0, len(whole), len(whole)
            elif kind in EXTENSIONS:
                kind, at = chunk[at], at + (chunk[at + 1] + 1) * 8
            elif kind == _AUTHENTICATION:
                kind, at = chunk[at], at + (chunk[at + 1] + 2) * 4
            else:
                return None
        return _tcp(addresses, chunk, at, stop, end)

    def _whole(self, key: bytes, data: bytes, fragment: int, is_cut: bool, t: float) -> bytes | None:
        """The packet, if this fragment makes it whole; a fragment that the capture has cut never does."""
        more = bool(fragment & _MORE_FRAGMENTS) or is_cut
        return self.fragments.add(key, (fragment & 0x1FFF) * 8, data, t, more=more)


def _tcp(addresses: bytes, data: bytes, at: int, stop: int, end: int) -> Segment | None:
    return _tcp_of(addresses + data[at : at + 4], data, at, stop, end)


def _tcp_of(key: bytes, data: bytes, at: int, stop: int, end: int) -> Segment | None:
    """The segment whose header is at `at`, in a packet that goes to `end`, of which the bytes to `stop` were kept."""
    if at + _FLAGS_END > stop:
        return None
    sequence, acknowledged, offset, flags = _NUMBERS(data, at + 4)
    payload = at + (offset >> 4) * 4
    if payload < at + _LEAST_TCP or payload > end:
        return None
    if payload > stop:
        return Segment(key, sequence, acknowledged, flags, data, stop, stop, end - payload)
    if end > stop:
        return Segment(key, sequence, acknowledged, flags, data, payload, stop, end - stop)
    return Segment(key, sequence, acknowledged, flags, data, payload, end, 0)


def reversed_key(key: bytes) -> bytes:
    """The key of the segments in the other direction."""
    size = (len(key) - 4) // 2
    return key[size : 2 * size] + key[:size] + key[-2:] + key[-4:-2]


def source_of(key: bytes) -> Address:
    """The address that a segment comes from."""
    size = (len(key) - 4) // 2
    (port,) = struct.unpack_from(">H", key, 2 * size)
    return str(ipaddress.ip_address(key[:size])), port
