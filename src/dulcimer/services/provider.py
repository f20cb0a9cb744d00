"""The service class provider: requests of the peer, handed to the user's handlers, and their answers.

One way of answering for each DIMSE service, whatever the service class: which classes there are, and which services
each has, is data (`spec/ps3_4`).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

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
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.dimse.apart import apart
from dulcimer.dimse.bounds import BrokenDataSet, DataSetTooLarge
from dulcimer.dimse.data_set import decode_data_set, decode_elements, encode_data_set, is_small
from dulcimer.dimse.exchange import Exchange
from dulcimer.dimse.messages import MemorySink, Message, Sink
from dulcimer.dimse.user import Answer
from dulcimer.errors import AssociationError, DIMSEProcessingError, DulcimerError, EncodeError
from dulcimer.limits import DataSetLimits
from dulcimer.logging_setup import HANDLER_FAULTS, handler_failed
from dulcimer.services.answers import has_more
from dulcimer.services.bulk_data import WITHOUT_BULK_DATA, without_bulk_data
from dulcimer.services.calls import Calls, NoHandlerError
from dulcimer.services.data_sources import Instance
from dulcimer.services.durable import FileSink
from dulcimer.services.replies import (
    CANCEL,
    PENDING,
    PROCESSING_FAILURE,
    SUCCESS,
    category,
    reply,
    status_elements,
)
from dulcimer.services.requests import Refusal, refusal

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

logger = logging.getLogger("dulcimer.services")

OUT_OF_RESOURCES = 0xA700
UNABLE_TO_PROCESS = 0xC000
SUB_OPERATIONS_FAILED = 0xB000
DESTINATION_UNKNOWN = 0xA801
CANNOT_SUB_OPERATE = 0xA702
NO_DESTINATION = 0xC514
BAD_DESTINATION = 0xC515

_MOST_COUNTED = 0xFFFF

_N_EVENTS = {
    NActionRq: evt.EVT_N_ACTION,
    NCreateRq: evt.EVT_N_CREATE,
    NEventReportRq: evt.EVT_N_EVENT_REPORT,
    NGetRq: evt.EVT_N_GET,
    NSetRq: evt.EVT_N_SET,
}
_HANDLER_FAILED = {
    CFindRq: 0xC311,
    CGetRq: 0xC411,
    CMoveRq: 0xC511,
    CStoreRq: 0xC211,
}
"""What a request is answered with when its handler raises, or when there is none."""
_ITEM_FAILED = {CFindRq: 0xC312, CGetRq: 0xC416, CMoveRq: 0xC516}
"""What it is answered with when the handler yields what cannot be sent."""
_TOO_LARGE = {CFindRq: 0xA700, CGetRq: 0xA701, CMoveRq: 0xA701, CStoreRq: 0xA700}
"""What it is answered with when its data set is beyond a limit (PS3.4 B.2.3, C.4.1.1.4, C.4.2.1.5, C.4.3.1.4)."""
RESOURCE_LIMITATION = 0x0213
"""The same for a request of an N-service (PS3.7 C.5.22)."""
_NO_COUNT = {CGetRq: 0xC413, CMoveRq: 0xC513}
"""What it is answered with when the handler does not yield a number where one belongs."""


class _Refused(Exception):
    """A request fails with a status, for what its handler yielded."""

    def __init__(self, status: int, why: str) -> None:
        self.status = status
        super().__init__(why)


class StoreTarget(Protocol):
    """Where the instances of a C-GET or C-MOVE go."""

    async def store(self, instance: Instance, request: Any) -> int:
        """Send one instance as a sub-operation of `request`; the status. Raises DulcimerError if that fails."""

    async def close(self) -> None:
        """No more instances follow."""


Destination = Callable[[tuple[Any, ...], Any], Awaitable[StoreTarget]]
"""Opens the association of a C-MOVE request, to what its handler named: (address, port) or (address, port, options)."""


@dataclass(slots=True)
class _Count:
    """Sub-operations of a C-GET or C-MOVE (PS3.7 9.1.3, 9.1.4)."""

    remaining: int | None
    completed: int = 0
    failed: int = 0
    warning: int = 0

    def add(self, status: int) -> None:
        """One has been done."""
        kind = category(status)
        if self.remaining is not None:
            self.remaining = max(self.remaining - 1, 0)
        self.completed += kind == "Success"
        self.warning += kind == "Warning"
        self.failed += kind not in ("Success", "Warning")

    @property
    def can_be_told(self) -> bool:
        """Whether a Pending response can have all of them: they are of VR US.

        It must have them, and need not be sent (PS3.7 9.1.3.1, 9.1.4.1; PS3.4 C.4.2.3.1, C.4.3.3.1). The final
        response leaves out those that do not fit.
        """
        return max(self.remaining or 0, self.completed, self.failed, self.warning) <= _MOST_COUNTED

    def elements(self, *, final: bool) -> dict[str, int]:
        """The counters of a response; what remains is told while there is more to come, or after a cancel."""
        found = {
            "number_of_completed_suboperations": self.completed,
            "number_of_failed_suboperations": self.failed,
            "number_of_warning_suboperations": self.warning,
        }
        if final or self.remaining is None:
            return found
        return {"number_of_remaining_suboperations": self.remaining, **found}

    def ending(self, elements: dict[str, Any], *, cancelled: bool) -> dict[str, Any]:
        """The elements of the final response, from those of the handler.

        Where the handler says that the operation failed, what was promised and not sent has failed with it. Where it
        ends with fewer instances than it promised, there were no more.
        """
        kind = category(elements["status"])
        if kind == "Success" and cancelled and self.remaining:
            kind, elements = "Cancel", {"status": CANCEL}
        if kind == "Cancel":
            return {**elements, **self.elements(final=False)}
        if kind != "Success":
            self.failed += self.remaining or 0
        elif self.failed or self.warning:
            all_failed = not self.completed and not self.warning
            elements = {"status": CANNOT_SUB_OPERATE if all_failed else SUB_OPERATIONS_FAILED}
        return {**elements, **self.elements(final=True)}


Store = Callable[[CStoreRq, Sink | None], Awaitable[CStoreRsp]]
"""Keeps the instance of a C-STORE request that lies in a sink."""
OnRefused = Callable[[CStoreRq, int, str], None]
"""Hears of each C-STORE request that is answered with a failure: the status, and why in words."""


class Provider:
    """Answers the requests on one association; `store` takes those for C-STORE, instead of a handler."""

    def __init__(
        self,
        exchange: Exchange,
        calls: Calls,
        same_association: StoreTarget,
        move_to: Destination,
        store: Store | None = None,
        on_refused: OnRefused | None = None,
    ) -> None:
        self._store = store
        self._on_refused = on_refused
        self._exchange = exchange
        self._calls = calls
        self._same_association = same_association
        self._move_to = move_to

    def handle(self, message: Message, request: Any) -> Any:
        """The answer to a request, as `Exchange` takes it."""
        context = self._exchange.association.accepted_contexts[message.context_id]
        refused = refusal(request, context, has_data_set=message.data is not None)
        if refused is None and isinstance(message.data, MemorySink) and message.data.refused:
            refused = _too_large(request, message.data.refused)
        if refused is not None:
            if message.data is not None:
                message.data.discard()
            if self._on_refused is not None and isinstance(request, CStoreRq):
                self._on_refused(request, *refused)
            return self._refused(request, refused)
        match request:
            case CEchoRq():
                if self._calls.handlers.asked(evt.EVT_C_ECHO) is None:
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
                return self._get(message, request, context)
            case CMoveRq():
                return self._move(message, request, context)
        return self._status_and_data(_N_EVENTS[type(request)], message, request, context)

    def _refused(self, request: Any, refused: Refusal) -> Any:
        logger.warning("%s is refused with status %04XH: %s", request.info.name, *refused)
        return reply(request, {"status": refused.status, "error_comment": refused.why})

    async def _attributes(
        self, event: evt.InterventionEvent, message: Message, request: Any, context: AcceptedContext
    ) -> dict[str, Any]:
        """What the handler is given. Raises DataSetTooLarge; a data set of some size is decoded before, in a thread."""
        attributes = self._plain_attributes(message, request, context)
        data, limits = attributes["_data"], attributes["_limits"]
        # An instance that a handler wants to look into, which few do, is decoded in the thread of the handler.
        if data and (not isinstance(request, CStoreRq) or self._calls.is_async(event)):
            syntax = context.transfer_syntax
            if not is_small(data, syntax, limits):
                attributes["_decoded"] = await apart(_decoded, data, syntax, limits)
        return attributes

    def _plain_attributes(self, message: Message, request: Any, context: AcceptedContext) -> dict[str, Any]:
        from dulcimer.proposals.presentation_context import PresentationContextTuple
        from dulcimer.values import lenient_uid

        data = message.data.getvalue() if isinstance(message.data, MemorySink) else None
        file = message.data.instance if isinstance(message.data, FileSink) else None
        return {
            "_command": request,
            "_elements": message.command_set.values,
            "context": PresentationContextTuple(
                context.context_id, lenient_uid(context.abstract_syntax), lenient_uid(context.transfer_syntax)
            ),
            "_data": data,
            "_path": file and file.path,
            "_offset": file.offset if file else 0,
            "_limits": self._limits_of(request),
            "_is_cancelled": self._exchange.cancelled.__contains__,
        }

    def _limits_of(self, request: Any) -> DataSetLimits:
        limits = self._exchange.limits
        if isinstance(request, CStoreRq):
            return limits.instance
        return limits.identifier if isinstance(request, CFindRq | CGetRq | CMoveRq) else limits.information

    def _failed(self, request: Any, error: Exception) -> dict[str, Any]:
        if isinstance(error, _Refused):
            log = logger if error.status == DESTINATION_UNKNOWN else HANDLER_FAULTS
            log.error("%s: %s", request.info.name, error)
            return {"status": error.status}
        if isinstance(error, DataSetTooLarge):
            refused = _too_large(request, str(error))
            logger.warning("%s is refused with status %04XH: %s", request.info.name, *refused)
            return {"status": refused.status, "error_comment": refused.why}
        if isinstance(error, BrokenDataSet):
            logger.warning("%s is refused: %s", request.info.name, error)
            status = UNABLE_TO_PROCESS if type(request) in _HANDLER_FAILED else PROCESSING_FAILURE
            return {"status": status, "error_comment": str(error)}
        if isinstance(error, NoHandlerError):
            HANDLER_FAULTS.warning("%s cannot be answered: %s", request.info.name, error)
        else:
            handler_failed(f"the handler of {request.info.name}", error)
        return {"status": _HANDLER_FAILED.get(type(request), PROCESSING_FAILURE)}

    async def _stored(self, store: Store, request: CStoreRq, data: Sink | None) -> CStoreRsp:
        response = await store(request, data)
        if self._on_refused is not None and category(response.status) not in ("Success", "Warning"):
            self._on_refused(request, response.status, response.error_comment or "")
        return response

    async def _status(
        self, event: evt.InterventionEvent, message: Message, request: Any, context: AcceptedContext
    ) -> Any:
        try:
            elements = status_elements(await self._ask(event, message, request, context))
        except Exception as error:
            elements = self._failed(request, error)
        finally:
            if isinstance(message.data, FileSink):
                message.data.discard()
        return reply(request, elements)

    async def _status_and_data(
        self, event: evt.InterventionEvent, message: Message, request: Any, context: AcceptedContext
    ) -> Answer:
        """N-services: the handler returns a status and a data set, which goes out on success (PS3.7 10.1)."""
        try:
            status, data_set = await self._ask(event, message, request, context)
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
            elements, data = self._failed(request, error), None
        return reply(request, elements), data

    async def _ask(self, event: evt.InterventionEvent, message: Message, request: Any, context: AcceptedContext) -> Any:
        return await self._calls.ask(event, **await self._attributes(event, message, request, context))

    async def _find(self, message: Message, request: Any, context: AcceptedContext) -> AsyncGenerator[Answer, None]:
        try:
            attributes = await self._attributes(evt.EVT_C_FIND, message, request, context)
            async with aclosing(self._calls.iterate(evt.EVT_C_FIND, **attributes)) as results:
                async for status, identifier in results:
                    elements = status_elements(status)
                    if category(elements["status"]) != "Pending":
                        yield reply(request, elements), None
                        if has_more(elements["status"], request.affected_sop_class_uid):
                            continue
                        return
                    try:
                        data = encode_data_set(identifier, context.transfer_syntax)
                        if not data:  # it would go out as no identifier, which a match must have (PS3.7 9.1.2.1.6)
                            raise EncodeError("the handler yielded an empty data set")
                    except (DulcimerError, AttributeError, TypeError) as error:
                        HANDLER_FAULTS.error("a match of the handler of C-FIND-RQ cannot be sent: %s", error)
                        yield reply(request, {"status": _ITEM_FAILED[CFindRq]}), None
                        return
                    yield reply(request, elements), data
        except AssociationError:
            raise
        except Exception as error:
            yield reply(request, self._failed(request, error)), None
            return
        yield reply(request, {"status": SUCCESS}), None

    async def _get(self, message: Message, request: Any, context: AcceptedContext) -> AsyncGenerator[Answer, None]:
        try:
            attributes = await self._attributes(evt.EVT_C_GET, message, request, context)
            async with aclosing(self._calls.iterate(evt.EVT_C_GET, **attributes)) as results:
                number = await _number_of(request, results)
                async with aclosing(
                    self._retrieve(request, context, number, results, self._same_association)
                ) as answers:
                    async for answer in answers:
                        yield answer
        except AssociationError:
            raise
        except Exception as error:
            yield reply(request, self._failed(request, error)), None

    async def _move(self, message: Message, request: Any, context: AcceptedContext) -> AsyncGenerator[Answer, None]:
        target: StoreTarget | None = None
        try:
            attributes = await self._attributes(evt.EVT_C_MOVE, message, request, context)
            async with aclosing(self._calls.iterate(evt.EVT_C_MOVE, **attributes)) as results:
                destination = await anext(results, None)
                if destination is None:
                    raise _Refused(NO_DESTINATION, "the handler yielded no move destination")
                place = _place(destination)
                if place is None:
                    raise _Refused(DESTINATION_UNKNOWN, f"the move destination {request.move_destination} is not known")
                number = await _number_of(request, results)
                if number != 0:  # for nothing, nobody need be reached
                    target = await self._target(request, place)
                async with aclosing(self._retrieve(request, context, number, results, target)) as answers:
                    async for answer in answers:
                        yield answer
        except AssociationError:
            raise
        except Exception as error:
            yield reply(request, self._failed(request, error)), None
        finally:
            if target is not None:
                await target.close()

    async def _target(self, request: Any, place: tuple[Any, ...]) -> StoreTarget:
        """The association with the move destination."""
        try:
            return await self._move_to(place, request)
        except DulcimerError as error:
            why = f"the move destination {request.move_destination} cannot be reached: {error}"
            raise _Refused(DESTINATION_UNKNOWN, why) from error
        except (TypeError, ValueError, RuntimeError) as error:
            raise _Refused(BAD_DESTINATION, f"{place!r} is not a move destination: {error}") from error

    async def _retrieve(
        self,
        request: Any,
        context: AcceptedContext,
        number: int | None,
        results: AsyncGenerator[Any, None],
        target: StoreTarget | None,
    ) -> AsyncGenerator[Answer, None]:
        """The sub-operations of a C-GET or C-MOVE, as many as `number`, None if that is not known.

        `results` are (status, instance) of each. `target` is None where there are none.
        """
        count = _Count(number)
        failed: list[str] = []
        ending: dict[str, Any] = {"status": SUCCESS}
        named: Any = None
        try:
            async for status, source in results:
                elements = status_elements(status)
                if category(elements["status"]) != "Pending":
                    ending, named = elements, source
                    break
                if count.remaining == 0 or target is None:
                    HANDLER_FAULTS.warning("the handler of %s yields more instances than it said", request.info.name)
                    break
                await self._sub_operation(request, source, target, count, failed)
                if count.can_be_told:
                    yield reply(request, {"status": PENDING, **count.elements(final=False)}), None
        except AssociationError:
            raise
        except Exception as error:
            ending = self._failed(request, error)
        if count.remaining and ending == {"status": SUCCESS}:
            logger.warning("the handler yielded %d instances less than it said", count.remaining)
        ending = count.ending(ending, cancelled=request.message_id in self._exchange.cancelled)
        yield reply(request, ending), _failed_list(failed, named, context)

    async def _sub_operation(
        self, request: Any, source: Any, target: StoreTarget, count: _Count, failed: list[str]
    ) -> None:
        uid = ""
        try:
            wanted = without_bulk_data(source) if request.affected_sop_class_uid == WITHOUT_BULK_DATA else source
            instance = Instance.of(wanted)
            uid = instance.sop_instance_uid
            status = await target.store(instance, request)
        except (DulcimerError, OSError, AttributeError, ValueError) as error:
            if isinstance(error, AssociationError) and self._exchange.association.end is not None:
                raise
            logger.error("an instance could not be sent: %s", error)
            status = PROCESSING_FAILURE
        count.add(status)
        if category(status) not in ("Success", "Warning") and uid:
            failed.append(uid)


def _place(destination: Any) -> tuple[Any, ...] | None:
    """The address, port and options that a handler yielded as move destination, None if it knows none."""
    if not isinstance(destination, tuple | list) or len(destination) < 2:
        raise _Refused(BAD_DESTINATION, f"the handler yielded {destination!r}, which is no (host, port)")
    host, port, *options = destination
    return None if host is None or port is None else (host, port, *options)


async def _number_of(request: Any, results: AsyncGenerator[Any, None]) -> int | None:
    """The number of sub-operations that a handler yields, None where it does not know."""
    number = await anext(results, -1)
    if number is None:
        return None
    try:
        found = int(number)
    except (TypeError, ValueError, OverflowError):
        found = -1
    if found < 0:
        said = "nothing" if number == -1 else repr(number)
        raise _Refused(_NO_COUNT[type(request)], f"the handler yielded {said} where the number of instances belongs")
    return found


def _too_large(request: Any, why: str) -> Refusal:
    return Refusal(_TOO_LARGE.get(type(request), RESOURCE_LIMITATION), why)


def _decoded(data: bytes, transfer_syntax: str, limits: DataSetLimits) -> Dataset | DIMSEProcessingError:
    """The data set, or why there is none, for the handler that asks for it. Raises DataSetTooLarge."""
    try:
        data_set = decode_data_set(data, transfer_syntax, limits=limits)
        decode_elements(data_set)
        return data_set
    except DataSetTooLarge:
        raise
    except DIMSEProcessingError as error:
        return error


def _require_instance(request: NCreateRq, elements: dict[str, Any]) -> None:
    """Somebody must have named the instance that was created (PS3.7 10.1.5.1.3)."""
    if not request.affected_sop_instance_uid and not elements.get("affected_sop_instance_uid"):
        raise ValueError("neither the N-CREATE request nor its handler named an Affected SOP Instance UID")


def _failed_list(failed: list[str], named: Any, context: AcceptedContext) -> bytes | None:
    """The identifier with Failed SOP Instance UID List (PS3.4 C.4.2.1.4.2): as the handler named it, None if empty."""
    from pydicom.dataset import Dataset

    if isinstance(named, Dataset) and "FailedSOPInstanceUIDList" in named:
        return encode_data_set(named, context.transfer_syntax)
    if not failed:
        return None
    identifier = Dataset()
    identifier.FailedSOPInstanceUIDList = failed
    return encode_data_set(identifier, context.transfer_syntax)
