"""Our own upper layer as the target of a campaign, in memory and with a number for the clock.

Its user takes a millisecond for each answer, so that what comes in one segment is all there before it answers. It does
what some targets do and others never: an acceptor rejects requests for other titles, and releases what is idle; a user
aborts when data is not a message, some of them only after a while, and sends data after a request for release.
"""

from __future__ import annotations

import contextlib
import heapq
from itertools import count
from typing import Any, cast

from dulcimer._generated.codes import APPLICATION_CONTEXT_NAME
from dulcimer._generated.fsm import TABLE, States
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.dimse import command_set
from dulcimer.errors import DIMSEProcessingError, EncodeError
from dulcimer.fsm.primitives import (
    AbortRequest,
    AssociateAccept,
    AssociateConfirmation,
    AssociateIndication,
    AssociateReject,
    AssociateRequest,
    PDataIndication,
    PDataRequest,
    ReleaseIndication,
    ReleaseRequest,
    ReleaseResponse,
    Request,
)
from dulcimer.fuzz.engine.conversation import ConnectionRecord, Ended, EndKind
from dulcimer.fuzz.engine.link import TargetLink
from dulcimer.fuzz.engine.play import run
from dulcimer.fuzz.engine.settle import SettleTiming
from dulcimer.fuzz.judging.meanwhile import Meanwhile
from dulcimer.fuzz.judging.session import Played, TargetSession
from dulcimer.fuzz.judging.suspicion import Suspicion, of_deviations
from dulcimer.fuzz.oracle.review import Reviewer
from dulcimer.fuzz.sequences.steps import FuzzSequence, RefuseConnection, TargetRole
from dulcimer.upper_layer import UpperLayer, UpperLayerConfig
from dulcimer.wire.model import AssociateAc, AssociateRj, AssociateRq
from support.associations import AC, DATA, RJ, RQ
from support.fuzz_scripts import PathOfCells

ARTIM, IDLE = 3.0, 1.0
_THINKS, _HESITATES = 0.001, 0.004
_CONNECTS = 0.0001


class OwnTarget:
    """One end of a connection: our upper layer, and its user. Times are in seconds since it was opened."""

    def __init__(self, role: TargetRole, *, hesitates: bool = False, is_hasty: bool = False) -> None:
        self._is_acceptor = role == "acceptor"
        self._hesitates, self._is_hasty = hesitates, is_hasty
        self._watch = PathOfCells()
        self._provider = UpperLayer(
            is_requestor=not self._is_acceptor,
            config=UpperLayerConfig(artim_timeout=ARTIM),
            refuse=_refuse,
            observer=self._watch,
        )
        self._due: list[tuple[float, int, Request]] = []
        self._order = count()
        self._idle_from: float | None = None
        self.shown = bytearray()
        if role == "requestor":
            self._provider.send(AssociateRequest(RQ), 0.0)

    @property
    def seen(self) -> set[Cell]:
        return {cell for cell in self._watch.seen if cell in TABLE}

    @property
    def has_closed(self) -> bool:
        return self._provider.close_requested or self._provider.state is States.STA_1

    def connected(self) -> None:
        self._provider.transport_connected(0.0)
        self._take_up(0.0)

    def received(self, data: bytes, now: float) -> None:
        step = 1 if self._is_hasty else len(data)
        for start in range(0, len(data), step):
            if not self.has_closed:
                self._provider.receive_data(data[start : start + step], now)
                self._take_up(now)
            if self._is_hasty:
                self.act(now)

    def closed(self, now: float) -> None:
        if not self.has_closed:
            self._provider.transport_closed(now)

    @property
    def next_time(self) -> float | None:
        """When it does something next by itself."""
        times = [self._provider.next_deadline(), self._due[0][0] if self._due else None]
        if self._idle_from is not None and self._provider.state is States.STA_6:
            times.append(self._idle_from + IDLE)
        return min((time for time in times if time is not None), default=None)

    def act(self, now: float) -> None:
        """Do what is due now."""
        self._provider.handle_timeout(now)
        if not self._due and self._idle_from is not None and self._idle_from + IDLE <= now:
            self._idle_from = None
            self._ask(0.0, now, ReleaseRequest())
        while self._due and self._due[0][0] <= now:
            _, _, primitive = heapq.heappop(self._due)
            if self._provider.allows(type(primitive)):
                with contextlib.suppress(EncodeError):  # the tester may take no data, by the length that it announced
                    self._provider.send(primitive, now)
        self._take_up(now)

    def _ask(self, after: float, now: float, *primitives: Request) -> None:
        for number, primitive in enumerate(primitives, 1):
            heapq.heappush(self._due, (now + number * after, next(self._order), primitive))

    def _take_up(self, now: float) -> None:
        while (indication := self._provider.next_event()) is not None:
            if self._is_acceptor:
                self._idle_from = now
            answers = self._answers(indication)
            is_late = self._hesitates and any(isinstance(answer, AbortRequest) for answer in answers)
            self._ask(0.0 if self._is_hasty else _HESITATES if is_late else _THINKS, now, *answers)
        self.shown += b"".join(map(bytes, self._provider.data_to_send()))

    def _answers(self, indication: object) -> tuple[Request, ...]:
        match indication:
            case AssociateIndication(pdu):
                is_own = pdu.called_ae_title.strip() == Titles().called
                return (AssociateAccept(AC) if is_own else AssociateReject(RJ),)
            case AssociateConfirmation(AssociateAc()):
                return (PDataRequest(DATA),)
            case PDataIndication(values):
                is_message = _is_message([bytes(fragment) for _, _, fragment in values])
                asked = PDataRequest(DATA) if self._is_acceptor else ReleaseRequest()
                return (asked if is_message else AbortRequest(),)
            case ReleaseIndication():
                return (PDataRequest(DATA), ReleaseResponse())
            case _:
                return ()


