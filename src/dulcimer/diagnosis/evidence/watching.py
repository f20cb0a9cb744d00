"""The bytes of both ends of a connection, as they come, into facts; the memory is bounded."""

from __future__ import annotations

from dulcimer._generated.codes import PduType
from dulcimer._generated.headers import PDU_HEADER
from dulcimer.captures.dicom_streams import pdus_after
from dulcimer.diagnosis.evidence.associating import acceptance_of, request_of
from dulcimer.diagnosis.evidence.conversations import SeenConnection
from dulcimer.diagnosis.evidence.facts import (
    AbortSeen,
    BadPduSeen,
    ConnectFailure,
    ConnectFailureKind,
    ConnectionClosed,
    ForeignBytes,
    KeysSeen,
    PduForm,
    PduFormKind,
    PlaceKind,
    RejectionSeen,
    ReleaseSeen,
    SeenPlace,
    TlsAlertSeen,
)
from dulcimer.diagnosis.evidence.speaking import MessageStream
from dulcimer.diagnosis.evidence.timing import TransferClock
from dulcimer.fuzz.proxy.cutting import LongPdu, LongPduBegins, PduDivider, WholePdu
from dulcimer.wire.codec import decode_lenient
from dulcimer.wire.model import Abort, AssociateAc, AssociateRj, AssociateRq
from dulcimer.wire.other_protocols import recognise

_SEARCHED = 1 << 18
"""Bytes of an end that are searched for a PDU where its beginning is not known."""
_SHOWN = 32
"""Bytes that are shown of a PDU."""
_TYPES = frozenset(PduType)
_MOST_PROBLEMS = 4
_MOST_ITEMS = 1024
_ALERT, _ALERT_SIZE = b"\x15\x03", 7
"""The beginning and the size in bytes of a TLS alert that is not encrypted (RFC 8446 5.1)."""


def _words_of_alert(data: bytes) -> str:
    found = recognise(data)
    return found.what.partition(": ")[2] if found else ""


class _WatchedEnd:
    """What one end has sent so far."""

    def __init__(self) -> None:
        self.divider = PduDivider()
        self.beginning = bytearray()
        self.is_dicom: bool | None = None
        self.is_lost = False
        self.messages = MessageStream()
        self.forms: set[PduFormKind] = set()
        self.problems = 0
        self.number = 0
        self.t: float | None = None


