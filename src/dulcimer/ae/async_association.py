"""An association as asyncio users have it, requested or accepted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from dulcimer import _config
from dulcimer.acse.association import NetworkTimeoutResponse, Over
from dulcimer.acse.negotiation import RefusedContext, outcome
from dulcimer.ae.party import Mode, Party
from dulcimer.ae.session import Session
from dulcimer.errors import AssociationError, ContextNotAccepted, DIMSEProcessingError, DulcimerError, EncodeError
from dulcimer.events import EventType
from dulcimer.services.answers import Answers
from dulcimer.services.replies import PROCESSING_FAILURE, category
from dulcimer.services.user import MEDIUM
from dulcimer.wire.model import AssociateAc, AssociateRq, PresentationContextRq

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from dulcimer.proposals.presentation_context import PresentationContext

logger = logging.getLogger("dulcimer.ae")

_Result = TypeVar("_Result")


class Responses(AsyncIterator["tuple[Dataset, Dataset | None]"]):
    """(status, data set) of each response to C-FIND, C-GET or C-MOVE.

    If the association ends, or no response comes in time, (empty data set, None) is the last one.
    """

    def __init__(self, session: Session, answers: Answers) -> None:
        self._session = session
        self._answers = answers
        self._failed = False

    @property
    def message_id(self) -> int | None:
        """The message ID of the request, to cancel it with; None while it is not sent."""
        return self._answers.message_id

    async def start(self) -> None:
        """Send the request, if that has not been done."""
        await self._attempt(self._answers.start())

    async def __anext__(self) -> tuple[Dataset, Dataset | None]:
        """The next response."""
        if self._failed:
            raise StopAsyncIteration
        return await self._attempt(self._answers.__anext__()) or _nothing_received()

    async def aclose(self) -> None:
        """Want no more: the operation is cancelled (C-CANCEL), and what still comes is passed over."""
        if not self._failed:
            self._session.spawn(self._pass_over())

    async def _pass_over(self) -> None:
        await self._attempt(self._answers.aclose())

    async def _attempt(self, step: Coroutine[Any, Any, _Result]) -> _Result | None:
        try:
            return await step
        except (AssociationError, DIMSEProcessingError) as error:
            self._failed = True
            note(self._session, error)
            return None


class AsyncAssociation:
    """An association with a peer, with the names of pynetdicom's `Association`.

    A request (`send_...`) on an association that is not established raises RuntimeError, one that no accepted
    presentation context allows raises ValueError. Where no valid response comes, its status is an empty data set, and
    `error` says why. Requests may be under way side by side, as many as the peer takes (PS3.7 D.3.3.3); further ones
    wait. `msg_id` None takes an ID that is free. Leaving an `async with` block releases the association, an exception
    aborts it.
    """

    def __init__(self, ae: Any, session: Session) -> None:
        self.ae = ae
        self.session = session
        session.calls.assoc = self
        self._loop = asyncio.get_running_loop()

    # What it is

    @property
    def mode(self) -> Mode:
        """What this end is, "requestor" or "acceptor"."""
        return self.session.mode

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
        return self.session.association.is_established

    @property
    def is_released(self) -> bool:
        """Whether it ended in order."""
        return self.session.association.over is Over.RELEASED

    @property
    def is_rejected(self) -> bool:
        """Whether it was rejected."""
        return self.session.association.over is Over.REJECTED

    @property
    def is_aborted(self) -> bool:
        """Whether it was aborted, by either end, or the connection was lost or could not be opened."""
        return self.session.association.over is Over.ABORTED

    @property
    def error(self) -> DulcimerError | None:
        """Why it did not come about, or did not end in order; None if there is nothing to say."""
        return self.session.error

    @property
    def requestor(self) -> Party:
        """The end that requested the association."""
        return self.session.requestor

    @property
    def acceptor(self) -> Party:
        """The end that was asked for the association."""
        return self.session.acceptor

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
        from dulcimer.utils import lenient_uid

        found = []
        for number, context in sorted(self.session.association.accepted_contexts.items()):
            item = PresentationContextRq.of(number, context.abstract_syntax, context.transfer_syntax)
            syntaxes = [lenient_uid(context.transfer_syntax)]
            proposed = PresentationContext.from_item(item)
            found.append(proposed.answered(0, syntaxes, as_scu=context.as_scu, as_scp=context.as_scp))
        return found

    @property
    def rejected_contexts(self) -> list[PresentationContext]:
        """The presentation contexts that were proposed and turned down, by ID."""
        from dulcimer.proposals.presentation_context import PresentationContext
        from dulcimer.utils import lenient_uid

        found = []
        for context in self._refused():
            item = PresentationContextRq.of(context.context_id, context.abstract_syntax, *context.transfer_syntaxes)
            syntaxes = [lenient_uid(syntax) for syntax in context.transfer_syntaxes[:1]]
            proposed = PresentationContext.from_item(item)
            found.append(proposed.answered(context.result, syntaxes, as_scu=False, as_scp=False))
        return found

    def _refused(self) -> Sequence[RefusedContext]:
        request, answer = self.requestor.pdu, self.acceptor.pdu
        if isinstance(request, AssociateRq) and isinstance(answer, AssociateAc):
            return outcome(request, answer)[1]
        return ()

    # How long it waits, in seconds

    @property
    def acse_timeout(self) -> float | None:
        """For the answer to a release request."""
        return self.session.association.acse_timeout

    @acse_timeout.setter
    def acse_timeout(self, seconds: float | None) -> None:
        self.session.association.acse_timeout = seconds

    @property
    def dimse_timeout(self) -> float | None:
        """For each response."""
        return self.session.exchange.dimse_timeout

    @dimse_timeout.setter
    def dimse_timeout(self, seconds: float | None) -> None:
        self.session.exchange.dimse_timeout = seconds

    @property
    def network_timeout(self) -> float | None:
        """For anything at all while no operation is under way."""
        return self.session.association.network_timeout

    @network_timeout.setter
    def network_timeout(self, seconds: float | None) -> None:
        self._soon(lambda: setattr(self.session.association, "network_timeout", seconds))

    @property
    def network_timeout_response(self) -> NetworkTimeoutResponse:
        """What follows `network_timeout`, "A-ABORT" or "A-RELEASE"."""
        return self.session.association.network_timeout_response

    @network_timeout_response.setter
    def network_timeout_response(self, response: str) -> None:
        from dulcimer.ae.settings import timeout_response

        self.session.association.network_timeout_response = timeout_response(response, "network_timeout_response")

    # Its handlers

    def bind(self, event: EventType, handler: Callable[..., Any], args: Sequence[Any] | None = None) -> None:
        """Bind a handler to an event, with what it is given after the `Event`."""
        self.session.calls.handlers.bind(event, handler, args)
        self._soon(self.session.watch)

    def unbind(self, event: EventType, handler: Callable[..., Any]) -> None:
        """Bind a handler no longer."""
        self.session.calls.handlers.unbind(event, handler)
        self._soon(self.session.watch)

    def get_events(self) -> list[EventType]:
        """The events that have a handler."""
        return self.session.calls.handlers.events

    def get_handlers(self, event: EventType) -> Any:
        """The handlers of a notification event as [(handler, args)], (handler, args) of an intervention event."""
        return self.session.calls.handlers.bound_to(event)

    # Its end

    async def release(self) -> None:
        """Release the association in order (PS3.8 7.2), if it is established; if that fails, `error` says why."""
        if self.is_established:
            try:
                await self.session.release()
            except AssociationError as error:
                note(self.session, error)
                await self.session.leave()

    async def abort(self, block: bool = True) -> None:
        """Abort the association (PS3.8 7.3).

        Waits until the connection is closed, but not if `block` is False or a handler of the association asks for it.
        """
        await self.session.abort(block=block)

    async def wait_closed(self) -> None:
        """Wait until it is over, the connection closed, and its handlers have returned."""
        await asyncio.shield(self.session.closed)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await (self.release() if kind is None else self.abort())

    # DIMSE-C

    async def send_c_echo(self, msg_id: int | None = None) -> Dataset:
        """C-ECHO (PS3.7 9.1.5): the status."""
        return await self._status(self.session.user.c_echo(msg_id))

    async def send_c_store(
        self,
        dataset: Dataset | Path | str,
        msg_id: int | None = None,
        priority: int = MEDIUM,
        originator_aet: str | None = None,
        originator_id: int | None = None,
        allow_conversion: bool = True,
    ) -> Dataset:
        """C-STORE (PS3.7 9.1.1) of a data set, or of a file, which is sent as it lies there: the status.

        With `allow_conversion` uncompressed data sets are rewritten where the peer takes only another uncompressed
        transfer syntax. Raises AttributeError for a data set without SOP Class UID or SOP Instance UID, OSError
        for a file that cannot be read.
        """
        return await self._status(
            self.session.user.c_store(
                dataset,
                msg_id,
                priority,
                originator_aet,
                originator_id,
                convert=allow_conversion
                and not (_config.STORE_SEND_CHUNKED_DATASET and isinstance(dataset, Path | str)),
            )
        )

    def send_c_find(
        self, dataset: Dataset, query_model: str, msg_id: int | None = None, priority: int = MEDIUM
    ) -> Responses:
        """C-FIND (PS3.7 9.1.2): (status, identifier) of each match, then of the end."""
        return self._several(lambda: self.session.user.c_find(dataset, query_model, msg_id, priority))

    def send_c_get(
        self, dataset: Dataset, query_model: str, msg_id: int | None = None, priority: int = MEDIUM
    ) -> Responses:
        """C-GET (PS3.7 9.1.3): (status, identifier) of each response.

        The instances come to the handler of EVT_C_STORE, if the role of SCP was negotiated for their SOP classes.
        """
        return self._several(lambda: self.session.user.c_get(dataset, query_model, msg_id, priority))

    def send_c_move(
        self,
        dataset: Dataset,
        move_aet: str,
        query_model: str,
        msg_id: int | None = None,
        priority: int = MEDIUM,
    ) -> Responses:
        """C-MOVE (PS3.7 9.1.4) to the application entity `move_aet`: (status, identifier) of each response."""
        return self._several(lambda: self.session.user.c_move(dataset, move_aet, query_model, msg_id, priority))

    async def send_c_cancel(self, msg_id: int, context_id: int | None = None, query_model: str | None = None) -> None:
        """C-CANCEL (PS3.7 9.3.2.3) of the operation `msg_id`, by the ID of its context or by its query model."""
        await self._attempt(self.session.user.c_cancel(msg_id, context_id, query_model))

    # DIMSE-N

    async def send_n_event_report(
        self,
        dataset: Dataset | None,
        event_type: int,
        class_uid: str,
        instance_uid: str,
        msg_id: int | None = None,
        meta_uid: str | None = None,
    ) -> tuple[Dataset, Dataset | None]:
        """N-EVENT-REPORT (PS3.7 10.1.1): status and event reply."""
        return await self._pair(
            self.session.user.n_event_report(dataset, event_type, class_uid, instance_uid, msg_id, meta_uid)
        )

    async def send_n_get(
        self,
        identifier_list: Iterable[int] | None,
        class_uid: str,
        instance_uid: str,
        msg_id: int | None = None,
        meta_uid: str | None = None,
    ) -> tuple[Dataset, Dataset | None]:
        """N-GET (PS3.7 10.1.2) of some attributes, or of all: status and attribute list."""
        return await self._pair(self.session.user.n_get(identifier_list, class_uid, instance_uid, msg_id, meta_uid))

    async def send_n_set(
        self,
        dataset: Dataset,
        class_uid: str,
        instance_uid: str,
        msg_id: int | None = None,
        meta_uid: str | None = None,
    ) -> tuple[Dataset, Dataset | None]:
        """N-SET (PS3.7 10.1.3): status and attribute list."""
        return await self._pair(self.session.user.n_set(dataset, class_uid, instance_uid, msg_id, meta_uid))

    async def send_n_action(
        self,
        dataset: Dataset | None,
        action_type: int,
        class_uid: str,
        instance_uid: str,
        msg_id: int | None = None,
        meta_uid: str | None = None,
    ) -> tuple[Dataset, Dataset | None]:
        """N-ACTION (PS3.7 10.1.4): status and action reply."""
        return await self._pair(
            self.session.user.n_action(dataset, action_type, class_uid, instance_uid, msg_id, meta_uid)
        )

    async def send_n_create(
        self,
        dataset: Dataset | None,
        class_uid: str,
        instance_uid: str | None = None,
        msg_id: int | None = None,
        meta_uid: str | None = None,
    ) -> tuple[Dataset, Dataset | None]:
        """N-CREATE (PS3.7 10.1.5): status and attribute list."""
        return await self._pair(self.session.user.n_create(dataset, class_uid, instance_uid, msg_id, meta_uid))

    async def send_n_delete(
        self, class_uid: str, instance_uid: str, msg_id: int | None = None, meta_uid: str | None = None
    ) -> Dataset:
        """N-DELETE (PS3.7 10.1.6): the status."""
        return await self._status(self.session.user.n_delete(class_uid, instance_uid, msg_id, meta_uid))

    # Inside

    async def _status(self, request: Coroutine[Any, Any, Dataset]) -> Dataset:
        return await self._attempt(request) or _nothing_received()[0]

    async def _pair(
        self, request: Coroutine[Any, Any, tuple[Dataset, Dataset | None]]
    ) -> tuple[Dataset, Dataset | None]:
        status, data = await self._attempt(request) or _nothing_received()
        if data is None and category(status.get("Status", PROCESSING_FAILURE)) in ("Success", "Warning"):
            data = type(status)()
        return status, data

    async def _attempt(self, request: Coroutine[Any, Any, _Result]) -> _Result | None:
        try:
            self._require_established()
            return await request
        except ContextNotAccepted:
            raise
        except (AssociationError, DIMSEProcessingError) as error:
            note(self.session, error)
            return None
        except EncodeError as error:
            raise ValueError(str(error)) from error
        finally:
            request.close()

    def _several(self, request: Callable[[], Answers]) -> Responses:
        self._require_established()
        try:
            return Responses(self.session, request())
        except EncodeError as error:
            raise ValueError(str(error)) from error

    def _require_established(self) -> None:
        if not self.is_established:
            why = f": {self.error}" if self.error is not None else ""
            raise RuntimeError(f"the association is not established{why}")

    def _soon(self, work: Callable[[], object]) -> None:
        """Do it in the loop: at once if this is the loop, before anything that is asked of it later otherwise."""
        try:
            here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if here:
            work()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(work)


def note(session: Session, error: DulcimerError) -> None:
    """Keep and log why an association failed."""
    session.error = session.error or error
    logger.error("%s", error)


def _nothing_received() -> tuple[Dataset, None]:
    from pydicom.dataset import Dataset

    return Dataset(), None
