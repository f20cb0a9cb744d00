"""An association as both of its ends have recorded it, each for itself: what each did, and when what it sent arrived.

`dulcimer play` writes such traces, and so does a program that has both ends. Lines of a file are in the order in which
things happened, so those of both ends can be merged.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from dulcimer.trace.records import (
    ACCEPTOR,
    ENDS,
    REQUESTOR,
    ArtimChanged,
    MachineStep,
    PduReceived,
    PduSent,
    PrimitivePassed,
    RawBytes,
    TraceRecord,
    TransportClosed,
)
from dulcimer.trace.traced import TracedAssociation
from dulcimer.trace.words import RecordWords

_CAUSES = ("request", "response")
"""Primitives that come before the step that they cause; others are told after it."""


@dataclass(frozen=True, slots=True)
class JointStep:
    """A step of the machine of an end, at `t` in seconds; `notes`: primitives, ARTIM and the like, in words."""

    t: float
    step: MachineStep
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JointPdu:
    """A PDU. It left with the step `sent`, and led to the step `arrived`: numbers, None if there is none."""

    sender: str
    label: str
    sent: int | None
    arrived: int | None = None


@dataclass(frozen=True, slots=True)
class JointAssociation:
    """The steps of both ends in their order, and the PDUs between them. `recorded`: the ends that have told theirs."""

    number: int
    recorded: tuple[str, ...]
    steps: tuple[JointStep, ...]
    pdus: tuple[JointPdu, ...]


def joined(associations: Sequence[TracedAssociation]) -> Iterator[JointAssociation]:
    """The associations, one for two records of the same one; `number` counts them from 1.

    Two records belong together if the first PDU that the requestor sent is the first one that the acceptor received.
    """
    left = [one for one in associations if one.role == ACCEPTOR]
    paired: dict[int, TracedAssociation] = {}
    for one in associations:
        first = _first(one, PduSent) if one.role == REQUESTOR else None
        other = next((each for each in left if first is not None and _first(each, PduReceived) == first), None)
        if other is not None:
            left.remove(other)
            paired[one.number] = other
    others = {one.number for one in paired.values()}
    alone = (one for one in associations if one.number not in others)
    for number, one in enumerate(alone, 1):
        records = [one, *([paired[one.number]] if one.number in paired else [])]
        yield _Joining(is_joint=len(records) > 1).of(number, records)


def _first(association: TracedAssociation, kind: type[PduSent | PduReceived]) -> RawBytes | None:
    found = (line.record for line in association.lines)
    return next((one.raw for one in found if isinstance(one, kind) and one.sender == REQUESTOR), None)


@dataclass
class _Joining:
    """Merges the records. If there is only one, a PDU leaves and arrives with the same step."""

    is_joint: bool
    steps: list[JointStep] = field(default_factory=list)
    pdus: list[JointPdu] = field(default_factory=list)
    words: RecordWords = field(default_factory=RecordWords)
    last: dict[str, int] = field(default_factory=dict)
    """The last step of each end."""
    notes: dict[str, list[str]] = field(default_factory=lambda: {end: [] for end in ENDS})
    """Notes of the next step of each end."""
    coming: dict[str, list[int]] = field(default_factory=lambda: {end: [] for end in ENDS})
    """PDUs that lead to the next step of each end."""
    under_way: dict[str, deque[tuple[RawBytes, int]]] = field(default_factory=lambda: {end: deque() for end in ENDS})
    """PDUs of each end that have not arrived."""

    def of(self, number: int, records: Sequence[TracedAssociation]) -> JointAssociation:
        recorded = tuple(one.role for one in records)
        lines = sorted((line for one in records for line in one.lines), key=lambda line: line.line)
        for line in lines:
            self._take(line.t, line.record)
        for end in ENDS:
            self._arrive(end, self.last.get(end))
        return JointAssociation(number, recorded, tuple(self.steps), tuple(self.pdus))

    def _take(self, t: float, record: TraceRecord) -> None:
        match record:
            case MachineStep(fsm):
                self.last[fsm] = len(self.steps)
                self.steps.append(JointStep(t, record, tuple(self.notes[fsm])))
                self.notes[fsm] = []
                self._arrive(fsm, self.last[fsm])
            case PduSent(sender, raw):
                self.under_way[sender].append((raw, len(self.pdus)))
                place = self.last.get(sender)
                self.pdus.append(JointPdu(sender, self.words.pdu(record)[0], place, None if self.is_joint else place))
            case PduReceived(sender, raw):
                self._receive(record, sender, raw)
            case PrimitivePassed(fsm, primitive):
                self._note(fsm, primitive, is_cause=any(word in primitive for word in _CAUSES))
            case ArtimChanged(fsm, timer, change):
                self._note(fsm, f"{timer} {change}")
            case TransportClosed(sender):
                self._note(sender, "closes the connection")
            case _:
                pass

    def _receive(self, record: PduReceived, sender: str, raw: RawBytes) -> None:
        waiting = self.under_way[sender]
        if waiting and waiting[0][0] == raw:
            number = waiting.popleft()[1]
        else:
            number = len(self.pdus)
            self.pdus.append(JointPdu(sender, self.words.pdu(record)[0], None))
        self.coming[ACCEPTOR if sender == REQUESTOR else REQUESTOR].append(number)

    def _note(self, end: str, text: str, *, is_cause: bool = False) -> None:
        if is_cause or end not in self.last:
            self.notes[end].append(text)
            return
        place = self.last[end]
        self.steps[place] = replace(self.steps[place], notes=(*self.steps[place].notes, text))

    def _arrive(self, end: str, place: int | None) -> None:
        for number in self.coming[end]:
            sent = self.pdus[number].sent if self.is_joint else place
            self.pdus[number] = replace(self.pdus[number], sent=sent, arrived=place)
        self.coming[end].clear()
