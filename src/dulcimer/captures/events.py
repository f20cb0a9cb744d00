"""What is seen of a TCP connection, event by event, as a capture is read.

The frame of an event and its time are those of the frame that it was in. Where segments were captured out of order,
an event may come after one of a later frame: bytes are given in the order of the stream.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

from dulcimer.captures.segments import Address


class GapReason(enum.StrEnum):
    """Why bytes are not in the capture."""

    LOST = "not captured"
    CUT = "cut off, since the capture keeps only the beginning of each frame"


class CapturedEnding(enum.StrEnum):
    """Why nothing more of a connection is told."""

    CLOSED = "closed by both ends"
    RESET = "reset"
    REPLACED = "its ports were used for another connection"
    CROWDED_OUT = "too many connections at the same time: it was no longer followed"
    END_OF_CAPTURE = "the capture ends"


class AcknowledgedEnd(Protocol):
    """One end of a connection while the capture is read."""

    @property
    def acknowledged_place(self) -> int | None:
        """How many of its bytes the other end has acknowledged, counted as they are told; None if that is not known.

        A gap counts as its bytes, a FIN as one.
        """


@dataclass(eq=False, slots=True)
class FollowedConnection:
    """A TCP connection; `number` counts those of the capture from 1, in the order of their first frames.

    `client` sent the SYN; without one (`has_beginning` is false) it is the end that was seen first. `late`: bytes
    that came after their gap had been told, from before the first ones, or far away from the others; they are not
    given. `syns`: how often the client has sent its SYN; again and again if nobody answers.

    `conflicting`: bytes that came again with another value, as far as those before are still known; the first ones
    count. `ends`: the client and the server, where they are followed.
    """

    number: int
    client: Address
    server: Address
    frame: int
    t: float
    has_beginning: bool = False
    late: int = 0
    conflicting: int = 0
    syns: int = 0
    ends: tuple[AcknowledgedEnd, AcknowledgedEnd] | None = None

    def received_by(self, by_client: bool) -> int | None:
        """How many bytes of the other end an end, the client or not, has received by now.

        As its acknowledgements say: None if that is not known. Counted as they are told; a gap counts as its bytes, a
        FIN as one. What the end sends may answer them, also those that are told later. Ask while the capture is read.
        """
        return None if self.ends is None else self.ends[by_client].acknowledged_place


class ConnectionOpened(NamedTuple):
    """The SYN of an end; a connection that was open before the capture begins has none."""

    connection: FollowedConnection
    by_client: bool
    frame: int
    t: float


class CapturedBytes(NamedTuple):
    """Bytes of an end that follow the ones before; those of one frame."""

    connection: FollowedConnection
    by_client: bool
    frame: int
    t: float
    data: bytes


class CapturedGap(NamedTuple):
    """So many bytes of an end are not in the capture; the frame is the one that shows it."""

    connection: FollowedConnection
    by_client: bool
    frame: int
    t: float
    size: int
    reason: GapReason


class CapturedFin(NamedTuple):
    """An end has closed its direction: after the bytes before."""

    connection: FollowedConnection
    by_client: bool
    frame: int
    t: float


class CapturedReset(NamedTuple):
    """An end has reset the connection."""

    connection: FollowedConnection
    by_client: bool
    frame: int
    t: float


class ConnectionEnded(NamedTuple):
    """Nothing more follows of this connection; the frame is the last one of it."""

    connection: FollowedConnection
    frame: int
    t: float
    ending: CapturedEnding


CaptureEvent: TypeAlias = ConnectionOpened | CapturedBytes | CapturedGap | CapturedFin | CapturedReset | ConnectionEnded
