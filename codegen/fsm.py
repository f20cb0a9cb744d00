"""Writes `_generated/fsm.py`: the state machine of PS3.8 9.2 as data, and as a `transitions` machine."""

from __future__ import annotations

from codegen.emit import Node, assign, call, cited, dict_of, module, text, tuple_of
from codegen.spec import Spec
from codegen.spec.state_machine import SEND_ABORT, Guard, Outcome, StateMachine

SOURCE = "spec/ps3_8/state_machine.toml"

_IMPORTS = """
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

from dulcimer.notebook import notebook_table

if TYPE_CHECKING:
    from transitions import Machine
"""

_ENUM = '''
class _{name}InNotebooks:
    """An enumeration itself must not have a method of this name."""

    def _repr_html_(self: {name}) -> str:  # type: ignore[misc]  # it is a base of that class only
        """Its cells of Table 9-10, for notebooks."""
        info = {infos}[self]
        rows = _cells_shown({own}=self)
        return notebook_table(info.label, f"{{info.{text}}} {{info.clause}}", ("{others}", "action", "next"), rows)


class {name}(_{name}InNotebooks, IntEnum):
    """{doc}"""

{members}

    @property
    def label(self) -> str:
        """The name in the standard, such as {example}."""
        return {infos}[self].label

    @classmethod
    def from_label(cls, label: str) -> {name}:
        """The member called `label`; KeyError if there is none."""
        return cls[label.replace("{prefix}", "{python}", 1)]
'''

_CELLS_SHOWN = """
def _cells_shown(state: States | None = None, event: Events | None = None) -> list[tuple[str, str, str]]:
    found = []
    for (which, where), label in TABLE.items():
        if state in (None, where) and event in (None, which):
            action = ACTIONS[label]
            other = f"{which.label}: {EVENTS[which].description}" if event is None else where.label
            reached = dict.fromkeys(outcome.next_state.label for outcome in action.outcomes)
            found.append((other, f"{label}: {action.description}", " or ".join(reached)))
    return found
"""

_CLASSES = '''
@dataclass(frozen=True, slots=True)
class StateInfo:
    """A state; `role` is the end that can be in it: "both", "acceptor" or "requestor" of the association."""

    label: str
    meaning: str
    role: str
    clause: str


@dataclass(frozen=True, slots=True)
class EventInfo:
    """An event; `kind` is "primitive", "transport", "pdu" or "timer".

    `subject` is the PDU or primitive, "" where it is neither or can be any.
    """

    label: str
    description: str
    kind: str
    subject: str
    clause: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action does when its guard is True, or False if `negated`; always if there is no guard.

    `abort_sources` are the values that the standard allows in the Source field of the A-ABORT sent.
    """

    guard: str | None
    negated: bool
    effects: tuple[str, ...]
    next_state: States
    abort_sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ActionInfo:
    """An action of Tables 9-6 to 9-9; `method` is its name as a Python name."""

    label: str
    method: str
    description: str
    clause: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class EffectInfo:
    """One effect of actions; `method` of `Effects` carries it out, "" if there is nothing to do."""

    method: str
    description: str
    clause: str
'''

_METHODS = '''
class ActionMethods:
    """Each action of Tables 9-6 to 9-9 as a method, for a class that has the methods of `Effects`.

    It carries out the effects in the printed order and returns the next state; moving there is left to the caller.
    """

    __slots__ = ()
'''

