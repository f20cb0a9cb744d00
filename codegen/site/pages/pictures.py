"""Pictures of the state machine, with the state or the cell of a page marked."""

from __future__ import annotations

from codegen.site.made import MadePage
from dulcimer._generated.fsm import ACTIONS, TABLE, Events, States
from dulcimer.learn.drawing.arrows import arrows_through
from dulcimer.learn.drawing.picture import DrawnLight, machine_svg


def picture_of_state(name: str, place: States) -> MadePage:
    """The machine with a state marked."""
    return MadePage(name, machine_svg(light=DrawnLight(frozenset({place.label}))), ".svg")


def picture_of_cell(name: str, place: States, which: Events) -> MadePage:
    """The machine with a cell marked that has an action: its state, its arrows, and the states they lead to."""
    cell = which, place
    states = {place.label, *(outcome.next_state.label for outcome in ACTIONS[TABLE[cell]].outcomes)}
    return MadePage(name, machine_svg(light=DrawnLight(frozenset(states), arrows_through([cell]))), ".svg")


def shown(name: str, words: str) -> str:
    """A picture in a page of the same name; `words` say what it shows."""
    return f"## In the picture\n\n![{words}]({name.rpartition('/')[2]}.svg)"
