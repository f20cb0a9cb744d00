"""The operations that this end requests, within the window that the peer grants, sans-IO."""

from __future__ import annotations

import logging
from collections import deque
from itertools import count
from typing import Any

from dulcimer._generated.commands import CGetRq
from dulcimer.dimse.dialogue_events import DialogueEvent, MayBegin, MustAbort, Outstanding, Responded
from dulcimer.dimse.messages import Message
from dulcimer.dimse.negotiated import Negotiated
from dulcimer.dimse.responses import deviation_of, problem_of
from dulcimer.errors import AssociationTimeout, DIMSEProcessingError

logger = logging.getLogger("dulcimer.dimse")

_MOST_IDS = 0xFFFF


class OwnOperations:
    """Matches responses to requests by their message IDs; events are appended to `events`.

    At most as many requests are outstanding as the peer allows (PS3.7 D.3.3.3). A response may take `dimse_timeout`
    seconds once somebody waits for it; None is forever.
    """

    def __init__(self, negotiated: Negotiated, events: list[DialogueEvent], dimse_timeout: float | None) -> None:
        self.dimse_timeout = dimse_timeout
        self.outstanding: dict[int, Outstanding] = {}
        """Those under way, by message ID."""
        self._negotiated = negotiated
        self._events = events
        self._is_over = False
        self._heard_at = 0.0
        self._message_ids = count(1)
        self._begun: set[int] = set()
        self._queue: deque[Outstanding] | None = None
        self._waits: dict[int, tuple[float, float | None]] = {}
        self._next_check: float | None = None

    def next_message_id(self, wished: int | None = None) -> int:
        """An ID that no outstanding operation has, 1 to 65535; `wished` if that is free.

        Raises ValueError if all are in use.
        """
        if len(self.outstanding) >= _MOST_IDS:
            raise ValueError(f"{_MOST_IDS} operations are under way, and a message ID is 1 to {_MOST_IDS} (PS3.7 E.1)")
        if wished is not None and wished not in self.outstanding:
            return wished
        while (message_id := next(self._message_ids) & 0xFFFF) in self.outstanding or not message_id:
            pass
        return message_id

    def expect(self, operation: Outstanding) -> None:
        """Expect responses to a request, until `finish`, whether there is room in the window or not.

        Raises ValueError if another operation under way has its message ID.
        """
        message_id = operation.request.message_id
        if message_id in self.outstanding:
            raise ValueError(f"message ID {message_id} is in use by an operation under way (PS3.7 9.1, 10.1)")
        self.outstanding[message_id] = operation

    def begin(self, operation: Outstanding) -> bool:
        """Expect responses to a request; True if it may be sent now, else a `MayBegin` event follows.

        At most as many operations are outstanding as the peer allows. Raises ValueError as `expect` does.
        """
        self.expect(operation)
        if not self._is_over and len(self._begun) >= (self._negotiated.invoke_window or _MOST_IDS):
            self._queue = self._queue or deque()
            self._queue.append(operation)
            return False
        self._begun.add(operation.request.message_id)
        return True

    def finish(self, message_id: int) -> None:
        """Stop expecting responses to that request."""
        operation = self.outstanding.pop(message_id, None)
        self._waits.pop(message_id, None)
        if operation is not None and self._queue and operation in self._queue:
            self._queue.remove(operation)
        self._leave(message_id)

    def await_response(self, operation: Outstanding, now: float) -> None:
        """Somebody waits for the next response to an operation, which may take `dimse_timeout` from now on.

        While the instances of a C-GET arrive, its responses are not overdue: they may all follow the last instance.
        """
        seconds = self.dimse_timeout
        self._waits[operation.request.message_id] = now, seconds
        if seconds is not None and (self._next_check is None or now + seconds < self._next_check):
            self._next_check = now + seconds

    def await_no_response(self, operation: Outstanding) -> None:
        """Nobody waits for its response any more."""
        self._waits.pop(operation.request.message_id, None)

    @property
    def waiting_for(self) -> tuple[Any, float] | None:
        """A request of this end whose response somebody waits for, and since when; None if nobody waits."""
        for message_id, (since, _) in self._waits.items():
            return self.outstanding[message_id].request, since
        return None

    def next_deadline(self) -> float | None:
        """When `handle_timeout` may have something to do; None while nothing is waited for."""
        return self._next_check if self._waits else None

    def handle_timeout(self, now: float) -> None:
        """Ask for an abort of the association if a response is overdue."""
        if self._next_check is None or now < self._next_check:
            return
        dues = []
        for message_id, (since, seconds) in self._waits.items():
            if seconds is None:
                continue
            is_get = isinstance(self.outstanding[message_id].request, CGetRq)
            due = (max(since, self._heard_at) if is_get else since) + seconds
            dues.append(due)
            if now >= due:
                error = AssociationTimeout(f"no response came within {seconds:g} s", seconds=seconds)
                self._events.append(MustAbort(error))
        self._next_check = min((due for due in dues if due > now), default=None)

    # Called by the dialogue

    def note_progress(self, now: float) -> None:
        """The peer made progress, so that the responses to a C-GET are not overdue."""
        self._heard_at = now

    def respond(self, message: Message) -> None:
        """A response was received. Raises DIMSEProcessingError if it does not answer its request."""
        command = message.command_set
        message_id = command.value("message_id_being_responded_to")
        operation = self.outstanding.get(message_id)
        if operation is not None:
            if problem := problem_of(operation.request, command):
                raise DIMSEProcessingError(problem, clause="PS3.7 9.1, 10.1")
            if deviation := deviation_of(operation.request, command):
                logger.warning("a response of the peer does not match its request: %s (PS3.7 9.1, 10.1)", deviation)
            self._waits.pop(message_id, None)
            self._events.append(Responded(operation, message))
            if operation.is_final(command.value("status")):
                self._leave(message_id)
        elif message_id is None and self.outstanding:
            raise DIMSEProcessingError(
                "a response without Message ID Being Responded To (0000,0120)", clause="PS3.7 9.3, 10.3"
            )
        else:
            logger.warning("a response to message %s, which is not outstanding, was ignored", message_id)

    def stop(self) -> None:
        """The association is over: stop all waits."""
        self._is_over = True
        self._waits.clear()

    def _leave(self, message_id: int) -> None:
        """Free its place in the window."""
        self._begun.discard(message_id)
        while self._queue and len(self._begun) < (self._negotiated.invoke_window or _MOST_IDS):
            operation = self._queue.popleft()
            self._begun.add(operation.request.message_id)
            self._events.append(MayBegin(operation))
