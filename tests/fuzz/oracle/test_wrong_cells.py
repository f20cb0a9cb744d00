"""A target with one wrong cell is found out: by the sequence that shows it, and mostly by a script of the planner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import pytest

from dulcimer._generated.fsm import Events
from dulcimer.conformance.model.oracle import CLOSE
from dulcimer.fuzz.oracle.automaton import Automaton, Situation
from dulcimer.fuzz.oracle.inputs import Input
from dulcimer.fuzz.sequences.moves import Act, PduKind, Script
from dulcimer.fuzz.sequences.planner import RECEIVED, Planner
from selftest.model import (
    NO_MESSAGE,
    PROVIDER_REFUSES,
    ROLES,
    USER_REFUSES,
    Model,
    Role,
    Shown,
    Step,
)
from selftest.mutants import TABLE_ROWS, Mutant, Rows, mutants
from selftest.visibility import sight_of

EVERY = 61
"""One of so many mutants; all of them take minutes."""
MUTANTS = mutants()[::EVERY]
AUTOMATA = {role: Automaton(role) for role in ROLES}
KINDS = {
    PduKind.UNSUPPORTED: PROVIDER_REFUSES,
    PduKind.UNKNOWN_TITLE: USER_REFUSES,
    PduKind.NO_MESSAGE: NO_MESSAGE,
}


def unexplained(role: Role, rows: Rows, steps: Sequence[Step]) -> str:
    """What a target with this table shows in these steps and nothing explains, "" if all is explained."""
    model, situation = Model(rows, role), AUTOMATA[role].start
    peer, shown = model.start()
    if not peer.connected:
        return ""  # nothing obliges a requestor to connect
    begun, why = explained(situation, shown, artim=False)
    for step in steps:
        if why or begun is None or not peer.connected:
            break
        for event in step.events:
            begun = begun.sent(Input.of(event))
        peer, shown = model.after(peer, step)
        begun, why = explained(begun, shown, artim=not step.events and not step.local and not shown)
    return why


def explained(situation: Situation, shown: Iterable[Shown], *, artim: bool) -> tuple[Situation | None, str]:
    for name, source in shown:
        arrival = situation.seen(name, source)
        if arrival is None:
            return None, name
        if name == CLOSE:
            return None, ""
        situation = arrival.situation
    arrival = situation.outlasted() if artim else situation.silent()
    return (None, "silence") if arrival is None else (arrival.situation, "")


def steps_of(script: Script) -> tuple[Step, ...]:
    """The script for a model whose user acts by itself."""
    found: list[Step] = []
    for move in script.moves:
        if move.act is Act.SEND:
            before = found.pop() if move.joined else Step()
            kind = KINDS.get(move.kind, "") or before.kind
            source = 2 if move.kind is PduKind.OF_PROVIDER else before.source
            found.append(Step((*before.events, move.event), kind, source))
        elif move.act is Act.ARTIM:
            found.append(Step())
        elif move.act is Act.USER and move.event is Events.EVT_11 and script.role == "acceptor":
            found.append(Step(local=True))
    return tuple(found)


@cache
def scripts_of(role: Role) -> tuple[tuple[Step, ...], ...]:
    """Some ways to each cell, and the cheapest with one more PDU; then the target waits, bounded by ARTIM."""
    planner = Planner(role)
    ways = [way for cell in planner.scripts for way in planner.ways(cell)[:3]]
    more = [script.followed_by(event) for script in planner.scripts.values() if script.places for event in RECEIVED]
    return tuple(dict.fromkeys((*steps_of(script), Step()) for script in (*ways, *more)))


@pytest.mark.long
@pytest.mark.parametrize("role", ROLES)
def test_what_shows_a_wrong_cell_is_not_explained(role: Role) -> None:
    seen = 0
    for mutant in MUTANTS:
        sight = sight_of(mutant, role)
        if sight.visible:
            seen += 1
            assert unexplained(role, mutant.table(), sight.steps), mutant.id
    assert seen > len(MUTANTS) // 4


@pytest.mark.long
@pytest.mark.parametrize("role", ROLES)
def test_scripts_show_nearly_every_wrong_cell_that_can_be_seen_and_no_other(role: Role) -> None:
    scripts = scripts_of(role)

    def is_found(mutant: Mutant) -> bool:
        return any(unexplained(role, mutant.table(), steps) for steps in scripts)

    visible = [mutant for mutant in MUTANTS if sight_of(mutant, role).visible]
    missed = [mutant.id for mutant in visible if not is_found(mutant)]
    assert len(missed) <= len(visible) // 10, missed
    assert not [mutant.id for mutant in MUTANTS if mutant not in visible and is_found(mutant)]


@pytest.mark.parametrize("role", ROLES)
def test_the_right_table_is_explained_in_every_script(role: Role) -> None:
    for steps in scripts_of(role):
        assert not unexplained(role, TABLE_ROWS, steps), steps
