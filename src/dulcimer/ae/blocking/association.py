"""An association whose methods block."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

from dulcimer.acse import ACSE
from dulcimer.ae.blocking.background import BACKGROUND
from dulcimer.ae.blocking.background_entity import BackgroundEntity
from dulcimer.ae.core.association_requests import AssociationRequests
from dulcimer.ae.core.responses import Response, Responses, attempt, response_of, status_of
from dulcimer.ae.core.session import Session
from dulcimer.services.answers import Answers
from dulcimer.services.user import User

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from dulcimer.ae.blocking.low_level import DULServiceProvider
    from dulcimer.dimse import DIMSEServiceProvider

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


class Association(AssociationRequests["Dataset", Response, "Iterator[Response]"]):
    """An association with a peer, as in pynetdicom; see `AsyncAssociation`.

    Its methods may be called in any thread, and in handlers. A request raises RuntimeError on an association that is
    not established, ValueError where no accepted presentation context allows it. Where no valid response comes, its
    status is an empty data set, and `error` says why. C-FIND, C-GET and C-MOVE are sent at once; if the iteration over
    the responses ends early, the operation is cancelled.
    """

    def __init__(self, ae: BackgroundEntity, session: Session) -> None:
        super().__init__(session)
        self._ae = ae
        self._messages: DIMSEServiceProvider | None = None

    @property
    def ae(self) -> Any:
        """The application entity that it belongs to, an `AE`."""
        return self._ae

    @cached_property
    def dul(self) -> DULServiceProvider:
        """Its upper layer, primitive by primitive."""
        from dulcimer.ae.blocking.low_level import DULServiceProvider

        return DULServiceProvider(self, self._session, self._call)

    @cached_property
    def acse(self) -> ACSE:
        """Its association control, primitive by primitive."""
        return ACSE(self)

    @cached_property
    def dimse(self) -> DIMSEServiceProvider:
        """Its DIMSE messages as a queue of primitives; the peer's requests go to the handlers nevertheless."""
        from dulcimer.ae.blocking.low_level import LiveDIMSE

        self._messages = LiveDIMSE(self, self._session, self._call)
        if self._session.association.end is not None:
            self.end_messages()
        return self._messages

    def end_messages(self) -> None:
        """The association is over: who waits for a message of `dimse` waits no more."""
        if self._messages is not None:
            self._messages.end()

    # Its end

    def release(self) -> None:
        """Release the association in order (PS3.8 7.2), if it is established."""
        if not self._is_closed:
            self._call(self._session.try_release())

    def abort(self, block: bool = True) -> None:
        """Abort the association (PS3.8 7.3).

        Waits until the connection is closed, but not if `block` is False or a handler of the association asks for it.
        """
        if not self._is_closed:
            self._call(self._session.abort(block=block))

    def kill(self) -> None:
        """Abort the association, and wait for nothing."""
        self.abort(block=False)

    def is_alive(self) -> bool:
        """Whether it is not over, or handlers of it still run."""
        return not self._is_closed

    def join(self, timeout: float | None = None) -> None:
        """Wait until it is over and its handlers have returned, `timeout` seconds at the most."""
        if not self._is_closed:
            self._call(self._wait(timeout))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.release()
        else:
            self.abort()

    # Its operations

    def send_c_cancel(self, msg_id: int, context_id: int | None = None, query_model: str | None = None) -> None:
        """C-CANCEL (PS3.7 9.3.2.3) of the operation `msg_id`, by the ID of its context or by its query model."""
        self._call(attempt(self._session, lambda user: user.c_cancel(msg_id, context_id, query_model)))

    def _status(self, request: Callable[[User], Coroutine[Any, Any, Dataset]]) -> Dataset:
        return self._call(self._then_told(status_of, self._session, request))

    def _response(self, request: Callable[[User], Coroutine[Any, Any, Response]]) -> Response:
        return self._call(self._then_told(response_of, self._session, request))

    def _responses(self, request: Callable[[User], Answers]) -> Iterator[Response]:
        responses = Responses.to(self._session, request)
        self._call(responses.start())
        return self._each(responses)

    def _each(self, responses: Responses) -> Iterator[Response]:
        ended = False
        try:
            while (response := self._call(self._then_told(_next, responses))) is not None:
                yield response
            ended = True
        finally:
            if not ended and not self._is_closed:  # not waited for: whoever collects the garbage may be the loop
                self._soon(responses.give_up)

    # Inside

    @property
    def _is_closed(self) -> bool:
        return self._session.closed.done() or self._is_lost

    @property
    def _is_lost(self) -> bool:
        return BACKGROUND.is_lost(self._session.closed.get_loop())

    def _call(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        if self._is_lost:
            work.close()
            raise RuntimeError(
                "the association is not that of this process, or the interpreter shuts down: nothing can be sent on it"
            )
        return self._ae._in_background(work)

    async def _then_told(
        self,
        work: Callable[_Parameters, Coroutine[Any, Any, _Result]],
        *args: _Parameters.args,
        **kw: _Parameters.kwargs,
    ) -> _Result:
        """What comes of it, when the handlers of notifications have been told of all that led to it.

        So a program finds what its handlers have noted, as if they had run in its own thread.
        """
        try:
            return await work(*args, **kw)
        finally:
            await self._session.calls.settled()

    async def _wait(self, timeout: float | None) -> None:
        await asyncio.wait((self._session.closed,), timeout=timeout)


async def _next(responses: Responses) -> Response | None:
    return await anext(responses, None)
