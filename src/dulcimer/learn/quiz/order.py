"""Questions about the order of PDUs: which of them does Table 9-10 not allow where it comes?"""

from __future__ import annotations

import random
from functools import cache
from typing import Final, NamedTuple

from dulcimer._generated.fsm import ACTIONS, EVENTS, STATES, TABLE, Events, States
from dulcimer.learn.play.ends import OTHER
from dulcimer.learn.play.game import Game
from dulcimer.learn.play.moves import SENDABLE, MoveKind, PlayMove, parse_move
from dulcimer.learn.quiz.cells import TABLE_CLAUSE
from dulcimer.learn.quiz.question import OPTIONS, QuizQuestion
from dulcimer.trace.records import ENDS, MachineStep

_SCRIPT: Final = (
    "r request; a receive; r receive; a receive; a accept; r receive; r data; a receive; a data; r receive; "
    "r data; a receive; a data; r receive; r release; a receive; a respond"
)
"""An association with two operations; each PDU arrives before the next one is sent."""
_REFUSING: Final = frozenset(("AA-1", "AA-7", "AA-8"))


class QuizPdu(NamedTuple):
    """A PDU, and which end sends it."""

    sender: str
    pdu: str


class PlantedPdu(NamedTuple):
    """What could be planted before the PDU of this place, and the cell of its receiver."""

    place: int
    sent: QuizPdu
    event: Events
    state: States


def spot_the_order(chance: random.Random) -> QuizQuestion:
    """Which PDU comes where the table does not allow it? Wrong answers are PDUs around it."""
    plant = chance.choice(_plants())
    sent = [one for one, _ in _played()]
    sent.insert(plant.place, plant.sent)
    first = min(max(0, plant.place - chance.randrange(OPTIONS)), len(sent) - OPTIONS)
    shown = range(first, first + OPTIONS)
    lines = tuple(f"{number:2}  {one.sender} sends {one.pdu}" for number, one in enumerate(sent, 1))
    options = tuple(f"number {place + 1}: {sent[place].pdu} of the {sent[place].sender}" for place in shown)
    action = TABLE[plant.event, plant.state]
    receiver = OTHER[plant.sent.sender]
    why = (
        f"It reaches the {receiver} in {STATES[plant.state].label}: {EVENTS[plant.event].label} there is {action}. "
        f"{ACTIONS[action].description}"
    )
    look = f"{STATES[plant.state].label} {EVENTS[plant.event].label}"
    text = "One of these PDUs is sent where Table 9-10 does not allow it. Which one?"
    return QuizQuestion("spot the order", text, lines, options, plant.place - first, why, TABLE_CLAUSE, look, receiver)


@cache
def _played() -> list[tuple[QuizPdu, list[PlayMove]]]:
    """Each PDU of the lawful association, with the moves before it."""
    game, found = Game(), []
    for move in map(parse_move, _SCRIPT.split(";")):
        before = list(game.moves)
        waiting = {end: len(game.association.wire[end]) for end in ENDS}
        game.play(move)
        for end in ENDS:
            for one in list(game.association.wire[end])[waiting[end] - (move == PlayMove(MoveKind.RECEIVE, end)) :]:
                if one.transport is None:
                    found.append((QuizPdu(OTHER[end], one.name), before))
    return found


@cache
def _plants() -> list[PlantedPdu]:
    """All that could be planted: each PDU, of each end, wherever its receiver answers it with an abort."""
    found = []
    for place, (_, moves) in enumerate(_played()):
        for end in ENDS:
            for name in SENDABLE:
                game = Game(moves)
                move = PlayMove(MoveKind.SEND, end, pdu=name)
                if not game.allows(move) or game.association.wire[OTHER[end]]:
                    continue
                game.play(move)
                sent = QuizPdu(end, game.association.wire[OTHER[end]][0].name)
                played = game.play(PlayMove(MoveKind.RECEIVE, OTHER[end]))
                step = next(record for record in played.records if isinstance(record, MachineStep))
                if step.action in _REFUSING:
                    cell = Events.from_label(step.event), States.from_label(step.state)
                    found.append(PlantedPdu(place, sent, *cell))
    return found
