"""What is written for other tools says what the specification says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import Result

from dulcimer._generated.fsm import ACTIONS, EVENTS, STATES, TABLE
from dulcimer.cli.learning.exporting import MACHINE_FORMS
from dulcimer.cli.main import app
from dulcimer.learn.exports.scxml import NAMESPACE, scxml
from dulcimer.learn.exports.wireshark import post_dissector
from dulcimer.learn.exports.yaml_text import yaml_text
from support.command_runs import CommandRunner


def export(*arguments: str) -> Result:
    result = CommandRunner().invoke(app, ["export", *arguments], env={"COLUMNS": "80", "NO_COLOR": "1"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def outcomes() -> Iterator[tuple[str, str, str, str, tuple[str, ...]]]:
    """State, event, guard, next state and effects of each outcome of each cell."""
    for (event, state), label in TABLE.items():
        for one in ACTIONS[label].outcomes:
            guard = f"{'!' * one.negated}{one.guard}" if one.guard else ""
            yield STATES[state].label, EVENTS[event].label, guard, STATES[one.next_state].label, one.effects


def test_state_chart_has_every_outcome_of_every_cell_and_nothing_else() -> None:
    root = ElementTree.fromstring(scxml())
    found = set()
    for state in root.iter(f"{{{NAMESPACE}}}state"):
        name = state.get("id", "")
        for transition in state.iter(f"{{{NAMESPACE}}}transition"):
            expressions = [log.get("expr", "") for log in transition]
            effects = tuple(text.strip("'").partition(": ")[0] for text in expressions)
            cell = name, transition.get("event", ""), transition.get("cond", "")
            found.add((*cell, transition.get("target", name), effects))
    assert found == set(outcomes())


def test_state_chart_declares_each_guard_that_it_uses() -> None:
    root = ElementTree.fromstring(scxml())
    declared = {data.get("id") for data in root.iter(f"{{{NAMESPACE}}}data")}
    assert declared == {guard.strip("!") for _, _, guard, _, _ in outcomes() if guard}
    assert root.get("initial") == "Sta1"


def test_dot_without_the_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transitions.extensions.diagrams_graphviz.pgv", None)
    result = export("dot")
    assert result.exit_code == 2
    assert "dulcimer[diagrams]" in result.stderr


@pytest.mark.parametrize("form", MACHINE_FORMS)
def test_file_and_standard_output_say_the_same(form: str, tmp_path: Path) -> None:
    path = tmp_path / "exported"
    assert export(form, "-o", str(path)).exit_code == 0
    assert path.read_text(encoding="utf-8") == export(form).stdout == MACHINE_FORMS[form]()


def test_plugin_has_every_cell_of_the_table() -> None:
    text = post_dissector()
    assert "@SPEC@" not in text
    table = text.partition("  table = {")[2].partition("  local_events")[0]
    assert len(re.findall(r"^      Sta\d+ = ", table, re.MULTILINE)) == len(TABLE)


def test_yaml_keeps_text_that_has_a_meaning_in_it() -> None:
    shown = yaml_text({"a": "yes", "b": "x: y", "c": 5, "d": [{"e": True, "f": {"g h": "it's"}}]})
    assert shown == 'a: "yes"\nb: "x: y"\nc: 5\nd:\n  - e: true\n    f:\n      g h: "it\'s"\n'
