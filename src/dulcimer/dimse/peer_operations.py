"""The operations that the peer requests, within the window that this end grants, sans-IO."""

from __future__ import annotations

import logging
from collections import deque

from dulcimer._generated.commands import MESSAGES, STATUSES
from dulcimer._generated.statuses import (
    DUPLICATE_INVOCATION,
    MISTYPED_ARGUMENT,
    UNRECOGNIZED_OPERATION,
)
from dulcimer.dimse.command_values import comment
from dulcimer.dimse.dialogue_events import Asked, DialogueEvent, Failure, MayRelease, MustAbort, MustRefuse
from dulcimer.dimse.messages import Message
from dulcimer.dimse.negotiated import Negotiated
from dulcimer.dimse.responses import RESPONSE
from dulcimer.errors import DIMSEProcessingError

logger = logging.getLogger("dulcimer.dimse")


_MOST_WAITING = 8
"""Requests beyond the window that may wait; beyond that, nothing more is read from the peer."""
_MOST_WAITING_LENGTH = 64 << 10
"""Bytes received since the first of them, with the same effect."""
_MOST_PERFORMED = 256
"""Operations performed side by side where the window sets no limit; further ones wait."""
_MOST_CANCELLED = 10


class PeerOperations:
    """Decides when requests are performed, and which are refused; events are appended to `events`."""

    def __init__(self, negotiated: Negotiated, events: list[DialogueEvent]) -> None:
        self.cancelled: deque[int] = deque(maxlen=_MOST_CANCELLED)
        """Message IDs that the peer has cancelled (C-CANCEL), the latest ten."""
        self._negotiated = negotiated
        self._events = events
        self._performing: dict[int, Message] = {}
        self._running = 0
        self._waiting: deque[Message] = deque()
        self._waiting_length = 0
        self._release_wanted = False

    def ask(self, message: Message, length: int) -> None:
        """The peer requests an operation, with `length` bytes; it waits while the window is full."""
        message_id = message.command_set.value("message_id")
        if message_id not in self._performing:
            self._forget_cancel(message_id)  # of an earlier operation with this ID
        if self._has_room:
            self._ask(message)
        else:
            self._waiting.append(message)
            self._waiting_length += length

    @property
    def is_crowded(self) -> bool:
        """Whether so many requests wait that nothing more may be received until some are performed."""
        return len(self._waiting) >= _MOST_WAITING or self._waiting_length >= _MOST_WAITING_LENGTH

    def performed(self, message: Message) -> None:
        """An operation of the peer is performed: its last response is sent, or cannot be sent."""
        self._running -= 1
        message_id = message.command_set.value("message_id")
        if self._performing.get(message_id) is message:
            del self._performing[message_id]
            self._forget_cancel(message_id)
        while self._waiting and self._has_room:
            self._ask(self._waiting.popleft())
        if len(self._waiting) < _MOST_WAITING:
            self._waiting_length = 0
        self._release_when_idle()

    def ask_release(self) -> None:
        """The peer asks for release, which waits for the operations under way (PS3.8 9.2.3 AR-7)."""
        self._release_wanted = True
        self._release_when_idle()

    def failure(self, message: Message, status: int, problem: str | None = None) -> Failure | None:
        """A failure response to a request, whose data set is dropped; None if it has no message ID to respond to."""
        if message.data is not None:
            message.data.discard()
        command = message.command_set
        field, message_id = command.command_field, command.value("message_id")
        logger.warning("a request is answered with status %04XH: %s", status, problem or STATUSES[status].meaning)
        if field is None or message_id is None:
            return None
        return Failure(field | RESPONSE, message_id, status, comment(problem) if problem else None)

    @property
    def _has_room(self) -> bool:
        return self._running < (self._negotiated.perform_window or _MOST_PERFORMED)

    def _ask(self, message: Message) -> None:
        command = message.command_set
        try:
            request = command.message()
        except DIMSEProcessingError as error:
            known = command.command_field is None or command.command_field in MESSAGES
            self._refuse(message, MISTYPED_ARGUMENT if known else UNRECOGNIZED_OPERATION, str(error))
            return
        message_id = request.message_id
        if message_id in self._performing:
            self._refuse(message, DUPLICATE_INVOCATION)
        elif request.info.response is None:
            self._refuse(message, UNRECOGNIZED_OPERATION)
        else:
            self._running += 1
            self._performing[message_id] = message
            self._events.append(Asked(message, request))

    def _refuse(self, message: Message, status: int, problem: str | None = None) -> None:
        failure = self.failure(message, status, problem)
        if failure is None:
            self._events.append(MustAbort(None))
        else:
            self._running += 1
            self._events.append(MustRefuse(message, failure))

    def _forget_cancel(self, message_id: int | None) -> None:
        if message_id is not None and message_id in self.cancelled:
            self.cancelled.remove(message_id)

    def _release_when_idle(self) -> None:
        if self._release_wanted and not self._running:
            self._release_wanted = False
            self._events.append(MayRelease())

    def stop(self) -> None:
        """The association is over: drop the requests that wait."""
        while self._waiting:
            sink = self._waiting.popleft().data
            if sink is not None:
                sink.discard()
