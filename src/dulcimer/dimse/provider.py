"""The DIMSE service provider of one association as a queue of primitives, for programs without handlers."""

from __future__ import annotations

import logging
import queue
from collections import deque
from collections.abc import Iterable
from typing import Any, Protocol, TypeAlias

from dulcimer._generated.commands import MESSAGES, status_category
from dulcimer.dimse.decoder import PData, values_of
from dulcimer.dimse.messages import MemorySink, Message, MessageAssembler, batches
from dulcimer.dimse_primitives import C_CANCEL, DIMSEPrimitive, primitive_of
from dulcimer.errors import DIMSEProcessingError, LocalProtocolError
from dulcimer.fsm.primitives import AbortRequest, PDataRequest

logger = logging.getLogger("dulcimer.dimse")

MOST_CANCELLED = 10
"""C-CANCEL requests that are remembered, the latest ones."""

QueueItem: TypeAlias = tuple[int, Any] | tuple[None, None]
"""The ID of the presentation context, and the primitive."""


class DataProvider(Protocol):
    """The upper layer, as DIMSE uses it (PS3.8 7)."""

    def send_pdu(self, primitive: PDataRequest | AbortRequest) -> None:
        """Issue a request primitive."""


class PartyForDIMSE(Protocol):
    """One end of the association, as DIMSE uses it."""

    @property
    def maximum_length(self) -> int | None:
        """The longest P-DATA-TF it accepts, in bytes; 0 for no limit, None if it does not say."""


class NegotiatedContext(Protocol):
    """A presentation context."""

    @property
    def context_id(self) -> int | None:
        """Its ID."""


class AssociationForDIMSE(Protocol):
    """The association, as DIMSE uses it."""

    @property
    def dul(self) -> DataProvider:
        """Its upper layer."""

    @property
    def is_requestor(self) -> bool:
        """Whether this end requested it."""

    @property
    def requestor(self) -> PartyForDIMSE:
        """The end that requested it."""

    @property
    def acceptor(self) -> PartyForDIMSE:
        """The end that accepted it."""

    @property
    def accepted_contexts(self) -> Iterable[NegotiatedContext]:
        """The presentation contexts in use."""

    @property
    def dimse_timeout(self) -> float | None:
        """Seconds to wait for a message; None is forever."""


