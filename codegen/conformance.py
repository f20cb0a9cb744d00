"""Writes the rows of the conformance cases, `_generated/conformance.json`, and the module with their classes."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from pydicom._uid_dict import UID_dictionary

from codegen.emit import module
from codegen.rows import document
from codegen.spec import SpecError, load
from codegen.spec.conformance import MODELS, Demand, load_conformance

SOURCE = "spec/conformance/"
ROOT = Path(__file__).resolve().parent.parent

_IMPORTS = """
from __future__ import annotations

from dataclasses import dataclass

from dulcimer._generated.rows import read, rows
"""

TABLES = {
    "REACTIONS": ("dict[str, Reaction]", "Reactions by class."),
    "STIMULI": ("tuple[Stimulus, ...]", "What the tester sends or does."),
    "ENTRIES": ("tuple[StateEntry, ...]", "The ways into the states."),
    "EXPECTATIONS": ("dict[str, tuple[Alternative, ...]]", "Alternatives by name."),
    "CASES": ("tuple[EncodingCase, ...]", "Encoding, PDV and DIMSE cases."),
    "SENDER_RULES": ("tuple[SenderRule, ...]", "Rules for what the peer itself sends."),
    "ACTION_RULES": ("dict[str, tuple[str, ...]]", "The rules of each action."),
    "RULES": ("dict[str, Demand]", "The rules of the standard, by their ids."),
}
_UIDS = {entry[4]: uid for uid, entry in UID_dictionary.items() if entry[4]}


def generate(root: Path = ROOT) -> str:
    """The rows as JSON, from the files below `root`; raises SpecError."""
    spec = load(root)
    found = load_conformance(root, spec.machine, spec.codes)
    tables: dict[str, Any] = {
        "REACTIONS": found.reactions,
        "STIMULI": found.stimuli,
        "ENTRIES": found.entries,
        "EXPECTATIONS": {name: row.alternatives for name, row in found.expectations.items()},
        "CASES": found.cases,
        "SENDER_RULES": found.rules,
        "ACTION_RULES": found.action_rules,
        "RULES": {
            name: Demand(**{field.name: getattr(rule, field.name) for field in fields(Demand)})
            for name, rule in found.demands.items()
        },
    }
    return document(SOURCE, ((name, with_uids(tables[name])) for name in TABLES))


def classes() -> str:
    """The source of the module that has the classes and reads the rows."""
    return module_of(
        SOURCE, "The rows that the conformance cases are made from.", _IMPORTS, MODELS, "conformance.json", TABLES
    )


def module_of(
    source: str,
    title: str,
    imports: str,
    models: Iterable[type],
    file: str,
    tables: Mapping[str, tuple[str, str]],
) -> str:
    """A module with these classes that reads its tables from a JSON file; `tables` has their types and docstrings."""
    sources = (inspect.getsource(model).strip() for model in models)
    constants = "\n\n".join(
        f'{name}: {kind} = rows({kind}, _TABLES["{name}"])\n"""{doc}"""' for name, (kind, doc) in tables.items()
    )
    return module(source, title, imports, *sources, f'_TABLES = read("{file}")\n\n{constants}')


def with_uids(value: Any) -> Any:
    """A value with the UIDs themselves where the specification has their keywords."""
    if is_dataclass(value) and not isinstance(value, type):
        changed = {field.name: _uids(field.name, getattr(value, field.name)) for field in fields(value)}
        return replace(value, **changed)
    if isinstance(value, Mapping):
        return {key: with_uids(row) for key, row in value.items()}
    return tuple(map(with_uids, value)) if isinstance(value, tuple) else value


def _uids(name: str, value: Any) -> Any:
    if name == "uids" and value:
        return {key: _uid(row) for key, row in value.items()}
    if name in ("abstract", "transfer", "extended", "common_extended"):
        return tuple(map(_uid, value))
    if name in ("sop_class", "service", "refused_service") and value:
        return _uid(value)
    return with_uids(value)


def _uid(name: str) -> str:
    if not name[:1].isalpha():
        return name
    try:
        return _UIDS[name]
    except KeyError:
        raise SpecError(f"{SOURCE}: {name!r} is not the keyword of a UID in PS3.6") from None
