"""What implementations do otherwise, beside what it is about: `dulcimer check` has seen it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Final

from dulcimer._generated.deviations import DEVIATIONS
from dulcimer._generated.fsm import TABLE, Events, States
from dulcimer.cli.facts.explanation import Section

_CELL: Final = re.compile(r"ul\.fsm\.(?:acc|req)\.sta(\d\d)\.evt(\d\d)(?:\..*)?")


def deviations_where(is_about: Callable[[str], bool], role: str | None = None) -> Section:
    """Those of which a case fits; with `role`, only those of that end of the association."""
    rows = tuple(
        (one.stack, f"{one.reason} ({_cases(fitting)})")
        for one in DEVIATIONS
        if role in (None, one.role) and (fitting := [case for case in one.cases if is_about(case)])
    )
    return Section("deviations", "What implementations were seen to do otherwise", ("which", "does what"), rows)


def in_cells(
    state: States | None = None, event: Events | None = None, action: str | None = None, role: str | None = None
) -> Section:
    """Those in the cells of a state, of an event, of an action, or of some of these together."""

    def fits(case: str) -> bool:
        cell = _cell_of(case)
        return (
            cell is not None
            and event in (None, cell[0])
            and state in (None, cell[1])
            and action in (None, TABLE.get(cell))
        )

    return deviations_where(fits, role)


@cache
def _cell_of(case: str) -> tuple[Events, States] | None:
    match = _CELL.fullmatch(case)
    return match and (Events(int(match[2]) - 1), States(int(match[1]) - 1))


def _cases(found: list[str]) -> str:
    return found[0] if len(found) == 1 else f"{found[0]} and {len(found) - 1} more"
