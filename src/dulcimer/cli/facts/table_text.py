"""Table 9-10 as text, rows and columns as printed in PS3.8 9.2.3."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dulcimer._generated.fsm import ACTIONS, EVENTS, TABLE, Events, States

DESCRIBED_WIDTH = 150
"""Width in columns from which there is room for descriptions of the events."""


WHOLE_WIDTH = 87
"""Width in columns that all 13 states need; on a narrower terminal the table is printed in two halves."""


def show_table(console: Console) -> None:
    """Print the 19 rows and 13 columns; actions of Table 9-9 (AA-1 to AA-8) are dim, since they fill most cells."""
    states = list(States)
    halves = [states] if console.width >= WHOLE_WIDTH else [states[:7], states[7:]]
    for half in halves:
        console.print(_table(half, described=console.width >= DESCRIBED_WIDTH))
        if half is not halves[-1]:
            console.print()
    console.print(
        Text(
            f"{len(TABLE)} of {len(Events) * len(States)} cells are filled, with {len(ACTIONS)} actions; a blank cell "
            "cannot happen or is a misuse by the local user.\nOne cell: dulcimer explain Sta6 Evt12."
        )
    )


def _table(states: list[States], *, described: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True, style="bold")
    for state in states:
        table.add_column(state.label, no_wrap=True)
    if described:
        table.add_column("event", no_wrap=True)
    for event in Events:
        cells = [_cell(TABLE.get((event, state), "")) for state in states]
        table.add_row(event.label, *cells, *([EVENTS[event].description] if described else []))
    return table


def _cell(label: str) -> Text:
    return Text(label, style="dim" if label.startswith("AA-") else "bold" if label else "")