class ConversationWatcher:
    """Follows one connection: bytes of each end in, facts into its `conversation`."""

    def __init__(
        self, conversation: SeenConnection, *, kind: PlaceKind = PlaceKind.FRAME, reads_keys: bool = True
    ) -> None:
        self.conversation = conversation
        self._kind = kind
        self._reads_keys = reads_keys
        self._ends = {True: _WatchedEnd(), False: _WatchedEnd()}
        self._last_t: float | None = None
        self._answered = False
        self._opened_t: float | None = None
        self._closed = False
        self.clock = TransferClock()

    def opened(self, by_client: bool, t: float | None) -> None:
        """The SYN of an end."""
        if by_client:
            self._opened_t = t
        elif not self._answered:
            self._answered = True
            if t is not None and self._opened_t is not None:
                self.clock.round_trip = t - self._opened_t

    def bytes_of(self, by_client: bool, data: bytes, number: int, t: float | None) -> None:
        """The next bytes of an end."""
        end = self._ends[by_client]
        # A piece that was captured late: what comes after it in the stream could be read no earlier.
        if number < end.number:
            number, t = end.number, end.t
        end.number, end.t = number, t
        if not by_client:
            self._answered = True
        if end.is_dicom is None:
            end.beginning += data
            self._recognise(end, by_client, number, t)
        elif end.is_lost:
            end.beginning += data
            self._find_again(end, by_client, number, t)
        elif end.is_dicom:
            self._divide(end, by_client, data, number, t)
        elif data[:2] == _ALERT and len(data) == _ALERT_SIZE:
            place = self._place(number, t, data)
            words = _words_of_alert(data)
            self.conversation.facts.append(TlsAlertSeen(place=place, by_client=by_client, words=words))
        self._last_t = self.conversation.last_t = t

    def gap(self, by_client: bool) -> None:
        """Bytes of an end are missing: PDUs are looked for again."""
        self.conversation.is_whole = False
        end = self._ends[by_client]
        if end.is_dicom is not False:
            end.is_dicom, end.is_lost = True, True
            end.divider = PduDivider()
            end.beginning.clear()

    def closed(self, by_client: bool, by_reset: bool, number: int, t: float | None) -> None:
        """FIN or RST of an end."""
        conversation = self.conversation
        if not self._answered and by_reset and not by_client:
            place = self._place(number, t)
            conversation.facts.append(ConnectFailure(place=place, how=ConnectFailureKind.REFUSED, tries=1))
            self._closed = True
        if not self._closed:
            self._closed = True
            silence = None if t is None or self._last_t is None else t - self._last_t
            conversation.facts.append(
                ConnectionClosed(place=self._place(number, t), by_client=by_client, by_reset=by_reset, silence=silence)
            )
        conversation.is_over = True

    def ended(self, syns: int, number: int, t: float | None) -> None:
        """Nothing more comes; `syns`: how often the client has asked for the connection."""
        conversation = self.conversation
        began = conversation.began.t
        if conversation.has_beginning and not self._answered and not conversation.is_over and syns:
            seconds = 0.0 if t is None or began is None else t - began
            failure = ConnectFailure(
                place=self._place(number, t), how=ConnectFailureKind.SILENT, tries=syns, seconds=seconds
            )
            conversation.facts.append(failure)
        for by_client, end in self._ends.items():
            if end.is_dicom is None and end.beginning:
                self._decide(end, by_client, number, t)
        timing = self.clock.result(conversation.began)
        if timing is not None:
            conversation.facts.append(timing)

    # Which protocol

    def _recognise(self, end: _WatchedEnd, by_client: bool, number: int, t: float | None) -> None:
        if not self.conversation.has_beginning:
            self._find_again(end, by_client, number, t)
        elif len(end.beginning) >= PDU_HEADER.size:
            self._decide(end, by_client, number, t)

    def _decide(self, end: _WatchedEnd, by_client: bool, number: int, t: float | None) -> None:
        data = bytes(end.beginning)
        end.beginning.clear()
        other = recognise(data)
        end.is_dicom = other is None and data[0] in _TYPES
        if end.is_dicom:
            self._divide(end, by_client, data, number, t)
            return
        place = self._place(number, t, data)
        name, what = (other.name, other.what) if other else ("", f"bytes that begin with {data[:8].hex(' ').upper()}")
        self.conversation.facts.append(ForeignBytes(place=place, by_client=by_client, name=name, what=what))
        if name == "TLS" and data[:2] == _ALERT:
            words = _words_of_alert(data)
            self.conversation.facts.append(TlsAlertSeen(place=place, by_client=by_client, words=words))

    def _find_again(self, end: _WatchedEnd, by_client: bool, number: int, t: float | None) -> None:
        place = pdus_after(end.beginning, 0, len(end.beginning))
        if place is None:
            if len(end.beginning) > _SEARCHED:
                del end.beginning[: -_SEARCHED // 2]
            return
        data = bytes(end.beginning[place:])
        end.beginning.clear()
        end.is_dicom, end.is_lost = True, False
        end.messages = MessageStream()
        self._divide(end, by_client, data, number, t)

    # PDUs

    def _divide(self, end: _WatchedEnd, by_client: bool, data: bytes, number: int, t: float | None) -> None:
        for part in end.divider.divide(data):
            match part:
                case WholePdu():
                    self._whole(end, by_client, part.data, number, t)
                case LongPduBegins():
                    self.clock.data_of(by_client, 0, t)
                case LongPdu():
                    self._check_length(end, by_client, part.size - PDU_HEADER.size, part.beginning, number, t)
                    self.clock.pdu(by_client, part.size - PDU_HEADER.size)
                case _:
                    pass
        self.clock.data_of(by_client, len(data), t)

    def _whole(self, end: _WatchedEnd, by_client: bool, data: bytes, number: int, t: float | None) -> None:
        if data[0] == PduType.P_DATA_TF:
            self._p_data(end, by_client, data, number, t)
            return
        place = self._place(number, t, data)
        facts = self.conversation.facts
        decoded = decode_lenient(data, most_items=_MOST_ITEMS, most_deviations=_MOST_PROBLEMS)
        pdu = decoded.pdu
        if pdu is None:
            end.problems += 1
            if end.problems <= _MOST_PROBLEMS:
                problem = next((str(one) for one in decoded.deviations), "it cannot be read")
                facts.append(BadPduSeen(place=place, by_client=by_client, pdu_type=data[0], problem=problem))
            return
        match pdu:
            case AssociateRq():
                facts.append(request_of(pdu, data, place))
            case AssociateAc():
                facts.append(acceptance_of(pdu, place, self.conversation.request))
            case AssociateRj():
                facts.append(RejectionSeen(place=place, result=pdu.result, source=pdu.source, reason=pdu.reason))
            case Abort():
                silence = None if t is None or self._last_t is None else t - self._last_t
                abort = AbortSeen(
                    place=place, by_client=by_client, source=pdu.source, reason=pdu.reason, silence=silence
                )
                facts.append(abort)
                self.conversation.is_over = self._closed = True
            case _:
                is_answer = data[0] == PduType.A_RELEASE_RP
                facts.append(ReleaseSeen(place=place, by_client=by_client, is_answer=is_answer))

    def _p_data(self, end: _WatchedEnd, by_client: bool, data: bytes, number: int, t: float | None) -> None:
        place = self._place(number, t, data)
        self._check_length(end, by_client, len(data) - PDU_HEADER.size, data, number, t)
        self.clock.pdu(by_client, len(data) - PDU_HEADER.size)
        shapes, found = end.messages.pdu(data, by_client, place)
        for shape in shapes:
            self._form(end, by_client, shape, place)
        for fact in found:
            if isinstance(fact, KeysSeen) and not self._reads_keys:
                continue
            self.conversation.facts.append(fact)
            self.clock.message(fact, t)

    def _check_length(
        self, end: _WatchedEnd, by_client: bool, length: int, data: bytes, number: int, t: float | None
    ) -> None:
        other = self.conversation.acceptance if by_client else self.conversation.request
        limit = other.maximum_length if other else None
        if limit and length > limit and data[0] == PduType.P_DATA_TF:
            self._form(end, by_client, PduFormKind.TOO_LONG, self._place(number, t, data))

    def _form(self, end: _WatchedEnd, by_client: bool, kind: PduFormKind, place: SeenPlace) -> None:
        if kind not in end.forms:
            end.forms.add(kind)
            self.conversation.facts.append(PduForm(place=place, by_client=by_client, kind=kind))

    def _place(self, number: int, t: float | None, data: bytes = b"") -> SeenPlace:
        shown = data[:_SHOWN].hex(" ").upper() + (" ..." if len(data) > _SHOWN else "")
        return SeenPlace(self._kind, number, t, shown)
