"""The states in which ARTIM runs, derived from the effects over every path from Sta1."""

from __future__ import annotations

from collections import deque

from codegen.spec.reader import Place
from codegen.spec.state_machine import Outcome, StateMachine

_START, _RESTART, _STOP = "start_artim", "restart_artim", "stop_artim"


def artim_paths(machine: StateMachine) -> dict[tuple[str, bool], tuple[str, ...]]:
    """A shortest path of events to each state, with ARTIM running and without, where there is one."""
    start = (next(iter(machine.states)), False)
    paths: dict[tuple[str, bool], tuple[str, ...]] = {start: ()}
    todo = deque([start])
    while todo:
        state, running = todo.popleft()
        for (event, source), action in machine.cells().items():
            if source != state:
                continue
            expired = machine.events[event].kind == "timer"
            for outcome in machine.actions[action].outcomes:
                reached = (outcome.next, _after(outcome, running and not expired))
                if reached not in paths:
                    paths[reached] = (*paths[state, running], event)
                    todo.append(reached)
    return paths


def artim_states(machine: StateMachine) -> list[str]:
    """The states in which ARTIM runs."""
    return [state for state in machine.states if (state, True) in artim_paths(machine)]


def check_artim(machine: StateMachine, place: Place) -> None:
    """Fail unless every state can be reached and ARTIM runs exactly where a timer event has a cell."""
    paths = artim_paths(machine)
    timers = [event for event, row in machine.events.items() if row.kind == "timer"]
    for (state, running), path in paths.items():
        if running != any((event, state) in machine.cells() for event in timers):
            place.at("states").at(state).fail(
                f"by the effects ARTIM {'runs' if running else 'does not run'} here after {', '.join(path)}, "
                f"but {', '.join(timers)} has {'no cell' if running else 'a cell'}"
            )
    for state in machine.states:
        if not {(state, True), (state, False)} & paths.keys():
            place.at("states").at(state).fail("no path of the table reaches it")


def _after(outcome: Outcome, running: bool) -> bool:
    for effect in outcome.effects:
        if effect in (_START, _RESTART):
            running = True
        elif effect == _STOP:
            running = False
    return running
