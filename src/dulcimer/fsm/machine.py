"""One association's state machine: an event and its cause in, effects in printed order out.

Table 9-10 is data, the `transitions` machine is generated from it (see `cells`), and every event of every association
goes through that machine. It is built once; an association only holds its state. Next states are
decided nowhere else.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from transitions import Machine, MachineError

from dulcimer._generated.fsm import EVENTS, STATES, TABLE, ActionMethods, Events, States
from dulcimer.errors import LocalProtocolError
from dulcimer.fsm.cells import build_machine
from dulcimer.fsm.effects import AssociationEffects, Effect

# transitions logs several records for each event, which at INFO would flood and slow down an application. To get
# them, set the level of that logger.
_log = logging.getLogger("transitions.core")
_log.setLevel(_log.level or logging.WARNING)

_MACHINE = build_machine()
_LABELS = tuple(event.label for event in Events)
_IDLE, _ESTABLISHED = States.STA_1.label, States.STA_6.label
_BY_LABEL = {state.label: state for state in States}
_ALLOWED = {state.label: frozenset(event for event, where in TABLE if where is state) for state in States}


class StateMachine(AssociationEffects, ActionMethods):
    """The upper layer state machine of one association (PS3.8 9.2).

    Use `action`. The methods `ae_1` to `aa_8` perform one action each, whatever the state is: they read `cause`, add
    to `effects`, and return the next state without changing to it.
    """

    __slots__ = ("_events",)

    def __init__(self, *, is_requestor: bool, machine: Machine = _MACHINE) -> None:
        """`machine` is by default the one generated from Table 9-10; a test that needs a faulty peer passes another."""
        super().__init__(is_requestor=is_requestor)
        self._events = machine.events

    @property
    def current_state(self) -> States:
        """The state, `States.STA_1` to `States.STA_13`."""
        return _BY_LABEL[self.state]

    @property
    def transition_table(self) -> Mapping[tuple[Events, States], str]:
        """Table 9-10: the action of each filled cell."""
        return TABLE

    @property
    def is_usual(self) -> bool:
        """Whether this is the machine of Table 9-10, and not a faulty one that a test has passed."""
        return self._events is _MACHINE.events

    @property
    def is_established(self) -> bool:
        """Whether the association is established: data may flow both ways (Sta6, PS3.8 Table 9-3)."""
        return self.state == _ESTABLISHED

    @property
    def is_idle(self) -> bool:
        """Whether there is neither an association nor a transport connection (Sta1, PS3.8 Table 9-1)."""
        return self.state == _IDLE

    def allows(self, event: Events) -> bool:
        """Whether Table 9-10 has an action for `event` in the current state.

        The printed table decides, even if a test has passed a faulty machine: its fault must show.
        """
        return event in _ALLOWED[self.state]

    def action(self, event: Events, cause: object = None) -> list[Effect]:
        """Run the cell of `event` in the current state, move to the next state, return the effects.

        In a blank cell the state does not change: a primitive of the local user raises LocalProtocolError,
        anything else (a timer that has been stopped, a second close) has no effects.
        """
        self.cause = cause
        self.effects = []
        try:
            self._events[_LABELS[event]].trigger(self, self)
        except MachineError:
            if EVENTS[event].kind == "primitive":
                raise self._misuse(event) from None
        return self.effects

    def _misuse(self, event: Events) -> LocalProtocolError:
        state = self.current_state
        where = [other.label for other in States if (event, other) in TABLE]
        return LocalProtocolError(
            f"{EVENTS[event].description} ({event.label}) is not allowed in {state.label}: "
            f"{STATES[state].meaning} It is allowed in {', '.join(where)} (PS3.8 Table 9-10).",
            event=event.label,
            state=state.label,
        )
