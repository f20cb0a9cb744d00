"""IP packets from their fragments (RFC 791 3.2, RFC 8200 4.5), in bounded memory.

Bytes that come twice count once: those that were captured first are kept. A packet is whole in the frame with which its
last missing fragment came.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from dulcimer.captures.pieces import Pieces

FRAGMENTS_WAIT: Final = 60.0
"""Fragments of a packet that come later than this belong to another one with the same number (RFC 8200 4.5)."""
_MOST_BYTES = 65_535


@dataclass(slots=True)
class _Packet:
    t: float
    size: int = -1
    pieces: Pieces = field(default_factory=Pieces)


@dataclass(slots=True)
class FragmentTable:
    """Packets of which fragments are missing; the oldest one is given up when there are too many.

    `most_held`: bytes of memory that fragments take at most, `held`: those that they take; `given_up` counts packets
    that did not become whole.
    """

    most_held: int
    given_up: int = 0
    held: int = 0
    _packets: dict[bytes, _Packet] = field(default_factory=dict)

    def add(self, key: bytes, place: int, data: bytes, t: float, *, more: bool) -> bytes | None:
        """What follows the IP header of the packet, if this fragment makes it whole.

        `key`: the addresses, the protocol and the number of the packet; `place`: of the fragment in it, in bytes;
        `more`: there is another fragment behind this one.
        """
        if place + len(data) > _MOST_BYTES:
            return None
        packet = self._packets.get(key)
        if packet is not None and t - packet.t > FRAGMENTS_WAIT:
            self._give_up(key)
            packet = None
        if packet is None:
            packet = self._packets[key] = _Packet(t)
        before = packet.pieces.held
        packet.pieces.add(place, data, 0, 0, t)
        self.held += packet.pieces.held - before
        if not more and packet.size < 0:
            packet.size = place + len(data)
        if packet.size >= 0 and (whole := packet.pieces.joined(packet.size)) is not None:
            self.held -= self._packets.pop(key).pieces.held
            return whole
        while self.held > self.most_held:
            self._give_up(next(iter(self._packets)))
        return None

    def end(self) -> None:
        """No further frame comes."""
        for key in tuple(self._packets):
            self._give_up(key)

    def _give_up(self, key: bytes) -> None:
        self.held -= self._packets.pop(key).pieces.held
        self.given_up += 1
