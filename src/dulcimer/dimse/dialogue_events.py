"""The events of a dialogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from dulcimer.dimse.messages import Message
from dulcimer.errors import AssociationError


class Outstanding(Protocol):
    """A request of this end to which responses are expected."""

    @property
    def request(self) -> Any:
        """The message that is sent."""

    def is_final(self, status: int) -> bool:
        """Whether the response with this status is the last one."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure response without a service; `status` as in PS3.7 Annex C."""

    command_field: int
    message_id_being_responded_to: int
    status: int
    error_comment: str | None = None


@dataclass(frozen=True, slots=True)
class Responded:
    """A response to an operation of this end was received."""

    operation: Outstanding
    message: Message


@dataclass(frozen=True, slots=True)
class MayBegin:
    """The window has room for an operation that was waiting: its request may be sent."""

    operation: Outstanding


@dataclass(frozen=True, slots=True)
class Asked:
    """The peer requests an operation: perform it, and call `Dialogue.peer.performed` when the last response is sent."""

    message: Message
    request: Any


@dataclass(frozen=True, slots=True)
class MustRefuse:
    """The peer requests something that cannot be performed: send the failure, and call `Dialogue.peer.performed`."""

    message: Message
    failure: Failure


@dataclass(frozen=True, slots=True)
class MayRelease:
    """The peer has asked for release, and all operations that it requested before are performed."""


@dataclass(frozen=True, slots=True)
class MustAbort:
    """The association cannot continue; `error` says why, None if there is nothing to explain."""

    error: AssociationError | None


DialogueEvent: TypeAlias = Responded | MayBegin | Asked | MustRefuse | MayRelease | MustAbort
