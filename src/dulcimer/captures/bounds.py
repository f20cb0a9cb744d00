"""How much of a capture is kept in memory while it is read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CaptureBounds:
    """Limits, in bytes where nothing else is said; what is given up at a limit is told.

    `held_by_end`, `held`: segments that wait for bytes before them, of one end of a connection and of all;
    `fragments`: IP fragments that wait for others; `connections`: how many are followed at the same time;
    `collected`: the bytes of connections, where these are kept (`dulcimer.captures.collected`).
    """

    held_by_end: int = 16 << 20
    held: int = 64 << 20
    fragments: int = 4 << 20
    connections: int = 16_384
    collected: int = 256 << 20
