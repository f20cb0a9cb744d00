"""The service class user: a method for each DIMSE service."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
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
    Priority,
)
from dulcimer._generated.services import SERVICE_CLASSES
from dulcimer._generated.statuses import PROCESSING_FAILURE
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.dimse.data_set import encode_data_set
from dulcimer.dimse.exchange import Exchange
from dulcimer.dimse.messages import Message
from dulcimer.errors import ContextNotAccepted, DIMSEProcessingError, EncodeError
from dulcimer.services.answers import Answers, reply_data
from dulcimer.services.contexts import no_context
from dulcimer.services.data_sources import Instance, Source
from dulcimer.services.replies import status_data_set
from dulcimer.services.verification import VERIFICATION
from dulcimer.switches import LONGEST_AE_TITLE, Switches

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from dulcimer.values import AeTitle

logger = logging.getLogger("dulcimer.services")

DEFAULT_PRIORITY = int(Priority.LOW)
"""The default priority of a request (PS3.7 E.1), the same as in pynetdicom."""
_UPS = {row.uid for row in SERVICE_CLASSES["Unified Procedure Step"].sop_classes}
_UPS_PUSH = next(
    row.uid
    for row in SERVICE_CLASSES["Unified Procedure Step"].sop_classes
    if row.keyword == "UnifiedProcedureStepPush"
)


class User:
    """Requests on one association.

    Each method returns the status as a data set with `Status`, and the data set of the response. They raise
    ContextNotAccepted if no presentation context fits, AssociationAborted or AssociationTimeout if the association ends
    meanwhile, ValueError or EncodeError for what cannot be sent. `msg_id` None takes a free ID; for operations that can
    be cancelled, 1 if that is free.
    """

    def __init__(self, exchange: Exchange, switches: Switches) -> None:
        self._exchange = exchange
        self._switches = switches

    def context_for(self, abstract_syntax: str, *, any_role: bool = False) -> AcceptedContext:
        """The accepted context for an abstract syntax in which this end is SCU, or in any role.

        A request for UPS Push may go in the context of another UPS SOP class (PS3.4 CC.3.1).
        """
        accepted = self._exchange.association.accepted_contexts.values()
        wanted: Collection[str] = (abstract_syntax,)
        if abstract_syntax == _UPS_PUSH and all(context.abstract_syntax != _UPS_PUSH for context in accepted):
            wanted = _UPS
        of_class = False
        for context in accepted:
            if context.abstract_syntax in wanted:
                if any_role or context.as_scu:
                    return context
                of_class = True
        raise no_context(abstract_syntax, self._exchange.association.refused_contexts, has_other_role=of_class)

    async def echo(self, msg_id: int | None = None) -> Message:
        """C-ECHO (PS3.7 9.1.5); returns the response undecoded."""
        context = self.context_for(VERIFICATION)
        request = CEchoRq(affected_sop_class_uid=VERIFICATION, message_id=self._id(msg_id))
        return await self._exchange.request(context.context_id, request)

    async def c_echo(self, msg_id: int | None = None) -> Dataset:
        """C-ECHO (PS3.7 9.1.5)."""
        return _status(await self.echo(msg_id))

    async def store(
        self,
        source: Source,
        msg_id: int | None = None,
        priority: int = DEFAULT_PRIORITY,
        originator_aet: AeTitle | None = None,
        originator_id: int | None = None,
        *,
        convert: bool = True,
    ) -> Message:
        """C-STORE (PS3.7 9.1.1) of a data set or a file; returns the response undecoded.

        `convert` False sends the data set of a file unchanged, or not at all.
        """
        instance = source if isinstance(source, Instance) else Instance.of(source)
        association = self._exchange.association
        context = instance.context(
            association.accepted_contexts.values(), association.refused_contexts, convert=convert
        )
        request = CStoreRq(
            affected_sop_class_uid=instance.sop_class_uid,
            message_id=self._id(msg_id),
            priority=_checked_priority(priority),
            affected_sop_instance_uid=instance.sop_instance_uid,
            move_originator_application_entity_title=self._padded(originator_aet or None, "originator_aet"),
            move_originator_message_id=originator_id,
        )
        with instance.data(context.transfer_syntax) as data:
            return await self._exchange.request(context.context_id, request, data)

    async def c_store(
        self,
        source: Source,
        msg_id: int | None = None,
        priority: int = DEFAULT_PRIORITY,
        originator_aet: AeTitle | None = None,
        originator_id: int | None = None,
        *,
        convert: bool = True,
    ) -> Dataset:
        """C-STORE of a data set or a file (PS3.7 9.1.1)."""
        response = await self.store(source, msg_id, priority, originator_aet, originator_id, convert=convert)
        return _status(response)

    def c_find(
        self, identifier: Dataset, query_model: str, msg_id: int | None = None, priority: int = DEFAULT_PRIORITY
    ) -> Answers:
        """C-FIND (PS3.7 9.1.2): (status, identifier) of each match, then of the final response."""
        request = CFindRq(affected_sop_class_uid=query_model, message_id=0, priority=_checked_priority(priority))
        return self._several(request, identifier, msg_id)

    def c_get(
        self, identifier: Dataset, query_model: str, msg_id: int | None = None, priority: int = DEFAULT_PRIORITY
    ) -> Answers:
        """C-GET (PS3.7 9.1.3): (status, identifier) of each response; the instances come as C-STORE requests."""
        request = CGetRq(affected_sop_class_uid=query_model, message_id=0, priority=_checked_priority(priority))
        return self._several(request, identifier, msg_id)

    def c_move(
        self,
        identifier: Dataset,
        move_aet: AeTitle,
        query_model: str,
        msg_id: int | None = None,
        priority: int = DEFAULT_PRIORITY,
    ) -> Answers:
        """C-MOVE (PS3.7 9.1.4): (status, identifier) of each response."""
        from dulcimer.values import set_title

        request = CMoveRq(
            affected_sop_class_uid=query_model,
            message_id=0,
            move_destination=self._padded(set_title(move_aet, "move_aet", allow_none=False), "move_aet") or "",
            priority=_checked_priority(priority),
        )
        return self._several(request, identifier, msg_id)

    async def c_cancel(self, msg_id: int, context_id: int | None = None, query_model: str | None = None) -> None:
        """C-CANCEL of an operation (PS3.7 9.3.2.3), in its presentation context, which must have been accepted."""
        if context_id is None:
            if query_model is None:
                raise ValueError("C-CANCEL needs the context_id or the query_model of the operation")
            context_id = self.context_for(query_model).context_id
        elif context_id not in self._exchange.association.accepted_contexts:
            raise ContextNotAccepted(f"presentation context {context_id} was not accepted on this association")
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

        try:
            tags = tuple(int(Tag(tag)) for tag in identifiers or ())
        except (TypeError, OverflowError) as error:
            raise ValueError(f"the attributes of N-GET are tags of 4 bytes: {error}") from error
        request = NGetRq(
            requested_sop_class_uid=class_uid,
            message_id=self._id(msg_id),
            requested_sop_instance_uid=instance_uid,
            attribute_identifier_list=tags or None,
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
            return self._exchange.own.next_message_id()
        if not isinstance(msg_id, int):
            raise TypeError(f"a message ID is an int, not {type(msg_id).__name__!r}")
        if not 0 <= msg_id <= 0xFFFF:
            raise ValueError(f"a message ID is 0 to 65535, not {msg_id}")
        return msg_id

    async def _one(
        self, request: Any, abstract_syntax: str, data_set: Dataset | None
    ) -> tuple[Dataset, Dataset | None]:
        context = self.context_for(abstract_syntax, any_role=isinstance(request, NEventReportRq))
        data = None if data_set is None else _encoded(request, data_set, context.transfer_syntax)
        response = await self._exchange.request(context.context_id, request, data)
        status = _status(response)
        try:
            return status, await reply_data(self._exchange, response)
        except DIMSEProcessingError as error:
            logger.error("the data set of the %s response: %s", request.info.name.removesuffix("-RQ"), error)
            status.Status = PROCESSING_FAILURE
            return status, None

    def _padded(self, ae_title: AeTitle | None, name: str) -> str | None:
        """An AE title, padded as the switches say; raises TypeError or ValueError for an invalid one."""
        from dulcimer.values import set_title

        title = set_title(ae_title, name, allow_empty=False)
        return title if title is None or self._switches.use_short_dimse_aet else title.ljust(LONGEST_AE_TITLE)

    def _several(self, request: Any, identifier: Dataset, msg_id: int | None) -> Answers:
        context = self.context_for(request.affected_sop_class_uid)
        # A key that its encoding alters would make another query.
        data = _encoded(request, identifier, context.transfer_syntax, strict_text=True)
        return Answers(self._exchange, context, request, data, None if msg_id is None else self._id(msg_id))


def _checked_priority(value: int) -> int:
    if value not in tuple(Priority):
        raise ValueError(f"a priority is 0 (medium), 1 (high) or 2 (low) (PS3.7 E.1), not {value!r}")
    return value


def _encoded(request: Any, data_set: Dataset, transfer_syntax: str, *, strict_text: bool = False) -> bytes:
    """The data set of a request; raises EncodeError for an empty one if the request must have one."""
    data = encode_data_set(data_set, transfer_syntax, strict_text=strict_text)
    if not data and request.info.data_set == "M":
        name = request.info.data_set_name
        raise EncodeError(f"the {name} of {request.info.name} is empty", path=name, clause=request.info.clause)
    return data


def _status(response: Message) -> Dataset:
    return status_data_set(response.command_set)
