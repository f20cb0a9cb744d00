"""Writes `_generated/editions.py`: the editions of the standard that links lead to."""

from __future__ import annotations

from codegen.emit import assign, dict_of, module, text
from codegen.spec import Spec
from codegen.spec.editions import FILE

_IMPORTS = """
from __future__ import annotations
"""


def generate(spec: Spec) -> str:
    """The source of the module."""
    later = ((text(annex), text(edition)) for annex, edition in spec.editions.later.items())
    return module(
        FILE,
        "Editions of the standard that links lead to.",
        _IMPORTS,
        assign("EDITION", text(spec.editions.edition)) + '\n"""That of the facts in `spec/`."""',
        assign("LATER_EDITIONS: dict[str, str]", dict_of(later)) + '\n"""Those of annexes that came afterwards."""',
    )
