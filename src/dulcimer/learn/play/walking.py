"""Walks through Table 9-10: by chance, or so that every filled cell is visited."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from typing import Final

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import EVENT_OF_PDU, EVENTS, TABLE, Events, States
from dulcimer.learn.play.ends import OTHER
from dulcimer.learn.play.game import Game
from dulcimer.learn.play.moves import JUNK, SENDABLE, USER_WORDS, MoveKind, PlayMove
from dulcimer.trace.records import ENDS, MachineStep

CELLS: Final = frozenset((state.label, event.label) for event, state in TABLE)
"""The filled cells, by the labels of state and event."""
_WEIGHTS: Final = {
    MoveKind.ISSUE: 4.0,
    MoveKind.RECEIVE: 6.0,
    MoveKind.TIMEOUT: 0.3,
    MoveKind.SEND: 0.3,
    MoveKind.CUT: 0.1,
}
_ABORTING: Final = 0.3
_PDU_OF: Final = {EVENT_OF_PDU[kind.label]: kind.label for kind in PduType} | {Events.EVT_19: JUNK}


def random_walk(seed: int, steps: int, *, faults: bool = False) -> list[PlayMove]:
    """So many moves by chance, the same for the same seed; with `faults`, ends also send what they must not."""
    chance = random.Random(seed)  # noqa: S311  (it chooses moves of a game)
    game = Game()
    for _ in range(steps):
        choices = list(game.choices())
        if faults:
            planted = (PlayMove(MoveKind.SEND, end, pdu=name) for end in ENDS for name in SENDABLE)
            choices += [move for move in planted if game.allows(move)]
        game.play(chance.choices(choices, [_weight(move) for move in choices])[0])
    return game.moves


def _weight(move: PlayMove) -> float:
    return _ABORTING if move.event is Events.EVT_15 else _WEIGHTS[move.kind]


def covering_walks() -> Iterator[list[PlayMove]]:
    """The moves of one association after the other; together they visit every filled cell, by one end or the other.

    Each goes the shortest way to a cell that none before it has visited.
    """
    ways = list(_lawful_ways())
    visited: set[tuple[str, str]] = set()
    for event in Events:
        for state in States:
            if (event, state) not in TABLE or (state.label, EVENTS[event].label) in visited:
                continue
            moves = _way_to(event, state, ways)
            if moves is not None:
                visited |= visited_by(moves)
                yield moves


def visited_by(moves: list[PlayMove]) -> set[tuple[str, str]]:
    """The cells that both machines visit, by the labels of state and event."""
    game = Game()
    records = [record for move in moves for record in game.play(move).records]
    return {(record.state, record.event) for record in records if isinstance(record, MachineStep)}


def _lawful_ways() -> Iterator[tuple[list[PlayMove], Game]]:
    """The shortest ways to all that can be, without data, aborts, losses and mistakes; the shortest come first."""
    waiting: deque[list[PlayMove]] = deque([[]])
    known: set[object] = set()
    while waiting:
        moves = waiting.popleft()
        game = Game(moves)
        if (key := _key(game)) in known or game.association.is_over:
            continue
        known.add(key)
        yield moves, game
        for move in game.choices():
            if move.kind is MoveKind.RECEIVE or (
                move.kind is MoveKind.ISSUE and move.event not in (Events.EVT_9, Events.EVT_15)
            ):
                waiting.append([*moves, move])


def _key(game: Game) -> object:
    association = game.association
    return tuple((association.state(end), tuple(one.name for one in association.wire[end])) for end in ENDS)


def _way_to(event: Events, state: States, ways: list[tuple[list[PlayMove], Game]]) -> list[PlayMove] | None:
    """The moves of the shortest way to a cell; None if there is none."""
    for moves, game in ways:
        for end in ENDS:
            if game.association.state(end) is state and (last := _last_moves(event, end, game)):
                return [*moves, *last]
    return None


def _last_moves(event: Events, end: str, game: Game) -> list[PlayMove]:
    """The moves that make the event happen at this end, whose wire brings nothing else before; none if impossible."""
    wire = game.association.wire[end]
    receive = PlayMove(MoveKind.RECEIVE, end)
    if wire:
        return [receive] if wire[0].event is event else []
    if event in _PDU_OF:
        found = [PlayMove(MoveKind.SEND, OTHER[end], pdu=_PDU_OF[event]), receive]
    elif event in USER_WORDS:
        found = [PlayMove(MoveKind.ISSUE, end, event)]
    elif event is Events.EVT_17:
        found = [PlayMove(MoveKind.CUT)]
    elif event is Events.EVT_18:
        found = [PlayMove(MoveKind.TIMEOUT, end)]
    else:
        return []
    return found if game.allows(found[0]) else []
