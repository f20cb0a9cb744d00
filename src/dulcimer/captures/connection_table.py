"""Which connection a segment belongs to: ports that are used again, connections that are over, and too many of them."""

from __future__ import annotations

from typing import Final

from dulcimer.captures.bounds import CaptureBounds
from dulcimer.captures.events import (
    CapturedEnding,
    CapturedReset,
    CaptureEvent,
    ConnectionEnded,
    ConnectionOpened,
    FollowedConnection,
)
from dulcimer.captures.ordering import WHOLE, OrderedEnd, distance
from dulcimer.captures.segments import Segment, reversed_key, source_of
from dulcimer.captures.tcp import Flags

FIN, SYN, RST, ACK = (int(flag) for flag in (Flags.FIN, Flags.SYN, Flags.RST, Flags.ACK))
LINGER: Final = 60.0
"""Seconds of the capture for which segments still belong to a connection that is over."""
NEAR: Final = 1 << 24
"""Bytes around the last ones of a connection that is over: what is further away is of another one."""
_KEPT_WHEN_CROWDED: Final = 0.75


class Ends:
    """What is known of a connection: both ends, the last frame of it, and how it was closed."""

    __slots__ = ("client", "connection", "ending", "frame", "key", "server", "t")

    def __init__(self, connection: FollowedConnection, key: bytes) -> None:
        self.connection = connection
        self.key = key
        self.client = OrderedEnd(connection, by_client=True)
        self.server = OrderedEnd(connection, by_client=False)
        self.frame = connection.frame
        self.t = connection.t
        self.ending: CapturedEnding | None = None
        connection.ends = self.both

    @property
    def both(self) -> tuple[OrderedEnd, OrderedEnd]:
        """The client and the server."""
        return self.client, self.server


class SegmentRoute:
    """What a segment with a certain key belongs to: its connection, the end that sent it, and the other one."""

    __slots__ = ("ends", "receiver", "sender")

    def __init__(self, ends: Ends, sender: OrderedEnd, receiver: OrderedEnd) -> None:
        self.ends = ends
        self.sender = sender
        self.receiver = receiver


