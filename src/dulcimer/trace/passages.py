"""What passed between the ends of an association, each with the steps of the machine that led to it and followed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from dulcimer._generated.fsm import ACTIONS, EVENTS
from dulcimer.trace.records import (
    BytesChanged,
    BytesMissing,
    BytesPassed,
    MachineStep,
    PduPassed,
    PduReceived,
    PduSent,
    RecordingCut,
    TraceRecord,
    TransportClosed,
    TransportFailed,
    TransportOpened,
    TransportReset,
    UnknownRecord,
)
from dulcimer.trace.traced import TracedAssociation

PassingRecord: TypeAlias = (
    TransportOpened
    | TransportFailed
    | TransportClosed
    | TransportReset
    | PduSent
    | PduReceived
    | PduPassed
    | BytesPassed
    | BytesMissing
    | RecordingCut
)
_PASSING: Final = (
    TransportOpened,
    TransportFailed,
    TransportClosed,
    TransportReset,
    PduSent,
    PduReceived,
    PduPassed,
    BytesPassed,
    BytesMissing,
    RecordingCut,
)
_CAUSED_HERE: Final = ("primitive", "timer")
_SENDING: Final = frozenset(
    label
    for label, action in ACTIONS.items()
    if any(effect.startswith("send_") for outcome in action.outcomes for effect in outcome.effects)
)
_KINDS: Final = {event.label: event.kind for event in EVENTS}


@dataclass(slots=True)
class Passage:
    """Something that passed between the ends at `t`, in seconds; `line` is that of the file.

    `before`: steps, primitives and the like that led to it; `after`: those that it led to.
    """

    line: int
    t: float
    record: PassingRecord
    before: list[TraceRecord] = field(default_factory=list)
    after: list[TraceRecord] = field(default_factory=list)

    @property
    def steps(self) -> Iterator[MachineStep]:
        """The steps of the machine, in their order."""
        return (one for one in (*self.before, *self.after) if isinstance(one, MachineStep))


def passages_of(association: TracedAssociation) -> tuple[list[Passage], list[TraceRecord]]:
    """What passed, in order; and the records after the last, or all if nothing passed."""
    found: list[Passage] = []
    waiting: list[TraceRecord] = []
    for line in association.lines:
        record = line.record
        if isinstance(record, _PASSING):
            found.append(Passage(line.line, line.t, record, waiting))
            waiting = []
        elif isinstance(record, UnknownRecord):
            continue
        elif found and not waiting and not _leads_on(record):
            found[-1].after.append(record)
        else:
            waiting.append(record)
    return found, waiting


def _leads_on(record: TraceRecord) -> bool:
    """Whether it is the cause of what passes next, and no effect of what passed before."""
    if isinstance(record, MachineStep):
        kind = _KINDS[record.event]
        return kind in _CAUSED_HERE or (kind == "transport" and record.action in _SENDING)
    return isinstance(record, BytesChanged)
