"""The cases of the upper tester: every cell of a state that is held, made only from the table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dulcimer._generated.conformance import ACTION_RULES, STIMULI, Alternative, Stimulus
from dulcimer._generated.fsm import ACTIONS, EVENTS, STATES, TABLE, Events, Outcome, States
from dulcimer.conformance.catalogue.acceptor import transport_step
from dulcimer.conformance.catalogue.upper_tester_ways import Leg, indications_of, outcome_of, ways
from dulcimer.conformance.model.case import Case, revision
from dulcimer.conformance.model.oracle import CLOSE, Cell, VisibleOutput, outputs
from dulcimer.conformance.model.parts import CaseOpening, Expectation, Injection, WatchFor
from dulcimer.conformance.model.steps import IssuePrimitive, Reach, Send, Step
from dulcimer.conformance.stimuli.messages import Titles, stimulus_bytes, stimulus_label

_MARK = "held"
_ABORT = "A-ABORT"
_ROLES = {False: "acceptor", True: "requestor"}
_SHORT = {False: "acc", True: "req"}
_PROVIDER = 2


@dataclass(frozen=True, slots=True)
class HeldCase(Case):
    """One case of the upper tester: `legs` lead into the state, `stimulus` (None: a primitive) is the event there.

    `outcome` is what the table demands, `indications` are what the local user gets.
    """

    is_requestor: bool = False
    legs: tuple[Leg, ...] = ()
    event: Events = Events.EVT_1
    stimulus: Stimulus | None = None
    outcome: Outcome = ACTIONS["AA-6"].outcomes[0]
    indications: tuple[str, ...] = ()


def held_cases() -> tuple[HeldCase, ...]:
    """Every case, for both roles."""
    return tuple(case for is_requestor in (False, True) for case in _cases(is_requestor=is_requestor))


def _cases(*, is_requestor: bool) -> Iterator[HeldCase]:
    for state, legs in ways(is_requestor=is_requestor).items():
        if state is States.STA_4:  # lasts no longer than the connect
            continue
        for event in Events:
            if (event, state) not in TABLE:
                continue
            if EVENTS[event].kind == "primitive":
                yield _case((event, state), legs, None, is_requestor=is_requestor)
            for stimulus in STIMULI:
                if Events.from_label(stimulus.event) is event and _applies(stimulus, state):
                    yield _case((event, state), legs, stimulus, is_requestor=is_requestor)


def _applies(stimulus: Stimulus, state: States) -> bool:
    if stimulus.wait or stimulus.transport == "half-close":
        return False
    return not stimulus.states or STATES[state].label in stimulus.states


def _case(cell: Cell, legs: tuple[Leg, ...], stimulus: Stimulus | None, *, is_requestor: bool) -> HeldCase:
    event, state = cell
    action = TABLE[cell]
    source = (stimulus.fields or {}).get("source", 0) if stimulus else 0
    outcome = outcome_of(cell, is_requestor=is_requestor, abort_source=source)
    alternatives = tuple(_alternatives(outcome, state))
    indications = indications_of(outcome)
    parts = (f"ul.fsm.{_SHORT[is_requestor]}.sta{state + 1:02}.evt{event + 1:02}", _MARK)
    what = f"{EVENTS[event].label} ({EVENTS[event].description})"
    return HeldCase(
        id=".".join((*parts, stimulus.variant) if stimulus and stimulus.variant else parts),
        rev=revision(tuple(leg.event.label for leg in legs), stimulus, alternatives, indications),
        clause=f"PS3.8 Table 9-10 {EVENTS[event].label}/{STATES[state].label} {action}",
        requirement=f"In {STATES[state].label}, held by the local user, {what} runs {action}: "
        f"{ACTIONS[action].description[:1].lower()}{ACTIONS[action].description[1:]}",
        severity="S2",
        role=_ROLES[is_requestor],
        opening=CaseOpening(tuple(Reach(leg.event) for leg in legs), needs=("upper-tester",)),
        injection=Injection((_step(event, stimulus),)),
        expectation=Expectation(
            alternatives=alternatives,
            watch=WatchFor.GONE if stimulus and stimulus.transport else WatchFor.REACTION,
            open=stimulus.open if stimulus else "",
            best=stimulus.best if stimulus else -1,
        ),
        cell=cell,
        rules=ACTION_RULES[action],
        is_requestor=is_requestor,
        legs=legs,
        event=event,
        stimulus=stimulus,
        outcome=outcome,
        indications=indications,
    )


def _step(event: Events, stimulus: Stimulus | None) -> Step:
    if stimulus is None:
        return IssuePrimitive(event)
    if stimulus.transport:
        return transport_step(stimulus.transport)
    return Send(stimulus_label(stimulus), stimulus_bytes(stimulus, Titles()), (event,), split=stimulus.split)


def _alternatives(outcome: Outcome, state: States) -> Iterator[Alternative]:
    """What the outcome looks like from outside, and what else may be seen."""
    shown = outputs(outcome)
    if not shown:
        yield Alternative("nothing", "OK", ("silence", "gone"))
        if state is States.STA_13:
            why = "the peer closed the connection, which ARTIM allows at any time, before it could show what it does"
            yield Alternative("left", "UNOBSERVABLE", ("close(*)",), why=why)
        yield Alternative("other", "FAILED", ("*",), why="the action has no effect that the other end can see")
        return
    first = shown[0]
    if first.name == CLOSE:
        yield Alternative("close", "OK", ("close(*)", "gone"))
        late = "the connection was closed only some time after the event"
        yield Alternative("late-close", "NON-STRICT", ("late-close(*)",), why=late)
        yield Alternative("open", "FAILED", ("silence",), why="the action closes the connection, but it is still open")
        yield Alternative("other", "FAILED", ("*",), why="the action closes the connection and sends nothing")
        return
    yield Alternative("sent", "OK", _patterns(first))
    if first.name == _ABORT:
        if state is States.STA_13:
            left = "the peer closed the connection, which ARTIM allows at any time, before it could answer"
            yield Alternative("left", "UNOBSERVABLE", ("close(*)",), why=left)
        else:
            bare = "the connection was closed without an A-ABORT"
            yield Alternative("bare-close", "NON-STRICT", ("close(*)",), why=bare)
        wrong = "source or reason of the A-ABORT is not that of the action; the local user has not aborted"
        yield Alternative("other-abort", "FAILED", (f"{_ABORT}(*)",), severity="S3", why=wrong)
    yield Alternative("silence", "FAILED", ("silence",), why=f"the {first.name} that the action sends did not arrive")
    yield Alternative("other", "FAILED", ("*",), why=f"the action sends an {first.name}")


def _patterns(output: VisibleOutput) -> tuple[str, ...]:
    if output.name != _ABORT:
        return (output.name, f"{output.name}(*)", *(("C-*", "fragment") if output.name == "P-DATA-TF" else ()))
    patterns = {0: f"{_ABORT}(0,0)", _PROVIDER: "@p-abort"}
    return tuple(patterns[source] for source in output.sources)
