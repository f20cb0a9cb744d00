"""Which cells one target can be driven into: Table 9-10 says where a tester can try, and the tries say where it gets.

Two things are up to the target. In some states it waits for its own user: a tester can only send more in the same
segment, and a target whose user answers at once has left the state when it reads that. And some cells need a user that
acts by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from functools import cache

from dulcimer.conformance.model.oracle import CLOSE, Cell, PossibleStates, VisibleOutput, outputs
from dulcimer.counting import counted
from dulcimer.fuzz.oracle.automaton import Automaton, Situation
from dulcimer.fuzz.oracle.inputs import CLOSED, Input
from dulcimer.fuzz.oracle.referee import Judgement, Referee
from dulcimer.fuzz.sequences.moves import Ability, Act, Move, Script
from dulcimer.fuzz.sequences.planner import AWAITS_USER, Planner
from dulcimer.fuzz.sequences.steps import TargetRole

_ENOUGH = 3
"""Visits that were all missed, after which a cell counts as beyond reach."""
_NEVER = {
    Ability.RELEASES: "the target did not request the release of an idle association",
    Ability.REJECTS: "the user of the target did not reject a request for another title",
    Ability.ABORTS: "the user of the target did not abort when data was not a message",
    Ability.SENDS_LATE: "the user of the target sent no data after a request for release",
}
_LEAVES = "the target left this state before it took what came in the same segment"


@cache
def planner_of(role: TargetRole) -> Planner:
    """All scripts for targets of a role."""
    return Planner(role)


def beyond_reach(
    role: TargetRole, certain: Set[Cell], visits: Mapping[Cell, int], missed: Mapping[Cell, int]
) -> dict[Cell, str]:
    """The cells that a tester can try, and this target is never in, and why: what was seen, and how often.

    `certain`: those that it was surely in. `visits`, `missed`: tries to visit a cell, and those in which it surely
    was not. With too few tries a cell is not beyond reach: it was not visited yet.
    """
    scripts = planner_of(role).scripts
    lacking = {ability for ability in Ability if _is_lacking(ability, scripts, certain, visits, missed)}
    found: dict[Cell, str] = {}
    for cell, script in scripts.items():
        if cell in certain:
            continue
        tries = f"{missed.get(cell, 0)} of {counted(visits.get(cell, 0), 'try', 'tries')}"
        never = sorted(script.needs & lacking)
        if never:
            found[cell] = _NEVER[never[0]]
        elif cell[1] in AWAITS_USER and _is_missed(cell, visits, missed):
            found[cell] = f"{_LEAVES}: {tries}"
        elif script.needs and _is_missed(cell, visits, missed):
            found[cell] = f"{_NEVER[min(script.needs)]}: {tries}"
    return found


@cache
def tellable_cells(role: TargetRole) -> frozenset[Cell]:
    """The cells that what a target shows can tell from all others, on one of the ways there."""
    planner, automaton = planner_of(role), Automaton(role)
    referee = Referee(Judgement(role))
    referee.connected()
    ways = (way for cell in planner.scripts for way in planner.ways(cell))
    told = (cell for way in ways for cell in _told(way, automaton))
    return frozenset(planner.scripts) & frozenset((*told, *referee.certain))


# ---------------------------------------------------------------------- what was missed


def _is_missed(cell: Cell, visits: Mapping[Cell, int], missed: Mapping[Cell, int]) -> bool:
    return visits.get(cell, 0) == missed.get(cell, 0) >= _ENOUGH


def _is_lacking(
    ability: Ability,
    scripts: Mapping[Cell, Script],
    certain: Set[Cell],
    visits: Mapping[Cell, int],
    missed: Mapping[Cell, int],
) -> bool:
    """Whether the target was asked for what it may do by itself, and never did it: the nearest cell shows that."""
    needing = [cell for cell, script in scripts.items() if ability in script.needs]
    if not needing or any(cell in certain for cell in needing):
        return False
    nearest = min(needing, key=lambda cell: (len(scripts[cell].needs), scripts[cell].cost))
    enough = 1 if scripts[nearest].waits_for_timers else _ENOUGH
    return visits.get(nearest, 0) == missed.get(nearest, 0) >= enough


# ---------------------------------------------------------------------- what can be told


def _told(script: Script, automaton: Automaton) -> Iterator[Cell]:
    """The cells that are certain if a target goes through this script, closes in time, and shows what is due."""
    moves = script.moves
    if not any(move.act is Act.CONNECT for move in moves):
        return
    situation, waits = automaton.start, any(move.act is Act.ARTIM for move in moves)
    due: list[VisibleOutput] = []
    for move, cell, following in zip(moves, script.path, (*moves[1:], None), strict=True):
        situation = _after(situation, move)
        due += _shown(move, cell, script.role)
        if following is not None and following.act is Act.SEND and following.joined:
            continue
        for output in due:
            is_close = output.name == CLOSE
            source = max(output.sources, default=None)
            arrival = situation.closed(soon=not waits) if is_close else situation.seen(output.name, source)
            if arrival is None:
                return
            yield from arrival.verdict.certain
            if is_close:
                return
            situation = arrival.situation
        due = []
    if moves[-1].act is not Act.HALF_CLOSE:
        situation = situation.sent(CLOSED)
    arrival = situation.closed(soon=not waits)
    if arrival is not None:
        yield from arrival.verdict.certain


def _shown(move: Move, cell: Cell, role: TargetRole) -> tuple[VisibleOutput, ...]:
    """What a target shows in this cell, with the Source of an A-ABORT; the PDUs are those of the move."""
    table = PossibleStates(is_requestor=role == "requestor")
    shown = (outputs(outcome) for outcome in table.outcomes_of(cell))
    return next((found for found in shown if tuple(output.name for output in found) == move.shows), ())


def _after(situation: Situation, move: Move) -> Situation:
    match move.act:
        case Act.SEND:
            return situation.sent(Input.of(move.event))
        case Act.HALF_CLOSE:
            return situation.sent(CLOSED)
        case _:
            return situation
