"""Diagrams of the state machine, drawn by `transitions` from the rows that the machine is made from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from dulcimer._generated.fsm import TABLE, Events, States, build_machine


def mermaid(title: str = "The DICOM upper layer", table: Mapping[tuple[Events, States], str] = TABLE) -> str:
    """A Mermaid state diagram of the machine, or of the part of it that has these cells of Table 9-10.

    An arrow shows the event, the action and, in brackets, the guard, with ``!`` if it must not hold; ``internal`` means
    that the state does not change. States without arrows are left out.
    """
    # Imported here because only drawing needs them.
    from transitions.extensions.diagrams import GraphMachine
    from transitions.extensions.diagrams_mermaid import Graph

    machine = build_machine(table, partial(GraphMachine, graph_engine="mermaid", show_conditions=True))
    touched: set[str] = set()
    for (event, state), action in table.items():
        for transition in machine.events[event.label].transitions[state.label]:
            # Transitions of a GraphMachine have a label that their type does not declare.
            transition.label = f"{event.label} {action}"  # type: ignore[attr-defined]
            touched |= {transition.source, transition.dest or transition.source}
    for name in set(machine.states) - touched:
        del machine.states[name]
    # The annotation asks for a class, but an instance is meant.
    drawn = str(Graph(machine).get_graph(f"title: {title}").draw(None))  # type: ignore[arg-type]
    return "".join(f"{line.rstrip()}\n" for line in drawn.splitlines())
