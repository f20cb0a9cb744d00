"""A recorded association in a terminal of 80 columns: one line for each event."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from rich.console import Console

from dulcimer.conformance.model.seen import pdu_name
from dulcimer.counting import counted
from dulcimer.escaping import escaped
from dulcimer.fuzz.proxy.messages import MessageReader
from dulcimer.trace.collected import RecordedTrace, TracedAssociation
from dulcimer.trace.records import (
    REQUESTOR,
    ArtimChanged,
    BytesChanged,
    BytesMissing,
    BytesPassed,
    MachineStep,
    PrimitivePassed,
    RecordingCut,
    TraceRecord,
    TransportClosed,
    TransportFailed,
    TransportOpened,
    TransportReset,
    UnknownRecord,
    ViolationSeen,
)
from dulcimer.wire.codec import decode_lenient

_INDENT = 13


def show_lines(console: Console, trace: RecordedTrace, associations: Iterable[TracedAssociation]) -> None:
    """Print the associations."""
    for association in associations:
        console.print(_title(association), style="bold")
        readers = {True: MessageReader(), False: MessageReader()}
        for line in association.lines:
            words = _words(line.record, readers)
            for number, part in enumerate(textwrap.wrap(escaped(words), console.width - _INDENT)):
                head = f"{line.t * 1000:>11.3f}  " if not number else " " * _INDENT
                console.print(head + part)
        console.print()
    for remark in trace.remarks:
        console.print(remark, style="yellow")
    console.print(f"{counted(len(trace.associations), 'association')}; times in milliseconds")


def _title(association: TracedAssociation) -> str:
    opened = association.opened
    ends = [] if opened is None else [one for one in (opened.requestor, opened.acceptor) if one is not None]
    where = " to ".join(f"{escaped(one.host)} port {one.port}" for one in ends)
    return f"Association {association.number}, recorded by the {association.role}" + (f": {where}" if where else "")


def _words(record: TraceRecord, readers: dict[bool, MessageReader]) -> str:
    match record:
        case MachineStep():
            return f"{record.fsm}: {record.state} + {record.event} -> {record.action or 'blank'} -> {record.next_state}"
        case TransportOpened():
            return "transport connection opened"
        case TransportFailed(why):
            return f"no transport connection: {why}"
        case TransportClosed(sender):
            return f"transport connection closed by the {sender}"
        case TransportReset(sender, why):
            return f"transport connection reset by the {sender}" + (f": {why}" if why else "")
        case PrimitivePassed(fsm, primitive, why):
            return f"{fsm}: {primitive}" + (f": {why}" if why else "")
        case ArtimChanged(fsm, timer, change, seconds):
            return f"{fsm}: {timer} {change}" + (f", {seconds:g} s" if seconds is not None else "")
        case ViolationSeen(sender, problem, clause, rule):
            return f"VIOLATION of the {sender}: {problem}" + "".join(f" ({one})" for one in (clause, rule) if one)
        case BytesMissing(sender, size, why):
            return f"bytes of the {sender} are missing: {'an unknown number' if size is None else size} {why}".strip()
        case BytesChanged(sender, operator):
            return f"changed by a tester, from the {sender}: {operator}"
        case RecordingCut(why):
            return f"nothing more was recorded: {why}"
        case UnknownRecord(name):
            return f"{name}, which is not known here"
        case BytesPassed(sender, raw):
            return f"{_arrow(sender)} {counted(raw.length, 'byte')} that are not a whole PDU"
        case _:
            data = record.raw.filled()
            sense = readers[record.sender == REQUESTOR].read(decode_lenient(data, most_deviations=1).pdu)
            return (
                f"{_arrow(record.sender)} {pdu_name(data)}, {counted(record.raw.length, 'byte')} {sense.words}".strip()
            )


def _arrow(sender: str) -> str:
    return "-->" if sender == REQUESTOR else "<--"
