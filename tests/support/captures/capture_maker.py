"""Captures of any kind, frame by frame: link layers, VLANs, IP with options, extensions and fragments, file forms."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from struct import pack

from dulcimer.captures.tcp import Flags

ETHERNET, NULL, LOOP, RAW, SLL, SLL2, IPV4_ONLY, IPV6_ONLY = 1, 0, 108, 101, 113, 276, 228, 229
CLIENT, SERVER = ("192.0.2.1", 49152), ("192.0.2.2", 11112)
CLIENT_6, SERVER_6 = ("2001:db8::1", 49152), ("2001:db8::2", 11112)
_TCP, _FRAGMENT = 6, 44


@dataclass(frozen=True)
class Wrapping:
    """What is around a TCP segment.

    `vlans`: the Ethertypes of VLAN tags, the outer one first; `options`: bytes of IPv4 options, a multiple of 4;
    `pppoe`: in a session of PPP over Ethernet; `labels`: those of MPLS, the outer one first;
    `extensions`: protocol numbers of IPv6 headers; `fragment`: bytes of IP payload in a frame, a multiple of 8; 0: all.
    """

    link_type: int = ETHERNET
    is_ipv6: bool = False
    vlans: tuple[int, ...] = ()
    options: int = 0
    extensions: tuple[int, ...] = ()
    pppoe: bool = False
    labels: tuple[int, ...] = ()
    fragment: int = 0

    def frames(self, segment: bytes, by_client: bool, number: int) -> list[bytes]:
        """The frames of a segment; its packet has this number."""
        packets = self._ipv6(segment, by_client, number) if self.is_ipv6 else self._ipv4(segment, by_client, number)
        return [self._linked(packet) for packet in packets]

    def _linked(self, packet: bytes) -> bytes:
        kind = 0x86DD if self.is_ipv6 else 0x0800
        if self.pppoe:
            kind, packet = 0x8864, pack(">BBHHH", 0x11, 0, 1, len(packet) + 2, 0x57 if self.is_ipv6 else 0x21) + packet
        if self.labels:
            kind = 0x8847
            last = len(self.labels) - 1
            stack = b"".join(
                pack(">I", one << 12 | (number == last) << 8 | 64) for number, one in enumerate(self.labels)
            )
            packet = stack + packet
        tags = b""
        for inner in (*self.vlans, kind)[1:] if self.vlans else ():
            tags += pack(">HH", 5, inner)
        first = self.vlans[0] if self.vlans else kind
        match self.link_type:
            case 1:
                return bytes.fromhex("020000000002020000000001") + pack(">H", first) + tags + packet
            case 0:
                return pack("<I", 24 if self.is_ipv6 else 2) + packet
            case 108:
                return pack(">I", 24 if self.is_ipv6 else 2) + packet
            case 113:
                return pack(">HHH8sH", 0, 1, 6, b"\2\0\0\0\0\1", first) + tags + packet
            case 276:
                return pack(">HHIHBB8s", first, 0, 2, 1, 0, 6, b"\2\0\0\0\0\1") + tags + packet
        return packet

    def _pieces(self, payload: bytes) -> list[tuple[int, bytes, bool]]:
        size = self.fragment or len(payload)
        starts = range(0, len(payload), size)
        return [(at, payload[at : at + size], at + size < len(payload)) for at in starts]

    def _ipv4(self, segment: bytes, by_client: bool, number: int) -> list[bytes]:
        source, destination = (ipaddress.IPv4Address(end[0]).packed for end in ends(self, by_client))
        head = 20 + self.options
        found = []
        for at, piece, more in self._pieces(segment):
            fixed = pack(">BBHHH", 0x40 | head // 4, 0, head + len(piece), number & 0xFFFF, at >> 3 | more << 13)
            found.append(fixed + pack(">BBH", 64, _TCP, 0) + source + destination + b"\x01" * self.options + piece)
        return found

    def _ipv6(self, segment: bytes, by_client: bool, number: int) -> list[bytes]:
        source, destination = (ipaddress.IPv6Address(end[0]).packed for end in ends(self, by_client))
        found = []
        for at, piece, more in self._pieces(segment):
            kinds = [*self.extensions, *([_FRAGMENT] if self.fragment else []), _TCP]
            body = b""
            for kind, following in pairwise(kinds):
                if kind == _FRAGMENT:
                    body += pack(">BBHI", following, 0, at | more, number)
                else:
                    body += pack(">BB6s", following, 0, b"\x01\x04")
            fixed = pack(">IHBB", 0x60000000, len(body) + len(piece), kinds[0], 64)
            found.append(fixed + source + destination + body + piece)
        return found


def ends(wrapping: Wrapping, by_client: bool) -> tuple[tuple[str, int], tuple[str, int]]:
    """Source and destination."""
    both = (CLIENT_6, SERVER_6) if wrapping.is_ipv6 else (CLIENT, SERVER)
    return both if by_client else both[::-1]


def tcp(
    by_client: bool,
    sequence: int,
    payload: bytes = b"",
    flags: int = Flags.ACK,
    *,
    acknowledged: int = 0,
    options: bytes = b"",
    ports: tuple[int, int] = (CLIENT[1], SERVER[1]),
) -> bytes:
    """A segment, with a wrong checksum, as checksum offload leaves it."""
    source, destination = ports if by_client else ports[::-1]
    offset = (20 + len(options)) // 4 << 4
    numbers = pack(">HHII", source, destination, sequence & 0xFFFFFFFF, acknowledged & 0xFFFFFFFF)
    return numbers + pack(">BBHHH", offset, flags, 65535, 0xBAD, 0) + options + payload


@dataclass(frozen=True)
class Record:
    """A frame in a file: its time in seconds, and how many of its bytes are kept (all, if None)."""

    frame: bytes
    t: float = 0.0
    kept: int | None = None

    @property
    def data(self) -> bytes:
        """The bytes that are in the file."""
        return self.frame[: self.kept]


def records(frames: Iterable[bytes]) -> list[Record]:
    """The frames with times of their own."""
    return [Record(frame, 1_700_000_000 + number / 8) for number, frame in enumerate(frames)]


def pcap(found: Sequence[Record], link_type: int = ETHERNET, order: str = "<", *, nanoseconds: bool = False) -> bytes:
    """The frames as a pcap file."""
    unit = 1_000_000_000 if nanoseconds else 1_000_000
    parts = [pack(order + "IHHiIII", 0xA1B23C4D if nanoseconds else 0xA1B2C3D4, 2, 4, 0, 0, 262144, link_type)]
    for one in found:
        fraction = round(one.t % 1 * unit)
        parts += [pack(order + "IIII", int(one.t), fraction, len(one.data), len(one.frame)), one.data]
    return b"".join(parts)


def block(order: str, kind: int, body: bytes) -> bytes:
    """A block of pcapng."""
    body += bytes(-len(body) % 4)
    return pack(order + "II", kind, len(body) + 12) + body + pack(order + "I", len(body) + 12)


def section(order: str = "<") -> bytes:
    """The header of a section."""
    return block(order, 0x0A0D0D0A, pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(link_type: int, order: str = "<", *, resolution: int = 6, snap_length: int = 0, offset: int = 0) -> bytes:
    """The description of an interface."""
    options = pack(order + "HHB3x", 9, 1, resolution) + pack(order + "HHq", 14, 8, offset) + bytes(4)
    return block(order, 1, pack(order + "HHI", link_type, 0, snap_length) + options)


def packet(one: Record, order: str = "<", *, kind: int = 6, number: int = 0, unit: float = 1e-6) -> bytes:
    """A frame as an Enhanced (6), obsolete (2) or Simple Packet Block (3) of an interface."""
    data = one.data
    time = round(one.t / unit)
    times = (time >> 32, time & 0xFFFFFFFF)
    match kind:
        case 6:
            head = pack(order + "IIIII", number, *times, len(data), len(one.frame))
        case 2:
            head = pack(order + "HHIIII", number, 0, *times, len(data), len(one.frame))
        case _:
            head = pack(order + "I", len(one.frame))
    return block(order, kind, head + data)
