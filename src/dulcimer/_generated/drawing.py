"""How the state machine is drawn.

Generated from spec/learning/drawing.toml by `python -m codegen`: do not edit.
"""

from __future__ import annotations

from dataclasses import dataclass

from dulcimer._generated.rows import read, rows


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


_TABLES = read("drawing.json")

SIZES: dict[str, int] = rows(dict[str, int], _TABLES["SIZES"])
"""Width and height of the drawing, and of the box of a state."""

DRAWN_STATES: dict[str, DrawnState] = rows(dict[str, DrawnState], _TABLES["DRAWN_STATES"])
"""The states, by their labels."""

DRAWN_EVENTS: dict[str, DrawnEvent] = rows(dict[str, DrawnEvent], _TABLES["DRAWN_EVENTS"])
"""The events that are no PDU, by their labels."""

DRAWN_GUARDS: dict[str, DrawnGuard] = rows(dict[str, DrawnGuard], _TABLES["DRAWN_GUARDS"])
"""The guards, by their names."""

LAYERS: dict[str, DrawnLayer] = rows(dict[str, DrawnLayer], _TABLES["LAYERS"])
"""The parts that are drawn alone, and `all`."""

FRAMES: dict[str, DrawnFrame] = rows(dict[str, DrawnFrame], _TABLES["FRAMES"])
"""The frames around states, by their names."""

ARROWS: tuple[DrawnArrow, ...] = rows(tuple[DrawnArrow, ...], _TABLES["ARROWS"])
"""All arrows: every outcome of every cell belongs to one."""
