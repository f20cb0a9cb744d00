"""Records one association: an observer of its upper layer.

Nearly all PDUs carry a piece of a data set that is left out, while the association is established. The lines of such a
PDU are known by its headers, and wait for their times until they are written. The properties in the tests hold them to
the schema, and to those that came first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import Events, States
from dulcimer.fsm.primitives import (
    AssociateReject,
    Indication,
    PAbortIndication,
    PDataIndication,
    PDataRequest,
    Request,
)
from dulcimer.trace.data_lines import HEADERS, DataLines
from dulcimer.trace.json_lines import after_time
from dulcimer.trace.line_sink import LONGEST, PORTION, LineSink
from dulcimer.trace.masking import PduMasker
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

    def __init__(self, sink: LineSink, group: str, most: int = 0) -> None:
        self._sink = sink
        self._pieces, self._times = sink.pieces, sink.times
        self._group = group
        self._most = most
        masks = sink.origin.masks
        self._pseudonyms = masks.pseudonyms
        self._sent, self._received = PduMasker(masks), PduMasker(masks)
        self._is_quick = masks.data_sets and masks.pseudonyms is None
        self._role = ""
        self._peer: tuple[str, int] | None = None
        self._is_open = self._is_closed = self._is_cut = self._is_over = self._is_prepared = False
        self._data_sent, self._data_received = DataLines(self._sent), DataLines(self._received)
        self._due = 0.0
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

    def data_sent(self, primitive: PDataRequest, data: Sequence[Buffer], now: float) -> None:
        """A P-DATA-TF is sent in Sta6; a data set that is left out is not touched."""
        head = bytes(data[0])
        piece = self._data_sent.known.get(head)
        if piece is None:
            if not self._is_prepared:
                self._prepare(now)
            if self._is_quick and len(primitive.values) == 1:
                piece = self._data_sent.of_value(head, data[1])
            else:
                piece = self._data_sent.of_pdu(b"".join(data))
        # As below: a method for it would cost a tenth of what recording a PDU costs.
        self._pieces.append(piece)
        self._times.append(now)
        if now > self._due or len(self._times) >= PORTION:
            self._flush(now)

    def data_received(
        self, primitive: PDataIndication, data: Buffer, deviations: Sequence[Deviation], now: float
    ) -> None:
        """A P-DATA-TF was received in Sta6; a data set that is left out is not touched."""
        head = bytes(data[:HEADERS])
        piece = self._data_received.known.get(head)
        if piece is None:
            if deviations:
                super().data_received(primitive, data, deviations, now)
                self._data_received.forget_in_command()
                return
            if not self._is_prepared:
                self._prepare(now)
            if self._is_quick and len(primitive.values) == 1:
                piece = self._data_received.of_value(head, primitive.values[0][2])
            else:
                piece = self._data_received.of_pdu(data)
        self._pieces.append(piece)
        self._times.append(now)
        if now > self._due or len(self._times) >= PORTION:
            self._flush(now)

    def bytes_sent(self, data: Sequence[Buffer], now: float) -> None:
        """Record a PDU that is sent."""
        self._write(now, PduSent(self._role, self._sent.masked(b"".join(data))))

    def pdu_bytes_received(self, data: Buffer, length: int, now: float) -> None:
        """Record a PDU that was received."""
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
        """Which end this is is known."""
        self._role = role
        if self._sink.began is None:
            self._sink.began = now
        self._due = now

    def _prepare(self, now: float) -> None:
        """Put together what all lines of data have; done with the first one."""
        if not self._role:
            self._begin(REQUESTOR, now)
        self._data_sent.prepare(self._group, PduSent, self._role, self._role)
        self._data_received.prepare(self._group, PduReceived, self._other, self._role)
        self._is_prepared = True

    def _write(self, now: float, record: TraceRecord) -> None:
        """Add a line, and write it to the file."""
        if not self._is_cut:
            self._sink.add(("", f"{after_time(self._group, record)}\n"), now)
            if not (isinstance(record, PduSent | PduReceived) and record.raw.data[:1] == _P_DATA):
                self._flush(now)

    def _flush(self, now: float) -> None:
        if self._is_cut:
            self._sink.forget()
            return
        self._sink.flush()
        self._due = now + LONGEST
        if self._most and self._sink.written > self._most:
            why = RecordingCut("the file has reached the limit of its size")
            self._sink.add(("", f"{after_time(self._group, why)}\n"), now)
            self._sink.flush()
            self._is_cut = True

    def _end(self) -> None:
        if not self._is_over:
            self._is_over = True
            if self._is_cut:
                self._sink.forget()
            self._sink.end()
