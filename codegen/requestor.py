"""Writes `_generated/requestor.py`: what the conformance cases of requestors are made from."""

from __future__ import annotations

import inspect
from pathlib import Path

from codegen.conformance import ROOT, node
from codegen.emit import assign, module
from codegen.spec import load
from codegen.spec.conformance import load_conformance
from codegen.spec.requestor import MODELS, load_requestor
from codegen.spec.rules import check_all_named

SOURCE = "spec/conformance/requestor/"

_IMPORTS = """
from __future__ import annotations

from dataclasses import dataclass

from dulcimer._generated.conformance import Alternative, Reaction, SenderRule
"""


def generate(root: Path = ROOT) -> str:
    """The source of the module, from the files below `root`; raises SpecError."""
    spec = load(root)
    shared = load_conformance(root, spec.machine, spec.codes)
    rows = load_requestor(root, spec.machine, spec.codes, shared)
    by_action = {
        rule for row in rows.reactions.values() for action in row.actions for rule in shared.action_rules[action]
    }
    check_all_named(shared.named | rows.named | by_action, shared.demands)
    tables = (
        ("REACTIONS: dict[str, RequestorReaction]", rows.reactions, "Reactions by class."),
        ("ENDINGS: dict[str, tuple[Alternative, ...]]", rows.endings, "What a command does at the end, by name."),
        ("EXPECTATIONS: dict[str, tuple[Alternative, ...]]", rows.expectations, "Alternatives by name."),
        ("ENTRIES: tuple[RequestorEntry, ...]", rows.entries, "The ways into the states."),
        ("REFUSALS: tuple[Refusal, ...]", rows.refusals, "Connections that never come about."),
        ("CASES: tuple[RequestorCaseRow, ...]", rows.cases, "Encoding, DIMSE and time cases."),
        ("RULES: tuple[SenderRule, ...]", rows.rules, "Rules for what the peer itself sends."),
    )
    constants = "\n\n".join(f'{assign(name, node(value, True))}\n"""{doc}"""' for name, value, doc in tables)
    classes = (inspect.getsource(model).strip() for model in MODELS)
    return module(SOURCE, "What the conformance cases of requestors are made from.", _IMPORTS, *classes, constants)
