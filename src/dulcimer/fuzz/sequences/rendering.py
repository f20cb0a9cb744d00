"""From a script to the steps of a connection: the bytes of each move, with changed PDUs in their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dulcimer._generated.codes import AbortSource, PduType
from dulcimer._generated.conformance import STIMULI, RequestVariant
from dulcimer._generated.fsm import EVENTS, Events
from dulcimer._generated.requestor import AcceptanceVariant, Response
from dulcimer.conformance.catalogue import ways
from dulcimer.conformance.model.oracle import CLOSE
from dulcimer.conformance.model.seen import pdu_name
from dulcimer.conformance.stimuli.answers import DimseRequest, acceptance_bytes, response_bytes
from dulcimer.conformance.stimuli.messages import plain_pdu, stimulus_bytes
from dulcimer.conformance.stimuli.requests import MAXIMUM_LENGTH, Titles, associate_rq, request_bytes
from dulcimer.errors import DulcimerError
from dulcimer.fuzz.sequences.moves import Act, Move, PduKind, Script
from dulcimer.fuzz.sequences.steps import (
    AwaitReply,
    FuzzSequence,
    FuzzStep,
    HalfClose,
    Pause,
    RefuseConnection,
    SendBytes,
)
from dulcimer.wire.codec import decode_lenient, encode
from dulcimer.wire.model import AssociateRq

_DATA = PduType.P_DATA_TF.label
_ARTIM, _IDLE = 30.0, 60.0
_UNKNOWN_TITLE = "NOBODY-HERE"
_UNKNOWN_CONTEXT = "2.25.35711333286485433768314176446645270968"


class BasePdus:
    """The unchanged PDUs of a tester.

    - `titles`: AE titles of its requests.
    - `request`: the bytes of the A-ASSOCIATE-RQ that a requestor sends, and `asks`: its DIMSE requests, in order, as a
      run without changes has shown them. By default a C-ECHO under context 1.
    - `maximum`: bytes of a P-DATA-TF that the target has said it takes, without the header; 0 if that is unknown.
    - `artim`, `idle`: seconds in which the target closes by ARTIM, and in which an acceptor releases an idle
      association.
    """

    def __init__(
        self,
        titles: Titles | None = None,
        *,
        request: bytes = b"",
        asks: Sequence[DimseRequest] = (),
        maximum: int = 0,
        artim: float = _ARTIM,
        idle: float = _IDLE,
    ) -> None:
        self.titles = titles or Titles()
        self.maximum = maximum
        self.artim = artim
        self.idle = idle
        self._request = request or encode(associate_rq(self.titles))
        self._asks = tuple(asks) or (DimseRequest.echo(),)
        self._made: dict[tuple[str, Events, PduKind], tuple[bytes, ...]] = {}

    def timed(self, artim: float, idle: float) -> BasePdus:
        """The same PDUs, with other times, in seconds."""
        return BasePdus(
            self.titles, request=self._request, asks=self._asks, maximum=self.maximum, artim=artim, idle=idle
        )

    def pdus(self, role: str, event: Events, kind: PduKind = PduKind.USUAL) -> tuple[bytes, ...]:
        """What a tester sends a target of this role to cause the event: one entry for each answer, mostly one."""
        key = (role, event, kind)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = tuple(self._make(*key))
        return found

    def _make(self, role: str, event: Events, kind: PduKind) -> Iterator[bytes]:
        match event, kind:
            case Events.EVT_19, _:
                yield next(
                    stimulus_bytes(row, self.titles) for row in STIMULI if row.event == event.label and not row.split
                )
            case _, PduKind.UNSUPPORTED:
                yield request_bytes(self.titles, RequestVariant(application_context=(_UNKNOWN_CONTEXT,)))
            case _, PduKind.UNKNOWN_TITLE:
                yield request_bytes(self.titles, RequestVariant(called=_UNKNOWN_TITLE))
            case _, PduKind.NO_MESSAGE:
                yield ways.no_message()
            case _, PduKind.OF_PROVIDER:
                fields = {"source": AbortSource.SERVICE_PROVIDER}
                yield encode(plain_pdu(EVENTS[event].subject, self.titles, fields))
            case _, PduKind.ANSWER:
                yield from self._answers()
            case Events.EVT_3, _ if role == "requestor":
                yield self._acceptance()
            case Events.EVT_10, _ if role == "requestor":
                yield next(self._answers())
            case Events.EVT_6, _:
                yield request_bytes(self.titles, RequestVariant())
            case _:
                yield encode(plain_pdu(EVENTS[event].subject, self.titles))

    def _acceptance(self) -> bytes:
        request = self._associate_rq()
        if request is None:
            raise DulcimerError("the A-ASSOCIATE-RQ of the requestor cannot be read")
        return acceptance_bytes(request, self._request, AcceptanceVariant(), MAXIMUM_LENGTH)

    def _answers(self) -> Iterator[bytes]:
        request = self._associate_rq()
        limit = (request.maximum_length if request else None) or 0
        for asked in self._asks:
            yield response_bytes(asked if asked.wants_response else DimseRequest.echo(), Response(), limit)

    def _associate_rq(self) -> AssociateRq | None:
        pdu = decode_lenient(self._request).pdu
        return pdu if isinstance(pdu, AssociateRq) else None


def sequence_of(script: Script, bases: BasePdus, changed: Mapping[int, SendBytes] | None = None) -> FuzzSequence:
    """The steps of a script. `changed`: what is sent instead of a PDU, by the position of its move."""
    return FuzzSequence(script.role, tuple(_steps(script, bases, changed or {})), script.cell)


def base_of(script: Script, place: int, bases: BasePdus) -> bytes:
    """The unchanged bytes of the move at a position: what can be changed, and given to `sequence_of`."""
    move = script.moves[place]
    return b"".join(bases.pdus(script.role, move.event, move.kind))


def _steps(script: Script, bases: BasePdus, changed: Mapping[int, SendBytes]) -> Iterator[FuzzStep]:
    segment: list[SendBytes] = []
    shows: list[str] = []
    for position, move in enumerate(script.moves):
        if segment and not (move.act is Act.SEND and move.joined):
            yield _segment(segment)
            segment.clear()
        if not segment:
            yield from map(_awaited, shows)
            shows.clear()
        if move.act is Act.SEND:
            *before, last = _sends(script, move, bases, changed.get(position))
            for step in before:
                yield step
                yield AwaitReply((_DATA,))
            segment.append(last)
            shows += move.shows
        else:
            yield from _without_bytes(script, move, bases)
            shows += move.shows if move.act is Act.CONNECT else ()
    if segment:
        yield _segment(segment)
    elif script.moves[-1].act is Act.CONNECT:
        yield from map(_awaited, shows)


def _sends(script: Script, move: Move, bases: BasePdus, changed: SendBytes | None) -> list[SendBytes]:
    if changed is not None:
        return [changed]
    return [SendBytes(data, pdu_name(data)) for data in bases.pdus(script.role, move.event, move.kind)]


def _segment(sends: Sequence[SendBytes]) -> SendBytes:
    """What is sent at once."""
    if len(sends) == 1:
        return sends[0]
    return SendBytes(
        b"".join(step.data for step in sends),
        ", ".join(step.label for step in sends),
        tuple(operator for step in sends for operator in step.operators),
    )


def _without_bytes(script: Script, move: Move, bases: BasePdus) -> Iterator[FuzzStep]:
    match move.act:
        case Act.REFUSE:
            yield RefuseConnection()
        case Act.HALF_CLOSE:
            yield HalfClose()
        case Act.ARTIM:
            yield Pause(bases.artim)
            yield AwaitReply((CLOSE,))
        case Act.USER:
            seconds = bases.idle if move.event is Events.EVT_11 and script.role == "acceptor" else 0.0
            yield from (AwaitReply((name,), seconds) for name in move.shows)


def _awaited(name: str) -> AwaitReply:
    return AwaitReply((name,))
