"""An association as the rows of a sequence diagram: what passed, and the states of both machines after it.

The end that recorded the trace has told its steps, so its state is known. The other end has not: its states are those
that Table 9-10 allows after what it was given and what it sent, if its user and its timer do nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import STATES, States
from dulcimer._generated.headers import PDU_HEADER
from dulcimer.counting import counted
from dulcimer.fuzz.oracle.referee import Judgement, Referee
from dulcimer.fuzz.proxy.following import abridged
from dulcimer.trace.passages import Passage, passages_of
from dulcimer.trace.records import (
    ENDS,
    REQUESTOR,
    BytesMissing,
    BytesPassed,
    MachineStep,
    PduPassed,
    PduReceived,
    PduSent,
    RawBytes,
    RecordingCut,
    TraceRecord,
    TransportClosed,
    TransportFailed,
    TransportOpened,
    TransportReset,
    ViolationSeen,
)
from dulcimer.trace.traced import TracedAssociation
from dulcimer.trace.words import RecordWords

_MANY = 3
_SHORT = 64
"""Bytes of a P-DATA-TF that show all that is needed to follow the states."""


@dataclass(slots=True)
class DiagramRow:
    """One thing that passed. `sender`: an end, "" if it concerns both; `label`: its name; `words`: what it says.

    `states`: those of each end afterwards, in short. `before` and `after`: the steps of the machine and the like, in
    words, with the end that they belong to. `is_data`: one more piece of a data set. `line`: that of the file. `raw`:
    the bytes of a PDU, or others.
    """

    line: int
    t: float
    sender: str
    label: str
    words: str
    states: dict[str, str]
    before: list[tuple[str, str]]
    after: list[tuple[str, str]]
    is_wrong: bool = False
    is_data: bool = False
    size: int = 0
    raw: RawBytes | None = None


def rows_of(association: TracedAssociation) -> Iterator[DiagramRow]:
    """The rows, in order."""
    follower = _States(association)
    words = RecordWords()
    found, rest = passages_of(association)
    for passage in found:
        label, says = _label(passage, words)
        states = follower.after(passage)
        before, after = _notes(passage.before, words), _notes(passage.after, words)
        record = passage.record
        raw = record.raw if isinstance(record, PduSent | PduReceived | PduPassed | BytesPassed) else None
        yield DiagramRow(
            passage.line,
            passage.t,
            getattr(record, "sender", ""),
            label,
            says,
            states,
            before,
            after,
            any(isinstance(one, ViolationSeen) for one in passage.after),
            _is_data(record, says),
            0 if raw is None else raw.length,
            raw,
        )
    if rest:
        states = follower.after_steps(rest)
        last = association.lines[-1]
        yield DiagramRow(last.line, last.t, "", "", "", states, _notes(rest, words), [])


def thinned(rows: Iterable[DiagramRow], *, every: bool = False) -> Iterator[DiagramRow]:
    """The rows; of the pieces of a data set the first, and one row for all others."""
    run: DiagramRow | None = None
    count = size = 0
    first: DiagramRow | None = None
    for row in rows:
        same = first is not None and row.is_data and (row.sender, row.words) == (first.sender, first.words)
        if same and not every and not row.is_wrong:
            run, count, size = row, count + 1, size + row.size
            continue
        if run is not None:
            yield _summed(run, count, size)
            run, count, size = None, 0, 0
        first = row if row.is_data else None
        yield row
    if run is not None:
        yield _summed(run, count, size)


def _summed(last: DiagramRow, count: int, size: int) -> DiagramRow:
    label = f"{counted(count, 'more piece')} of it"
    return DiagramRow(last.line, last.t, last.sender, label, "", last.states, [], [], size=size, is_data=True)


def states_text(states: Iterable[States]) -> str:
    """``Sta6``, ``Sta7,9`` for several, ``several`` for many, ``?`` for none that is known."""
    ordered = sorted(states)
    if not ordered:
        return "?"
    if len(ordered) > _MANY:
        return "several"
    first, *others = ordered
    return ",".join([STATES[first].label, *(STATES[one].label.removeprefix("Sta") for one in others)])


def _label(passage: Passage, words: RecordWords) -> tuple[str, str]:
    record = passage.record
    if isinstance(record, PduSent | PduReceived | PduPassed):
        return words.pdu(record)
    return words.of(record), ""


def _is_data(record: TraceRecord, words: str) -> bool:
    return isinstance(record, PduSent | PduReceived | PduPassed) and words.startswith("data set")


def _notes(records: Iterable[TraceRecord], words: RecordWords) -> list[tuple[str, str]]:
    """Records in words, without the end that they belong to, which is beside them."""
    found = []
    for one in records:
        end = getattr(one, "fsm", "") or getattr(one, "sender", "")
        found.append((end, words.of(one).removeprefix(f"{end}: ")))
    return found


class _States:
    """The states of both ends, row by row."""

    def __init__(self, association: TracedAssociation) -> None:
        self._known: dict[str, str] = {}
        told = {step.fsm for step in association.steps}
        self._referees = {
            end: Referee(Judgement("requestor" if end == REQUESTOR else "acceptor")) for end in ENDS if end not in told
        }
        self._ended: set[str] = set()
        self._is_open = False
        for end in told:
            self._known[end] = STATES[States.STA_1].label

    def after(self, passage: Passage) -> dict[str, str]:
        for referee_end in self._referees:
            self._follow(referee_end, passage)
        return self.after_steps([*passage.before, *passage.after])

    def after_steps(self, records: Iterable[TraceRecord]) -> dict[str, str]:
        for one in records:
            if isinstance(one, MachineStep):
                self._known[one.fsm] = one.next_state
        return {end: self._state(end) for end in ENDS}

    def _state(self, end: str) -> str:
        if end in self._known:
            return self._known[end]
        if end in self._ended or not self._is_open:
            return STATES[States.STA_1].label
        return states_text(self._referees[end].resting)

    def _follow(self, end: str, passage: Passage) -> None:
        referee = self._referees[end]
        match passage.record:
            case TransportOpened():
                self._is_open = True
            case TransportFailed():
                self._ended.add(end)
            case TransportClosed(sender) | TransportReset(sender):
                if sender == end:
                    self._ended.add(end)
                else:
                    referee.closed()
            case BytesMissing() | RecordingCut():
                self._referees[end] = _lost()
            case BytesPassed(sender, raw):
                if sender != end:
                    referee.sent(raw.filled())
            case _:
                data = _enough(passage.record.raw.filled())
                if not data:
                    return
                if passage.record.sender == end:
                    referee.received(data)
                else:
                    referee.sent(data)


def _lost() -> Referee:
    """A referee that knows nothing any more."""
    lost = Referee(Judgement("acceptor", most_inputs=0))
    lost.sent(bytes(10))
    return lost


def _enough(data: bytes) -> bytes:
    """A PDU, or a short one that has the same effect."""
    if len(data) > PDU_HEADER.size + _SHORT and data[:1] == bytes((PduType.P_DATA_TF,)):
        return abridged(data) or data
    return data
