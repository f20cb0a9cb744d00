"""What a dialogue tells its owner."""

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
    """A response to a request that no service takes; `status` as in PS3.7 Annex C."""

    command_field: int
    message_id_being_responded_to: int
    status: int
    error_comment: str | None = None


@dataclass(frozen=True, slots=True)
class Responded:
    """A response to an operation of this end has come."""

    operation: Outstanding
    message: Message


@dataclass(frozen=True, slots=True)
class MayBegin:
    """There is a place in the window for an operation that waited for one: its request may be sent."""

    operation: Outstanding


@dataclass(frozen=True, slots=True)
class Asked:
    """The peer asks for an operation: perform it, and call `Dialogue.performed` when the last answer has left."""

    message: Message
    request: Any


@dataclass(frozen=True, slots=True)
class MustRefuse:
    """The peer asks for what cannot be performed: send the failure, and call `Dialogue.performed`."""

    message: Message
    failure: Failure


@dataclass(frozen=True, slots=True)
class MayRelease:
    """The peer has asked for release, and all that it asked for before is performed."""


@dataclass(frozen=True, slots=True)
class MustAbort:
    """The association cannot go on; `error` says why, None where there is nothing to explain."""

    error: AssociationError | None


DialogueEvent: TypeAlias = Responded | MayBegin | Asked | MustRefuse | MayRelease | MustAbort
