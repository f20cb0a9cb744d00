"""A trace with the state machine of the peer beside it: the event of each line, and the states that may follow.

The steps of the machine are not in the JSON. They follow from the bytes: the possible-state oracle runs through the
trace again, so that the report shows what Table 9-10 says, however the verdict was made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import ACTIONS, EVENT_OF_PDU, EVENTS, TABLE, Events, States
from dulcimer._generated.headers import PDU_HEADER
from dulcimer.conformance.model.oracle import CLOSE, PossibleStates, outputs
from dulcimer.conformance.model.seen import pdu_name
from dulcimer.conformance.model.trace import Kind
from dulcimer.conformance.report.document import CaseReport, TraceEntry
from dulcimer.wire.buffer import HEADER_LENGTH
from dulcimer.wire.codec import decode_lenient
from dulcimer.wire.model import Abort

_PLAUSIBLE = 1 << 24
"""Bytes beyond which a peer may refuse an incomplete PDU."""


@dataclass(frozen=True, slots=True)
class WirePdu:
    """A PDU on the wire: its known bytes, and how many more there were."""

    data: bytes
    missing: int = 0
    whole: bool = True

    @property
    def event(self) -> Events:
        """The event of its arrival."""
        if not self.missing and any(deviation.structural for deviation in decode_lenient(self.data).deviations):
            return Events.EVT_19
        return EVENT_OF_PDU.get(pdu_name(self.data), Events.EVT_19)


@dataclass(frozen=True, slots=True)
class Step:
    """A cell of Table 9-10 that the peer passes; `action` is "" for a blank one."""

    event: Events
    state: States
    action: str
    next_states: tuple[States, ...]

    def __str__(self) -> str:
        """``Sta6 + Evt13 -> AA-8 -> Sta13``."""
        start = f"{self.state.label} + {self.event.label}"
        if not self.action:
            return f"{start}: no such cell"
        return f"{start} \N{RIGHTWARDS ARROW} {self.action} \N{RIGHTWARDS ARROW} {labels(self.next_states)}"

    @property
    def description(self) -> str:
        """What the event is and what the action does."""
        done = ACTIONS[self.action].description if self.action else "what arrives after the end goes unnoticed"
        return f"{self.event.label}: {EVENTS[self.event].description}. {self.action}: {done}".replace(". :", ":")


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the trace, with the state machine of the peer.

    `pdus` are those that it completed, or that were never completed; `steps` the cells that the peer passes; `states`
    those that it may be in afterwards; `owed` what it has to send next if it may not stay silent; `impossible`:
    Table 9-10 does not allow this here.
    """

    entry: TraceEntry
    kind: Kind
    pdus: tuple[WirePdu, ...] = ()
    steps: tuple[Step, ...] = ()
    states: tuple[States, ...] = ()
    owed: tuple[str, ...] = ()
    impossible: bool = False

    @property
    def machine(self) -> str:
        """The state machine at this moment, in one line; "" if there is nothing to show."""
        parts = [str(step) for step in self.steps]
        if self.impossible:
            parts.append("Table 9-10 does not allow the peer to do this here")
        elif self.owed:
            parts.append(f"due from the peer: {' or '.join(self.owed)}")
        elif self.states and not self.steps:
            parts.append(f"peer in {labels(self.states)}")
        return "; ".join(parts)


def labels(states: tuple[States, ...]) -> str:
    """``Sta3 or Sta6``."""
    return " or ".join(state.label for state in states)


def moments_of(case: CaseReport) -> tuple[Moment, ...]:
    """The trace of a case with the state machine of the peer beside it."""
    machine = _Machine(is_requestor=case.role == "requestor")
    streams = {">": _Stream(), "<": _Stream()}
    moments = []
    for entry in case.trace:
        pdus = tuple(streams[entry.direction].add(entry)) if entry.direction in streams else ()
        moments.append(machine.moment(entry, entry.kind, pdus, streams[">"].refusable))
    for direction, stream in streams.items():
        rest = stream.rest()
        if rest is not None:
            last = max(number for number, entry in enumerate(case.trace) if entry.direction == direction)
            moments[last] = _with_rest(moments[last], rest)
    return tuple(moments)


def _with_rest(moment: Moment, rest: WirePdu) -> Moment:
    return Moment(
        moment.entry,
        moment.kind,
        (*moment.pdus, rest),
        moment.steps,
        moment.states,
        moment.owed,
        moment.impossible,
    )


