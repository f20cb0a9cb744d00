"""The service class provider: requests of the peer, handed to the user's handlers, and their answers.

Each DIMSE service is answered in one way, whatever the service class; the classes and their services are data
(`spec/ps3_4`).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, TypeAlias

from dulcimer import events as evt
from dulcimer._generated.commands import (
    CEchoRq,
    CFindRq,
    CGetRq,
    CMoveRq,
    CStoreRq,
    CStoreRsp,
    NActionRq,
    NCreateRq,
    NDeleteRq,
    NEventReportRq,
    NGetRq,
    NSetRq,
)
from dulcimer._generated.statuses import OUT_OF_RESOURCES, SUCCESS
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.dimse.data_set import encode_data_set
from dulcimer.dimse.exchange import Exchange
from dulcimer.dimse.messages import DataSets, MemorySink, Message, Sink
from dulcimer.dimse.user import Answer, Answers
from dulcimer.errors import AssociationError, DulcimerError, EncodeError
from dulcimer.logging_setup import HANDLER_FAULTS
from dulcimer.services.answers import has_more
from dulcimer.services.calls import Calls
from dulcimer.services.durable import FileSink
from dulcimer.services.failures import ITEM_FAILED, failed, too_large
from dulcimer.services.replies import category, reply, status_elements
from dulcimer.services.request_handlers import RequestHandlers
from dulcimer.services.requests import Refusal, refusal
from dulcimer.services.retrieval import Destination, Retrieval, StoreTarget
from dulcimer.switches import Switches

logger = logging.getLogger("dulcimer.services")


_N_EVENTS = {
    NActionRq: evt.EVT_N_ACTION,
    NCreateRq: evt.EVT_N_CREATE,
    NEventReportRq: evt.EVT_N_EVENT_REPORT,
    NGetRq: evt.EVT_N_GET,
    NSetRq: evt.EVT_N_SET,
}

Store: TypeAlias = Callable[[CStoreRq, Sink | None], Awaitable[CStoreRsp]]
"""Stores the instance of a C-STORE request, whose data set is in a sink."""
OnRefused: TypeAlias = Callable[[CStoreRq, int, str], None]
"""Is called for each C-STORE request that is answered with a failure: the status, and the reason in words."""


class Provider:
    """Answers the requests on one association; `store` answers those for C-STORE instead of a handler."""

    def __init__(
        self,
        exchange: Exchange,
        calls: Calls,
        same_association: StoreTarget,
        move_to: Destination,
        switches: Switches,
        store: Store | None = None,
        on_refused: OnRefused | None = None,
    ) -> None:
        self._exchange = exchange
        self._handlers = RequestHandlers(exchange, calls)
        self._retrieval = Retrieval(exchange, self._handlers, same_association, move_to)
        self._store = store
        self._on_refused = on_refused
        self._switches = switches

    def handle(self, message: Message, request: Any) -> Answers:
        """The answer to a request, as `Exchange` takes it."""
        context = self._exchange.association.accepted_contexts[message.context_id]
        refused = refusal(request, context, self._switches, has_data_set=message.data is not None)
        if refused is None and isinstance(message.data, MemorySink) and message.data.refused:
            refused = too_large(request, message.data.refused)
        if refused is not None:
            if message.data is not None:
                message.data.discard()
            if self._on_refused is not None and isinstance(request, CStoreRq):
                self._on_refused(request, *refused)
            return self._refused(request, refused)
        match request:
            case CEchoRq():
                if not self._handlers.has_handler(evt.EVT_C_ECHO):
                    return reply(request, {"status": SUCCESS})
                return self._status(evt.EVT_C_ECHO, message, request, context)
            case CStoreRq():
                if self._store is not None:
                    return self._stored(self._store, request, message.data)
                if isinstance(message.data, FileSink):
                    message.data.open()
                if isinstance(message.data, FileSink) and message.data.error is not None:
                    message.data.discard()
                    return reply(request, {"status": OUT_OF_RESOURCES})
                return self._status(evt.EVT_C_STORE, message, request, context)
            case NDeleteRq():
                return self._status(evt.EVT_N_DELETE, message, request, context)
            case CFindRq():
                return self._find(message, request, context)
            case CGetRq():
                return self._retrieval.get(message, request, context)
            case CMoveRq():
                return self._retrieval.move(message, request, context)
        return self._status_and_data(_N_EVENTS[type(request)], message, request, context)

    def _refused(self, request: Any, refused: Refusal) -> Any:
        logger.warning("%s is refused with status %04XH: %s", request.info.name, *refused)
        return reply(request, {"status": refused.status, "error_comment": refused.why})

    async def _stored(self, store: Store, request: CStoreRq, data: Sink | None) -> CStoreRsp:
        response = await store(request, data)
        if self._on_refused is not None and category(response.status) not in ("Success", "Warning"):
            self._on_refused(request, response.status, response.error_comment or "")
        return response

    async def _status(
        self, event: evt.InterventionEvent, message: Message, request: Any, context: AcceptedContext
    ) -> Any:
        try:
            elements = status_elements(await self._handlers.ask(event, message, request, context))
        except Exception as error:
            elements = failed(request, error)
        finally:
            if isinstance(message.data, FileSink):
                message.data.discard()
        return reply(request, elements)

    async def _status_and_data(
        self, event: evt.InterventionEvent, message: Message, request: Any, context: AcceptedContext
    ) -> Answer:
        """N-services: the handler returns a status and a data set, which is sent on success (PS3.7 10.1)."""
        try:
            status, data_set = await self._handlers.ask(event, message, request, context)
            elements = status_elements(status)
            data = None
            if data_set is not None and category(elements["status"]) in ("Success", "Warning"):
                if isinstance(request, NCreateRq) and "AffectedSOPInstanceUID" in data_set:
                    elements["affected_sop_instance_uid"] = str(data_set.AffectedSOPInstanceUID)
                    del data_set.AffectedSOPInstanceUID
                data = encode_data_set(data_set, context.transfer_syntax)
            if isinstance(request, NCreateRq) and elements["status"] == SUCCESS:
                _require_instance(request, elements)
        except Exception as error:
            elements, data = failed(request, error), None
        return reply(request, elements), data

    async def _find(self, message: Message, request: Any, context: AcceptedContext) -> AsyncGenerator[Answer, None]:
        try:
            async with aclosing(await self._handlers.results(evt.EVT_C_FIND, message, request, context)) as results:
                async for status, identifier in results:
                    elements = status_elements(status)
                    if category(elements["status"]) != "Pending":
                        yield reply(request, elements), None
                        if has_more(elements["status"], request.affected_sop_class_uid):
                            continue
                        return
                    try:
                        data = (
                            identifier
                            if isinstance(identifier, DataSets)
                            else encode_data_set(identifier, context.transfer_syntax)
                        )
                        if not data:  # a match must have an identifier (PS3.7 9.1.2.1.6)
                            raise EncodeError("the handler yielded an empty data set")
                    except (DulcimerError, AttributeError, TypeError) as error:
                        HANDLER_FAULTS.error("a match of the handler of C-FIND-RQ cannot be sent: %s", error)
                        yield reply(request, {"status": ITEM_FAILED[CFindRq]}), None
                        return
                    yield reply(request, elements), data
        except AssociationError:
            raise
        except Exception as error:
            yield reply(request, failed(request, error)), None
            return
        yield reply(request, {"status": SUCCESS}), None


def _require_instance(request: NCreateRq, elements: dict[str, Any]) -> None:
    """The request or its handler must name the instance that was created (PS3.7 10.1.5.1.3)."""
    if not request.affected_sop_instance_uid and not elements.get("affected_sop_instance_uid"):
        raise ValueError("neither the N-CREATE request nor its handler named an Affected SOP Instance UID")
