"""Writes `docs/reference/state_machine_*.svg`: the state machine as pictures."""

from __future__ import annotations

from codegen.spec.drawing import FILE
from dulcimer.learn.drawing.picture import machine_svg


def generate(layer: str) -> str:
    """The picture of a layer."""
    return f"<!-- Generated from {FILE} by `python -m codegen`: do not edit. -->\n{machine_svg(layer)}"
