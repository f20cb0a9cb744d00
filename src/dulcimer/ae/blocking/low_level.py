"""An open association primitive by primitive: the classes behind `assoc.acse`, `assoc.dimse` and `assoc.dul`.

Everything goes through the association's own layers, which still answer by themselves: release requests of the peer,
and requests for which there are handlers.
"""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from dulcimer._generated.commands import status_category
from dulcimer.acse.end import no_response_error
from dulcimer.acse.negotiation import outcome
from dulcimer.ae.core.association_state import AssociationState
from dulcimer.ae.core.session import Session
from dulcimer.dimse.decoder import values_of
from dulcimer.dimse.messages import Message
from dulcimer.dimse.provider import AssociationForDIMSE, DIMSEServiceProvider
from dulcimer.dimse_primitives import C_CANCEL
from dulcimer.errors import AssociationAborted, AssociationError
from dulcimer.fsm.primitives import (
    AbortRequest,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    Indication,
    PDataRequest,
    ReleaseRequest,
    ReleaseResponse,
    Request,
)
from dulcimer.pdu_primitives import A_ABORT, A_ASSOCIATE, A_P_ABORT, A_RELEASE, P_DATA
from dulcimer.transport.streams import Stream
from dulcimer.wire.model import AssociateAc, AssociateRj, AssociateRq

if TYPE_CHECKING:
    from dulcimer.fsm.machine import StateMachine

_Result = TypeVar("_Result")
UserPrimitive = A_ABORT | A_ASSOCIATE | A_P_ABORT | A_RELEASE | P_DATA


class RunInLoop(Protocol):
    """Runs work in the event loop of the association and waits for its result."""

    def __call__(self, work: Coroutine[Any, Any, _Result], /) -> _Result:
        """Run `work`."""


class DULServiceProvider:
    """The upper layer of an open association, with blocking methods."""

    def __init__(self, assoc: AssociationState, session: Session, call: RunInLoop) -> None:
        self._assoc = assoc
        self._session = session
        self._call = call

    @property
    def assoc(self) -> Any:
        """The association, an `Association`."""
        return self._assoc

    @property
    def socket(self) -> Stream | None:
        """The connection, with its `local_address` and `peer_address`; None without a connection."""
        association = self._session.association
        return None if association.ended.done() else association.driver.stream

    @property
    def state_machine(self) -> StateMachine:
        """The state machine; look at its `current_state`."""
        return self._session.upper_layer.state_machine

    def send_pdu(self, primitive: Request | UserPrimitive) -> None:
        """Issue a primitive of `dulcimer.fsm.primitives` or `dulcimer.pdu_primitives`.

        Raises LocalProtocolError if the state does not allow it, EncodeError or ValueError if it cannot be written,
        AssociationError if another association is requested after the end of this one; then nothing is sent.
        """
        request = _request_of(primitive) if isinstance(primitive, UserPrimitive) else primitive
        if self._is_closed:
            self._send(request)
        else:
            self._call(_in_loop(self._send, request))

    def receive_pdu(self, wait: bool = False, timeout: float | None = None) -> Indication | None:
        """Take the next indication or confirmation of release or abort; the association has answered it already.

        With `wait`, waits up to `timeout` seconds; None if none has arrived.
        """
        indications = self._session.association.control.indications
        if self._is_closed or not wait:
            return indications.take()
        return self._call(self._session.association.next_indication(timeout))

    def peek_next_pdu(self) -> Indication | None:
        """The next indication or confirmation of release or abort, left in the queue; None if there is none."""
        return self._session.association.control.indications.peek()

    @property
    def _is_closed(self) -> bool:
        return self._session.closed.done()

    def _send(self, request: Request) -> None:
        association, session = self._session.association, self._session
        if not association.allows(type(request)):
            association.driver.send(request)  # raises what `send_pdu` documents
            return
        match request:
            case AssociateRequest():
                raise AssociationError("this association is over: open another one")
            case AbortRequest(abort):
                text = "the association was aborted by this end"
                error = AssociationAborted(text, source=abort.source, reason=abort.reason, by_this_end=True)
                association.abort(error, request)
            case ReleaseResponse():
                association.confirm_release()
            case AssociateReject(pdu):
                session.acceptor.pdu = pdu
                association.reject(pdu)
            case AssociateAccept(pdu):
                self._accept(pdu)
            case _:
                association.driver.send(request)

    def _accept(self, pdu: AssociateAc) -> None:
        request = self._session.requestor.pdu
        assert isinstance(request, AssociateRq)
        as_requestor, _ = outcome(request, pdu)
        accepted = [replace(context, as_scu=context.as_scp, as_scp=context.as_scu) for context in as_requestor]
        self._session.association.accept(pdu, accepted, request)
        self._session.established(pdu)


class _PendingResponses:
    """Hands the responses to one request on to the queue of `dimse`."""

    def __init__(self, dimse: LiveDIMSE, request: Any) -> None:
        self.request = request
        self._dimse = dimse

    def is_final(self, status: int) -> bool:
        """Whether this status is that of the last response."""
        return status_category(status) != "Pending"

    def put(self, message: Message) -> None:
        """Take a response."""
        self._dimse.take_response(message, self)

    def fail(self, error: AssociationError) -> None:
        """No response will come: the association says so to the queue."""


class LiveDIMSE(DIMSEServiceProvider):
    """The DIMSE service provider of an open association.

    Responses to requests sent with `send_msg` come to `get_msg`. Requests of the peer go to the handlers, as always.
    """

    def __init__(self, assoc: AssociationForDIMSE, session: Session, call: RunInLoop) -> None:
        super().__init__(assoc)
        self._exchange = session.exchange
        self._closed = session.closed
        self._call = call

    @property
    def cancel_rq(self) -> dict[int, C_CANCEL]:
        """The latest ten C-CANCEL requests for operations in progress, by the message ID that they cancel."""
        found = {}
        for message_id in tuple(self._exchange.cancelled):
            found[message_id] = C_CANCEL.taken(MessageIDBeingRespondedTo=message_id)
        return found

    def transmit(self, context_id: int, message: Any, data: bytes | None) -> None:
        """Send a message after the one before it. Raises AssociationAborted if it cannot be sent."""
        if self._closed.done():
            raise no_response_error(self._exchange.association.end)
        self._call(self._transmit(context_id, message, data))

    async def _transmit(self, context_id: int, message: Any, data: bytes | None) -> None:
        expects = message.info.response is not None
        if expects:
            self._exchange.expect(_PendingResponses(self, message))
        try:
            await self._exchange.send(context_id, message, data)
        except BaseException:
            if expects:
                self._exchange.forget(message.message_id)
            raise

    def take_response(self, message: Message, pending: _PendingResponses) -> None:
        """Take a response to one of our requests; after the final one no more are expected."""
        if pending.is_final(message.command_set.value("status")):
            self._exchange.forget(pending.request.message_id)
        self.take(message)


def _request_of(primitive: UserPrimitive) -> Request:
    match primitive:
        case P_DATA():
            return PDataRequest(values_of(primitive))
        case A_RELEASE():
            return ReleaseRequest() if primitive.result is None else ReleaseResponse()
        case A_ABORT() | A_P_ABORT():
            return AbortRequest(primitive.to_pdu())
    match primitive.to_pdu():
        case AssociateRq() as request:
            return AssociateRequest(request)
        case AssociateRj() as rejection:
            return AssociateReject(rejection)
        case accepted:
            return AssociateAccept(accepted)


async def _in_loop(work: Any, *arguments: Any) -> None:
    work(*arguments)
