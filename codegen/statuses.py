"""Writes `_generated/statuses.py`: names of the statuses that our code uses."""

from __future__ import annotations

from codegen.emit import module
from codegen.spec import Spec

SOURCE = "spec/ps3_7/statuses.toml"

_OPENING = """
from __future__ import annotations

from typing import Final
"""


def generate(spec: Spec) -> str:
    """The source of the module."""
    lines = (f"{name}: Final = 0x{code}" for name, code in spec.statuses.names.items())
    opening = _OPENING + "\n" + "\n".join(lines)
    return module(SOURCE, "Values of Status (0000,0900) by name (PS3.7 Annex C, PS3.4).", opening)