_BUILD = '''
def build_machine(
    table: Mapping[tuple[Events, States], str] | None = None, make: Callable[..., Machine] | None = None
) -> Machine:
    """Table 9-10 as a `transitions` machine without a model: `machine.events["Evt10"].trigger(fx, fx)`.

    `fx` has the state in its attribute `state`, and the actions work on it. The effects run before the
    state changes, so an effect that raises leaves the state as it was. A blank cell raises MachineError.
    `table` has other cells than those of Table 9-10, or some of them. `make` makes the machine, by default the class
    Machine of `transitions`; other classes of `transitions` draw it or lock it.
    """
    if make is None:
        from transitions import Machine

        make = Machine
    machine = make(
        model=None,
        states=[state.label for state in STATES],
        initial=None,
        auto_transitions=False,
        send_event=False,
    )
    for (event, state), label in (TABLE if table is None else table).items():
        for outcome, function in zip(ACTIONS[label].outcomes, ACTION_FUNCTIONS[label], strict=True):
            guard = GUARD_FUNCTIONS[outcome.guard] if outcome.guard else None
            machine.add_transition(
                event.label,
                state.label,
                None if outcome.next_state == state else outcome.next_state.label,
                conditions=None if outcome.negated else guard,
                unless=guard if outcome.negated else None,
                before=function,
            )
    return machine
'''


def generate(spec: Spec) -> str:
    """The source of the module."""
    machine = spec.machine
    return module(
        SOURCE,
        "The state machine of the DICOM upper layer (PS3.8 9.2).",
        _IMPORTS,
        _enum("States", list(machine.states), "The states, PS3.8 Tables 9-1 to 9-5."),
        _enum("Events", list(machine.events), "The events, PS3.8 Table 9-10."),
        _CELLS_SHOWN,
        _CLASSES,
        _protocol(machine),
        *(_action_function(label, outcome, machine) for label, outcome in _outcomes(machine)),
        *(_guard_function(name, guard) for name, guard in machine.guards.items()),
        _action_methods(machine),
        "\n\n".join(_tables(machine)),
        _BUILD,
    )


def action_method(label: str) -> str:
    """`AE-1` as a Python name."""
    return label.lower().replace("-", "_")


def function_name(label: str, outcome: Outcome) -> str:
    """The function of one outcome of an action."""
    suffix = f"_when_{outcome.when}" if outcome.when else f"_unless_{outcome.unless}" if outcome.unless else ""
    return action_method(label) + suffix


_STATES = {"infos": "STATES", "prefix": "Sta", "python": "STA_", "own": "state", "text": "meaning", "others": "event"}
_EVENTS = {
    "infos": "EVENTS",
    "prefix": "Evt",
    "python": "EVT_",
    "own": "event",
    "text": "description",
    "others": "state",
}


def _enum(name: str, labels: list[str], doc: str) -> str:
    words = _STATES if name == "States" else _EVENTS
    members = "\n".join(f"    {words['python']}{number + 1} = {number}" for number in range(len(labels)))
    return _ENUM.format(name=name, doc=doc, members=members, example=labels[0], **words)


def _outcomes(machine: StateMachine) -> list[tuple[str, Outcome]]:
    return [(label, outcome) for label, action in machine.actions.items() for outcome in action.outcomes]


def _protocol(machine: StateMachine) -> str:
    lines = ["class Effects(Protocol):", '    """What actions do and ask, one method each."""', ""]
    for key, effect in machine.effects.items():
        if effect.method:
            parameters = "self, source: int" if key == SEND_ABORT else "self"
            lines += _method(effect.method, parameters, "None", cited(effect.description, effect.clause))
    for name, guard in machine.guards.items():
        lines += _method(name, "self", "bool", cited(guard.description, guard.clause))
    return "\n".join(lines)


def _method(name: str, parameters: str, returns: str, doc: str) -> list[str]:
    return [f"    def {name}({parameters}) -> {returns}:", f'        """{doc}"""', "        ...", ""]


def _action_function(label: str, outcome: Outcome, machine: StateMachine) -> str:
    action = machine.actions[label]
    condition = f", {_condition(outcome)}" if outcome.guard else ""
    calls = []
    for effect in outcome.effects:
        method = machine.effects[effect].method
        if method:
            calls.append(f"    fx.{method}({outcome.abort_sources[0] if effect == SEND_ABORT else ''})")
    parameter = "fx" if calls else "_fx"
    opening = f"def {function_name(label, outcome)}({parameter}: Effects) -> None:"
    doc = f'    """{label}{condition}: {cited(action.description, action.clause)}"""'
    return "\n".join([opening, doc, *calls])


