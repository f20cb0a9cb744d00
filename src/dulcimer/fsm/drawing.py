"""Diagrams of the state machine, drawn by `transitions` from the rows that the machine is made from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from dulcimer._generated.fsm import TABLE, Events, States, build_machine
from dulcimer.errors import DulcimerError

_TITLE = "The DICOM upper layer"


class GraphvizMissingError(DulcimerError):
    """The Python package graphviz, with which `transitions` writes DOT, is not installed."""


def mermaid(title: str = _TITLE, table: Mapping[tuple[Events, States], str] = TABLE) -> str:
    """A Mermaid state diagram of the machine, or of the part of it that has these cells of Table 9-10.

    An arrow shows the event, the action and, in brackets, the guard, with ``!`` if it must not hold; ``internal`` means
    that the state does not change. States without arrows are left out.
    """
    # Imported here because only drawing needs them.
    from transitions.extensions.diagrams_mermaid import Graph

    drawn = str(Graph(_machine(table, "mermaid")).get_graph(f"title: {title}").draw(None))
    return "".join(f"{line.rstrip()}\n" for line in drawn.splitlines())


def dot(title: str = _TITLE, table: Mapping[tuple[Events, States], str] = TABLE) -> str:
    """The same diagram in DOT, for the programs of Graphviz.

    Raises GraphvizMissingError if the Python package graphviz is not there (extra ``diagrams``).
    """
    from transitions.extensions import diagrams_graphviz

    if getattr(diagrams_graphviz, "pgv", None) is None:
        raise GraphvizMissingError(
            "DOT needs the Python package graphviz, which is not installed: pip install 'dulcimer[diagrams]'"
        )
    return str(diagrams_graphviz.Graph(_machine(table, "graphviz")).get_graph(title).source)


def _machine(table: Mapping[tuple[Events, States], str], engine: Literal["graphviz", "mermaid"]) -> Any:
    """A machine with these cells, whose transitions are labelled; states without transitions are left out."""
    from transitions.extensions.diagrams import GraphMachine

    machine = build_machine(table, partial(GraphMachine, graph_engine=engine, show_conditions=True))
    touched: set[str] = set()
    for (event, state), action in table.items():
        for transition in machine.events[event.label].transitions[state.label]:
            # Transitions of a GraphMachine have a label that their type does not declare.
            transition.label = f"{event.label} {action}"  # type: ignore[attr-defined]
            touched |= {transition.source, transition.dest or transition.source}
    for name in set(machine.states) - touched:
        del machine.states[name]
    return machine
