"""Writes `_generated/conformance.py`: what the conformance cases are made from."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

from pydicom._uid_dict import UID_dictionary

from codegen.emit import Group, Node, assign, dict_of, module, text, tuple_of
from codegen.spec import SpecError, load
from codegen.spec.conformance import MODELS, Demand, load_conformance

SOURCE = "spec/conformance/"
ROOT = Path(__file__).resolve().parent.parent

_IMPORTS = """
from __future__ import annotations

from dataclasses import dataclass
"""

_UIDS = {entry[4]: uid for uid, entry in UID_dictionary.items() if entry[4]}


def generate(root: Path = ROOT) -> str:
    """The source of the module, from the files below `root`; raises SpecError."""
    spec = load(root)
    rows = load_conformance(root, spec.machine, spec.codes)
    expectations = {name: row.alternatives for name, row in rows.expectations.items()}
    rules = {
        name: Demand(**{field.name: getattr(rule, field.name) for field in fields(Demand)})
        for name, rule in rows.demands.items()
    }
    tables = (
        ("REACTIONS: dict[str, Reaction]", rows.reactions, "Reactions by class."),
        ("STIMULI: tuple[Stimulus, ...]", rows.stimuli, "What the tester sends or does."),
        ("ENTRIES: tuple[Entry, ...]", rows.entries, "The ways into the states."),
        ("EXPECTATIONS: dict[str, tuple[Alternative, ...]]", expectations, "Alternatives by name."),
        ("CASES: tuple[EncodingCase, ...]", rows.cases, "Encoding, PDV and DIMSE cases."),
        ("SENDER_RULES: tuple[SenderRule, ...]", rows.rules, "Rules for what the peer itself sends."),
        ("ACTION_RULES: dict[str, tuple[str, ...]]", rows.action_rules, "The rules that an action stands for."),
        ("RULES: dict[str, Demand]", rules, "The rules of the standard, by their ids."),
    )
    constants = "\n\n".join(f'{assign(name, node(value, True))}\n"""{doc}"""' for name, value, doc in tables)
    classes = (inspect.getsource(model).strip() for model in MODELS)
    return module(SOURCE, "What the conformance cases are made from.", _IMPORTS, *classes, constants)


def node(value: Any, one_a_line: bool = False) -> Node:
    """A value as source: dataclasses by keyword, without the fields at their defaults."""
    if is_dataclass(value) and not isinstance(value, type):
        elements = tuple(
            (f"{field.name}=", _uids(field.name, getattr(value, field.name)))
            for field in fields(value)
            if field.default is MISSING or getattr(value, field.name) != field.default
        )
        return Group(f"{type(value).__name__}(", elements, ")")
    if isinstance(value, dict):
        return dict_of(((text(key), node(row)) for key, row in value.items()), one_a_line=one_a_line)
    if isinstance(value, tuple):
        return tuple_of(map(node, value), one_a_line=one_a_line)
    return text(value) if isinstance(value, str) else repr(value)


def _uids(name: str, value: Any) -> Node:
    if name == "uids" and value:
        return node({key: _uid(row) for key, row in value.items()})
    if name in ("abstract", "transfer", "extended", "common_extended"):
        return node(tuple(map(_uid, value)))
    if name in ("sop_class", "service", "refused_service") and value:
        return node(_uid(value))
    return node(value)


def _uid(name: str) -> str:
    if not name[:1].isalpha():
        return name
    try:
        return _UIDS[name]
    except KeyError:
        raise SpecError(f"{SOURCE}: {name!r} is no keyword of a UID in PS3.6") from None
