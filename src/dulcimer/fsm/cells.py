"""A `transitions` machine whose cells are resolved once, so that an event costs little more than its action.

`transitions` looks up every callback with every event, and makes records for its log that hardly anybody reads. The
classes here are its own classes with a short way for what Table 9-10 has: guards, callbacks before the state changes,
the next state. All else that a machine is given (other callbacks, a queue, listeners to the log) goes the way of
`transitions`, and so do blank cells.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from transitions import Event, Machine, State, Transition
from transitions.core import Condition

from dulcimer._generated import fsm
from dulcimer._generated.fsm import Events, States

_log = logging.getLogger("transitions.core")

_Outcome: TypeAlias = tuple[list[tuple[Callable[..., Any], bool]], list[Callable[..., Any]], str | None]
"""Guards and the answers that they must give, what is called then, and the next state; None is to stay."""


class _Changes:
    """What was resolved before the last change of any machine is resolved again."""

    last = object()


def _reporting(change: Callable[..., Any]) -> Callable[..., Any]:
    def report(self: list[Any], *arguments: Any) -> Any:
        _Changes.last = object()
        return change(self, *arguments)

    return report


_CHANGING = (
    "append",
    "clear",
    "extend",
    "insert",
    "pop",
    "remove",
    "reverse",
    "sort",
    "__delitem__",
    "__iadd__",
    "__imul__",
    "__setitem__",
)
_Callbacks: type[list[Any]] = type("_Callbacks", (list,), {name: _reporting(getattr(list, name)) for name in _CHANGING})
"""A list that reports its changes."""


class _Reporting:
    """Reports when an attribute is set, and when a list is changed that is one."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, _Callbacks(value) if type(value) is list else value)
        _Changes.last = object()


class _CellState(_Reporting, State):
    """A state of a `CellMachine`."""


class _CellCondition(_Reporting, Condition):
    """A guard of a `CellMachine`."""


class _CellTransition(_Reporting, Transition):
    """One outcome of a cell of a `CellMachine`."""

    condition_cls = _CellCondition


class _CellEvent(_Reporting, Event):
    """An event of a `CellMachine`, with its cells as they were resolved last."""

    def __init__(self, name: str, machine: Machine) -> None:
        super().__init__(name, machine)
        self._cells: dict[str | None, list[_Outcome]] = {}
        self._resolved_at = object()

    def trigger(self, model: Any, *args: Any, **kwargs: Any) -> bool:
        """Do what the cell of the model's state says; whether there was an outcome whose guard let it pass.

        Raises MachineError in a blank cell.
        """
        if self._resolved_at is not _Changes.last:
            self._forget()
        state = getattr(model, "state", None)
        outcomes = self._cells.get(state)
        if outcomes is None:
            outcomes = self._resolve(state)
        if not outcomes or _log.isEnabledFor(logging.INFO):
            return super().trigger(model, *args, **kwargs)
        for guards, actions, next_state in outcomes:
            for guard, wanted in guards:
                if guard(*args, **kwargs) != wanted:
                    break
            else:
                for action in actions:
                    action(*args, **kwargs)
                if next_state is not None:
                    model.state = next_state
                return True
        return False

    def _forget(self) -> None:
        # Set past `_Reporting`: these two say what was resolved, and are no change.
        object.__setattr__(self, "_resolved_at", _Changes.last)
        object.__setattr__(self, "_cells", {})

    def _resolve(self, state: str | None) -> list[_Outcome]:
        """The outcomes of the cell; none if it is blank, or has what only `transitions` does."""
        machine, transitions = self.machine, self.transitions.get(state or "", [])
        found: list[_Outcome] = []
        if type(machine) is CellMachine and machine.is_plain and all(_is_plain(one, machine) for one in transitions):
            found = [_outcome_of(transition) for transition in transitions]
        self._cells[state] = found
        return found


class CellMachine(_Reporting, Machine):
    """A `transitions` machine whose cells are resolved when they are first needed after a change."""

    state_cls = _CellState
    transition_cls = _CellTransition
    event_cls = _CellEvent

    @property
    def is_plain(self) -> bool:
        """Whether it has neither callbacks of its own, nor a queue, nor another way to call and to keep the state."""
        callbacks = (
            self.prepare_event,
            self.before_state_change,
            self.after_state_change,
            self.finalize_event,
            self.on_exception,
            self.on_final,
        )
        return not any((*callbacks, self.has_queue, self.send_event, self.model_attribute != "state"))


def _is_plain(transition: Transition, machine: Machine) -> bool:
    """Whether a transition has only guards, callbacks before the state changes, and a next state."""
    called = [*transition.before, *(condition.func for condition in transition.conditions)]
    if transition.prepare or transition.after or not all(map(callable, called)):
        return False
    if transition.dest is None:
        return True
    left, entered = machine.states.get(transition.source), machine.states.get(transition.dest)
    return left is not None and entered is not None and not (left.on_exit or entered.on_enter)


def _outcome_of(transition: Transition) -> _Outcome:
    guards = [(condition.func, condition.target) for condition in transition.conditions]
    return guards, transition.before, transition.dest  # type: ignore[return-value]  # those that are names are not plain


def build_machine(
    table: Mapping[tuple[Events, States], str] | None = None, make: Callable[..., Machine] = CellMachine
) -> Machine:
    """Table 9-10 as a `transitions` machine without a model: `machine.events["Evt10"].trigger(fx, fx)`.

    See `dulcimer._generated.fsm.build_machine`. `make` is another class of `transitions` that draws or locks it.
    """
    return fsm.build_machine(table, make)
