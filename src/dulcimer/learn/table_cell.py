"""A cell of Table 9-10 as a value, for notebooks and programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dulcimer._generated.fsm import ACTIONS, EFFECTS, EVENTS, STATES, TABLE, Events, States
from dulcimer.notebook import notebook_table


@dataclass(frozen=True, slots=True)
class TableCell:
    """The cell of an event and a state (PS3.8 Table 9-10); a notebook shows its steps."""

    state: States
    event: Events

    @classmethod
    def of(cls, state: str, event: str) -> TableCell:
        """The cell of these labels, such as ``Sta6`` and ``Evt12``; KeyError if there is none."""
        return cls(States.from_label(state), Events.from_label(event))

    @property
    def action(self) -> str:
        """The label of its action; "" if the cell is blank."""
        return TABLE.get((self.event, self.state), "")

    def __str__(self) -> str:
        return f"{STATES[self.state].label} + {EVENTS[self.event].label} -> {self.action or 'blank'}"

    def _repr_html_(self) -> str:
        """The steps of its action, for notebooks."""
        action = ACTIONS.get(self.action)
        note = "This cannot happen here." if action is None else f"{action.description} {action.clause}"
        return notebook_table(str(self), note, ("if", "step", "which means"), self._steps())

    def _steps(self) -> Iterator[tuple[str, str, str]]:
        action = ACTIONS.get(self.action)
        for outcome in () if action is None else action.outcomes:
            guard = f"{'not ' * outcome.negated}{outcome.guard or ''}".replace("_", " ")
            for effect in outcome.effects:
                yield guard, effect, EFFECTS[effect].description
            yield guard, f"next state {outcome.next_state.label}", STATES[outcome.next_state].meaning
