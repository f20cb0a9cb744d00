"""Writes `_generated/drawing.json`, which says how the machine is drawn, and the module with its classes."""

from __future__ import annotations

from codegen.conformance import module_of
from codegen.rows import document
from codegen.spec import Spec
from codegen.spec.drawing import FILE, MODELS, load_drawing

_IMPORTS = """
from __future__ import annotations

from dataclasses import dataclass

from dulcimer._generated.rows import read, rows
"""

LAYERS = ("main", "release", "abort", "all")
"""The layers whose pictures are in the reference pages."""
TABLES = {
    "SIZES": ("dict[str, int]", "Width and height of the drawing, and of the box of a state."),
    "DRAWN_STATES": ("dict[str, DrawnState]", "The states, by their labels."),
    "DRAWN_EVENTS": ("dict[str, DrawnEvent]", "The events that are no PDU, by their labels."),
    "DRAWN_GUARDS": ("dict[str, DrawnGuard]", "The guards, by their names."),
    "LAYERS": ("dict[str, DrawnLayer]", "The parts that are drawn alone, and `all`."),
    "FRAMES": ("dict[str, DrawnFrame]", "The frames around states, by their names."),
    "ARROWS": ("tuple[DrawnArrow, ...]", "All arrows: every outcome of every cell belongs to one."),
}


def generate(spec: Spec) -> str:
    """The drawing as JSON; raises SpecError."""
    found = load_drawing(spec.root, spec.machine)
    sizes = {name: getattr(found, name) for name in ("width", "height", "node_width", "node_height")}
    tables = (sizes, found.states, found.events, found.guards, found.layers, found.frames, found.arrows)
    return document(FILE, zip(TABLES, tables, strict=True))


def classes() -> str:
    """The source of the module that has the classes and reads the rows."""
    return module_of(FILE, "How the state machine is drawn.", _IMPORTS, MODELS, "drawing.json", TABLES)
