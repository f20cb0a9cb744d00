"""Writes the rows of the cases of requestors, `_generated/requestor.json`, and the module with their classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from codegen.conformance import ROOT, module_of, with_uids
from codegen.rows import document
from codegen.spec import load
from codegen.spec.conformance import load_conformance
from codegen.spec.requestor import MODELS, load_requestor
from codegen.spec.rules import check_all_named

SOURCE = "spec/conformance/requestor/"

_IMPORTS = """
from __future__ import annotations

from dataclasses import dataclass

from dulcimer._generated.conformance import Alternative, Reaction, SenderRule
from dulcimer._generated.rows import read, rows
"""

TABLES = {
    "REACTIONS": ("dict[str, RequestorReaction]", "Reactions by class."),
    "ENDINGS": ("dict[str, tuple[Alternative, ...]]", "How a command ends, by name."),
    "EXPECTATIONS": ("dict[str, tuple[Alternative, ...]]", "Alternatives by name."),
    "ENTRIES": ("tuple[RequestorEntry, ...]", "The ways into the states."),
    "REFUSALS": ("tuple[RefusedConnection, ...]", "Connections that the tester never accepts."),
    "CASES": ("tuple[RequestorCaseRow, ...]", "Encoding, DIMSE and time cases."),
    "RULES": ("tuple[SenderRule, ...]", "Rules for what the peer itself sends."),
}


def generate(root: Path = ROOT) -> str:
    """The rows as JSON, from the files below `root`; raises SpecError."""
    spec = load(root)
    shared = load_conformance(root, spec.machine, spec.codes)
    found = load_requestor(root, spec.machine, spec.codes, shared)
    by_action = {
        rule for row in found.reactions.values() for action in row.actions for rule in shared.action_rules[action]
    }
    check_all_named(shared.named | found.named | by_action, shared.demands)
    tables: dict[str, Any] = {
        "REACTIONS": found.reactions,
        "ENDINGS": found.endings,
        "EXPECTATIONS": found.expectations,
        "ENTRIES": found.entries,
        "REFUSALS": found.refusals,
        "CASES": found.cases,
        "RULES": found.rules,
    }
    return document(SOURCE, ((name, with_uids(tables[name])) for name in TABLES))


def classes() -> str:
    """The source of the module that has the classes and reads the rows."""
    title = "The rows that the conformance cases of requestors are made from."
    return module_of(SOURCE, title, _IMPORTS, MODELS, "requestor.json", TABLES)