def _condition(outcome: Outcome) -> str:
    return f"when {outcome.when}" if outcome.when else f"unless {outcome.unless}"


def _guard_function(name: str, guard: Guard) -> str:
    doc = cited(guard.description, guard.clause)
    return f'def {name}(fx: Effects) -> bool:\n    """{doc}"""\n    return fx.{name}()'


def _action_methods(machine: StateMachine) -> str:
    lines = [_METHODS]
    for label, action in machine.actions.items():
        lines += [
            f"    def {action_method(label)}(self: Effects) -> States:",
            f'        """{label}: {cited(action.description, action.clause)}"""',
        ]
        for outcome in action.outcomes:
            indent = " " * 8
            if outcome.guard and outcome is not action.outcomes[-1]:
                lines.append(f"{indent}if {'not ' * bool(outcome.unless)}{outcome.guard}(self):")
                indent += " " * 4
            lines.append(f"{indent}{function_name(label, outcome)}(self)")
            lines.append(f"{indent}return States.STA_{outcome.next[3:]}")
        lines.append("")
    return "\n".join(lines)


def _tables(machine: StateMachine) -> list[str]:
    states = [
        call("StateInfo", text(label), text(state.meaning), text(state.role), text(state.clause))
        for label, state in machine.states.items()
    ]
    events = [
        call("EventInfo", *map(text, (label, event.description, event.kind, event.subject, event.clause)))
        for label, event in machine.events.items()
    ]
    effects = [
        (text(key), call("EffectInfo", text(effect.method), text(effect.description), text(effect.clause)))
        for key, effect in machine.effects.items()
    ]
    guards = [(text(name), text(guard.description)) for name, guard in machine.guards.items()]
    cells = [
        (f"(Events.EVT_{event[3:]}, States.STA_{state[3:]})", text(action))
        for (event, state), action in machine.cells().items()
    ]
    subjects = {
        kind: [
            (text(event.subject), f"Events.EVT_{label[3:]}")
            for label, event in machine.events.items()
            if event.kind == kind and event.subject
        ]
        for kind in ("pdu", "primitive")
    }
    functions = [
        (text(label), tuple_of(function_name(label, outcome) for outcome in action.outcomes))
        for label, action in machine.actions.items()
    ]
    return [
        assign("STATES: tuple[StateInfo, ...]", tuple_of(states, one_a_line=True)),
        assign("EVENTS: tuple[EventInfo, ...]", tuple_of(events, one_a_line=True)),
        assign("EVENT_OF_PDU: dict[str, Events]", dict_of(subjects["pdu"])),
        assign("EVENT_OF_PRIMITIVE: dict[str, Events]", dict_of(subjects["primitive"])),
        assign("EFFECTS: dict[str, EffectInfo]", dict_of(effects)),
        assign("GUARDS: dict[str, str]", dict_of(guards)),
        assign("ACTIONS: dict[str, ActionInfo]", dict_of(_action(label, machine) for label in machine.actions)),
        assign("TABLE: dict[tuple[Events, States], str]", dict_of(cells)),
        assign("ACTION_FUNCTIONS: dict[str, tuple[Callable[[Effects], None], ...]]", dict_of(functions)),
        assign(
            "GUARD_FUNCTIONS: dict[str, Callable[[Effects], bool]]",
            dict_of((text(name), name) for name in machine.guards),
        ),
    ]


def _action(label: str, machine: StateMachine) -> tuple[str, Node]:
    action = machine.actions[label]
    outcomes = [
        call(
            "Outcome",
            text(outcome.guard) if outcome.guard else "None",
            str(bool(outcome.unless)),
            tuple_of(text(effect) for effect in outcome.effects),
            f"States.STA_{outcome.next[3:]}",
            tuple_of(str(source) for source in outcome.abort_sources),
        )
        for outcome in action.outcomes
    ]
    return text(label), call(
        "ActionInfo",
        text(label),
        text(action_method(label)),
        text(action.description),
        text(action.clause),
        tuple_of(outcomes),
    )
