"""`spec/learning/drawing.toml`: how the state machine is drawn, checked against the machine itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from codegen.spec.reader import Place, check_choice, read
from codegen.spec.state_machine import StateMachine

FILE = "spec/learning/drawing.toml"
ALL = "all"
_ANCHORS = ("start", "middle", "end")


@dataclass(frozen=True)
class DrawnState:
    """The middle of the box of a state, and what one does in it, in a word or two."""

    x: int
    y: int
    words: str


@dataclass(frozen=True)
class DrawnEvent:
    """An event that is no PDU, in a word or two."""

    words: str


@dataclass(frozen=True)
class DrawnGuard:
    """A guard on an arrow: if it holds, and if it fails."""

    holds: str
    fails: str


@dataclass(frozen=True)
class DrawnLayer:
    """A part of the machine that is drawn alone: its title, and what it leaves out."""

    title: str
    about: str


@dataclass(frozen=True)
class DrawnFrame:
    """A frame around states: an arrow from it starts in each of them. `outline`: its corners."""

    states: tuple[str, ...]
    outline: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class DrawnArrow:
    """An arrow: all outcomes of these `actions` that lead from a state, or a frame, to a state.

    `points`: its corners. `label`: where the first line of its words begins, ends or has its middle (`anchor`);
    `exceptions`: the same for words that hold for one or two states of a frame; `stacked`: a line for each word.
    """

    from_: str
    to: str
    actions: tuple[str, ...]
    layers: tuple[str, ...]
    points: tuple[tuple[int, ...], ...]
    label: tuple[int, ...]
    anchor: str = "start"
    exceptions: tuple[int, ...] = ()
    stacked: bool = False


MODELS = (DrawnState, DrawnEvent, DrawnGuard, DrawnLayer, DrawnFrame, DrawnArrow)


@dataclass(frozen=True)
class MachineDrawing:
    """The whole file: sizes of the canvas and of the box of a state, and what is drawn."""

    width: int
    height: int
    node_width: int
    node_height: int
    states: dict[str, DrawnState]
    events: dict[str, DrawnEvent]
    guards: dict[str, DrawnGuard]
    layers: dict[str, DrawnLayer]
    frames: dict[str, DrawnFrame]
    arrows: tuple[DrawnArrow, ...]


def load_drawing(root: Path, machine: StateMachine) -> MachineDrawing:
    """Read and check the file: every outcome of every cell belongs to one arrow. Raises SpecError."""
    drawing, place = read(MachineDrawing, root / FILE, root)
    _check_keys(drawing.states, machine.states, place.at("states"))
    wordless = [label for label, event in machine.events.items() if event.kind != "pdu" or not event.subject]
    _check_keys(drawing.events, wordless, place.at("events"))
    _check_keys(drawing.guards, machine.guards, place.at("guards"))
    if ALL not in drawing.layers:
        place.at("layers").fail(f"expected a layer {ALL}")
    for name, frame in drawing.frames.items():
        for label in frame.states:
            check_choice(label, tuple(machine.states), place.at("frames").at(name).at("states"))
        _check_points(frame.outline, drawing, place.at("frames").at(name).at("outline"))
    for number, arrow in enumerate(drawing.arrows, 1):
        _check_arrow(arrow, drawing, place.at("arrows").at(number))
    _check_outcomes(drawing, machine, place.at("arrows"))
    return drawing


def _check_keys(found: Collection[str], wanted: Iterable[str], place: Place) -> None:
    names = tuple(wanted)
    for name in found:
        check_choice(name, names, place)
    for name in names:
        if name not in found:
            place.fail(f"{name} is missing")


def _check_points(points: tuple[tuple[int, ...], ...], drawing: MachineDrawing, place: Place) -> None:
    for point in points:
        if len(point) != 2 or not (0 <= point[0] <= drawing.width and 0 <= point[1] <= drawing.height):
            place.fail(f"expected x and y within the drawing, found {list(point)}")


def _check_arrow(arrow: DrawnArrow, drawing: MachineDrawing, place: Place) -> None:
    check_choice(arrow.from_, (*drawing.states, *drawing.frames), place.at("from"))
    check_choice(arrow.to, tuple(drawing.states), place.at("to"))
    check_choice(arrow.anchor, _ANCHORS, place.at("anchor"))
    for layer in arrow.layers:
        check_choice(layer, tuple(name for name in drawing.layers if name != ALL), place.at("layers"))
    _check_points(arrow.points, drawing, place.at("points"))
    places = [arrow.label, *([arrow.exceptions] if arrow.exceptions else [])]
    _check_points(tuple(places), drawing, place.at("label"))
    if len(arrow.points) < 2:
        place.at("points").fail("expected two or more points")
    for before, after in pairwise(arrow.points):
        if (before[0] == after[0]) == (before[1] == after[1]):
            place.at("points").fail(f"expected a line across or down, found {list(before)} to {list(after)}")
    ends = [(arrow.to, arrow.points[-1]), *([(arrow.from_, arrow.points[0])] if arrow.from_ in drawing.states else [])]
    for label, (x, y) in ends:
        state = drawing.states[label]
        across, down = abs(x - state.x) * 2, abs(y - state.y) * 2
        if not (across == drawing.node_width and down < drawing.node_height) and not (
            down == drawing.node_height and across < drawing.node_width
        ):
            place.at("points").fail(f"expected a point on the border of {label}, found {[x, y]}")


def _check_outcomes(drawing: MachineDrawing, machine: StateMachine, place: Place) -> None:
    used: set[tuple[int, str]] = set()
    for (event, state), action in machine.cells().items():
        for outcome in machine.actions[action].outcomes:
            found = [
                number
                for number, arrow in enumerate(drawing.arrows, 1)
                if state in (drawing.frames[arrow.from_].states if arrow.from_ in drawing.frames else (arrow.from_,))
                and arrow.to == outcome.next
                and action in arrow.actions
            ]
            if len(found) != 1:
                many = f"the arrows {', '.join(map(str, found))}" if found else "no arrow"
                place.fail(f"{event}/{state} {action} to {outcome.next} belongs to {many}, expected one")
            used.add((found[0], action))
    for number, arrow in enumerate(drawing.arrows, 1):
        for action in arrow.actions:
            if (number, action) not in used:
                place.at(number).at("actions").fail(f"{action} does not lead from {arrow.from_} to {arrow.to}")