class DIMSEServiceProvider:
    """Sends and receives DIMSE messages as primitives of `dulcimer.dimse_primitives`.

    The owner passes P-DATA to `receive_primitive`, and calls `end` when the association is over. `msg_queue` holds the
    messages received, except C-CANCEL requests.
    """

    def __init__(self, assoc: AssociationForDIMSE) -> None:
        self.msg_queue: queue.Queue[QueueItem] = queue.Queue()
        self._assoc = assoc
        self._assembler: MessageAssembler | None = None
        self._cancelled: dict[int, C_CANCEL] = {}
        self._performing: set[int] = set()

    @property
    def assoc(self) -> AssociationForDIMSE:
        """The association."""
        return self._assoc

    @property
    def dul(self) -> DataProvider:
        """The upper layer of the association."""
        return self._assoc.dul

    @property
    def dimse_timeout(self) -> float | None:
        """Seconds to wait for a message; None is forever."""
        return self._assoc.dimse_timeout

    @property
    def maximum_pdu_size(self) -> int:
        """The longest P-DATA-TF that the peer accepts, in bytes; 0 for no limit."""
        peer = self._assoc.acceptor if self._assoc.is_requestor else self._assoc.requestor
        return peer.maximum_length or 0

    @property
    def cancel_rq(self) -> dict[int, C_CANCEL]:
        """The latest ten C-CANCEL requests, by the message ID that they cancel.

        They are dropped when an operation begins or ends; while several are under way, only those for that operation.
        """
        return self._cancelled

    @property
    def cancel_req(self) -> dict[int, C_CANCEL]:
        """`cancel_rq`, as it is spelled in pynetdicom's code."""
        return self.cancel_rq

    def send_msg(self, primitive: DIMSEPrimitive, context_id: int) -> None:
        """Send a message in a presentation context.

        Raises ValueError if a mandatory element is missing, EncodeError for a value that cannot be written,
        LocalProtocolError if the association is over.
        """
        message, data = primitive.to_message()
        self.transmit(context_id, message, data)
        if primitive.is_response and status_category(primitive.Status) != "Pending":
            self._ended(primitive.MessageIDBeingRespondedTo)

    def transmit(self, context_id: int, message: Any, data: bytes | None) -> None:
        """Hand the fragments of a message to the upper layer."""
        for batch in batches(context_id, message, data, self.maximum_pdu_size):
            for request in batch:
                self.dul.send_pdu(request)

    def receive_primitive(self, p_data: PData) -> None:
        """Take the P-DATA received; messages that it completes go into `msg_queue`.

        The association is aborted if it is not part of a DIMSE message.
        """
        if self._assembler is None:
            ids = (context.context_id for context in self._assoc.accepted_contexts)
            self._assembler = MessageAssembler({number for number in ids if number is not None})
        try:
            for message in self._assembler.process(values_of(p_data)):
                self.take(message)
        except DIMSEProcessingError as error:
            logger.error("aborting, the peer sent something that is not a DIMSE message: %s", error)
            self._assembler.discard()
            try:
                self.dul.send_pdu(AbortRequest())
            except LocalProtocolError:
                logger.debug("nothing to abort")
            self.end()

    def take(self, message: Message) -> None:
        """Take a complete message. Raises DIMSEProcessingError if its command field is not defined."""
        field = message.command_set.command_field
        if field not in MESSAGES or field is None:
            raise DIMSEProcessingError("the Command Field is missing or not defined", clause="PS3.7 E.1")
        data = message.data.getvalue() if isinstance(message.data, MemorySink) else None
        primitive = primitive_of(field, message.command_set.values, data)
        if isinstance(primitive, C_CANCEL):
            self._cancel(primitive)
            return
        if MESSAGES[field].response is not None and primitive.MessageID is not None:
            self._drop_cancelled(primitive.MessageID)
            self._performing.add(primitive.MessageID)
        self.msg_queue.put((message.context_id, primitive))

    def get_msg(self, block: bool = False) -> QueueItem:
        """Take the next message off the queue, as (context ID, primitive).

        With `block` wait for it, at most `dimse_timeout` seconds. (None, None) if there is none, or if the peer
        has aborted or closed the connection.
        """
        try:
            item = self.msg_queue.get(block=block, timeout=self.dimse_timeout)
        except queue.Empty:
            return None, None
        if item[0] is None:  # for other waiting threads
            self.msg_queue.put(item)
        return item

    def peek_msg(self) -> QueueItem:
        """The next message, without taking it; (None, None) if there is none."""
        with self.msg_queue.mutex:
            waiting: deque[QueueItem] = self.msg_queue.queue
            return waiting[0] if waiting else (None, None)

    def end(self) -> None:
        """The association is over: end all waits for messages."""
        self._cancelled.clear()
        self._performing.clear()
        self.msg_queue.put((None, None))

    # C-CANCEL

    def _cancel(self, primitive: C_CANCEL) -> None:
        message_id = primitive.MessageIDBeingRespondedTo
        if message_id is None:
            logger.warning("a C-CANCEL without a message ID was ignored")
            return
        self._cancelled.pop(message_id, None)
        self._cancelled[message_id] = primitive
        if len(self._cancelled) > MOST_CANCELLED:
            del self._cancelled[next(iter(self._cancelled))]

    def _ended(self, message_id: int) -> None:
        self._performing.discard(message_id)
        self._drop_cancelled(message_id)

    def _drop_cancelled(self, message_id: int) -> None:
        if self._performing:
            self._cancelled.pop(message_id, None)
        else:
            self._cancelled.clear()
