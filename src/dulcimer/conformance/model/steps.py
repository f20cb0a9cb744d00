"""What the tester does in a case, one thing at a time: a closed set of steps.

Each has a `label` for the report, the `events` that it causes at the peer, and a `verb` for the plan.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, TypeAlias

from dulcimer._generated.conformance import Echo
from dulcimer._generated.fsm import EVENTS, Events
from dulcimer._generated.requestor import AcceptanceVariant, Response


@dataclass(frozen=True, slots=True)
class Oversize:
    """A message with a data set longer than the peer accepts."""

    echo: Echo


Made: TypeAlias = AcceptanceVariant | Response | Oversize
"""What is made only when it is sent, because it depends on what the peer has sent."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send `data`, then what is `made`; octet by octet, or with a pause after the first `split` bytes.

    `meanwhile`: the number of bytes after which the peer may answer before the rest has arrived; 0 if it needs all.
    """

    label: str
    data: bytes = field(default=b"", repr=False)
    events: tuple[Events, ...] = ()
    split: int = 0
    meanwhile: int = 0
    octets: bool = False
    made: Made | None = None
    verb: ClassVar[str] = "send"


@dataclass(frozen=True, slots=True)
class Connect:
    """Open a connection: event 5 at a peer that accepts associations."""

    label: ClassVar[str] = "connect"
    events: ClassVar[tuple[Events, ...]] = (Events.EVT_5,)
    verb: ClassVar[str] = "connect"


@dataclass(frozen=True, slots=True)
class Accept:
    """Accept the connection of a peer that requests associations."""

    label: ClassVar[str] = "accept"
    events: ClassVar[tuple[Events, ...]] = ()
    verb: ClassVar[str] = "accept"


@dataclass(frozen=True, slots=True)
class Expect:
    """Wait for what fits the pattern, for the time that a peer has to react."""

    pattern: str
    events: ClassVar[tuple[Events, ...]] = ()
    verb: ClassVar[str] = "expect"

    @property
    def label(self) -> str:
        """The pattern."""
        return self.pattern


@dataclass(frozen=True, slots=True)
class Await:
    """Wait for what fits the pattern, for the declared time until the peer releases an idle association."""

    pattern: str
    events: ClassVar[tuple[Events, ...]] = ()
    verb: ClassVar[str] = "await"

    @property
    def label(self) -> str:
        """The pattern."""
        return self.pattern


@dataclass(frozen=True, slots=True)
class AwaitRequest:
    """Wait for a whole DIMSE request."""

    label: ClassVar[str] = "a DIMSE request"
    events: ClassVar[tuple[Events, ...]] = ()
    verb: ClassVar[str] = "request"


@dataclass(frozen=True, slots=True)
class Serve:
    """Answer the requests of the peer until something comes that fits the pattern."""

    pattern: str
    events: ClassVar[tuple[Events, ...]] = ()
    verb: ClassVar[str] = "serve"

    @property
    def label(self) -> str:
        """The pattern."""
        return self.pattern


class CloseMode(StrEnum):
    """How the tester ends a connection: with FIN, with RST, or only its own direction."""

    FIN = "fin"
    RST = "rst"
    HALF_CLOSE = "half-close"


@dataclass(frozen=True, slots=True)
class Leave:
    """End the connection: event 17 at the peer."""

    how: CloseMode
    events: ClassVar[tuple[Events, ...]] = (Events.EVT_17,)

    @property
    def label(self) -> str:
        """How."""
        return str(self.how)

    @property
    def verb(self) -> str:
        """How."""
        return str(self.how)


@dataclass(frozen=True, slots=True)
class Refuse:
    """Do not accept the connection; `label` says how."""

    label: str
    events: ClassVar[tuple[Events, ...]] = ()
    verb: ClassVar[str] = "refuse"


@dataclass(frozen=True, slots=True)
class Reach:
    """Go to the next state on the way, by an event that the tester or the local user causes."""

    event: Events
    verb: ClassVar[str] = "event"

    @property
    def label(self) -> str:
        """The event."""
        return self.event.label

    @property
    def events(self) -> tuple[Events, ...]:
        """The event."""
        return (self.event,)


@dataclass(frozen=True, slots=True)
class IssuePrimitive:
    """Have the local user of the peer issue the primitive of an event."""

    event: Events
    verb: ClassVar[str] = "primitive"

    @property
    def label(self) -> str:
        """The primitive."""
        return EVENTS[self.event].subject

    @property
    def events(self) -> tuple[Events, ...]:
        """The event."""
        return (self.event,)


Step: TypeAlias = (
    Send | Connect | Accept | Expect | Await | AwaitRequest | Serve | Leave | Refuse | Reach | IssuePrimitive
)


def data_of(step: Step) -> bytes:
    """The bytes that a step sends whatever the peer does; none if it sends nothing, or what is made later."""
    return step.data if isinstance(step, Send) else b""
