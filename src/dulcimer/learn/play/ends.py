"""One association between two upper layers in memory; what they send waits on the wire until it is received."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from dulcimer._generated.fsm import Events, States
from dulcimer.errors import LocalProtocolError
from dulcimer.fsm.primitives import Indication
from dulcimer.learn.play.moves import MoveError, MoveKind, PlayMove
from dulcimer.learn.play.primitives import planted_bytes, primitive_of
from dulcimer.learn.play.travelling import Transport, Travelling, pdus_in
from dulcimer.trace.records import ACCEPTOR, ENDS, REQUESTOR, ArtimChanged, MachineStep, PrimitivePassed, TraceRecord
from dulcimer.upper_layer import Observer, Observers, UpperLayer

OTHER: Final = {REQUESTOR: ACCEPTOR, ACCEPTOR: REQUESTOR}
"""The other end."""
_OPENING = (Transport.CONNECT, Transport.CONNECTED)
_MOST_UNDER_WAY = 200
_TICK = 0.01
"""Seconds from one move to the next."""


class _Watcher(Observer):
    """Writes down what the machine of an end does."""

    def __init__(self, end: str, seen: list[TraceRecord]) -> None:
        self._end = end
        self._seen = seen

    def transition(self, event: Events, state: States, action: str, next_state: States, now: float) -> None:  # noqa: ARG002
        """A step; the end that has closed is not told of it."""
        if action:
            self._seen.append(MachineStep(self._end, state.label, event.label, action, next_state.label))

    def indicated(self, primitive: Indication, now: float) -> None:  # noqa: ARG002
        """What the user is told."""
        self._seen.append(PrimitivePassed(self._end, primitive.subject))

    def artim_changed(self, seconds: float | None, now: float) -> None:  # noqa: ARG002
        """ARTIM was started or stopped."""
        self._seen.append(ArtimChanged(self._end, "ARTIM", "stopped" if seconds is None else "started", seconds))


class PlayedAssociation:
    """Two ends in Sta1. `observe` makes one more observer for each, if it is given."""

    def __init__(self, observe: Callable[[], Observer] | None = None) -> None:
        self.wire: dict[str, deque[Travelling]] = {end: deque() for end in ENDS}
        """What is on its way to each end; the first one arrives first."""
        self._seen: list[TraceRecord] = []
        self._layers: dict[str, UpperLayer] = {}
        self._is_open = dict.fromkeys(ENDS, False)
        self._is_closed = dict.fromkeys(ENDS, False)
        self._has_begun = False
        self._now = 0.0
        for end in ENDS:
            observer = Observers(_Watcher(end, self._seen), *([observe()] if observe is not None else []))
            self._layers[end] = UpperLayer(is_requestor=end == REQUESTOR, observer=observer)

    @property
    def is_over(self) -> bool:
        """Whether there was an association, and both ends are in Sta1 again."""
        return self._has_begun and not any(self.wire.values()) and all(one.is_idle for one in self._layers.values())

    def state(self, end: str) -> States:
        """The state of an end."""
        return self._layers[end].state

    def is_timed(self, end: str) -> bool:
        """Whether ARTIM runs at this end."""
        return self._layers[end].next_deadline() is not None

    def can_send(self, end: str) -> bool:
        """Whether there is a transport connection on which this end can send, as the operating system sees it."""
        return not self._is_closed[end] and (self._is_open[end] or self._is_open[OTHER[end]])

    def allows(self, move: PlayMove) -> bool:
        """Whether the move is possible now; of a primitive, whether Table 9-10 has an action for it."""
        match move.kind:
            case MoveKind.ISSUE:
                assert move.event is not None
                if move.event is Events.EVT_1 and (move.end == ACCEPTOR or self._has_begun):
                    return False
                return self._layers[move.end].state_machine.allows(move.event)
            case MoveKind.RECEIVE:
                return bool(self.wire[move.end])
            case MoveKind.TIMEOUT:
                return self.is_timed(move.end)
            case MoveKind.SEND:
                return self.can_send(move.end) and len(self.wire[OTHER[move.end]]) < _MOST_UNDER_WAY
            case MoveKind.CUT:
                return any(self._is_open.values()) or self.state(REQUESTOR) is States.STA_4

    def event_of(self, move: PlayMove) -> Events | None:
        """The event of Table 9-10 that the move is, at the end that makes it; None if it is none."""
        if move.kind is MoveKind.RECEIVE and self.wire[move.end]:
            return self.wire[move.end][0].event
        return Events.EVT_18 if move.kind is MoveKind.TIMEOUT else move.event

    def do(self, move: PlayMove) -> list[TraceRecord]:
        """What both machines did. Raises MoveError, after which nothing has changed."""
        self._now += _TICK
        begin = len(self._seen)
        self._refuse(move)
        match move.kind:
            case MoveKind.ISSUE:
                self._issue(move)
            case MoveKind.RECEIVE:
                self._receive(move.end)
            case MoveKind.TIMEOUT:
                layer = self._layers[move.end]
                self._now = max(self._now, layer.next_deadline() or 0.0)
                layer.expire(self._now)
            case MoveKind.SEND:
                self._put(OTHER[move.end], Travelling(data=planted_bytes(move.pdu, move.end), is_planted=True))
            case MoveKind.CUT:
                self._cut()
        self._has_begun = True
        for end in ENDS:
            self._settle(end)
        return self._seen[begin:]

    def _refuse(self, move: PlayMove) -> None:
        if self.allows(move):
            return
        match move.kind:
            case MoveKind.RECEIVE:
                raise MoveError(f"Nothing is on its way to the {move.end}.")
            case MoveKind.TIMEOUT:
                state = self.state(move.end).label
                raise MoveError(f"ARTIM does not run at the {move.end}, in {state}. It runs in Sta2 and Sta13.")
            case MoveKind.SEND if self.can_send(move.end):
                raise MoveError(f"{_MOST_UNDER_WAY} PDUs are on their way already: let some of them arrive.")
            case MoveKind.SEND:
                raise MoveError(f"The {move.end} has no transport connection on which it could send anything.")
            case MoveKind.CUT:
                raise MoveError("There is no transport connection that could be lost.")
            case MoveKind.ISSUE if move.event is Events.EVT_1 and move.end == ACCEPTOR:
                raise MoveError("The acceptor waits until a transport connection comes in (Evt5): r request")
            case MoveKind.ISSUE if move.event is Events.EVT_1 and self.state(REQUESTOR) is States.STA_1:
                raise MoveError(
                    f"The association before is not over yet: the acceptor is in {self.state(ACCEPTOR).label}."
                )
            case _:
                pass  # the machine says why

    def _issue(self, move: PlayMove) -> None:
        assert move.event is not None
        try:
            self._layers[move.end].send(primitive_of(move.event, move.end), self._now)
        except LocalProtocolError as error:
            raise MoveError(f"The {move.end}: {error}") from error

    def _receive(self, end: str) -> None:
        layer, one = self._layers[end], self.wire[end].popleft()
        if one.transport is Transport.CLOSED:
            self._lose(end)
        elif one.transport is None:
            layer.receive_data(one.data, self._now)
        else:
            self._is_open[end] = True
            layer.transport_connected(self._now)
            if one.transport is Transport.CONNECT:
                self._put(REQUESTOR, Travelling(Transport.CONNECTED))

    def _lose(self, end: str) -> None:
        """The transport connection of an end is gone: Evt17, unless it has closed it itself."""
        self._is_open[end] = False
        self._is_closed[end] = True
        self.wire[end].clear()
        self._layers[end].transport_closed(self._now)

    def _cut(self) -> None:
        for end in ENDS:
            if self._is_open[end] or self.state(end) is States.STA_4:
                self._lose(end)
            self.wire[end].clear()

    def _settle(self, end: str) -> None:
        """Do what the layer of an end asks for."""
        layer = self._layers[end]
        while layer.next_event() is not None:
            pass  # the watcher has seen it
        for one in pdus_in(b"".join(layer.data_to_send())):
            self._put(OTHER[end], one)
        if layer.open_requested:
            layer.open_requested = False
            self.wire[ACCEPTOR].append(Travelling(Transport.CONNECT))
        if layer.close_requested:
            layer.close_requested = False
            self._lose(end)
            self._put(OTHER[end], Travelling(Transport.CLOSED))

    def _put(self, end: str, one: Travelling) -> None:
        """Something is on its way, unless the connection is closed at that end already."""
        under_way = any(found.transport in _OPENING for found in self.wire[end])
        is_awaited = one.transport is Transport.CONNECTED and self.state(end) is States.STA_4
        if self._is_open[end] or under_way or is_awaited:
            self.wire[end].append(one)
