"""What a move did, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer._generated.fsm import ACTIONS, EVENTS, TABLE, Events, States
from dulcimer.learn.play.ends import PlayedAssociation
from dulcimer.learn.play.game import Game, PlayedMove
from dulcimer.learn.play.moves import MoveKind, PlayMove
from dulcimer.trace.records import ArtimChanged, MachineStep, PrimitivePassed
from dulcimer.trace.words import step_text


def told(played: PlayedMove) -> Iterator[tuple[str, str]]:
    """The steps of a move: a line, and what it means."""
    if played.move.kind is MoveKind.SEND:
        yield f"{played.move.end}: sends {played.move.pdu} by mistake", "Its machine knows nothing of it."
    for record in played.records:
        match record:
            case MachineStep(action=action):
                info = ACTIONS[action]
                yield step_text(record), f"{info.description} ({info.clause})"
            case PrimitivePassed(fsm, primitive):
                yield f"{fsm}: its user gets {primitive}", ""
            case ArtimChanged(fsm, timer, change):
                yield f"{fsm}: {timer} {change}", ""
            case _:
                pass


def preview(association: PlayedAssociation, move: PlayMove) -> str:
    """What would happen: the cell of the move and its action; "" for a move without a cell."""
    event = association.event_of(move)
    if event is None:
        return ""
    return cell_text(association.state(move.end), event)


def cell_text(state: States, event: Events) -> str:
    """A cell in short: ``Sta6 + Evt12 -> AR-2``."""
    return f"{state.label} + {EVENTS[event].label} -> {TABLE.get((event, state), 'blank')}"


def purpose(game: Game, move: PlayMove) -> str:
    """What a move is, in words."""
    match move.kind:
        case MoveKind.ISSUE:
            assert move.event is not None
            return EVENTS[move.event].subject
        case MoveKind.RECEIVE:
            return f"what arrives: {game.association.wire[move.end][0].name}"
        case MoveKind.TIMEOUT:
            return "ARTIM expires"
        case MoveKind.CUT:
            return "the connection is lost, and all on it"
        case MoveKind.SEND:
            return "its machine does not do this"
