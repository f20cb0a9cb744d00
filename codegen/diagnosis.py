"""Writes `_generated/diagnosis.json`, the questions, causes and lines of logs, and the module with their classes."""

from __future__ import annotations

from pathlib import Path

from codegen.conformance import ROOT, module_of
from codegen.rows import document
from codegen.spec.diagnosis import MODELS, load_diagnoses

SOURCE = "spec/diagnosis/"

_IMPORTS = """
from __future__ import annotations

from dataclasses import dataclass, field

from dulcimer._generated.rows import read, rows
"""

TABLES = {
    "QUESTIONS": ("tuple[DiagnosticQuestion, ...]", "What people who run DICOM networks ask, the most frequent first."),
    "STACKS": ("dict[str, LoggingStack]", "Software whose logs are read, by its id."),
}


def generate(root: Path = ROOT) -> str:
    """The rows as JSON, from the files below `root`; raises SpecError."""
    found = load_diagnoses(root)
    return document(SOURCE, (("QUESTIONS", found.questions), ("STACKS", found.stacks)))


def classes() -> str:
    """The source of the module that has the classes and reads the rows."""
    title = "What may be the cause of a trouble, and what shows it."
    return module_of(SOURCE, title, _IMPORTS, MODELS, "diagnosis.json", TABLES)
