"""The association control service element: request, accept, reject, release and abort by hand (PS3.8 7, PS3.7 D).

`ACSE` works on any upper layer that takes and gives primitives: that of an open association, or one that a program
drives itself. The state machine below decides what may be sent when, and what follows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from dulcimer._generated.codes import REJECT_REASONS, AbortReason, AbortSource, RejectResult
from dulcimer.acse.negotiation import Context, answer_pdu, outcome, prefer, refusal
from dulcimer.errors import LocalProtocolError
from dulcimer.fsm.primitives import (
    AbortIndication,
    AbortRequest,
    AssociateAccept,
    AssociateConfirmation,
    AssociateIndication,
    AssociateReject,
    AssociateRequest,
    Indication,
    PAbortIndication,
    PDataIndication,
    ReleaseConfirmation,
    ReleaseIndication,
    ReleaseRequest,
    ReleaseResponse,
    Request,
)
from dulcimer.wire.model import Abort, AssociateAc, AssociateRj, AssociateRq

logger = logging.getLogger("dulcimer.acse")

AbortType: TypeAlias = Literal["both", "a-abort", "a-p-abort"]
_ABORTS: dict[str, tuple[type, ...]] = {
    "both": (AbortIndication, PAbortIndication),
    "a-abort": (AbortIndication,),
    "a-p-abort": (PAbortIndication,),
}
_Pdu = TypeVar("_Pdu")


class UpperLayerService(Protocol):
    """The upper layer as ACSE uses it: request primitives down, indications and confirmations up (PS3.8 7)."""

    @property
    def socket(self) -> Any:
        """The connection, None if there is none."""

    def send_pdu(self, primitive: Request) -> None:
        """Issue a request or response primitive; LocalProtocolError if the state does not allow it."""

    def receive_pdu(self, wait: bool = False, timeout: float | None = None) -> Indication | None:
        """Take the next indication or confirmation; None if there is none, or with `wait`, none within `timeout` s."""

    def peek_next_pdu(self) -> Indication | None:
        """The next indication or confirmation, without taking it; None if there is none."""


class PartyForACSE(Protocol):
    """One end of the association; `pdu` is its A-ASSOCIATE-RQ, -AC or -RJ."""

    pdu: AssociateRq | AssociateAc | AssociateRj | None

    @property
    def supported_contexts(self) -> Iterable[Any]:
        """The contexts that an acceptor supports, each with `abstract_syntax` and a list `transfer_syntax`."""


class DataReceiver(Protocol):
    """The DIMSE service provider."""

    def receive_primitive(self, p_data: PDataIndication) -> None:
        """Take P-DATA."""


class AssociationForACSE(Protocol):
    """The association, as ACSE uses it."""

    @property
    def dul(self) -> UpperLayerService:
        """Its upper layer."""

    @property
    def dimse(self) -> DataReceiver:
        """What takes its P-DATA."""

    @property
    def is_requestor(self) -> bool:
        """Whether this end requests it."""

    @property
    def requestor(self) -> PartyForACSE:
        """The end that requests it."""

    @property
    def acceptor(self) -> PartyForACSE:
        """The end that is asked to accept it."""

    @property
    def acse_timeout(self) -> float | None:
        """Seconds to wait for an answer to an association or release request; None is forever."""


class ACSE:
    """Association control for one association.

    A call that the state of the association does not allow raises LocalProtocolError and sends nothing.
    """

    def __init__(self, assoc: AssociationForACSE) -> None:
        self._assoc = assoc

    @property
    def assoc(self) -> AssociationForACSE:
        """The association."""
        return self._assoc

    @property
    def dul(self) -> UpperLayerService:
        """The upper layer of the association."""
        return self._assoc.dul

    @property
    def requestor(self) -> PartyForACSE:
        """The end that requests the association."""
        return self._assoc.requestor

    @property
    def acceptor(self) -> PartyForACSE:
        """The end that is asked to accept the association."""
        return self._assoc.acceptor

    @property
    def acse_timeout(self) -> float | None:
        """Seconds to wait for an answer; None is forever."""
        return self._assoc.acse_timeout

    @property
    def socket(self) -> Any:
        """The connection, None if there is none."""
        return self.dul.socket

    # What was received

    def is_aborted(self, abort_type: AbortType = "both") -> bool:
        """Whether the peer's service-user has aborted ("a-abort"), a service-provider ("a-p-abort"), or either.

        A lost connection counts as an abort by the provider (PS3.8 7.4).
        """
        if abort_type not in _ABORTS:
            raise ValueError(f"abort_type is one of {', '.join(map(repr, _ABORTS))}, not {abort_type!r}")
        return isinstance(self.dul.peek_next_pdu(), _ABORTS[abort_type])

    def is_release_requested(self) -> bool:
        """Whether the peer has asked for release; True once for each request."""
        if isinstance(self.dul.peek_next_pdu(), ReleaseIndication):
            self.dul.receive_pdu(wait=False)
            return True
        return False

    # Whole procedures

    def negotiate_association(self) -> None:
        """Request the association and take the answer, or wait for the request and answer it (PS3.8 7.1).

        The requestor proposes what `requestor.pdu` says and leaves the answer in `acceptor.pdu`. The acceptor answers
        with the A-ASSOCIATE-AC or -RJ in `acceptor.pdu`; if there is none, it supports `acceptor.supported_contexts`.
        An association without an accepted presentation context, or without an answer within `acse_timeout` seconds,
        is aborted.
        """
        if self._assoc.is_requestor:
            self._negotiate_as_requestor()
        else:
            self._negotiate_as_acceptor()

    def _negotiate_as_requestor(self) -> None:
        self.send_request()
        request = _required(self.requestor.pdu, AssociateRq)
        match self.dul.receive_pdu(wait=True, timeout=self.acse_timeout):
            case AssociateConfirmation(answer):
                self.acceptor.pdu = answer
                if isinstance(answer, AssociateAc) and not outcome(request, answer)[0]:
                    logger.error("no presentation context was accepted")
                    self.send_abort(AbortSource.SERVICE_USER)
            case None:
                logger.error("the association request was not answered in time")
                self.send_abort(AbortSource.SERVICE_USER)
            case ended:
                logger.error("the association was aborted: %s", ended)

    def _negotiate_as_acceptor(self) -> None:
        match self.dul.receive_pdu(wait=True, timeout=self.acse_timeout):
            case AssociateIndication(request):
                self.requestor.pdu = request
                if self.acceptor.pdu is None:
                    self.acceptor.pdu = refusal(request) or answer_pdu(request, prefer(self._supported()))[0]
                if isinstance(self.acceptor.pdu, AssociateRj):
                    self.dul.send_pdu(AssociateReject(self.acceptor.pdu))
                else:
                    self.send_accept()
            case None:
                logger.error("no association was requested in time")
            case ended:
                logger.error("the association was aborted: %s", ended)

    def _supported(self) -> list[Context]:
        return [
            Context(str(context.abstract_syntax), tuple(map(str, context.transfer_syntax)))
            for context in self.acceptor.supported_contexts
        ]

    def negotiate_release(self) -> None:
        """Release the association and wait for the answer, at most `acse_timeout` seconds (PS3.8 7.2).

        P-DATA that the peer still sends is accepted (AR-6). If both ends ask for release, the requestor of the
        association answers first (PS3.8 7.2.2). Without an answer the association is aborted.
        """
        self.send_release()
        collision = False
        while True:
            match self.dul.receive_pdu(wait=True, timeout=self.acse_timeout):
                case PDataIndication() as p_data:
                    self._assoc.dimse.receive_primitive(p_data)
                case ReleaseIndication():
                    collision = True
                    if self._assoc.is_requestor:
                        self._confirm_release()
                case ReleaseConfirmation():
                    if collision and not self._assoc.is_requestor:
                        self._confirm_release()
                    return
                case None:
                    logger.error("the release request was not answered in time")
                    self.send_abort(AbortSource.SERVICE_USER)
                    return
                case ended:
                    logger.error("the association was aborted instead of released: %s", ended)
                    return

    def _confirm_release(self) -> None:
        with suppress(LocalProtocolError):  # an open association answers by itself
            self.send_release(is_response=True)

    # One primitive each

    def send_request(self) -> None:
        """Request the association that `requestor.pdu` describes."""
        self.dul.send_pdu(AssociateRequest(_required(self.requestor.pdu, AssociateRq)))

    def send_accept(self) -> None:
        """Accept the association with `acceptor.pdu`."""
        self.dul.send_pdu(AssociateAccept(_required(self.acceptor.pdu, AssociateAc)))

    def send_reject(self, result: int, source: int, diagnostic: int) -> None:
        """Reject the association; values as in PS3.8 Table 9-21, ValueError for others.

        `result` 1 is permanent, 2 transient; `source` 1 the service-user, 2 the service-provider (ACSE), 3 the
        service-provider (presentation), each with values of its own for `diagnostic`.
        """
        _check("result", result, tuple(RejectResult))
        _check("source", source, tuple(REJECT_REASONS))
        _check("diagnostic", diagnostic, tuple(REJECT_REASONS[source]))
        pdu = AssociateRj(result, source, diagnostic)
        self.acceptor.pdu = pdu
        self.dul.send_pdu(AssociateReject(pdu))

    def send_release(self, is_response: bool = False) -> None:
        """Ask for release, or confirm the release that the peer asked for."""
        self.dul.send_pdu(ReleaseResponse() if is_response else ReleaseRequest())

    def send_abort(self, source: int) -> None:
        """Abort, as service-user (0) or in the name of the service-provider (2); ValueError for other values."""
        _check("source", source, (AbortSource.SERVICE_USER, AbortSource.SERVICE_PROVIDER))
        self.dul.send_pdu(AbortRequest(Abort(source, 0)))

    def send_ap_abort(self, reason: int) -> None:
        """Abort in the name of the service-provider; `reason` as in PS3.8 Table 9-26, ValueError for others."""
        _check("reason", reason, tuple(AbortReason))
        self.dul.send_pdu(AbortRequest(Abort(AbortSource.SERVICE_PROVIDER, reason)))


def _check(name: str, value: int, allowed: Sequence[int]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} is one of {', '.join(map(str, map(int, allowed)))}, not {value!r}")


def _required(pdu: object, kind: type[_Pdu]) -> _Pdu:
    if not isinstance(pdu, kind):
        raise ValueError(f"there is no {kind.__name__} to send yet")
    return pdu
