"""Records one association: an observer of its upper layer.

This runs for each PDU, and nearly all PDUs carry a piece of a data set that is left out. Of their two lines, that of
the PDU and that of the step of the machine, nothing but the time is new where the headers of the PDU came before: so
they are kept, and added at once. The properties in the tests hold them to the schema, and to those that came first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import TABLE, Events, States
from dulcimer._generated.headers import PDU_HEADER, PDV_HEADER
from dulcimer.fsm.primitives import (
    AssociateReject,
    Indication,
    PAbortIndication,
    PDataIndication,
    PDataRequest,
    Request,
)
from dulcimer.trace.json_lines import MILLISECONDS, line_text
from dulcimer.trace.known_lines import CONTROL, HEADERS, KnownLines
from dulcimer.trace.line_sink import LONGEST, PORTION, LineSink
from dulcimer.trace.masking import DATA_SET, PduMasker
from dulcimer.trace.records import (
    ACCEPTOR,
    REQUESTOR,
    ArtimChanged,
    BytesPassed,
    HostAndPort,
    MachineStep,
    PduReceived,
    PduSent,
    PrimitivePassed,
    RawBytes,
    RecordingCut,
    TraceRecord,
    TransportClosed,
    TransportFailed,
    TransportOpened,
    TransportReset,
    ViolationSeen,
)
from dulcimer.upper_layer.observer import Observer
from dulcimer.wire.codec import Deviation
from dulcimer.wire.model import Buffer, Pdu

_OPENED: Final = (Events.EVT_2, Events.EVT_5)
_P_DATA = bytes((PduType.P_DATA_TF,))
_MOST_DEVIATIONS = 20


class AssociationRecorder(Observer):
    """Writes what happens to a sink, as its association `group`, up to `most` bytes of the file; 0 is no limit."""

    sees_values = False

    def __init__(self, sink: LineSink, group: str, most: int = 0) -> None:
        self._sink = sink
        self._lines = sink.lines
        self._group = group
        self._most = most
        masks = sink.origin.masks
        self._pseudonyms = masks.pseudonyms
        self._sent, self._received = PduMasker(masks), PduMasker(masks)
        self._is_quick = masks.data_sets and masks.pseudonyms is None
        self._role = ""
        self._peer: tuple[str, int] | None = None
        self._is_open = self._is_closed = self._is_cut = self._is_over = False
        self._step_sent = self._step_received = self._pdu_sent = self._pdu_received = ""
        self._known_sent, self._known_received = KnownLines(), KnownLines()
        self._is_established = False
        self._owed = ""
        self._began = self._due = 0.0
        self._now = -1.0
        self._time = ""
        sink.begin()

    # ------------------------------------------------------------------ the connection

    def opened(self, peer: tuple[str, int] | None) -> None:
        """Keep the address for the first event of the connection."""
        self._peer = peer

    def closing(self, now: float) -> None:
        """Record that this end closes."""
        if self._is_open and not self._is_closed:
            self._is_closed = True
            self._write(now, TransportClosed(self._role))

    def closed(self, rest: Buffer, error: Exception | None, now: float) -> None:
        """The other end has closed, unless this end had."""
        why = "" if error is None or self._pseudonyms is not None else str(error)
        if rest:
            self._write(now, BytesPassed(self._other, self._received.masked(rest)))
        if not self._is_open:
            self._write(now, TransportFailed(why))
        elif not self._is_closed:
            self._is_closed = True
            self._write(now, TransportClosed(self._other) if error is None else TransportReset(self._other, why))

    def over(self, now: float) -> None:  # noqa: ARG002
        """Nothing more comes."""
        self._end()

    # ------------------------------------------------------------------ PDUs

    def bytes_sent(self, data: Sequence[Buffer], now: float) -> None:
        """A PDU is sent; a data set that is left out is not touched."""
        head = data[0]
        if self._owed and len(data) == 2 and (rest := self._known_sent.get(bytes(head))) is not None:
            self._sent.note_data()
            self._add(rest, now)
            return
        if len(data) == 2 and self._is_quick and head[0] == PduType.P_DATA_TF:
            self._value(self._known_sent, self._pdu_sent, self._sent, bytes(head), data[1], now)
        else:
            self._write(now, PduSent(self._role, self._sent.masked(b"".join(data))))

    def pdu_bytes_received(self, data: Buffer, length: int, now: float) -> None:
        """A PDU was received; a data set that is left out is not touched."""
        if self._is_established and length == len(data):
            rest = self._known_received.get(bytes(data[:HEADERS]))
            if rest is not None:
                self._owed = rest  # its step comes next
                self._received.note_data()
                return
        if data[0] == PduType.P_DATA_TF and self._is_quick and length == len(data) > HEADERS:
            size = PDV_HEADER.unpack_from(data, PDU_HEADER.size)[0]
            if size == length - HEADERS + 2:
                view = memoryview(data)
                head = bytes(view[:HEADERS])
                self._value(self._known_received, self._pdu_received, self._received, head, view[HEADERS:], now)
                return
        self._write(now, PduReceived(self._other, self._received.masked(data, length)))

    def pdu_received(self, pdu: Pdu, deviations: Sequence[Deviation], now: float) -> None:  # noqa: ARG002
        """Record its deviations."""
        for one in deviations[:_MOST_DEVIATIONS]:
            problem = one.path if self._pseudonyms is not None else f"{one.path}: {one.problem}"
            self._write(now, ViolationSeen(self._other, problem, one.clause))

    def pdu_refused(self, data: Buffer, problem: str, now: float) -> None:  # noqa: ARG002
        """Record why it is not a PDU."""
        self._write(now, ViolationSeen(self._other, problem))

    # ------------------------------------------------------------------ the machine

    def transition(self, event: Events, state: States, action: str, next_state: States, now: float) -> None:
        """Record a step; the first one of an acceptor shows which end this is."""
        if state is States.STA_6 and next_state is States.STA_6 and self._step_sent:
            if event is Events.EVT_9:
                self._owed = self._step_sent  # its PDU comes next
            else:
                self._add(self._step_received, now)
            return
        self._is_established = next_state is States.STA_6
        if not self._role:
            self._begin(ACCEPTOR if event is Events.EVT_5 else REQUESTOR, now)
        if event in _OPENED:
            self._open(now)
        if event is Events.EVT_17 and state is States.STA_1:
            return  # this end has closed the connection before
        self._write(now, MachineStep(self._role, state.label, event.label, action, next_state.label))
        if next_state is States.STA_1 and event is not Events.EVT_17 and not self._is_open:
            self._end()  # no connection was asked for that could be closed

    def requested(self, primitive: Request, now: float) -> None:
        """Record a primitive of the user, but not those of P-DATA; a first one shows that this end is the requestor."""
        if not self._role:
            self._begin(REQUESTOR, now)
        if type(primitive) is not PDataRequest:
            why = primitive.why if isinstance(primitive, AssociateReject) else ""
            self._primitive(primitive.subject, why, now)

    def indicated(self, primitive: Indication, now: float) -> None:
        """Record a primitive for the user, but not those of P-DATA."""
        if type(primitive) is not PDataIndication:
            self._primitive(
                primitive.subject, primitive.problem if isinstance(primitive, PAbortIndication) else "", now
            )

    def artim_changed(self, seconds: float | None, now: float) -> None:
        """Record that ARTIM was started or stopped."""
        finite = None if seconds is None or seconds == float("inf") else seconds
        change = "stopped" if seconds is None else "started"
        self._write(now, ArtimChanged(self._role, "ARTIM", change, finite))

    # ------------------------------------------------------------------ inside

    @property
    def _other(self) -> str:
        return REQUESTOR if self._role == ACCEPTOR else ACCEPTOR

    def _open(self, now: float) -> None:
        self._is_open = True
        peer = None
        if self._peer is not None:
            host, port = self._peer
            peer = HostAndPort(host if self._pseudonyms is None else self._pseudonyms.host(host), port)
        ends = {self._other: peer}
        self._write(now, TransportOpened(self._role, **ends))

    def _primitive(self, name: str, why: str, now: float) -> None:
        self._write(now, PrimitivePassed(self._role, name, why if self._pseudonyms is None else ""))

    def _begin(self, role: str, now: float) -> None:
        """Which end this is is known: put the lines together that come for each P-DATA-TF."""
        self._role = role
        if self._sink.began is None:
            self._sink.began = now
        self._began, self._due = self._sink.began, now
        established, sent, received = States.STA_6, Events.EVT_9, Events.EVT_10
        self._step_sent, self._step_received = (
            self._rest(MachineStep(role, established.label, event.label, TABLE[event, established], established.label))
            for event in (sent, received)
        )
        self._pdu_sent, self._pdu_received = (
            self._rest(kind(sender, RawBytes(0, b""))).partition("0,")[0]
            for kind, sender in ((PduSent, role), (PduReceived, self._other))
        )

    def _rest(self, record: TraceRecord) -> str:
        """What follows the time in the line of a record."""
        return line_text(0.0, self._group, record).partition(".000")[2] + "\n"

    def _value(
        self, known: KnownLines, begin: str, masker: PduMasker, head: bytes, fragment: Buffer, now: float
    ) -> None:
        """A P-DATA-TF with one value: its headers, and the fragment."""
        size = len(fragment)
        if masker.note(head[CONTROL], bytes(fragment[:2])) or not size:
            self._add(f'{begin}{size + HEADERS},"data":"{head.hex()}{bytes(fragment).hex()}"}}}}}}\n', now)
        else:
            left_out = f'[{{"at":{HEADERS},"size":{size},"what":"{DATA_SET}"}}]'
            rest = f'{begin}{size + HEADERS},"data":"{head.hex()}","masked":{left_out}}}}}}}\n'
            known.keep(head, size, rest)
            self._add(rest, now)

    def _add(self, rest: str, now: float) -> None:
        """Add a line that is one of many, after one that is owed; `rest` follows its time."""
        if now != self._now:
            self._now = now
            self._time = f'{{"time":{(now - self._began) * MILLISECONDS:.3f}'
        lines, time = self._lines, self._time
        if self._owed:
            lines.append(f"{time}{self._owed}{time}{rest}")
            self._owed = ""
        else:
            lines.append(time + rest)
        if now > self._due or len(lines) >= PORTION:
            self._flush(now)

    def _write(self, now: float, record: TraceRecord) -> None:
        """Add a line, and write it to the file."""
        if not self._is_cut:
            if self._owed:
                owed, self._owed = self._owed, ""
                self._add(owed, now)
            t = max(0.0, now - self._began)
            self._lines.append(line_text(t, self._group, record) + "\n")
            if not (isinstance(record, PduSent | PduReceived) and record.raw.data[:1] == _P_DATA):
                self._flush(now)

    def _flush(self, now: float) -> None:
        if self._is_cut:
            self._lines.clear()
            return
        self._sink.flush()
        self._due = now + LONGEST
        if self._most and self._sink.written > self._most:
            why = RecordingCut("the file has reached the limit of its size")
            self._lines.append(line_text(now - self._began, self._group, why) + "\n")
            self._sink.flush()
            self._is_cut = True

    def _end(self) -> None:
        if not self._is_over:
            self._is_over = True
            if self._is_cut:
                self._lines.clear()
            self._sink.end()
