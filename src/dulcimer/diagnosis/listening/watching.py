"""Watches one connection of a client: what it proposes, sends, and does wrong, and how it ends.

An observer of the upper layer: times come in as numbers. A client is judged as by the proxy: by the state machine, with
sets of possible states, and by the rules for what a requestor sends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dulcimer._generated.codes import ContextResult, describe_abort, describe_rejection
from dulcimer._generated.commands import MESSAGES, NO_DATA_SET
from dulcimer._generated.fsm import Events, States
from dulcimer.conformance.wire_peer.intake import LONGEST_COMMAND
from dulcimer.counting import counted
from dulcimer.diagnosis.listening.events import (
    ClientAnswered,
    ClientConnected,
    ClientDeviates,
    ClientEnded,
    ClientProposed,
    ClientSent,
    ListenTold,
)
from dulcimer.diagnosis.listening.likeness import SurveyedServer
from dulcimer.diagnosis.listening.proposals import proposal_of
from dulcimer.dimse import command_set
from dulcimer.dimse.command_set import CommandSet
from dulcimer.errors import DIMSEProcessingError
from dulcimer.fsm.primitives import AssociateReject, Request
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.proxy.cutting import LongPdu, PduDivider, WholePdu
from dulcimer.fuzz.proxy.events import PeerDeviation
from dulcimer.fuzz.proxy.following import EndFollower, ProxyJudgements
from dulcimer.upper_layer.observer import Observer
from dulcimer.wire.codec import Deviation
from dulcimer.wire.model import Abort, AssociateAc, AssociateRj, AssociateRq, Buffer, PDataTf, Pdu, ReleaseRq
from dulcimer.wire.other_protocols import recognise


class _MessageMeter:
    """How much of one message has come."""

    def __init__(self, began: float) -> None:
        self.began = began
        self.command = bytearray()
        self.found: CommandSet | None = None
        self.command_bytes = self.data_bytes = self.pdus = 0


class ClientWatcher(Observer):
    """Tells what happens on connection `number`. `clock` gives the seconds since listening began."""

    def __init__(
        self,
        number: int,
        tell: Callable[[ListenTold], None],
        clock: Callable[[], float],
        judgements: ProxyJudgements,
        server: SurveyedServer | None = None,
    ) -> None:
        self._number = number
        self._tell = tell
        self._clock = clock
        self._server = server
        self._follower = EndFollower(LinkEnd.CLIENT, judgements.referee(LinkEnd.CLIENT))
        self._divider = PduDivider()
        self._opened = clock()
        self._came = self._is_answered = False
        self._held: list[PeerDeviation] = []
        self._request: AssociateRq | None = None
        self._request_size = 0
        self._classes: dict[int, str] = {}
        self._meter: _MessageMeter | None = None
        self._how = ""
        self._in_order = False
        self._why_rejected = ""
        self._messages = self._pdus = self._octets = 0
        self._over = False

    # ------------------------------------------------------------------ bytes

    def opened(self, peer: tuple[str, int] | None) -> None:
        """A client has connected."""
        client = "an unknown address" if peer is None else f"{peer[0]} port {peer[1]}"
        self._tell(ClientConnected(self._number, self._clock(), client))

    def bytes_received(self, data: Buffer, now: float) -> None:  # noqa: ARG002
        """Judge each PDU that is complete."""
        self._octets += len(data)
        found: list[PeerDeviation] = []
        for part in self._divider.divide(bytes(data)):
            if isinstance(part, WholePdu):
                self._pdus += 1
                if self._request is None:
                    self._request_size = len(part.data)
                if self._is_dicom(part.data):
                    found += self._follower.sent(part.data, self._clock())[1]
            elif isinstance(part, LongPdu):
                self._pdus += 1
                found += self._follower.sent_long(part.beginning)[1]
        self._deviates(found)

    def bytes_sent(self, data: Sequence[Buffer], now: float) -> None:  # noqa: ARG002
        """The client is judged by what it is given."""
        whole = b"".join(data)
        self._follower.given(whole, changed=False)
        self._follower.given_pdu(whole)

    # ------------------------------------------------------------------ PDUs

    def pdu_received(self, pdu: Pdu, deviations: Sequence[Deviation], now: float) -> None:  # noqa: ARG002
        """Tell what it says."""
        self._came = True
        match pdu:
            case AssociateRq():
                self._request = pdu
            case PDataTf():
                for value in pdu.presentation_data_value_items:
                    size = len(value.fragment)
                    self._fragment(
                        value.presentation_context_id,
                        value.fragment if value.is_command else None,
                        size,
                        is_last=value.is_last,
                    )
                if self._meter is not None:
                    self._meter.pdus += 1
            case ReleaseRq():
                self._how, self._in_order = "released by the client", True
            case Abort():
                self._how = f"aborted by the client: {describe_abort(pdu.source, pdu.reason)}"
            case _:
                pass

    def pdu_refused(self, data: Buffer, problem: str, now: float) -> None:  # noqa: ARG002
        """It is not a PDU: perhaps of another protocol."""
        other = None if self._came else recognise(data)
        self._came = True
        if other is not None:
            self._how = f"the client speaks {other.name}, not DICOM: it sent {other.what}"
        else:
            self._how = f"we aborted: {problem}"

    def pdu_sent(self, pdu: Pdu, now: float) -> None:  # noqa: ARG002
        """Tell how the request was answered, and which responses were sent."""
        match pdu:
            case AssociateAc() if self._request is not None:
                answers = {
                    item.presentation_context_id: item.transfer_syntax or ""
                    for item in pdu.presentation_contexts
                    if item.result_reason == ContextResult.ACCEPTANCE
                }
                self._proposed(self._request, answers)
            case AssociateRj() if self._request is not None:
                self._how = (
                    f"we rejected it: {self._why_rejected or describe_rejection(pdu.result, pdu.source, pdu.reason)}"
                )
                self._proposed(self._request, {}, self._why_rejected or "we do not take it")
            case PDataTf():
                for value in pdu.presentation_data_value_items:
                    if value.is_command and value.is_last:
                        self._answered(bytes(value.fragment))
            case Abort() if not self._how:
                self._how = f"aborted by us: {describe_abort(pdu.source, pdu.reason)}"
            case _:
                pass

    def requested(self, primitive: Request, now: float) -> None:  # noqa: ARG002
        """Note why the association is rejected."""
        if isinstance(primitive, AssociateReject):
            self._why_rejected = primitive.why

    def transition(self, event: Events, state: States, action: str, next_state: States, now: float) -> None:  # noqa: ARG002
        """Tell the end when the machine is back in Sta1."""
        if next_state is not States.STA_1 or state is States.STA_1 or self._over:
            return
        self._over = True
        if event is Events.EVT_17:
            if self._is_dicom(self._divider.incomplete):
                self._deviates(self._follower.ended(self._divider.incomplete, reset=False))
            self._how = self._how or self._closed()
        elif event is Events.EVT_18:
            self._how = self._how or "we closed it: the client did not close or go on in time (ARTIM)"
        self._deviates((), at_once=True)
        seconds = self._clock() - self._opened
        how = self._how or "closed"
        self._tell(
            ClientEnded(
                self._number, self._clock(), how, self._in_order, seconds, self._messages, self._pdus, self._octets
            )
        )

    # ------------------------------------------------------------------ inside

    def _closed(self) -> str:
        left = self._divider.incomplete
        inside = f", in the middle of a PDU ({counted(len(left), 'byte')} or more came)" if left else ""
        if not self._octets:
            return "the client closed the connection without a byte, as a check of the port does"
        return f"the client closed the connection without a release{inside}"

    def _is_dicom(self, data: bytes) -> bool:
        """Whether the first PDU is one at all: what speaks another protocol is not judged."""
        return self._request is not None or recognise(data) is None

    def _deviates(self, found: Sequence[PeerDeviation], *, at_once: bool = False) -> None:
        """Tell what is wrong; of the request when it has been told."""
        self._held += found
        if self._held and (at_once or self._is_answered):
            self._tell(ClientDeviates(self._number, self._clock(), tuple(self._held)))
            self._held = []

    def _proposed(self, request: AssociateRq, answers: dict[int, str], rejected: str = "") -> None:
        proposal = proposal_of(request, lambda number: answers.get(number, ""), self._server, size=self._request_size)
        self._classes = {one.context_id: one.sop_class for one in proposal.contexts}
        self._tell(ClientProposed(self._number, self._clock(), proposal, rejected))
        self._is_answered = True
        self._deviates(())

    def _fragment(self, context_id: int, command: Buffer | None, size: int, *, is_last: bool) -> None:
        """A piece of a message, of its command set if `command` is given."""
        if self._meter is None:
            self._meter = _MessageMeter(self._clock())
        meter = self._meter
        if command is None:
            meter.data_bytes += size
            if is_last:
                self._message(meter, context_id)
            return
        meter.command_bytes += size
        if len(meter.command) + size <= LONGEST_COMMAND:
            meter.command += command
        if is_last:
            meter.found = _decoded(bytes(meter.command))
            if meter.found is None or meter.found.value("command_data_set_type") == NO_DATA_SET:
                self._message(meter, context_id)

    def _message(self, meter: _MessageMeter, context_id: int) -> None:
        self._meter = None
        self._messages += 1
        name = "a command set that cannot be read" if meter.found is None else _name(meter.found)
        at = self._clock()
        self._tell(
            ClientSent(
                self._number,
                at,
                name,
                context_id,
                self._classes.get(context_id, ""),
                meter.command_bytes,
                meter.data_bytes,
                meter.pdus + 1,
                at - meter.began,
            )
        )

    def _answered(self, command: bytes) -> None:
        found = _decoded(command)
        status = None if found is None else found.value("status")
        if found is not None and isinstance(status, int):
            self._tell(ClientAnswered(self._number, self._clock(), _name(found), status))


def _decoded(data: bytes) -> CommandSet | None:
    try:
        return command_set.decode(data)
    except DIMSEProcessingError:
        return None


def _name(command: CommandSet) -> str:
    info = MESSAGES.get(command.command_field or 0)
    return "unknown message" if info is None else info.name
