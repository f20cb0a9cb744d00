"""Writes `_generated/deviations.json`, what implementations do otherwise, and the module with its class."""

from __future__ import annotations

from pathlib import Path

from codegen.conformance import ROOT, module_of
from codegen.rows import document
from codegen.spec.deviations import FOLDER, MODELS, load_deviations

SOURCE = f"{FOLDER}/"

_IMPORTS = """
from __future__ import annotations

from dataclasses import dataclass

from dulcimer._generated.rows import read, rows
"""

TABLES = {"DEVIATIONS": ("tuple[StackDeviation, ...]", "What dulcimer check has seen implementations do otherwise.")}


def generate(root: Path = ROOT) -> str:
    """The rows as JSON, from the files below `root`; raises SpecError."""
    return document(SOURCE, (("DEVIATIONS", load_deviations(root)),))


def classes() -> str:
    """The source of the module that has the class and reads the rows."""
    title = "What implementations do otherwise than the standard says."
    return module_of(SOURCE, title, _IMPORTS, MODELS, "deviations.json", TABLES)
