"""The picture of the state machine, with what was explained marked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from dulcimer._generated.fsm import ACTIONS, TABLE, Events, States
from dulcimer.cli.facts.explanation import Explanation
from dulcimer.conformance.report.writing import write_report
from dulcimer.learn.drawing.arrows import arrows_through
from dulcimer.learn.drawing.picture import DrawnLight, machine_svg


def draw(path: Path, explanations: Sequence[Explanation]) -> None:
    """Write the picture. Raises `typer.BadParameter` if something explained is not in it, OSError."""
    states: set[str] = set()
    cells: set[tuple[Events, States]] = set()
    for one in explanations:
        words = one.name.split(" + ")
        if one.kind not in ("state", "event", "action", "cell"):
            raise typer.BadParameter(
                f"{one.name} is not in the picture: give a state, an event, an action or a cell", param_hint="'--svg'"
            )
        states.update(word for word in words if one.kind in ("state", "cell") and word.startswith("Sta"))
        cells.update(cell for cell, action in TABLE.items() if _is_meant(cell, action, words))
    if any(one.kind == "cell" for one in explanations):
        states.update(outcome.next_state.label for cell in cells for outcome in ACTIONS[TABLE[cell]].outcomes)
    write_report(path, machine_svg(light=DrawnLight(frozenset(states), arrows_through(cells))))


def _is_meant(cell: tuple[Events, States], action: str, words: Sequence[str]) -> bool:
    """Whether all words are about a cell; a state alone marks no arrow."""
    event, state = cell
    return words != [state.label] and set(words) <= {event.label, state.label, action}
