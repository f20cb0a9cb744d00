"""The state and settings of an association, blocking or not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dulcimer._generated.codes import ContextResult
from dulcimer.acse.driven import NetworkTimeoutResponse
from dulcimer.acse.end import Over
from dulcimer.acse.negotiation import RefusedContext, outcome
from dulcimer.acse.wording import title_of
from dulcimer.ae.core.party import Mode, Party
from dulcimer.ae.core.session import Session
from dulcimer.ae.core.settings import seconds as checked_seconds
from dulcimer.ae.core.settings import timeout_response
from dulcimer.errors import DulcimerError
from dulcimer.events import EventType
from dulcimer.wire.model import AssociateAc, AssociateRq, PresentationContextRq

if TYPE_CHECKING:
    from dulcimer.proposals.presentation_context import PresentationContext


class AssociationState:
    """What an association is, how long it waits, and its handlers; usable in any thread."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __repr__(self) -> str:
        request, over = self.requestor.pdu, self._over
        calling, called = "?", "?"
        if isinstance(request, AssociateRq):
            calling, called = title_of(request.calling_ae_title), title_of(request.called_ae_title)
        state = "established" if self.is_established else over.value if over is not None else "being opened"
        why = f": {self.error}" if self.error is not None and over is not Over.RELEASED else ""
        where = f" at {self._session.where}" if self._session.where else ""
        name = type(self).__name__
        ends = f"{calling} with {called}{where}" if self.is_requestor else f"{calling}{where} with {called}"
        return f"<{name} of {ends}, {state}{why}>"

    # State

    @property
    def name(self) -> str:
        """The name in lists and logs, such as "requestor of SCP"."""
        return f"{self.mode} of {self.requestor.called_ae_title or self.acceptor.ae_title or '?'}"

    @property
    def mode(self) -> Mode:
        """The role of this end, "requestor" or "acceptor"."""
        return self._session.mode

    @property
    def is_requestor(self) -> bool:
        """Whether this end requested the association."""
        return self.mode == "requestor"

    @property
    def is_acceptor(self) -> bool:
        """Whether the peer requested the association."""
        return self.mode == "acceptor"

    @property
    def is_established(self) -> bool:
        """Whether requests are possible."""
        return self._session.association.is_established

    @property
    def is_released(self) -> bool:
        """Whether it was released."""
        return self._over is Over.RELEASED

    @property
    def is_rejected(self) -> bool:
        """Whether it was rejected."""
        return self._over is Over.REJECTED

    @property
    def is_aborted(self) -> bool:
        """Whether it was aborted, by either end, or the connection was lost or could not be opened."""
        return self._over is Over.ABORTED

    @property
    def _over(self) -> Over | None:
        end = self._session.association.end
        return None if end is None else end.how

    @property
    def error(self) -> DulcimerError | None:
        """Why it was not established, or did not end by release; None if there was no error."""
        return self._session.error

    @property
    def requestor(self) -> Party:
        """The end that requested the association."""
        return self._session.requestor

    @property
    def acceptor(self) -> Party:
        """The end that was asked for the association."""
        return self._session.acceptor

    @property
    def local(self) -> dict[str, Any]:
        """`info` of this end."""
        return self.requestor.info if self.is_requestor else self.acceptor.info

    @property
    def remote(self) -> dict[str, Any]:
        """`info` of the other end."""
        return self.acceptor.info if self.is_requestor else self.requestor.info

    @property
    def accepted_contexts(self) -> list[PresentationContext]:
        """The presentation contexts in use, by ID, with the roles of this end."""
        from dulcimer.proposals.presentation_context import PresentationContext
        from dulcimer.values import lenient_uid

        found = []
        for number, context in sorted(self._session.association.accepted_contexts.items()):
            item = PresentationContextRq.of(number, context.abstract_syntax, context.transfer_syntax)
            syntaxes = [lenient_uid(context.transfer_syntax)]
            proposed = PresentationContext.from_item(item)
            found.append(proposed.answered(0, syntaxes, as_scu=context.as_scu, as_scp=context.as_scp))
        return found

    @property
    def rejected_contexts(self) -> list[PresentationContext]:
        """The presentation contexts that were proposed and refused, by ID."""
        from dulcimer.proposals.presentation_context import PresentationContext
        from dulcimer.values import lenient_uid

        found = []
        for context in self._refused():
            item = PresentationContextRq.of(context.context_id, context.abstract_syntax, *context.transfer_syntaxes)
            syntaxes = [lenient_uid(syntax) for syntax in context.transfer_syntaxes[:1]]
            proposed = PresentationContext.from_item(item)
            found.append(
                proposed.answered(context.result or ContextResult.NO_REASON, syntaxes, as_scu=False, as_scp=False)
            )
        return found

    def _refused(self) -> Sequence[RefusedContext]:
        request, answer = self.requestor.pdu, self.acceptor.pdu
        if isinstance(request, AssociateRq) and isinstance(answer, AssociateAc):
            return outcome(request, answer)[1]
        return ()

    # How long it waits, in seconds; None means forever. TypeError or ValueError for what is not a time

    @property
    def acse_timeout(self) -> float | None:
        """How long to wait for the answer to a release request."""
        return self._session.association.control.acse_timeout

    @acse_timeout.setter
    def acse_timeout(self, seconds: float | None) -> None:
        self._session.association.control.acse_timeout = checked_seconds(seconds, "acse_timeout")

    @property
    def dimse_timeout(self) -> float | None:
        """How long to wait for each response."""
        return self._session.exchange.dimse_timeout

    @dimse_timeout.setter
    def dimse_timeout(self, seconds: float | None) -> None:
        self._session.exchange.dimse_timeout = checked_seconds(seconds, "dimse_timeout")

    @property
    def network_timeout(self) -> float | None:
        """How long the peer may be silent while no operation is in progress."""
        return self._session.association.control.network_timeout

    @network_timeout.setter
    def network_timeout(self, seconds: float | None) -> None:
        self._session.association.control.network_timeout = checked_seconds(seconds, "network_timeout")
        self._in_loop(self._session.association.restart_network_timeout)

    @property
    def connection_timeout(self) -> float | None:
        """How long the connection and its TLS handshake could take; it cannot be set, as they are over."""
        return self._session.terms.timeouts.connect

    @property
    def network_timeout_response(self) -> NetworkTimeoutResponse:
        """What is done after `network_timeout`: "A-ABORT" or "A-RELEASE"."""
        return self._session.association.control.network_timeout_response

    @network_timeout_response.setter
    def network_timeout_response(self, response: str) -> None:
        self._session.association.control.network_timeout_response = timeout_response(
            response, "network_timeout_response"
        )

    # Handlers

    def bind(self, event: EventType, handler: Callable[..., Any], args: Sequence[Any] | None = None) -> None:
        """Bind a handler to an event, with further arguments for it after the `Event`."""
        self._session.calls.handlers.bind(event, handler, args)
        self._in_loop(self._session.watch)

    def unbind(self, event: EventType, handler: Callable[..., Any]) -> None:
        """Remove a handler from an event."""
        self._session.calls.handlers.unbind(event, handler)
        self._in_loop(self._session.watch)

    def get_events(self) -> list[EventType]:
        """The events that have a handler."""
        return self._session.calls.handlers.events

    def get_handlers(self, event: EventType) -> Any:
        """The handlers of a notification event as [(handler, args)], (handler, args) of an intervention event."""
        return self._session.calls.handlers.bound_to(event)

    def _in_loop(self, work: Callable[[], object]) -> None:
        """Run `work` in the loop: at once if this is the loop, else before anything that is sent to it later."""
        loop = self._session.closed.get_loop()
        try:
            here = asyncio.get_running_loop() is loop
        except RuntimeError:
            here = False
        if here:
            work()
        elif not loop.is_closed():
            loop.call_soon_threadsafe(work)


if TYPE_CHECKING:

    class AssociationOfEvents(AssociationState):
        """The association of an event, for type checkers; its methods may block or not."""

        def __getattr__(self, name: str) -> Any: ...
