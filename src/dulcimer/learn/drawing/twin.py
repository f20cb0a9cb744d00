"""The drawing as a table, for those who do not see it, and for programs: a row for each arrow and action."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dulcimer._generated.drawing import ARROWS, DRAWN_GUARDS
from dulcimer._generated.fsm import ACTIONS, EVENTS
from dulcimer.learn.drawing.arrows import ALL, arrows_of, outcomes_of

COLUMNS: Final = ("from", "event", "which is", "action", "which does", "to")


def twin_rows(layer: str = ALL) -> Iterator[tuple[str, ...]]:
    """The rows, with `COLUMNS`: the arrows of a layer in their order, one row for each event of each."""
    for number in arrows_of(layer):
        rows: dict[tuple[str, ...], list[str]] = {}
        for one in outcomes_of(number):
            info = EVENTS[one.event]
            condition = ""
            if one.outcome.guard is not None and len(ACTIONS[one.action].outcomes) > 1:
                words = DRAWN_GUARDS[one.outcome.guard]
                condition = f" {words.fails if one.outcome.negated else words.holds}"
            key = (info.label, f"{info.description}{condition}", one.action, ACTIONS[one.action].description)
            if one.state.label not in (starts := rows.setdefault(key, [])):
                starts.append(one.state.label)
        for (event, which, action, does), states in rows.items():
            yield ", ".join(states), event, which, action, does, ARROWS[number].to
