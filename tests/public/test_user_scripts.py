"""Programs like those of pynetdicom's user guide run with pynetdicom, and with dulcimer after a change of imports.

They are in `tests/scripts`; what each prints is in its docstring. Together they use every name that users have.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any, get_args

import pytest

import dulcimer
from dulcimer import evt
from dulcimer._generated.fsm import ACTIONS, ActionMethods
from dulcimer.acse import ACSE
from dulcimer.dimse import DIMSEDecoder, DIMSEServiceProvider
from dulcimer.fsm import Events, StateMachine, States
from dulcimer.upper_layer.fault_injection import Fault
from support.forked_programs import run_program

SCRIPTS = Path(__file__).parents[1] / "scripts"
IMPORTS = re.compile(r"^(\s*)(from|import) pynetdicom\b", re.MULTILINE)
SAYS = "It prints::\n"

BEYOND = sorted((SCRIPTS / "beyond").glob("*.py"))
"""Programs with names that pynetdicom has not, or has not documented."""

EVERY = [*sorted(SCRIPTS.glob("*.py")), *BEYOND]

_TRIES = 5

each_script = pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.stem)


def promised(script: Path) -> list[str]:
    """The lines that the docstring says a script prints."""
    text = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8")), clean=False)
    assert text
    return dedent(text.partition(SAYS)[2]).strip("\n").splitlines()


def adapted(program: str) -> str:
    """The program with other imports; nothing else is changed."""
    program = re.sub(r"^(\s*)import pynetdicom$", r"\1import dulcimer as pynetdicom", program, flags=re.MULTILINE)
    return IMPORTS.sub(r"\1\2 dulcimer", program)


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip("\n").splitlines()]


@pytest.mark.parametrize("script", EVERY, ids=lambda path: path.stem)
def test_script_runs_after_changing_its_imports(script: Path, tmp_path: Path) -> None:
    program = adapted(script.read_text(encoding="utf-8"))
    assert not IMPORTS.search(program)
    path = tmp_path / script.name
    path.write_text(program, encoding="utf-8")
    done = run_program(path, strict=True)
    assert (lines(done.stdout), done.stderr, done.returncode) == (promised(script), "", 0)


@pytest.mark.peer("pynetdicom")
@each_script
def test_script_is_true_to_pynetdicom(script: Path) -> None:
    # Threads of pynetdicom race: it may take an A-ASSOCIATE-RJ for an abort. Once is enough to show what it does.
    for _ in range(_TRIES):
        done = run_program(script)
        if (lines(done.stdout), done.returncode) == (promised(script), 0):
            return
    assert (lines(done.stdout), done.returncode) == (promised(script), 0), done.stderr


def test_whole_program_says_what_its_forked_process_says(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(adapted((SCRIPTS / "abort.py").read_text(encoding="utf-8")), encoding="utf-8")
    command = [sys.executable, "-W", "error", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert (done.stdout, done.stderr) == (run_program(path).stdout, "")


def test_scripts_are_programs_for_pynetdicom_that_say_what_they_show() -> None:
    for script in EVERY:
        program = script.read_text(encoding="utf-8")
        assert IMPORTS.search(program), script.name
        assert "dulcimer" not in program, script.name
        assert promised(script), script.name


# Every public name is used


@cache
def names_in(script: Path) -> frozenset[str]:
    """Attributes, imported names, keyword arguments, and the methods that a class overrides."""
    return frozenset(_names(ast.parse(script.read_text(encoding="utf-8"))))


def _names(program: ast.Module) -> Iterator[str]:
    for node in ast.walk(program):
        match node:
            case ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                yield name
            case ast.Import(names=imported) | ast.ImportFrom(names=imported):
                yield from (alias.name for alias in imported)
            case ast.ClassDef(bases=[_, *_], body=body):
                yield from (part.name for part in body if isinstance(part, ast.FunctionDef))


def public(*things: Any) -> set[str]:
    return {name for thing in things for name in dir(thing) if not name.startswith("_")}


BETWEEN_CLASSES = {"take", "transmit"}
"""What the DIMSE service provider of an open association overrides and calls of the one that it derives from."""

ATTRIBUTES_OF_EVENTS = """
    action address app_info assoc context current_state data event fsm_event items message next_state nr_invoked
    nr_performed pdu primary_field primitive request secondary_field timestamp user_id_type
"""
"""Beside those that `Event` has as properties."""

NAMES: dict[str, tuple[set[str], set[str]]] = {
    "package": (set(dulcimer.__all__), set()),
    "events": ({event.name for event in (*evt.NOTIFICATION_EVENTS, *evt.INTERVENTION_EVENTS)}, set()),
    "Event": (public(evt.Event) | set(ATTRIBUTES_OF_EVENTS.split()), {"evt"}),
    "binding": ({"bind", "unbind", "get_handlers", "get_events"}, {"evt"}),
    "actions": ({action.method for action in ACTIONS.values()}, {"StateMachine"}),
    "StateMachine": (
        {name for name in (*vars(StateMachine), *vars(ActionMethods)) if not name.startswith("_")},
        {"StateMachine"},
    ),
    "States and Events": ({"States", "Events", States.STA_1.name, Events.EVT_1.name, "label"}, {"StateMachine"}),
    "ACSE": (public(ACSE), {"ACSE", "acse"}),
    "DIMSEServiceProvider": (
        public(DIMSEServiceProvider, DIMSEServiceProvider(None)) - BETWEEN_CLASSES,  # type: ignore[arg-type]  # its names are asked for, and nothing is called
        {"DIMSEServiceProvider", "dimse"},
    ),
    "DIMSEDecoder": (public(DIMSEDecoder({})) | {"DIMSEProcessingError"}, {"DIMSEDecoder"}),
    "ServiceUser": (public(dulcimer.ServiceUser), {"ServiceUser"}),
    "ServiceProvider": (public(dulcimer.ServiceProvider), {"ServiceProvider"}),
    "ServiceProviderParams": (public(dulcimer.ServiceProviderParams), {"ServiceProviderParams"}),
    "ConnectionState": (public(dulcimer.ConnectionState), {"ServiceProvider"}),
    "Suboperations": ({field.name for field in fields(dulcimer.Suboperations)}, {"ServiceUser"}),
    "QRLevel": (public(dulcimer.QRLevel.STUDY), {"QRLevel"}),
    "TLSConfig": (public(dulcimer.TLSConfig), {"TLSConfig"}),
    "FaultInjector": (public(dulcimer.FaultInjector), {"FaultInjector"}),
    "faults": ({fault.__name__ for fault in get_args(Fault)}, {"FaultInjector"}),
    "fuzz_fault_injector": (
        public(dulcimer.fuzz_fault_injector(b"")) - public(dulcimer.FaultInjector),
        {"fuzz_fault_injector"},
    ),
}
"""Public names by what they belong to; and the names that a script has at least one of if it uses that."""


@pytest.mark.parametrize("belongs_to", NAMES)
def test_every_public_name_is_used_in_a_script(belongs_to: str) -> None:
    names, reached_by = NAMES[belongs_to]
    used = {name for script in EVERY for name in names_in(script) if not reached_by or reached_by & names_in(script)}
    assert sorted(names - used) == []


@pytest.mark.peer("pynetdicom")
def test_every_name_of_application_entities_is_used_in_a_script() -> None:
    import pynetdicom

    used = {name for script in SCRIPTS.glob("*.py") for name in names_in(script)}
    assert sorted({name for name in vars(pynetdicom.AE) if not name.startswith("_")} - used) == []
