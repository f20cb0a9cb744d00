"""What a tester can do to move a target through Table 9-10: one event of the target after another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from dulcimer._generated.fsm import Events
from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.sequences.steps import TargetRole


class Act(StrEnum):
    """What the tester does, or waits for."""

    LAUNCH = "launch"
    """Starts the requestor."""
    CONNECT = "connect"
    """Opens the connection, or accepts it."""
    REFUSE = "refuse"
    """Does not accept the connection."""
    SEND = "send"
    USER = "user"
    """Waits for what the user of the target does."""
    ARTIM = "artim"
    """Waits until ARTIM has expired at the target."""
    HALF_CLOSE = "half-close"


class PduKind(StrEnum):
    """Which PDU of an event is sent, where it matters."""

    USUAL = ""
    UNSUPPORTED = "unsupported"
    """A request that the service-provider rejects: its application context is unknown."""
    UNKNOWN_TITLE = "unknown-title"
    """A request that the user rejects if it knows its own AE title."""
    NO_MESSAGE = "no-message"
    """Data that is not a DIMSE message, which makes many users abort."""
    OF_PROVIDER = "of-provider"
    """An A-ABORT of the service-provider; the usual one is of the user."""
    ANSWER = "answer"
    """The responses to what a requestor has asked for."""


class Ability(StrEnum):
    """What some targets do, and others never."""

    RELEASES = "releases"
    """An acceptor requests the release of an idle association."""
    REJECTS = "rejects"
    """The user rejects a request for an AE title that is not its own."""
    ABORTS = "aborts"
    """The user aborts when data is not a DIMSE message."""
    SENDS_LATE = "sends-late"
    """The user sends data after the tester has requested release."""


@dataclass(frozen=True, slots=True)
class Move:
    """One event of the target, and how it is brought about.

    - `joined`: in the same segment as the PDU before, so that the target has no time to leave a transient state.
    - `shows`: the PDUs that a target sends then, and the close.
    """

    act: Act
    event: Events
    kind: PduKind = PduKind.USUAL
    joined: bool = False
    shows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """The moves that bring a target into `cell`: the last one causes the event.

    - `path`: the cells that the moves lead through; a PDU that was added to them (`followed_by`) has none.
    - `needs`: what the target has to do by itself.
    - `cost`: about the time it takes, in moves without waiting.
    """

    role: TargetRole
    moves: tuple[Move, ...]
    path: tuple[Cell, ...]
    needs: frozenset[Ability]
    cost: int

    @property
    def cell(self) -> Cell:
        """The cell that it is about."""
        return self.path[-1]

    def followed_by(self, event: Events) -> Script:
        """The script with one more PDU in the segment of the last one: it shows what the cell has led to."""
        move = Move(Act.SEND, event, joined=self.moves[-1].act is Act.SEND)
        return replace(self, moves=(*self.moves, move), cost=self.cost + 1)

    @property
    def waits_for_timers(self) -> bool:
        """Whether it waits until a timer of the target expires, or until its user has been idle for long."""
        return any(
            move.act is Act.ARTIM or (move.act is Act.USER and move.event is Events.EVT_11 and self.role == "acceptor")
            for move in self.moves
        )

    @property
    def places(self) -> tuple[int, ...]:
        """The positions of the moves that send a PDU, in whose place a changed one can be sent."""
        return tuple(index for index, move in enumerate(self.moves) if move.act is Act.SEND)
