"""Records of traces in words: one line each, safe for a terminal."""

from __future__ import annotations

from dulcimer.conformance.model.seen import pdu_name
from dulcimer.counting import counted
from dulcimer.escaping import escaped
from dulcimer.fuzz.proxy.messages import MessageReader
from dulcimer.trace.records import (
    ENDS,
    ArtimChanged,
    BytesChanged,
    BytesMissing,
    BytesPassed,
    HostAndPort,
    MachineStep,
    PduRecord,
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


class RecordWords:
    """Says what the records of one association mean; the PDUs in their order, since messages go over several."""

    def __init__(self) -> None:
        self._readers = {end: MessageReader() for end in ENDS}

    def pdu(self, record: PduRecord) -> tuple[str, str]:
        """The name of a PDU, and what it says; "" if there is nothing to add."""
        data = record.raw.filled()
        if not data:
            return "nothing", ""
        sense = self._readers[record.sender].read(decode_lenient(data, most_items=20_000, most_deviations=1).pdu)
        return pdu_name(data), escaped(sense.words)

    def of(self, record: TraceRecord) -> str:
        """Any record in one sentence, without a full stop."""
        match record:
            case MachineStep():
                return step_text(record)
            case TransportOpened():
                return "transport connection opened"
            case TransportFailed(why):
                return _with("no transport connection", why)
            case TransportClosed(sender):
                return f"transport connection closed by the {sender}"
            case TransportReset(sender, why):
                return _with(f"transport connection reset by the {sender}", why)
            case PrimitivePassed(fsm, primitive, why):
                return _with(f"{fsm}: {escaped(primitive)}", why)
            case ArtimChanged(fsm, timer, change, seconds):
                return f"{fsm}: {timer} {change}" + (f", {seconds:g} s" if seconds is not None else "")
            case ViolationSeen(sender, problem, clause, rule):
                more = "".join(f" ({escaped(one)})" for one in (clause, rule) if one)
                return f"violation by the {sender}: {escaped(problem)}{more}"
            case BytesMissing(sender, size, why):
                what = "bytes" if size is None else counted(size, "byte")
                return _with(f"{what} of the {sender} missing", why)
            case BytesChanged(sender, operator):
                return f"bytes of the {sender} changed by a tester: {escaped(operator)}"
            case RecordingCut(why):
                return _with("nothing more was recorded", why)
            case UnknownRecord(name):
                return f"{escaped(name)}, which is not known here"
            case BytesPassed(sender, raw):
                return f"{counted(raw.length, 'byte')} of the {sender} that are not a whole PDU"
            case _:
                name, words = self.pdu(record)
                return f"{name}, {counted(record.raw.length, 'byte')}" + (f": {words}" if words else "")


def step_text(step: MachineStep) -> str:
    """A step of a machine: ``requestor: Sta5 + Evt3 -> AE-3 -> Sta6``."""
    return f"{step.fsm}: {step.state} + {step.event} -> {step.action or 'blank'} -> {step.next_state}"


def address_text(end: HostAndPort | None) -> str:
    """Host and port; "" if they are not known."""
    return "" if end is None else f"{escaped(end.host)} port {end.port}"


def _with(text: str, why: str) -> str:
    return f"{text}: {escaped(why)}" if why else text
