"""The machine against Table 9-10, cell by cell, and on random walks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.fsm import ACTIONS, EVENTS, TABLE, Events, States
from dulcimer.errors import LocalProtocolError
from dulcimer.fsm import StateMachine
from dulcimer.fsm.effects import (
    AcceptTransport,
    CloseTransport,
    Effect,
    Issue,
    Offence,
    OpenTransport,
    SendPData,
    SendPdu,
    StartArtim,
    StopArtim,
)
from dulcimer.fsm.primitives import AbortIndication, AbortRequest, PAbortIndication
from dulcimer.wire.model import Abort, AssociateRj, AssociateRq
from support.associations import CAUSES, machine_in

CELLS = sorted(TABLE)
BLANKS = [(event, state) for event in Events for state in States if (event, state) not in TABLE]
PRIMITIVES = {event for event in Events if EVENTS[event].kind == "primitive"}


def cell_name(cell: object) -> str:
    return f"{cell[0].label}-{cell[1].label}" if isinstance(cell, tuple) else str(cell)


def outline(effect: Effect) -> str:
    """The effect in the words of the specification."""
    match effect:
        case OpenTransport():
            return "transport_connect"
        case AcceptTransport():
            return "transport_accept"
        case CloseTransport():
            return "close_transport"
        case StartArtim():
            return "start_artim"
        case StopArtim():
            return "stop_artim"
        case SendPData():
            return "send_pdu:P-DATA-TF"
        case SendPdu(pdu):
            name = type(pdu).__name__
            prefix, rest = ("A-ASSOCIATE", name[9:]) if "Associate" in name else ("A-RELEASE", name[7:])
            return "send_pdu:A-ABORT" if name == "Abort" else f"send_pdu:{prefix}-{rest.upper()}"
        case Issue(primitive):
            names = {
                "AssociateIndication": "A-ASSOCIATE indication",
                "AssociateConfirmation": "A-ASSOCIATE confirmation",
                "PDataIndication": "P-DATA indication",
                "ReleaseIndication": "A-RELEASE indication",
                "ReleaseConfirmation": "A-RELEASE confirmation",
                "AbortIndication": "A-ABORT indication",
                "PAbortIndication": "A-P-ABORT indication",
            }
            text = f"issue:{names[type(primitive).__name__]}"
            if text.endswith("confirmation") and "ASSOCIATE" in text:
                text += " (reject)" if isinstance(primitive.pdu, AssociateRj) else " (accept)"
            return text


def guard_holds(machine: StateMachine, guard: str | None) -> bool:
    return guard is None or getattr(machine, guard)()


@pytest.mark.clause("PS3.8 9.2.3")
@pytest.mark.parametrize("is_requestor", [True, False], ids=["requestor", "acceptor"])
@pytest.mark.parametrize("refused", [False, True], ids=["supported", "refused"])
@pytest.mark.parametrize("cell", CELLS, ids=cell_name)
def test_cell_runs_its_printed_action_and_reaches_its_next_state(
    cell: tuple[Events, States], is_requestor: bool, refused: bool
) -> None:
    event, state = cell
    machine = machine_in(state, is_requestor=is_requestor)
    machine.refusal = AssociateRj(2, 3, 2) if refused else None
    machine.cause = CAUSES.get(event)
    outcomes = [
        outcome
        for outcome in ACTIONS[TABLE[cell]].outcomes
        if guard_holds(machine, outcome.guard) is not outcome.negated
    ]
    assert len(outcomes) == 1
    effects = machine.action(event, CAUSES.get(event))
    printed = [effect.replace("restart", "start") for effect in outcomes[0].effects if effect != "ignore"]
    assert [outline(effect) for effect in effects] == printed
    assert machine.current_state is outcomes[0].next_state


@pytest.mark.parametrize("cell", BLANKS, ids=cell_name)
def test_blank_cell_changes_nothing(cell: tuple[Events, States]) -> None:
    event, state = cell
    machine = machine_in(state, is_requestor=True)
    if event in PRIMITIVES:
        with pytest.raises(LocalProtocolError, match=f"{event.label}.*{state.label}") as caught:
            machine.action(event, CAUSES.get(event))
        assert (caught.value.event, caught.value.state) == (event.label, state.label)
    else:
        assert machine.action(event, CAUSES.get(event)) == []
    assert machine.current_state is state


@given(st.booleans(), st.booleans(), st.lists(st.sampled_from(list(Events)), max_size=60))
def test_random_walk_never_leaves_the_table(is_requestor: bool, refused: bool, walk: list[Events]) -> None:
    """Any events in any order: never an exception but for misuse, ARTIM exactly in Sta2 and Sta13."""
    machine = StateMachine(is_requestor=is_requestor)
    machine.refusal = AssociateRj(2, 3, 2) if refused else None
    artim = transport_open = False
    for event in walk:
        state = machine.current_state
        if state is States.STA_4 and event is Events.EVT_2:
            transport_open = True
        try:
            effects = machine.action(event, CAUSES.get(event))
        except LocalProtocolError:
            assert event in PRIMITIVES
            assert (event, state) not in TABLE
            continue
        if (event, state) in TABLE:
            nexts = {outcome.next_state for outcome in ACTIONS[TABLE[event, state]].outcomes}
            assert machine.current_state in nexts
            if event is Events.EVT_18:
                artim = False
            if event is Events.EVT_17:
                transport_open = False
        for effect in effects:
            match effect:
                case StartArtim():
                    artim = True
                case StopArtim():
                    artim = False
                case CloseTransport():
                    transport_open = False
                case AcceptTransport():
                    transport_open = True
        assert artim is (machine.current_state in (States.STA_2, States.STA_13))
        assert transport_open is (machine.current_state not in (States.STA_1, States.STA_4))


@pytest.mark.clause("PS3.8 Table 9-9 AA-3")
@pytest.mark.parametrize(("source", "kind"), [(0, AbortIndication), (1, PAbortIndication), (2, PAbortIndication)])
def test_source_of_the_abort_decides_which_indication_is_issued(source: int, kind: type) -> None:
    machine = machine_in(States.STA_6, is_requestor=True)
    issued = machine.action(Events.EVT_16, Abort(source, 0))[0]
    assert isinstance(issued, Issue)
    assert isinstance(issued.primitive, kind)


@pytest.mark.clause("PS3.8 Table 9-26")
def test_abort_of_the_provider_gives_the_reason() -> None:
    machine = machine_in(States.STA_6, is_requestor=True)
    assert machine.action(Events.EVT_13, CAUSES[Events.EVT_13])[0] == SendPdu(Abort(2, 2))
    machine = machine_in(States.STA_6, is_requestor=True)
    sent, issued, _ = machine.action(Events.EVT_19, Offence("PDU type 99H is not defined", 1))
    assert sent == SendPdu(Abort(2, 1))
    assert issued == Issue(PAbortIndication(Abort(2, 1), "PDU type 99H is not defined"))


@pytest.mark.clause("PS3.8 Table 9-26")
def test_abort_request_of_one_who_stands_in_for_the_provider_says_so() -> None:
    machine = machine_in(States.STA_6, is_requestor=True)
    assert machine.action(Events.EVT_15, AbortRequest(Abort(2, 6)))[0] == SendPdu(Abort(2, 6))


@pytest.mark.parametrize("answer", [True, False], ids=["yes", "no"])
@pytest.mark.parametrize("label", ACTIONS)
def test_each_action_is_a_method_that_returns_the_next_state_and_does_not_move(label: str, answer: bool) -> None:
    action = ACTIONS[label]
    event, state = next(cell for cell, name in TABLE.items() if name == label)
    machines = [machine_in(state, is_requestor=answer) for _ in range(2)]
    cause = Abort(0 if answer else 2, 0) if label == "AA-3" else CAUSES.get(event)
    for machine in machines:
        machine.refusal = None if answer else AssociateRj(2, 3, 2)
    by_method, by_event = machines
    by_method.cause = cause
    next_state = getattr(by_method, action.method)()
    assert by_method.current_state is state
    assert (by_method.effects, next_state) == (by_event.action(event, cause), by_event.current_state)
    assert label in (getattr(StateMachine, action.method).__doc__ or "")


def test_wrong_cause_is_an_error_of_the_caller_and_leaves_the_state() -> None:
    machine = StateMachine(is_requestor=True)
    machine.state = "Sta4"
    with pytest.raises(TypeError, match=AssociateRq.__name__):
        machine.action(Events.EVT_2, None)
    assert machine.current_state is States.STA_4


def test_table_is_public() -> None:
    assert StateMachine(is_requestor=True).transition_table is TABLE
