"""Ethernet, IPv4 and TCP around bytes that were not captured as packets, so that Wireshark can open them.

The bytes of both ends are real, and so are FIN and RST; the rest is made up: the addresses are those for documentation
(RFC 5737), bytes are sent in segments of at most `SEGMENT` bytes, each acknowledged at once.
"""

from __future__ import annotations

import enum
import ipaddress
from dataclasses import dataclass
from struct import pack

from dulcimer.captures.pcapng import Packet

SEGMENT = 65_495
"""Bytes of TCP payload in one frame, as on a loopback interface: what an IPv4 packet holds without its header and that
of TCP. So a PDU is seldom in more than one frame, and Wireshark names it there.
"""
DICOM_PORT = 104
"""The port that Wireshark decodes as DICOM by default (PS3.8 9.1.2)."""

_WINDOW = 65535
_FIRST = 1_000_000
"""Sequence number of the client's SYN."""
_ETHERTYPE_IPV4 = 0x0800
_PROTOCOL_TCP = 6
_DO_NOT_FRAGMENT = 0x4000
_MAXIMUM_SEGMENT_OPTION = pack(">BBH", 2, 4, SEGMENT)


class Flags(enum.IntFlag):
    """Control bits of a TCP header (RFC 9293 3.1)."""

    FIN = 0x01
    SYN = 0x02
    RST = 0x04
    PSH = 0x08
    ACK = 0x10


@dataclass(slots=True)
class TcpEnd:
    """One end of the connection: its addresses, and the sequence number of the byte it sends next."""

    address: str
    port: int
    hardware: bytes
    sequence: int
    packets: int = 0


class TcpConversation:
    """One TCP connection, built step by step; `packets` are its frames so far.

    Times are in seconds and never go back: an earlier time is replaced by the latest before it.
    """

    def __init__(
        self,
        client: tuple[str, int] = ("192.0.2.1", 49152),
        server: tuple[str, int] = ("192.0.2.2", DICOM_PORT),
    ) -> None:
        self.client = TcpEnd(*client, bytes.fromhex("020000000001"), _FIRST)
        self.server = TcpEnd(*server, bytes.fromhex("020000000002"), 2 * _FIRST)
        self.packets: list[Packet] = []
        self._t = 0.0

    def open(self, t: float, comment: str = "") -> None:
        """The three-way handshake."""
        self._segment(t, self.client, Flags.SYN, comment=comment, options=_MAXIMUM_SEGMENT_OPTION)
        self._segment(t, self.server, Flags.SYN | Flags.ACK, options=_MAXIMUM_SEGMENT_OPTION)
        self._segment(t, self.client, Flags.ACK)

    def ask(self, t: float) -> None:
        """The client asks for the connection (SYN); again, if it has asked before and got no answer."""
        self.client.sequence = _FIRST
        self._segment(t, self.client, Flags.SYN)

    def send(self, t: float, sender: TcpEnd, data: bytes, comment: str = "", *, missing: int = 0) -> None:
        """Bytes of one end, and their acknowledgements; the comment is on the last frame with bytes.

        `missing` bytes at the end were sent but are not known: the frames say so, like those of a capture that
        keeps only the beginning of each frame.
        """
        total = len(data) + missing
        for start in range(0, total, SEGMENT):
            end = min(start + SEGMENT, total)
            flags = Flags.ACK | Flags.PSH if end == total else Flags.ACK
            chunk = data[start:end]
            unknown = end - start - len(chunk)
            self._segment(t, sender, flags, chunk, comment if end == total else "", missing=unknown)
            self._segment(t, self.other(sender), Flags.ACK)

    def skip(self, sender: TcpEnd, size: int) -> None:
        """So many bytes of one end are missing: Wireshark says so at its next ones."""
        sender.sequence += size

    def finish(self, t: float, sender: TcpEnd, comment: str = "") -> None:
        """One end closes its direction (FIN), which the other acknowledges."""
        self._segment(t, sender, Flags.FIN | Flags.ACK, comment=comment)
        self._segment(t, self.other(sender), Flags.ACK)

    def reset(self, t: float, sender: TcpEnd, comment: str = "") -> None:
        """One end resets the connection (RST)."""
        self._segment(t, sender, Flags.RST | Flags.ACK, comment=comment)

    def other(self, end: TcpEnd) -> TcpEnd:
        """The end that `end` talks to."""
        return self.server if end is self.client else self.client

    def _segment(
        self,
        t: float,
        sender: TcpEnd,
        flags: Flags,
        data: bytes = b"",
        comment: str = "",
        *,
        missing: int = 0,
        options: bytes = b"",
    ) -> None:
        self._t = max(self._t, t)
        receiver = self.other(sender)
        acknowledged = receiver.sequence if flags & Flags.ACK else 0
        whole = data + bytes(missing)
        frame = receiver.hardware + sender.hardware + pack(">H", _ETHERTYPE_IPV4)
        frame += _ipv4_and_tcp(sender, receiver, acknowledged, flags, options, whole)
        self.packets.append(Packet(self._t, frame[: len(frame) - missing], comment, missing))
        sender.packets += 1
        sender.sequence += len(whole) + bool(flags & (Flags.SYN | Flags.FIN))


def _ipv4_and_tcp(
    sender: TcpEnd, receiver: TcpEnd, acknowledged: int, flags: Flags, options: bytes, payload: bytes
) -> bytes:
    addresses = ipaddress.IPv4Address(sender.address).packed + ipaddress.IPv4Address(receiver.address).packed
    offset = (20 + len(options)) // 4 << 4
    sequence, acknowledged = sender.sequence & 0xFFFFFFFF, acknowledged & 0xFFFFFFFF

    def tcp(checksum: int) -> bytes:
        ports_and_numbers = pack(">HHII", sender.port, receiver.port, sequence, acknowledged)
        return ports_and_numbers + pack(">BBHHH", offset, flags, _WINDOW, checksum, 0) + options + payload

    length = len(tcp(0))

    def ip(checksum: int) -> bytes:
        head = pack(">BBHHH", 0x45, 0, 20 + length, sender.packets & 0xFFFF, _DO_NOT_FRAGMENT)
        return head + pack(">BBH", 64, _PROTOCOL_TCP, checksum) + addresses

    pseudo_header = addresses + pack(">BBH", 0, _PROTOCOL_TCP, length)
    return ip(_checksum(ip(0))) + tcp(_checksum(pseudo_header + tcp(0)))


def _checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071): the sum of 16-bit words with end-around carry is the remainder by FFFFH."""
    number = int.from_bytes(data + bytes(len(data) % 2), "big")
    total = number % 0xFFFF or (0xFFFF if number else 0)
    return ~total & 0xFFFF
