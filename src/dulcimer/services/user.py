"""The service class user: every DIMSE service as a request of this end."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING, Any

from dulcimer._generated.commands import (
    CCancelRq,
    CEchoRq,
    CFindRq,
    CGetRq,
    CMoveRq,
    CStoreRq,
    NActionRq,
    NCreateRq,
    NDeleteRq,
    NEventReportRq,
    NGetRq,
    NSetRq,
)
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.dimse.data_set import decode_data_set, encode_data_set
from dulcimer.dimse.exchange import Exchange
from dulcimer.dimse.messages import MemorySink, Message
from dulcimer.errors import ContextNotAccepted, DIMSEProcessingError
from dulcimer.services.data_sources import Instance, Source
from dulcimer.services.replies import category, status_data_set
from dulcimer.services.verification import VERIFICATION

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

MEDIUM = 0x0002


class User:
    """Requests on one association.

    Each method returns the status as a data set with `Status`, and what came with it. They raise ContextNotAccepted
    if no presentation context fits, AssociationAborted or AssociationTimeout if the association ends meanwhile,
    ValueError or EncodeError for what cannot be sent. `msg_id` None takes an ID that is free.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def context_for(self, abstract_syntax: str, context_id: int | None = None) -> AcceptedContext:
        """The accepted context for an abstract syntax in which this end is SCU."""
        accepted = self._exchange.association.accepted_contexts
        for context in accepted.values():
            if context.abstract_syntax == abstract_syntax and context_id in (None, context.context_id):
                return context
        refused = [r for r in self._exchange.association.refused_contexts if r.abstract_syntax == abstract_syntax]
        why = f"the peer refused it: {refused[0].why}" if refused else "it was not proposed"
        raise ContextNotAccepted(f"no presentation context was accepted for {abstract_syntax}: {why}")

    async def c_echo(self, msg_id: int | None = None) -> Dataset:
        """C-ECHO (PS3.7 9.1.5)."""
        context = self.context_for(VERIFICATION)
        request = CEchoRq(affected_sop_class_uid=VERIFICATION, message_id=self._id(msg_id))
        return _status(await self._exchange.request(context.context_id, request))

    async def c_store(
        self,
        source: Source,
        msg_id: int | None = None,
        priority: int = MEDIUM,
        originator_aet: str | None = None,
        originator_id: int | None = None,
    ) -> Dataset:
        """C-STORE of a data set or a file (PS3.7 9.1.1)."""
        instance = source if isinstance(source, Instance) else Instance.of(source)
        context = instance.context(self._exchange.association.accepted_contexts.values())
        request = CStoreRq(
            affected_sop_class_uid=instance.sop_class_uid,
            message_id=self._id(msg_id),
            priority=priority,
            affected_sop_instance_uid=instance.sop_instance_uid,
            move_originator_application_entity_title=originator_aet,
            move_originator_message_id=originator_id,
        )
        with instance.data(context.transfer_syntax) as data:
            return _status(await self._exchange.request(context.context_id, request, data))

    async def c_find(
        self, identifier: Dataset, query_model: str, msg_id: int | None = None, priority: int = MEDIUM
    ) -> AsyncGenerator[tuple[Dataset, Dataset | None], None]:
        """C-FIND (PS3.7 9.1.2): (status, identifier) of each match, then of the end."""
        request = CFindRq(affected_sop_class_uid=query_model, message_id=self._id(msg_id), priority=priority)
        async for answer in self._several(request, identifier):
            yield answer

    async def c_get(
        self, identifier: Dataset, query_model: str, msg_id: int | None = None, priority: int = MEDIUM
    ) -> AsyncGenerator[tuple[Dataset, Dataset | None], None]:
        """C-GET (PS3.7 9.1.3): (status, identifier) of each response; the instances come as C-STORE requests."""
        request = CGetRq(affected_sop_class_uid=query_model, message_id=self._id(msg_id), priority=priority)
        async for answer in self._several(request, identifier):
            yield answer

    async def c_move(
        self,
        identifier: Dataset,
        move_aet: str,
        query_model: str,
        msg_id: int | None = None,
        priority: int = MEDIUM,
    ) -> AsyncGenerator[tuple[Dataset, Dataset | None], None]:
        """C-MOVE (PS3.7 9.1.4): (status, identifier) of each response."""
        request = CMoveRq(
            affected_sop_class_uid=query_model,
            message_id=self._id(msg_id),
            move_destination=move_aet,
            priority=priority,
        )
        async for answer in self._several(request, identifier):
            yield answer

    async def c_cancel(self, msg_id: int, context_id: int | None = None, query_model: str | None = None) -> None:
        """C-CANCEL of an operation (PS3.7 9.3.2.3), in its presentation context."""
        if context_id is None:
            if query_model is None:
                raise ValueError("C-CANCEL needs the context_id or the query_model of the operation")
            context_id = self.context_for(query_model).context_id
        await self._exchange.send(context_id, CCancelRq(message_id_being_responded_to=msg_id))

    async def n_event_report(
        self,
        information: Dataset | None,
        event_type: int,
        class_uid: str,
        instance_uid: str,
        msg_id: int | None = None,
        meta_uid: str | None = None,
    ) -> tuple[Dataset, Dataset | None]:
        """N-EVENT-REPORT (PS3.7 10.1.1)."""
        request = NEventReportRq(
            affected_sop_class_uid=class_uid,
            message_id=self._id(msg_id),
            affected_sop_instance_uid=instance_uid,
            event_type_id=event_type,
        )
        return await self._one(request, meta_uid or class_uid, information)

    async def n_get(
        self,
        identifiers: Iterable[int] | None,
        class_uid: str,
        instance_uid: str,
        msg_id: int | None = None,
        meta_uid: str | None = None,
    ) -> tuple[Dataset, Dataset | None]:
        """N-GET (PS3.7 10.1.2) of these attributes, of all if there are none."""
        from pydicom.tag import Tag

        request = NGetRq(
            requested_sop_class_uid=class_uid,
            message_id=self._id(msg_id),
            requested_sop_instance_uid=instance_uid,
            attribute_identifier_list=tuple(int(Tag(tag)) for tag in identifiers or ()) or None,
        )
        return await self._one(request, meta_uid or class_uid, None)

    async def n_set(
        self,
        modifications: Dataset,
        class_uid: str,
        instance_uid: str,
        msg_id: int | None = None,
        meta_uid: str | None = None,
    ) -> tuple[Dataset, Dataset | None]:
        """N-SET (PS3.7 10.1.3)."""
        request = NSetRq(
            requested_sop_class_uid=class_uid, message_id=self._id(msg_id), requested_sop_instance_uid=instance_uid
        )
        return await self._one(request, meta_uid or class_uid, modifications)

    async def n_action(
        self,
        information: Dataset | None,
        action_type: int,
        class_uid: str,
        instance_uid: str,
        msg_id: int | None = None,
        meta_uid: str | None = None,
    ) -> tuple[Dataset, Dataset | None]:
        """N-ACTION (PS3.7 10.1.4)."""
        request = NActionRq(
            requested_sop_class_uid=class_uid,
            message_id=self._id(msg_id),
            requested_sop_instance_uid=instance_uid,
            action_type_id=action_type,
        )
        return await self._one(request, meta_uid or class_uid, information)

    async def n_create(
        self,
        attributes: Dataset | None,
        class_uid: str,
        instance_uid: str | None = None,
        msg_id: int | None = None,
        meta_uid: str | None = None,
    ) -> tuple[Dataset, Dataset | None]:
        """N-CREATE (PS3.7 10.1.5)."""
        request = NCreateRq(
            affected_sop_class_uid=class_uid, message_id=self._id(msg_id), affected_sop_instance_uid=instance_uid
        )
        return await self._one(request, meta_uid or class_uid, attributes)

    async def n_delete(
        self, class_uid: str, instance_uid: str, msg_id: int | None = None, meta_uid: str | None = None
    ) -> Dataset:
        """N-DELETE (PS3.7 10.1.6)."""
        request = NDeleteRq(
            requested_sop_class_uid=class_uid, message_id=self._id(msg_id), requested_sop_instance_uid=instance_uid
        )
        status, _ = await self._one(request, meta_uid or class_uid, None)
        return status

    def _id(self, msg_id: int | None) -> int:
        if msg_id is None:
            return self._exchange.next_message_id()
        if not 0 <= msg_id <= 0xFFFF:
            raise ValueError(f"a message ID is 0 to 65535, not {msg_id}")
        return msg_id

    async def _one(
        self, request: Any, abstract_syntax: str, data_set: Dataset | None
    ) -> tuple[Dataset, Dataset | None]:
        context = self.context_for(abstract_syntax)
        data = None if data_set is None else encode_data_set(data_set, context.transfer_syntax)
        response = await self._exchange.request(context.context_id, request, data)
        return _status(response), self._reply(response, context)

    async def _several(self, request: Any, identifier: Dataset) -> AsyncGenerator[tuple[Dataset, Dataset | None], None]:
        context = self.context_for(request.affected_sop_class_uid)
        data = encode_data_set(identifier, context.transfer_syntax)
        async with self._exchange.operation(context.context_id, request, data) as operation:
            while True:
                response = await operation.next()
                status = _status(response)
                yield status, self._reply(response, context)
                if category(status.Status) != "Pending":
                    return

    def _reply(self, response: Message, context: AcceptedContext) -> Dataset | None:
        if not isinstance(response.data, MemorySink):
            return None
        try:
            return decode_data_set(response.data.getvalue(), context.transfer_syntax)
        except DIMSEProcessingError:
            self._exchange.association.abort()
            raise


def _status(response: Message) -> Dataset:
    return status_data_set(response.command_set)
