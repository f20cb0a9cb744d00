"""Diagrams of the state machine, drawn by `transitions` from the rows that the machine is made from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from dulcimer._generated.fsm import TABLE, Events, States, build_machine


def mermaid(title: str = "The DICOM upper layer", table: Mapping[tuple[Events, States], str] = TABLE) -> str:
    """The machine, or the part of it that has these cells of Table 9-10, as a state diagram in the language of Mermaid.

    An arrow has the event, the action, and in brackets the guard, with ``!`` where it must not hold; ``internal`` says
    that the state stays. States that no arrow touches are left out.
    """
    # Only who draws needs these; drawing by Mermaid needs nothing but `transitions`.
    from transitions.extensions.diagrams import GraphMachine
    from transitions.extensions.diagrams_mermaid import Graph

    machine = build_machine(table, partial(GraphMachine, graph_engine="mermaid", show_conditions=True))
    touched: set[str] = set()
    for (event, state), action in table.items():
        for transition in machine.events[event.label].transitions[state.label]:
            # Transitions of a GraphMachine have a label, which their type does not tell.
            transition.label = f"{event.label} {action}"  # type: ignore[attr-defined]
            touched |= {transition.source, transition.dest or transition.source}
    for name in set(machine.states) - touched:
        del machine.states[name]
    # The type asks for the class of the machine; the machine is meant.
    drawn = str(Graph(machine).get_graph(f"title: {title}").draw(None))  # type: ignore[arg-type]
    return "".join(f"{line.rstrip()}\n" for line in drawn.splitlines())
