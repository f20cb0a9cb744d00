"""Table 9-10 as a report covers it: the verdict of each cell."""

from __future__ import annotations

from dataclasses import dataclass, field

from dulcimer._generated.fsm import EVENTS, STATES, TABLE, Events, States
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.verdict import CONCLUSIVE, MEANINGS, RANK, Verdict
from dulcimer.conformance.report.contents import SIGNS
from dulcimer.conformance.report.document import CaseReport, Report


@dataclass(slots=True)
class Mark:
    """A cell with its cases; `seen`: outputs of the peer showed that it passed the cell."""

    cell: Cell
    cases: list[CaseReport] = field(default_factory=list)
    seen: bool = False

    @property
    def verdict(self) -> Verdict | None:
        """The worst conclusive verdict of its cases, else that of the first; None if there is none."""
        found = [case.verdict for case in self.cases]
        conclusive = [verdict for verdict in found if verdict in CONCLUSIVE]
        if conclusive:
            return max(conclusive, key=lambda verdict: RANK[verdict])
        return None if self.seen or not found else found[0]

    @property
    def sign(self) -> str:
        """One character."""
        if self.verdict is not None:
            return SIGNS[self.verdict]
        return "o" if self.seen else "-"

    @property
    def words(self) -> str:
        """What the sign means."""
        if self.verdict is not None:
            return f"{self.verdict}: {MEANINGS[self.verdict]}"
        return "seen as an output of the peer" if self.seen else "not covered"


def marks(report: Report) -> dict[Cell, Mark]:
    """Every cell of Table 9-10 that is not blank."""
    found = {cell: Mark(cell, seen=cell in report.observed_cells) for cell in TABLE}
    for case in report.cases:
        if case.cell is not None:
            found[case.cell].cases.append(case)
    return found


def as_text(report: Report) -> str:
    """The table, events down and states across, one sign for each cell."""
    found = marks(report)
    lines = ["      " + " ".join(f"{state.label.removeprefix('Sta'):>2}" for state in STATES)]
    for event in Events:
        signs = " ".join(f"{found[event, state].sign if (event, state) in found else '':>2}" for state in States)
        lines.append(f"{EVENTS[event].label:<5} {signs}".rstrip())
    return "\n".join(lines)


def with_names(report: Report) -> str:
    """The table with one sign for each cell, and the name of each event after its row."""
    found = marks(report)
    lines = ["       " + " ".join(f"{state.label.removeprefix('Sta'):>2}" for state in STATES)]
    for event in sorted({event for event, _ in TABLE}):
        signs = " ".join(f"{found[event, state].sign if (event, state) in found else '':>2}" for state in States)
        name = EVENTS[event].description.partition(" (")[0]
        lines.append(f"{EVENTS[event].label:<6} {signs}  {name}".rstrip())
    return "\n".join(lines)
