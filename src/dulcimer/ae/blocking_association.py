"""An association whose methods block."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from dulcimer.acse import ACSE
from dulcimer.ae.async_association import AsyncAssociation, Responses
from dulcimer.events import EventType
from dulcimer.services.user import MEDIUM

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from dulcimer.ae.blocking import AE
    from dulcimer.ae.low_level import DULServiceProvider
    from dulcimer.dimse import DIMSEServiceProvider

_Result = TypeVar("_Result")


def _same(name: str) -> Any:
    """The attribute of the association in the background."""
    doc = getattr(AsyncAssociation, name).__doc__

    def get(association: Association) -> Any:
        return getattr(association._async, name)

    def put(association: Association, value: Any) -> None:
        setattr(association._async, name, value)

    return property(get, put, doc=doc)


class Association:
    """An association with a peer, as in pynetdicom; see `AsyncAssociation`.

    Its methods may be called in any thread, and in handlers. A request raises RuntimeError on an association that is
    not established, ValueError where no accepted presentation context allows it. Where no valid response comes, its
    status is an empty data set, and `error` says why.
    """

    def __init__(self, ae: AE, association: AsyncAssociation) -> None:
        self._async = association
        self._ae = ae
        association.session.calls.assoc = self

    ae = property(lambda self: self._ae, doc="The application entity that it belongs to.")
    mode = _same("mode")
    is_requestor = _same("is_requestor")
    is_acceptor = _same("is_acceptor")
    is_established = _same("is_established")
    is_released = _same("is_released")
    is_rejected = _same("is_rejected")
    is_aborted = _same("is_aborted")
    error = _same("error")
    requestor = _same("requestor")
    acceptor = _same("acceptor")
    local = _same("local")
    remote = _same("remote")
    accepted_contexts = _same("accepted_contexts")
    rejected_contexts = _same("rejected_contexts")
    acse_timeout = _same("acse_timeout")
    dimse_timeout = _same("dimse_timeout")
    network_timeout = _same("network_timeout")
    network_timeout_response = _same("network_timeout_response")

    @cached_property
    def dul(self) -> DULServiceProvider:
        """Its upper layer, primitive by primitive."""
        from dulcimer.ae.low_level import DULServiceProvider

        return DULServiceProvider(self, self._async.session, self._call)

    @cached_property
    def acse(self) -> ACSE:
        """Its association control, primitive by primitive."""
        return ACSE(self)

    @cached_property
    def dimse(self) -> DIMSEServiceProvider:
        """Its DIMSE messages as a queue of primitives; the peer's requests go to the handlers nevertheless."""
        from dulcimer.ae.low_level import LiveDIMSE

        return LiveDIMSE(self, self._async.session, self._call)

    def bind(self, event: EventType, handler: Callable[..., Any], args: Sequence[Any] | None = None) -> None:
        """Bind a handler to an event, with what it is given after the `Event`."""
        self._async.bind(event, handler, args)

    def unbind(self, event: EventType, handler: Callable[..., Any]) -> None:
        """Bind a handler no longer."""
        self._async.unbind(event, handler)

    def get_events(self) -> list[EventType]:
        """The events that have a handler."""
        return self._async.get_events()

    def get_handlers(self, event: EventType) -> Any:
        """The handlers of a notification event as [(handler, args)], (handler, args) of an intervention event."""
        return self._async.get_handlers(event)

    # Its end

    def release(self) -> None:
        """Release the association in order (PS3.8 7.2), if it is established."""
        if not self._is_closed:
            self._call(self._async.release())

    def abort(self, block: bool = True) -> None:
        """Abort the association (PS3.8 7.3).

        Waits until the connection is closed, but not if `block` is False or a handler of the association asks for it.
        """
        if not self._is_closed:
            self._call(self._async.abort(block))

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

    # DIMSE-C

    def send_c_echo(self, msg_id: int | None = None) -> Dataset:
        """C-ECHO (PS3.7 9.1.5): the status."""
        return self._call(self._async.send_c_echo(msg_id))

    def send_c_store(
        self,
        dataset: Dataset | Path | str,
        msg_id: int | None = None,
        priority: int = MEDIUM,
        originator_aet: str | None = None,
        originator_id: int | None = None,
        allow_conversion: bool = True,
    ) -> Dataset:
        """C-STORE (PS3.7 9.1.1) of a data set or a file: the status; see `AsyncAssociation.send_c_store`."""
        return self._call(
            self._async.send_c_store(dataset, msg_id, priority, originator_aet, originator_id, allow_conversion)
        )

    def send_c_find(
        self, dataset: Dataset, query_model: str, msg_id: int | None = None, priority: int = MEDIUM
    ) -> Iterator[tuple[Dataset, Dataset | None]]:
        """C-FIND (PS3.7 9.1.2): (status, identifier) of each match, then of the end. The request is sent at once.

        If the iteration ends early, the operation is cancelled.
        """
        return self._several(self._async.send_c_find(dataset, query_model, msg_id, priority))

    def send_c_get(
        self, dataset: Dataset, query_model: str, msg_id: int | None = None, priority: int = MEDIUM
    ) -> Iterator[tuple[Dataset, Dataset | None]]:
        """C-GET (PS3.7 9.1.3): (status, identifier) of each response; see `AsyncAssociation.send_c_get`."""
        return self._several(self._async.send_c_get(dataset, query_model, msg_id, priority))

    def send_c_move(
        self,
        dataset: Dataset,
        move_aet: str,
        query_model: str,
        msg_id: int | None = None,
        priority: int = MEDIUM,
    ) -> Iterator[tuple[Dataset, Dataset | None]]:
        """C-MOVE (PS3.7 9.1.4) to the application entity `move_aet`: (status, identifier) of each response."""
        return self._several(self._async.send_c_move(dataset, move_aet, query_model, msg_id, priority))

    def send_c_cancel(self, msg_id: int, context_id: int | None = None, query_model: str | None = None) -> None:
        """C-CANCEL (PS3.7 9.3.2.3) of the operation `msg_id`, by the ID of its context or by its query model."""
        self._call(self._async.send_c_cancel(msg_id, context_id, query_model))

    # DIMSE-N

    def send_n_event_report(
        self,
        dataset: Dataset | None,
        event_type: int,
        class_uid: str,
        instance_uid: str,
        msg_id: int | None = None,
        meta_uid: str | None = None,
    ) -> tuple[Dataset, Dataset | None]:
        """N-EVENT-REPORT (PS3.7 10.1.1): status and event reply."""
        return self._call(
            self._async.send_n_event_report(dataset, event_type, class_uid, instance_uid, msg_id, meta_uid)
        )

    def send_n_get(
        self,
        identifier_list: Iterable[int] | None,
        class_uid: str,
        instance_uid: str,
        msg_id: int | None = None,
        meta_uid: str | None = None,
    ) -> tuple[Dataset, Dataset | None]:
        """N-GET (PS3.7 10.1.2) of some attributes, or of all: status and attribute list."""
        return self._call(self._async.send_n_get(identifier_list, class_uid, instance_uid, msg_id, meta_uid))

    def send_n_set(
        self,
        dataset: Dataset,
        class_uid: str,
        instance_uid: str,
        msg_id: int | None = None,
        meta_uid: str | None = None,
    ) -> tuple[Dataset, Dataset | None]:
        """N-SET (PS3.7 10.1.3): status and attribute list."""
        return self._call(self._async.send_n_set(dataset, class_uid, instance_uid, msg_id, meta_uid))

    def send_n_action(
        self,
        dataset: Dataset | None,
        action_type: int,
        class_uid: str,
        instance_uid: str,
        msg_id: int | None = None,
        meta_uid: str | None = None,
    ) -> tuple[Dataset, Dataset | None]:
        """N-ACTION (PS3.7 10.1.4): status and action reply."""
        return self._call(self._async.send_n_action(dataset, action_type, class_uid, instance_uid, msg_id, meta_uid))

    def send_n_create(
        self,
        dataset: Dataset | None,
        class_uid: str,
        instance_uid: str | None = None,
        msg_id: int | None = None,
        meta_uid: str | None = None,
    ) -> tuple[Dataset, Dataset | None]:
        """N-CREATE (PS3.7 10.1.5): status and attribute list."""
        return self._call(self._async.send_n_create(dataset, class_uid, instance_uid, msg_id, meta_uid))

    def send_n_delete(
        self, class_uid: str, instance_uid: str, msg_id: int | None = None, meta_uid: str | None = None
    ) -> Dataset:
        """N-DELETE (PS3.7 10.1.6): the status."""
        return self._call(self._async.send_n_delete(class_uid, instance_uid, msg_id, meta_uid))

    # Inside

    @property
    def _is_closed(self) -> bool:
        return self._async.session.closed.done()

    def _call(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return self._ae.in_background(work)

    def _several(self, responses: Responses) -> Iterator[tuple[Dataset, Dataset | None]]:
        self._call(responses.start())
        return self._each(responses)

    def _each(self, responses: Responses) -> Iterator[tuple[Dataset, Dataset | None]]:
        ended = False
        try:
            while (response := self._call(_next(responses))) is not None:
                yield response
            ended = True
        finally:
            if not ended and not self._is_closed:
                self._call(responses.aclose())

    async def _wait(self, timeout: float | None) -> None:
        await asyncio.wait((self._async.session.closed,), timeout=timeout)


async def _next(responses: Responses) -> tuple[Dataset, Dataset | None] | None:
    return await anext(responses, None)
