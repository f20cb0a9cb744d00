"""Whole connections of a capture, for those who need their bytes at once and not as they come."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from dulcimer.captures.events import (
    CapturedBytes,
    CapturedEnding,
    CapturedFin,
    CapturedGap,
    CapturedReset,
    CaptureEvent,
    ConnectionEnded,
    ConnectionOpened,
    FollowedConnection,
)
from dulcimer.captures.following import CaptureReader
from dulcimer.captures.segments import Address

RECOGNISED: Final = 4096
"""Bytes at the beginning of a connection that show what it speaks."""
HEAD: Final = 64
"""Bytes that are kept of a connection that is not wanted, to say what it speaks."""
RECOGNISED_LATER: Final = 1 << 20
"""Bytes that show it where the capture does not have the beginning."""


class FrameMap:
    """Which frame each byte of a stream came in, as ranges: 24 bytes for each frame."""

    __slots__ = ("_frames", "_latest", "_starts", "_times")

    def __init__(self) -> None:
        self._starts = array("Q")
        self._frames = array("I")
        self._times = array("d")
        self._latest = array("I")

    def add(self, start: int, frame: int, t: float) -> None:
        """From this place on the bytes are those of this frame."""
        index = len(self._starts)
        before = self._latest[-1] if index else 0
        self._latest.append(before if index and self._frames[before] > frame else index)
        self._starts.append(start)
        self._frames.append(frame)
        self._times.append(t)

    def at(self, place: int) -> tuple[int, float]:
        """The number and time of the frame with the byte at this place."""
        index = max(0, bisect_right(self._starts, place) - 1)
        return self._frames[index], self._times[index]

    def between(self, start: int, stop: int) -> list[int]:
        """The numbers of the frames with the bytes from `start` to `stop`, in the order of the bytes."""
        first = max(0, bisect_right(self._starts, start) - 1)
        return list(self._frames[first : bisect_left(self._starts, stop, first)])

    def readable(self, stop: int) -> tuple[int, float]:
        """The number and time of the frame with which all bytes before `stop` had been captured.

        A receiver can read what ends there no earlier, and Wireshark shows it in that frame.
        """
        index = self._latest[max(0, bisect_left(self._starts, stop) - 1)]
        return self._frames[index], self._times[index]


@dataclass(slots=True)
class Direction:
    """What one end sent: `data` without the gaps, which are pairs of their place in `data` and their size in bytes.

    `opened`: its SYN was captured; `fin` and `reset`: the frames of its FIN and RST, 0 if there is none; `not_kept`:
    bytes at its end that are left out, since too much would be kept, or since they are not wanted: then `head` has
    the first ones.
    """

    source: Address
    destination: Address
    data: bytearray = field(default_factory=bytearray)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    frames: FrameMap = field(default_factory=FrameMap)
    opened: bool = False
    fin: int = 0
    reset: int = 0
    is_kept: bool = True
    head: bytes = b""
    not_kept: int = 0

    def forget(self) -> None:
        """Keep no bytes, neither those that are here nor those that come."""
        self.is_kept = False
        self.not_kept += len(self.data)
        self.head = bytes(self.data[:HEAD])
        self.data.clear()
        self.gaps.clear()
        self.frames = FrameMap()

    def frame_of(self, place: int) -> tuple[int, float]:
        """The number and time of the frame with the byte at this place of `data`."""
        return self.frames.at(place)


@dataclass(slots=True)
class CapturedConnection:
    """One TCP connection. `client` opened it, or spoke first if the capture began later."""

    followed: FollowedConnection
    client: Direction
    server: Direction
    ending: CapturedEnding | None = None

    @property
    def number(self) -> int:
        """Counts the connections of the capture from 1, in the order of their first frames."""
        return self.followed.number

    @property
    def both(self) -> tuple[Direction, Direction]:
        """The client and the server."""
        return self.client, self.server


def connections(
    reader: CaptureReader, is_wanted: Callable[[Direction], bool] | None = None
) -> Iterator[CapturedConnection]:
    """The connections of a capture, each when it has ended, with all their bytes.

    `is_wanted`: asked for an end that has sent enough to be recognised; the bytes of connections that are not wanted
    are not kept. Nor are those beyond `CaptureBounds.collected` bytes, counted over all connections that are still
    followed. `Direction.not_kept` counts both. Raises OSError.
    """
    collector = _Collector(reader.bounds.collected, is_wanted)
    for event in reader:
        if (found := collector.take(event)) is not None:
            yield found


class _Collector:
    def __init__(self, most: int, is_wanted: Callable[[Direction], bool] | None) -> None:
        self._found: dict[int, CapturedConnection] = {}
        self._left = most
        self._is_wanted = is_wanted

    def take(self, event: CaptureEvent) -> CapturedConnection | None:
        """Add what an event has to its connection; the connection if this was the last one."""
        followed = event.connection
        connection = self._found.get(followed.number)
        if connection is None:
            client, server = followed.client, followed.server
            connection = CapturedConnection(followed, Direction(client, server), Direction(server, client))
            self._found[followed.number] = connection
        if isinstance(event, ConnectionEnded):
            connection.ending = event.ending
            self._left += sum(len(end.data) for end in connection.both)
            return self._found.pop(followed.number)
        end = connection.client if event.by_client else connection.server
        match event:
            case CapturedBytes(_, _, frame, t, data):
                self._add(connection, end, frame, t, data)
            case CapturedGap() if end.is_kept:
                end.gaps.append((len(end.data), event.size))
            case ConnectionOpened():
                end.opened = True
            case CapturedFin():
                end.fin = event.frame
            case CapturedReset():
                end.reset = event.frame
        return None

    def _add(self, connection: CapturedConnection, end: Direction, frame: int, t: float, data: bytes) -> None:
        before, after = len(end.data), len(end.data) + len(data)
        if not end.is_kept or len(data) > self._left:
            end.is_kept = False
            end.not_kept += len(data)
            end.head = end.head or data[:HEAD]
            return
        self._left -= len(data)
        end.frames.add(before, frame, t)
        end.data += data
        enough = RECOGNISED if end.opened else RECOGNISED_LATER
        if self._is_wanted is not None and before < enough <= after and not self._is_wanted(end):
            for one in connection.both:
                self._left += len(one.data)
                one.forget()
