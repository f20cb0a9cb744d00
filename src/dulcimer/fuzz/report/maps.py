"""Table 9-10 in plain text: how far each cell was reached."""

from __future__ import annotations

from dulcimer._generated.fsm import EVENTS, STATES, Events, States
from dulcimer.fuzz.campaign.result import CampaignResult
from dulcimer.fuzz.report.grouping import CellReach, cell_marks

_SIGNS = {CellReach.CERTAIN: "+", CellReach.POSSIBLE: "?", CellReach.MISSED: "x", CellReach.UNDRIVABLE: "-"}
MAP_LEGEND = "  ".join(f"{_SIGNS[reach]} {reach}" for reach in CellReach) + "  ! with a finding"
"""What the signs mean."""


def map_as_text(result: CampaignResult) -> str:
    """The table, events down and states across, one sign for each cell; 44 columns wide."""
    found = {each.reproducer.finding.cell for each in result.findings}
    signs = {cell: "!" if cell in found else _SIGNS[mark.reach] for cell, mark in cell_marks(result).items()}
    lines = ["      " + " ".join(f"{state.label.removeprefix('Sta'):>2}" for state in STATES)]
    for event in Events:
        row = " ".join(f"{signs.get((event, state), ''):>2}" for state in States)
        lines.append(f"{EVENTS[event].label:<5} {row}".rstrip())
    return "\n".join(lines)
