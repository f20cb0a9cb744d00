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
    not established, ValueError where no accepted presentation context allows it. Without a valid response the
    status is an empty data set, and `error` says why. C-FIND, C-GET and C-MOVE are sent at once; if the iteration over
    the responses ends early, the operation is cancelled.
    """

    def __init__(self, ae: BackgroundEntity, session: Session) -> None:
        super().__init__(session)
        self._ae = ae
        self._messages: DIMSEServiceProvider | None = None

    @property
    def ae(self) -> Any:
        """The application entity of the association, an `AE`."""
        return self._ae

    @cached_property
    def dul(self) -> DULServiceProvider:
        """The upper layer of the association, primitive by primitive."""
        from dulcimer.ae.blocking.low_level import DULServiceProvider

        return DULServiceProvider(self, self._session, self._call)

    @cached_property
    def acse(self) -> ACSE:
        """The association control, primitive by primitive."""
        return ACSE(self)

    @cached_property
    def dimse(self) -> DIMSEServiceProvider:
        """The DIMSE messages as a queue of primitives; requests of the peer still go to the handlers."""
        from dulcimer.ae.blocking.low_level import LiveDIMSE

        self._messages = LiveDIMSE(self, self._session, self._call)
        if self._session.association.end is not None:
            self.end_messages()
        return self._messages

    def end_messages(self) -> None:
        """The association is over: end every wait for a message of `dimse`."""
        if self._messages is not None:
            self._messages.end()

    # End

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
        """Abort the association without waiting."""
        self.abort(block=False)

    def is_alive(self) -> bool:
        """Whether the association is not over, or its handlers still run."""
        return not self._is_closed

    def join(self, timeout: float | None = None) -> None:
        """Wait until the association is over and its handlers have returned, at most `timeout` seconds."""
        if not self._is_closed:
            self._call(self._wait(timeout))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.release()
        else:
            self.abort()

    # Operations

    def send_c_cancel(self, msg_id: int, context_id: int | None = None, query_model: str | None = None) -> None:
        """C-CANCEL (PS3.7 9.3.2.3) of the operation `msg_id`, given the ID of its context or its query model."""
        self._call(attempt(self._session, lambda user: user.c_cancel(msg_id, context_id, query_model)))

    def _status(self, request: Callable[[User], Coroutine[Any, Any, Dataset]]) -> Dataset:
        return self._call(self._after_notifications(status_of, self._session, request))

    def _response(self, request: Callable[[User], Coroutine[Any, Any, Response]]) -> Response:
        return self._call(self._after_notifications(response_of, self._session, request))

    def _responses(self, request: Callable[[User], Answers]) -> Iterator[Response]:
        responses = Responses.to(self._session, request)
        self._call(responses.start())
        return self._each(responses)

    def _each(self, responses: Responses) -> Iterator[Response]:
        ended = False
        try:
            while (response := self._call(self._after_notifications(_next, responses))) is not None:
                yield response
            ended = True
        finally:
            if not ended and not self._is_closed:  # without waiting: garbage may be collected in the loop itself
                self._in_loop(responses.give_up)

    # Internal

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
                "nothing can be sent: the association is the parent process's, or the interpreter is shutting down"
            )
        return self._ae._in_background(work)

    async def _after_notifications(
        self,
        work: Callable[_Parameters, Coroutine[Any, Any, _Result]],
        *args: _Parameters.args,
        **kw: _Parameters.kwargs,
    ) -> _Result:
        """The result of `work`, after the notification handlers have seen all events that led to it.

        So a program sees the effects of its handlers as if they had run in its own thread.
        """
        try:
            return await work(*args, **kw)
        finally:
            await self._session.calls.settled()

    async def _wait(self, timeout: float | None) -> None:
        await asyncio.wait((self._session.closed,), timeout=timeout)


async def _next(responses: Responses) -> Response | None:
    return await anext(responses, None)
