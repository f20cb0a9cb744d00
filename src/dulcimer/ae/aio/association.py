"""An association for asyncio, requested or accepted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from dulcimer.ae.core.association_requests import AssociationRequests
from dulcimer.ae.core.responses import Response, Responses, attempt, response_of, status_of
from dulcimer.ae.core.session import Session
from dulcimer.services.answers import Answers
from dulcimer.services.user import User

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


class AsyncAssociation(
    AssociationRequests["Coroutine[Any, Any, Dataset]", "Coroutine[Any, Any, Response]", Responses],
):
    """An association with a peer, with the names of pynetdicom's `Association`.

    A request (`send_...`) on an association that is not established raises RuntimeError, one that no accepted
    presentation context allows raises ValueError. Without a valid response the status is an empty data set, and
    `error` says why. Requests may run in parallel, as many as the peer allows (PS3.7 D.3.3.3); further ones
    wait. With `msg_id` None a free ID is used. Leaving an `async with` block releases the association, an exception
    aborts it.
    """

    def __init__(self, ae: Any, session: Session) -> None:
        super().__init__(session)
        self.ae = ae

    @property
    def session(self) -> Session:
        """The layers of the association, joined."""
        return self._session

    # End

    async def release(self) -> None:
        """Release the association in order (PS3.8 7.2), if it is established; if that fails, `error` says why."""
        await self._session.try_release()

    async def abort(self, block: bool = True) -> None:
        """Abort the association (PS3.8 7.3).

        Waits until the connection is closed, but not if `block` is False or a handler of the association asks for it.
        """
        await self._session.abort(block=block)

    async def wait_closed(self) -> None:
        """Wait until the association is over, the connection is closed and all handlers have returned."""
        await asyncio.shield(self._session.closed)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await (self.release() if kind is None else self.abort())

    # Operations

    async def send_c_cancel(self, msg_id: int, context_id: int | None = None, query_model: str | None = None) -> None:
        """C-CANCEL (PS3.7 9.3.2.3) of the operation `msg_id`, given the ID of its context or its query model."""
        await attempt(self._session, lambda user: user.c_cancel(msg_id, context_id, query_model))

    async def _status(self, request: Callable[[User], Coroutine[Any, Any, Dataset]]) -> Dataset:
        return await status_of(self._session, request)

    async def _response(self, request: Callable[[User], Coroutine[Any, Any, Response]]) -> Response:
        return await response_of(self._session, request)

    def _responses(self, request: Callable[[User], Answers]) -> Responses:
        return Responses.to(self._session, request)
