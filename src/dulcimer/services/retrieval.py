"""Performs C-GET and C-MOVE: the instances that a handler yields are sent as sub-operations (PS3.4 C.4.2, C.4.3)."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, Protocol, TypeAlias

from dulcimer import events as evt
from dulcimer._generated.commands import CGetRq, CMoveRq
from dulcimer._generated.statuses import MOVE_DESTINATION_UNKNOWN, PENDING, PROCESSING_FAILURE, SUCCESS
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.counting import counted
from dulcimer.dimse.data_set import encode_data_set
from dulcimer.dimse.exchange import Exchange
from dulcimer.dimse.messages import Message
from dulcimer.dimse.user import Answer
from dulcimer.errors import AssociationError, DulcimerError
from dulcimer.logging_setup import HANDLER_FAULTS
from dulcimer.services.bulk_data import WITHOUT_BULK_DATA, without_bulk_data
from dulcimer.services.data_sources import Instance
from dulcimer.services.failures import RequestFailed, failed
from dulcimer.services.replies import category, reply, status_elements
from dulcimer.services.request_handlers import RequestHandlers
from dulcimer.services.sub_operations import SubOperations

logger = logging.getLogger("dulcimer.services")

NO_DESTINATION = 0xC514
BAD_DESTINATION = 0xC515

_NO_COUNT = {CGetRq: 0xC413, CMoveRq: 0xC513}
"""The status if the handler does not yield the number of instances."""


class StoreTarget(Protocol):
    """Where the instances of a C-GET or C-MOVE go."""

    async def store(self, instance: Instance, request: Any) -> int:
        """Send one instance as a sub-operation of `request`; return the status. Raises DulcimerError if that fails."""

    async def close(self) -> None:
        """No more instances follow."""


Destination: TypeAlias = Callable[[tuple[Any, ...], Any], Awaitable[StoreTarget]]
"""Opens the association for a C-MOVE, to what its handler yielded: (address, port) or (address, port, options)."""


class Retrieval:
    """Performs C-GET and C-MOVE: instances go to `same_association`, or to the association that `move_to` opens."""

    def __init__(
        self, exchange: Exchange, handlers: RequestHandlers, same_association: StoreTarget, move_to: Destination
    ) -> None:
        self._exchange = exchange
        self._handlers = handlers
        self._same_association = same_association
        self._move_to = move_to

    async def get(self, message: Message, request: Any, context: AcceptedContext) -> AsyncGenerator[Answer, None]:
        try:
            async with aclosing(await self._handlers.results(evt.EVT_C_GET, message, request, context)) as results:
                number = await _number_of(request, results)
                async with aclosing(
                    self._retrieve(request, context, number, results, self._same_association)
                ) as answers:
                    async for answer in answers:
                        yield answer
        except AssociationError:
            raise
        except Exception as error:
            yield reply(request, failed(request, error)), None

    async def move(self, message: Message, request: Any, context: AcceptedContext) -> AsyncGenerator[Answer, None]:
        target: StoreTarget | None = None
        try:
            async with aclosing(await self._handlers.results(evt.EVT_C_MOVE, message, request, context)) as results:
                destination = await anext(results, None)
                if destination is None:
                    raise RequestFailed(NO_DESTINATION, "the handler yielded no move destination")
                place = _place(destination)
                if place is None:
                    raise RequestFailed(
                        MOVE_DESTINATION_UNKNOWN, f"the move destination {request.move_destination} is not known"
                    )
                number = await _number_of(request, results)
                if number != 0:  # without instances no association is needed
                    target = await self._target(request, place)
                async with aclosing(self._retrieve(request, context, number, results, target)) as answers:
                    async for answer in answers:
                        yield answer
        except AssociationError:
            raise
        except Exception as error:
            yield reply(request, failed(request, error)), None
        finally:
            if target is not None:
                await target.close()

    async def _target(self, request: Any, place: tuple[Any, ...]) -> StoreTarget:
        """The association with the move destination."""
        try:
            return await self._move_to(place, request)
        except DulcimerError as error:
            why = f"the move destination {request.move_destination} cannot be reached: {error}"
            raise RequestFailed(MOVE_DESTINATION_UNKNOWN, why) from error
        except (TypeError, ValueError, RuntimeError) as error:
            raise RequestFailed(BAD_DESTINATION, f"{place!r} is not a move destination: {error}") from error

    async def _retrieve(
        self,
        request: Any,
        context: AcceptedContext,
        number: int | None,
        results: AsyncGenerator[Any, None],
        target: StoreTarget | None,
    ) -> AsyncGenerator[Answer, None]:
        """The sub-operations of a C-GET or C-MOVE, `number` of them, None if that is not known.

        `results` are (status, instance) of each. `target` is None where there are none.
        """
        count = SubOperations(number)
        not_sent: list[str] = []
        ending: dict[str, Any] = {"status": SUCCESS}
        named: Any = None
        try:
            async for status, source in results:
                elements = status_elements(status)
                if category(elements["status"]) != "Pending":
                    ending, named = elements, source
                    break
                if count.remaining == 0 or target is None:
                    HANDLER_FAULTS.warning(
                        "the handler of %s yields more instances than it announced", request.info.name
                    )
                    break
                await self._sub_operation(request, source, target, count, not_sent)
                if count.fits_into_pending:
                    yield reply(request, {"status": PENDING, **count.elements(final=False)}), None
        except AssociationError:
            raise
        except Exception as error:
            ending = failed(request, error)
        if count.remaining and ending == {"status": SUCCESS}:
            logger.warning("the handler yielded %s fewer than it announced", counted(count.remaining, "instance"))
        ending = count.ending(ending, cancelled=request.message_id in self._exchange.cancelled)
        yield reply(request, ending), _failed_list(not_sent, named, context)

    async def _sub_operation(
        self, request: Any, source: Any, target: StoreTarget, count: SubOperations, not_sent: list[str]
    ) -> None:
        uid = ""
        try:
            wanted = without_bulk_data(source) if request.affected_sop_class_uid == WITHOUT_BULK_DATA else source
            instance = Instance.of(wanted)
            uid = instance.sop_instance_uid
            status = await target.store(instance, request)
        except (DulcimerError, OSError, AttributeError, ValueError) as error:
            if isinstance(error, AssociationError) and self._exchange.end is not None:
                raise
            logger.error("an instance could not be sent: %s", error)
            status = PROCESSING_FAILURE
        count.add(status)
        if category(status) not in ("Success", "Warning") and uid:
            not_sent.append(uid)


def _place(destination: Any) -> tuple[Any, ...] | None:
    """The address, port and options that a handler yielded as move destination; None if the destination is unknown."""
    if not isinstance(destination, tuple | list) or len(destination) < 2:
        raise RequestFailed(BAD_DESTINATION, f"the handler yielded {destination!r} instead of (host, port)")
    host, port, *options = destination
    return None if host is None or port is None else (host, port, *options)


async def _number_of(request: Any, results: AsyncGenerator[Any, None]) -> int | None:
    """The number of sub-operations that a handler yields, None if it does not know it."""
    number = await anext(results, -1)
    if number is None:
        return None
    try:
        found = int(number)
    except (TypeError, ValueError, OverflowError):
        found = -1
    if found < 0:
        said = "nothing" if number == -1 else repr(number)
        raise RequestFailed(_NO_COUNT[type(request)], f"the handler yielded {said} instead of the number of instances")
    return found


def _failed_list(not_sent: list[str], named: Any, context: AcceptedContext) -> bytes | None:
    """The identifier with Failed SOP Instance UID List (PS3.4 C.4.2.1.4.2): the handler's, if any; None if empty."""
    from pydicom.dataset import Dataset

    if isinstance(named, Dataset) and "FailedSOPInstanceUIDList" in named:
        return encode_data_set(named, context.transfer_syntax)
    if not not_sent:
        return None
    identifier = Dataset()
    identifier.FailedSOPInstanceUIDList = not_sent
    return encode_data_set(identifier, context.transfer_syntax)
