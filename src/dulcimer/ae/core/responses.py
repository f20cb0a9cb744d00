"""The responses to requests on an association, including the case of no valid response."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from dulcimer._generated.statuses import PROCESSING_FAILURE
from dulcimer.ae.core.session import Session
from dulcimer.errors import AssociationError, ContextNotAccepted, DIMSEProcessingError, EncodeError
from dulcimer.services.answers import Answers
from dulcimer.services.replies import category
from dulcimer.services.user import User

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

Response: TypeAlias = "tuple[Dataset, Dataset | None]"
"""Status and data set; an empty status means that there was no valid response."""

_Result = TypeVar("_Result")


class Responses(AsyncIterator[Response]):
    """(status, data set) of each response to C-FIND, C-GET or C-MOVE.

    If the association ends, or a response is late, the last one is (empty data set, None).
    """

    def __init__(self, session: Session, answers: Answers) -> None:
        self._session = session
        self._answers = answers
        self._failed = False

    @classmethod
    def to(cls, session: Session, request: Callable[[User], Answers]) -> Responses:
        """The responses to a request that is sent when the first one is needed; raises as `attempt` does."""
        _require_established(session)
        try:
            return cls(session, request(session.user))
        except EncodeError as error:
            raise ValueError(str(error)) from error

    @property
    def message_id(self) -> int | None:
        """The message ID of the request, to cancel it with; None before it is sent."""
        return self._answers.message_id

    async def start(self) -> None:
        """Send the request, unless it has been sent."""
        await self._attempt(self._answers.start())

    async def __anext__(self) -> Response:
        """The next response."""
        if self._failed:
            raise StopAsyncIteration
        return await self._attempt(self._answers.__anext__()) or _nothing_received()

    async def aclose(self) -> None:
        """Cancel the operation (C-CANCEL) and ignore further responses."""
        self.give_up()

    def give_up(self) -> None:
        """The same as `aclose`, without waiting."""
        if not self._failed:
            self._session.spawn(self._discard_rest())

    async def _discard_rest(self) -> None:
        await self._attempt(self._answers.aclose())

    async def _attempt(self, step: Coroutine[Any, Any, _Result]) -> _Result | None:
        try:
            return await step
        except (AssociationError, DIMSEProcessingError) as error:
            self._failed = True
            self._session.note(error)
            return None


async def status_of(session: Session, request: Callable[[User], Coroutine[Any, Any, Dataset]]) -> Dataset:
    """The status that answers a request; raises as `attempt` does."""
    return await attempt(session, request) or _nothing_received()[0]


async def response_of(session: Session, request: Callable[[User], Coroutine[Any, Any, Response]]) -> Response:
    """Status and data set that answer a request, the data set empty if it was left out; raises as `attempt` does."""
    status, data = await attempt(session, request) or _nothing_received()
    if data is None and category(status.get("Status", PROCESSING_FAILURE)) in ("Success", "Warning"):
        data = type(status)()
    return status, data


async def attempt(session: Session, request: Callable[[User], Coroutine[Any, Any, _Result]]) -> _Result | None:
    """The result of a request; None without a valid response, and `error` of the session says why.

    Raises RuntimeError if the association is not established, ContextNotAccepted if no presentation context fits,
    ValueError for a request that cannot be sent.
    """
    _require_established(session)
    try:
        return await request(session.user)
    except ContextNotAccepted:
        raise
    except (AssociationError, DIMSEProcessingError) as error:
        session.note(error)
        return None
    except EncodeError as error:
        raise ValueError(str(error)) from error


def _require_established(session: Session) -> None:
    if not session.association.is_established:
        why = f": {session.error}" if session.error is not None else ""
        raise RuntimeError(f"the association is not established{why}")


def _nothing_received() -> tuple[Dataset, None]:
    from pydicom.dataset import Dataset

    return Dataset(), None
