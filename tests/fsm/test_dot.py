"""The machine for Graphviz, as `transitions` draws it."""

from __future__ import annotations

import re

import pytest

from dulcimer._generated.fsm import ACTIONS, EVENTS, STATES, TABLE
from dulcimer.fsm.drawing import GraphvizMissingError, dot


def test_dot_has_an_edge_for_each_pair_of_states_with_all_its_events() -> None:
    found = {
        (source, target, label)
        for source, target, labels in re.findall(r"(Sta\d+) -> (Sta\d+) \[label=\"([^\"]*)\"", dot())
        for label in re.findall(r"Evt\d+ [A-Z]{2}-\d+", labels)
    }
    assert found == {
        (STATES[state].label, STATES[one.next_state].label, f"{EVENTS[event].label} {label}")
        for (event, state), label in TABLE.items()
        for one in ACTIONS[label].outcomes
    }


def test_dot_without_graphviz_names_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transitions.extensions.diagrams_graphviz.pgv", None)
    with pytest.raises(GraphvizMissingError, match="diagrams"):
        dot()