class ConnectionTable:
    """The connections that are followed; `count` of them in all, `crowded_out` were given up early.

    `held`: bytes of memory that segments take which wait, roughly.
    """

    def __init__(self, bounds: CaptureBounds) -> None:
        self.routes: dict[bytes, SegmentRoute] = {}
        self.count = 0
        self.crowded_out = 0
        self._bounds = bounds
        self._over: dict[Ends, None] = {}
        self._waiting: dict[OrderedEnd, int] = {}
        self.held = 0

    def take(self, segment: Segment, frame: int, t: float, events: list[CaptureEvent]) -> None:
        """Any segment; adds to `events` what it shows."""
        key, sequence, acknowledged, flags, data, start, stop, missing = segment
        route = self.routes.get(key)
        if route is None or self._is_of_another(route, segment):
            route = self._begin(route, segment, frame, t, events)
        ends, sender, receiver = route.ends, route.sender, route.receiver
        ends.frame, ends.t = frame, t
        if flags & ACK and not flags & RST:
            receiver.note_acknowledged(acknowledged)
        if flags & SYN:
            self._open(route, segment, frame, t, events)
            sequence = (sequence + 1) % WHOLE
        if flags & RST:
            self._give_up(ends, frame, t, events)
            events.append(CapturedReset(ends.connection, sender.by_client, frame, t))
            self._end_soon(ends, CapturedEnding.RESET)
            return
        if stop > start or missing:
            sender.take(sequence, data[start:stop], missing, frame, t, events)
        if flags & FIN:
            sender.finish((sequence + stop - start + missing) % WHOLE, frame, t, events)
        if sender.pieces.held or sender in self._waiting:
            self._bound(sender, events)
        if ends.ending is None and ends.client.is_finished and ends.server.is_finished:
            self._end_soon(ends, CapturedEnding.CLOSED)

    def sweep(self, t: float, events: list[CaptureEvent]) -> None:
        """Tell the end of connections that have been over for long."""
        for ends in tuple(self._over):
            if ends.t + LINGER < t:
                self._end(ends, ends.ending or CapturedEnding.CLOSED, events)

    def end(self, events: list[CaptureEvent]) -> None:
        """No further segment comes; the connections end in their order."""
        for ends in self._followed():
            self._end(ends, ends.ending or CapturedEnding.END_OF_CAPTURE, events)

    def _followed(self) -> list[Ends]:
        return [route.ends for key, route in self.routes.items() if route.ends.key == key]

    def _is_of_another(self, route: SegmentRoute, segment: Segment) -> bool:
        """Whether the ports are used for another connection, of which this is the first segment seen."""
        sender, sequence, flags = route.sender, segment.sequence, segment.flags
        is_over = route.ends.ending is not None
        if flags & RST:
            return False
        if flags & SYN:
            if sender.first is not None:
                # A request that comes again has the same number, one for another connection seldom has.
                return sequence != sender.first or (is_over and not flags & ACK)
            if sender.next is not None:
                return not 0 <= distance(sequence + 1, sender.next) - sender.position <= NEAR
            return not flags & ACK and route.receiver.next is not None
        if is_over and (segment.stop > segment.start or segment.missing) and sender.next is not None:
            return abs(distance(sender.next, sequence)) > NEAR
        return False

    def _begin(
        self, route: SegmentRoute | None, segment: Segment, frame: int, t: float, events: list[CaptureEvent]
    ) -> SegmentRoute:
        if route is not None:
            self._end(route.ends, route.ends.ending or CapturedEnding.REPLACED, events)
        elif len(self.routes) >= 2 * self._bounds.connections:
            self._make_room(events)
        key = segment.key
        back = reversed_key(key)
        is_answer = segment.flags & SYN and segment.flags & ACK
        client, server = (back, key) if is_answer else (key, back)
        self.count += 1
        ends = Ends(FollowedConnection(self.count, source_of(client), source_of(server), frame, t), client)
        self.routes[client] = SegmentRoute(ends, ends.client, ends.server)
        self.routes[server] = SegmentRoute(ends, ends.server, ends.client)
        return self.routes[key]

    def _open(self, route: SegmentRoute, segment: Segment, frame: int, t: float, events: list[CaptureEvent]) -> None:
        sender = route.sender
        route.ends.connection.syns += sender.by_client
        if sender.first is None:
            sender.open(segment.sequence)
            if sender.by_client:
                route.ends.connection.has_beginning = True
            events.append(ConnectionOpened(route.ends.connection, sender.by_client, frame, t))
        if segment.flags & ACK and route.receiver.next is None:
            # The SYN of the client is missing, but this acknowledges it: so the first bytes are known.
            route.receiver.next = segment.acknowledged

    def _end_soon(self, ends: Ends, ending: CapturedEnding) -> None:
        if ends.ending is None:
            ends.ending = ending
            self._over[ends] = None

    def _end(self, ends: Ends, ending: CapturedEnding, events: list[CaptureEvent]) -> None:
        self._give_up(ends, ends.frame, ends.t, events)
        events.append(ConnectionEnded(ends.connection, ends.frame, ends.t, ending))
        self._over.pop(ends, None)
        self.routes.pop(ends.key, None)
        self.routes.pop(reversed_key(ends.key), None)

    def _give_up(self, ends: Ends, frame: int, t: float, events: list[CaptureEvent]) -> None:
        for end in ends.both:
            end.give_up_all(frame, t, events)
            self.held -= self._waiting.pop(end, 0)

    def _make_room(self, events: list[CaptureEvent]) -> None:
        """End those that are over, then those that have been silent for longest."""
        followed = sorted(self._followed(), key=lambda ends: (ends.ending is None, ends.frame))
        for ends in followed[: len(followed) - int(self._bounds.connections * _KEPT_WHEN_CROWDED)]:
            self.crowded_out += ends.ending is None
            self._end(ends, ends.ending or CapturedEnding.CROWDED_OUT, events)

    def _bound(self, end: OrderedEnd, events: list[CaptureEvent]) -> None:
        """Give up gaps while more waits than may: of this end, then of those with the most."""
        while end.is_too_full(self._bounds.held_by_end):
            end.give_up_first(events)
        self.held += self._count(end)
        if self.held > self._bounds.held:
            for other in sorted(self._waiting, key=lambda one: -one.pieces.held):
                while other.pieces.starts and self.held > self._bounds.held * _KEPT_WHEN_CROWDED:
                    other.give_up_first(events)
                    self.held += self._count(other)

    def _count(self, end: OrderedEnd) -> int:
        """How much more waits at an end than when it was counted last."""
        before = self._waiting.pop(end, 0)
        if end.pieces.held:
            self._waiting[end] = end.pieces.held
        return end.pieces.held - before
