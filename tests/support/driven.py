"""Users of drivers in memory, with a number for the clock."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

from dulcimer._generated.fsm import States
from dulcimer.fsm.primitives import (
    AssociateAccept,
    AssociateIndication,
    AssociateRequest,
    Indication,
    PDataIndication,
    ReleaseIndication,
    ReleaseResponse,
)
from dulcimer.transport.driver import Driver
from dulcimer.transport.memory import MemoryStream, settle
from dulcimer.upper_layer import UpperLayer
from support.associations import AC, RQ


class NumberClock:
    """A clock that goes when it is told to, and by `tick` seconds each time that somebody looks at it."""

    def __init__(self, tick: float = 0.0) -> None:
        self.now = 0.0
        self.tick = tick
        self._calls: list[tuple[float, int, Timer]] = []
        self._count = itertools.count()

    def time(self) -> float:
        self.now += self.tick
        return self.now

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        timer = Timer(callback)
        heapq.heappush(self._calls, (when, next(self._count), timer))
        return timer

    def go_to(self, when: float) -> None:
        while self._calls and self._calls[0][0] <= when:
            self.now, _, timer = heapq.heappop(self._calls)
            if not timer.cancelled:
                timer.callback()
        self.now = when

    def turn(self) -> bool:
        """Call back what is due now, and not what that brings; whether there was something."""
        due = [call for call in self._calls if call[0] <= self.now]
        self._calls = [call for call in self._calls if call[0] > self.now]
        heapq.heapify(self._calls)
        for _, _, timer in sorted(due):
            if not timer.cancelled:
                timer.callback()
        return bool(due)

    @property
    def armed(self) -> int:
        return sum(not timer.cancelled for _, _, timer in self._calls)


class Timer:
    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class User:
    """Answers as an acceptor does, and remembers."""

    def __init__(self, *, is_requestor: bool, clock: NumberClock) -> None:
        self.heard: list[object] = []
        self.data = b""
        self.ended = 0
        self.upper_layer = UpperLayer(is_requestor=is_requestor)
        self.driver: Driver[Indication] = Driver(self.upper_layer, self.hear, ended=self.end, clock=clock)

    def hear(self, indication: object) -> None:
        self.heard.append(type(indication).__name__)
        match indication:
            case AssociateIndication():
                self.driver.send(AssociateAccept(AC))
            case ReleaseIndication():
                self.driver.send(ReleaseResponse())
            case PDataIndication(values):
                self.data += b"".join(bytes(fragment) for _, _, fragment in values)

    def end(self) -> None:
        self.ended += 1


def associated(clock: NumberClock | None = None) -> tuple[User, User, MemoryStream, MemoryStream, NumberClock]:
    clock = clock or NumberClock()
    requestor, acceptor = User(is_requestor=True, clock=clock), User(is_requestor=False, clock=clock)
    requestor.driver.send(AssociateRequest(RQ))
    assert requestor.upper_layer.open_requested
    requestor.upper_layer.open_requested = False
    left, right = MemoryStream.pair()
    right.attach(acceptor.driver)
    left.attach(requestor.driver)
    settle(left, right)
    while clock.tick and clock.turn():
        settle(left, right)
    assert requestor.upper_layer.state is acceptor.upper_layer.state is States.STA_6
    return requestor, acceptor, left, right, clock
