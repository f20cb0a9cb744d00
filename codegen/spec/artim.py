"""Where ARTIM runs: worked out from the effects, over every path from Sta1."""

from __future__ import annotations

from codegen.spec.reader import Place
from codegen.spec.state_machine import Outcome, StateMachine

_START, _RESTART, _STOP = "start_artim", "restart_artim", "stop_artim"


def artim_states(machine: StateMachine) -> dict[str, set[bool]]:
    """Whether ARTIM runs, for each state that can be reached; both values if it depends on the path."""
    first = next(iter(machine.states))
    found: dict[str, set[bool]] = {first: {False}}
    todo = [(first, False)]
    while todo:
        state, running = todo.pop()
        for (event, source), action in machine.cells().items():
            if source != state:
                continue
            expired = machine.events[event].kind == "timer"
            for outcome in machine.actions[action].outcomes:
                after = _after(outcome, running and not expired)
                if after not in found.setdefault(outcome.next, set()):
                    found[outcome.next].add(after)
                    todo.append((outcome.next, after))
    return found


def check_artim(machine: StateMachine, place: Place) -> None:
    """Fail unless every state can be reached and ARTIM runs exactly where a timer event has a cell."""
    found = artim_states(machine)
    timers = [event for event, row in machine.events.items() if row.kind == "timer"]
    for state in machine.states:
        here = place.at("states").at(state)
        if state not in found:
            here.fail("no path of the table reaches it")
        expected = any((event, state) in machine.cells() for event in timers)
        if found[state] != {expected}:
            runs = " and ".join("runs" if running else "does not run" for running in sorted(found[state]))
            here.fail(f"by the effects ARTIM {runs} here, but {', '.join(timers)} has {_cell(expected)}")


def _cell(filled: bool) -> str:
    return "a cell" if filled else "no cell"


def _after(outcome: Outcome, running: bool) -> bool:
    for effect in outcome.effects:
        if effect in (_START, _RESTART):
            running = True
        elif effect == _STOP:
            running = False
    return running