def _refuse(request: AssociateRq) -> AssociateRj | None:
    return None if request.application_context == APPLICATION_CONTEXT_NAME else AssociateRj(1, 1, 2)


def _is_message(fragments: list[bytes]) -> bool:
    try:
        command_set.decode(b"".join(fragments)).message()
    except DIMSEProcessingError:
        return False
    return True


class _VirtualSocket:
    """What a link needs of a socket."""

    def __init__(self, target: OwnTarget) -> None:
        self.target, self.now = target, 0.0

    def fileno(self) -> int:
        return 0

    def setsockopt(self, *_: object) -> None:
        pass

    def setblocking(self, _: bool) -> None:
        pass

    def settimeout(self, _: float) -> None:
        pass

    def send(self, data: bytes) -> int:
        self.target.received(data, self.now)
        return len(data)

    def recv(self, most: int) -> bytes:
        data = bytes(self.target.shown[:most])
        del self.target.shown[:most]
        return data

    def shutdown(self, _: int) -> None:
        self.target.closed(self.now)

    def close(self) -> None:
        self.target.closed(self.now)

    def wait(self, seconds: float) -> bool:
        until = self.now + seconds
        while not self.target.shown and not self.target.has_closed:
            due = self.target.next_time
            if due is None or due > until:
                self.now = until
                return False
            self.now = max(due, self.now)
            self.target.act(self.now)
        return True


class _VirtualLink(TargetLink):
    def __init__(self, virtual: _VirtualSocket, timing: SettleTiming) -> None:
        super().__init__(cast(Any, virtual), timing)
        self._virtual = virtual

    @property
    def now(self) -> float:
        return self._virtual.now

    def _wait(self, seconds: float) -> bool:
        return self._virtual.wait(seconds)


class OwnStackSession(TargetSession):
    """Each connection has a target of its own. `cells`: those that one of them has truly gone through.

    `is_hasty`: its user answers before the next PDU is looked at. `clock`: seconds that all connections have taken.
    """

    def __init__(self, role: TargetRole, *, is_hasty: bool = False) -> None:
        self.role = role
        self._is_hasty = is_hasty
        super().__init__()
        self.timing = SettleTiming(grace=0.005, close=0.5, again=0.005)
        self.cells: set[Cell] = set()
        self.clock = 0.0
        self._plays = 0

    def play(
        self, sequence: FuzzSequence, *, timing: SettleTiming | None = None, meanwhile: Meanwhile | None = None
    ) -> Played:
        self._plays += 1
        target = OwnTarget(self.role, hesitates=self._plays % 3 == 0, is_hasty=self._is_hasty)
        reviewer = Reviewer(sequence.steps, self.judgement)
        if any(isinstance(step, RefuseConnection) for step in sequence.steps):
            target.closed(0.0)
            record = ConnectionRecord((Ended(0.0, EndKind.REFUSED),))
        else:
            record = self._talk(target, sequence, timing or self.timing, reviewer)
        reviewer.follow(record.entries)
        self.cells |= target.seen
        self.clock += _CONNECTS + record.entries[-1].at
        return Played(record, reviewer.review, tuple(of_deviations(reviewer.review, sequence.cell)))

    def _talk(
        self, target: OwnTarget, sequence: FuzzSequence, timing: SettleTiming, reviewer: Reviewer
    ) -> ConnectionRecord:
        target.connected()
        with _VirtualLink(_VirtualSocket(target), timing) as link:
            run(sequence, link, timing, reviewer)
            return link.conversation

    def probe(self, *, quick: bool = False) -> Suspicion | None:
        return None

    def fresh(self) -> None:
        pass

    def close(self) -> None:
        pass
