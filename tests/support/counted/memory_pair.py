"""Two sessions joined in memory: all that dulcimer does for an association, without sockets and turns of a loop."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from dulcimer.acse.negotiation import DEFAULT_MAXIMUM_LENGTH, Context, Implementation, request_pdu
from dulcimer.ae.core.acceptance import Acceptance, AcceptancePolicy
from dulcimer.ae.core.session import Session, SessionUser
from dulcimer.ae.core.terms import Terms
from dulcimer.events import EventHandlerType, Handlers
from dulcimer.transport.memory import MemoryStream, settle
from dulcimer.wire.model import AssociateRq

_Result = TypeVar("_Result")


class _Accepting(SessionUser):
    def __init__(self, contexts: Sequence[Context]) -> None:
        policy = AcceptancePolicy("SCP", False, (), DEFAULT_MAXIMUM_LENGTH, Implementation())
        self._acceptance = Acceptance(lambda: policy, contexts, {})

    def on_request(self, session: Session, request: AssociateRq) -> None:
        self._acceptance.answer(session, request)


class MemoryPair:
    """A requestor and an acceptor, associated; each session needs a running event loop, which is not used."""

    def __init__(self, contexts: Sequence[Context], handlers: Sequence[EventHandlerType] = ()) -> None:
        self.requestor = Session("requestor", Terms(), Handlers())
        self.acceptor = Session("acceptor", Terms(), Handlers(handlers), _Accepting(contexts))
        control = self.requestor.association.control
        control.request(request_pdu(contexts, calling_ae_title="SCU", called_ae_title="SCP"), 0.0)
        control.open_requested = False
        self._streams = MemoryStream.pair()
        for stream, session in zip(self._streams, (self.acceptor, self.requestor), strict=True):
            stream.attach(session.association.driver)
        settle(*self._streams)
        assert self.requestor.association.is_established

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """The result of work that waits for nothing but the other end."""
        while True:
            try:
                work.send(None)
            except StopIteration as done:
                result: _Result = done.value
                return result
            settle(*self._streams)
