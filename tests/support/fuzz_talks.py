"""A tester in memory beside our own stack, whose user does what a test says, and a referee that watches."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from dulcimer._generated.fsm import TABLE, Events, States
from dulcimer.conformance.model.oracle import Cell
from dulcimer.errors import EncodeError
from dulcimer.fsm.primitives import (
    AbortRequest,
    AssociateAccept,
    AssociateIndication,
    AssociateReject,
    AssociateRequest,
    Indication,
    PDataIndication,
    PDataRequest,
    ReleaseIndication,
    ReleaseRequest,
    ReleaseResponse,
)
from dulcimer.fuzz.engine.conversation import PduCutter
from dulcimer.fuzz.oracle.referee import Judgement, Referee
from dulcimer.fuzz.oracle.verdicts import ReplyVerdict
from dulcimer.fuzz.sequences.steps import TargetRole
from dulcimer.transport.driver import Driver
from dulcimer.transport.memory import MemoryStream, settle
from dulcimer.transport.streams import Stream
from dulcimer.upper_layer import UpperLayer
from dulcimer.upper_layer.observer import Observer
from dulcimer.wire.model import Buffer
from support.associations import AC, DATA, RJ, RQ
from support.driven import NumberClock

Decide = Callable[[str, tuple[str, ...]], str]
"""What a user does now: the name of what was indicated, and what it can do."""


class Cells(Observer):
    """The filled cells that a provider has gone through."""

    def __init__(self) -> None:
        self.seen: set[Cell] = set()

    def transition(self, event: Events, state: States, action: str, next_state: States, now: float) -> None:
        if (event, state) in TABLE:
            self.seen.add((event, state))


class Target:
    """Our own stack with a user that decides each time."""

    def __init__(self, role: TargetRole, decide: Decide, clock: NumberClock) -> None:
        self.cells = Cells()
        self.upper_layer = UpperLayer(is_requestor=role == "requestor", observer=self.cells)
        self.driver: Driver[Indication] = Driver(self.upper_layer, self._hear, clock=clock)
        self._decide = decide

    def _hear(self, indication: object) -> None:
        match indication:
            case AssociateIndication():
                self._do("associate", {"accept": AssociateAccept(AC), "reject": AssociateReject(RJ), "wait": None})
            case PDataIndication():
                self._do("data", {"send": PDataRequest(DATA), "wait": None, "release": ReleaseRequest()})
            case ReleaseIndication():
                self._do("release", {"answer": ReleaseResponse(), "send": PDataRequest(DATA), "wait": None})
        self._do("anything", {"nothing": None, "abort": AbortRequest()})

    def _do(self, what: str, choices: dict[str, object]) -> None:
        primitive = choices[self._decide(what, tuple(choices))]
        if primitive is not None and self.upper_layer.allows(type(primitive)):  # type: ignore[arg-type]  # a primitive of the user
            with contextlib.suppress(EncodeError):  # the tester may take no data, by the length that it announced
                self.driver.send(primitive)  # type: ignore[arg-type]  # the same


class FuzzTalk:
    """One connection between a tester and a target in memory; `verdicts` has all that the referee says."""

    def __init__(self, role: TargetRole, decide: Decide, judgement: Judgement) -> None:
        self.verdicts: list[ReplyVerdict] = []
        self.referee = Referee(judgement)
        self.clock = NumberClock()
        self.target = Target(role, decide, self.clock)
        self._cutter = PduCutter()
        self._over = False
        if role == "requestor":
            self.target.driver.send(AssociateRequest(RQ))
            self.target.upper_layer.open_requested = False
        self._here, self._there = MemoryStream.pair()
        self._there.attach(self.target.driver)
        self._here.attach(self)
        self._settle()

    # What the stream calls

    def connected(self, stream: Stream) -> None:
        pass

    def data_received(self, data: Buffer) -> None:
        for pdu in self._cutter.cut(bytes(data)):
            self.verdicts += self.referee.received(pdu)

    def writable(self) -> None:
        pass

    def disconnected(self, error: Exception | None) -> None:
        if not self._over:
            self._over = True
            self.verdicts += self.referee.ended()

    # What the tester does

    @property
    def is_over(self) -> bool:
        return self._over

    def send(self, data: bytes, *, changed: bool = False) -> None:
        if not self._over:
            self.referee.sent(data, changed=changed)
            self._here.write((data,))
            self._settle()

    def close(self) -> None:
        if not self._over:
            self._over = True
            self.referee.closed()
            self._here.close()
            self._settle()

    def wait_for_artim(self) -> None:
        self.clock.go_to(self.clock.now + 3600.0)
        self._settle()

    def silence(self) -> None:
        """Nothing more comes: all that was sent has been handled."""
        if not self._over:
            self.verdicts += self.referee.silent()

    def _settle(self) -> None:
        settle(self._here, self._there)
        while self.clock.turn():
            settle(self._here, self._there)
