"""Writes `_generated/terms.py`: terms of DICOM networking."""

from __future__ import annotations

from codegen.emit import assign, call, dict_of, module, text, tuple_of
from codegen.spec import Spec

SOURCE = "spec/terms.toml"

_IMPORTS = """
from __future__ import annotations

from typing import NamedTuple
"""

_CLASSES = '''
class Term(NamedTuple):
    """A term: what it means, with the clause; `also` are other ways to write it, `see` names that explain more."""

    clause: str
    text: str
    also: tuple[str, ...]
    see: tuple[str, ...]
'''


def generate(spec: Spec) -> str:
    """The source of the module."""
    rows = (
        (
            text(name),
            call("Term", text(row.clause), text(row.text), tuple_of(map(text, row.also)), tuple_of(map(text, row.see))),
        )
        for name, row in spec.terms.items()
    )
    return module(
        SOURCE, "Terms of DICOM networking.", _IMPORTS, _CLASSES, assign("TERMS: dict[str, Term]", dict_of(rows))
    )