class _Stream:
    """Cuts what one end sent into PDUs, however it was segmented."""

    def __init__(self) -> None:
        self._data = bytearray()

    def add(self, entry: TraceEntry) -> Iterator[WirePdu]:
        self._data += entry.data
        while len(self._data) >= HEADER_LENGTH:
            size = HEADER_LENGTH + PDU_HEADER.unpack_from(self._data)[1]
            if size > len(self._data):
                break
            yield WirePdu(bytes(self._data[:size]))
            del self._data[:size]
        if entry.missing:
            if self._data:
                yield WirePdu(bytes(self._data), entry.missing)
            self._data.clear()

    @property
    def refusable(self) -> bool:
        """Whether a PDU has begun that can be refused at its header: of unknown type, or of huge length."""
        if len(self._data) < HEADER_LENGTH:
            return False
        known = self._data[0] in set(map(int, PduType))
        return not known or PDU_HEADER.unpack_from(self._data)[1] > _PLAUSIBLE

    def rest(self) -> WirePdu | None:
        """The beginning of a PDU that was never completed."""
        return WirePdu(bytes(self._data), whole=False) if self._data else None


def _named(pdu: WirePdu) -> tuple[str, int | None]:
    """The name of a PDU, and the source of an A-ABORT."""
    read = decode_lenient(pdu.data).pdu
    return pdu_name(pdu.data), read.source if isinstance(read, Abort) else None


class _Machine:
    """The state machine of the peer; it stops at the first thing that Table 9-10 does not allow."""

    def __init__(self, *, is_requestor: bool) -> None:
        start = States.STA_4 if is_requestor else States.STA_1
        self._opening = Events.EVT_2 if is_requestor else Events.EVT_5
        self._oracle = PossibleStates(start, is_requestor=is_requestor)
        self._states: tuple[States, ...] = (start,)
        self._due: tuple[str, ...] = ()
        self._running = self._left = self._answered = self._refused = self._refusable = False

    def moment(self, entry: TraceEntry, kind: Kind, pdus: tuple[WirePdu, ...], refusable: bool) -> Moment:
        steps: list[Step] = []
        impossible = False
        self._refusable = refusable
        match kind:
            case Kind.OPENED:
                self._running = True
                steps = self._take(self._opening)
            case Kind.SENT:
                self._answered = False
                for pdu in pdus:
                    if self._refused:  # at its header, before it was complete
                        self._refused = False
                    else:
                        steps += self._take(pdu.event)
            case Kind.RECEIVED:
                self._answered = True
                for pdu in pdus:
                    name, source = _named(pdu)
                    steps += self._refuse(name, source)
                    impossible |= not self._see(name, source)
            case Kind.TESTER_FIN | Kind.TESTER_RST if not self._left:
                self._left = True
                steps = self._take(Events.EVT_17)
            case Kind.PEER_FIN | Kind.PEER_RST:
                steps = self._refuse(CLOSE)
                impossible = not self._see(CLOSE)
                self._states = (States.STA_1,)
                self._left = True
        if not self._running:
            return Moment(entry, kind, pdus, tuple(steps), impossible=impossible)
        return Moment(entry, kind, pdus, tuple(steps), self._states, self._owed(kind), impossible)

    def _take(self, event: Events) -> list[Step]:
        if not self._running:
            return []
        steps, due = [], []
        for state in self._states:
            outcomes = tuple(self._oracle.outcomes_of((event, state)))
            due += [output.name for outcome in outcomes for output in outputs(outcome)[:1]]
            following = tuple(dict.fromkeys(outcome.next_state for outcome in outcomes)) or (state,)
            steps.append(Step(event, state, TABLE.get((event, state), ""), following))
        self._oracle.inject(event)
        self._due = tuple(dict.fromkeys(due)) or self._due
        reached = {state for step in steps for state in step.next_states}
        self._states = tuple(sorted(self._oracle.settled or reached))
        return steps

    def _refuse(self, name: str, source: int | None = None) -> list[Step]:
        """What comes may answer the header of a PDU, as the peer need not wait for the rest."""
        if not self._refusable or self._refused or self._oracle.allows(name, source):
            return []
        self._refused = True
        return self._take(Events.EVT_19)

    def _see(self, name: str, source: int | None = None) -> bool:
        if not self._running:
            return True
        if not self._oracle.observe(name, source):
            self._running = False
            return False
        self._states = tuple(sorted(self._oracle.settled)) or self._states
        return True

    def _owed(self, kind: Kind) -> tuple[str, ...]:
        if kind is not Kind.SILENCE or self._answered or self._oracle.allows_silence():
            return ()
        return self._due
