"""The machine against Table 9-10, cell by cell, and on random walks.

The tables of PS3.8 are beside this file a second time, typed without a look at `spec/`: so a wrong cell in one of
the two is found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transitions import Machine
from transitions.extensions import LockedMachine

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import ACTIONS, EVENT_OF_PDU, EVENT_OF_PRIMITIVE, EVENTS, TABLE, Events, States
from dulcimer.errors import LocalProtocolError
from dulcimer.fsm import StateMachine, build_machine
from dulcimer.fsm.drawing import mermaid
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
from dulcimer.fsm.primitives import (
    EVENT_OF_REQUEST,
    AbortIndication,
    AbortRequest,
    AssociateConfirmation,
    PAbortIndication,
)
from dulcimer.wire.model import Abort, AssociateRj, AssociateRq
from support.associations import CAUSES, DATA, REQUESTS, machine_in

HERE = Path(__file__).parent
PRINTED: dict[tuple[Events, States], str] = {
    (Events.from_label(event), States.from_label(state)): action
    for event, row in json.loads((HERE / "table_9_10.json").read_text())["table"].items()
    for state, action in row.items()
}
PRINTED_ACTIONS: list[dict[str, object]] = json.loads((HERE / "tables_9_6_to_9_9.json").read_text())["actions"]
ALL_CELLS = [(event, state) for event in Events for state in States]
BLANKS = [cell for cell in ALL_CELLS if cell not in PRINTED]
PRIMITIVES = set(REQUESTS)
CONDITIONS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "": lambda case: True,
    "the provider can support the request": lambda case: not case["refused"],
    "the provider cannot support the request": lambda case: case["refused"],
    "this end requested the association": lambda case: case["is_requestor"],
    "this end accepted the association": lambda case: not case["is_requestor"],
    "the source of the A-ABORT is the service-user": lambda case: case["source"] == 0,
    "the source of the A-ABORT is the service-provider": lambda case: case["source"] != 0,
}


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
        case SendPdu(Abort(source)):
            return f"send_pdu:A-ABORT source {source}"
        case SendPdu(pdu):
            name = type(pdu).__name__
            prefix, rest = ("A-ASSOCIATE", name[9:]) if "Associate" in name else ("A-RELEASE", name[7:])
            return f"send_pdu:{prefix}-{rest.upper()}"
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
            if isinstance(primitive, AssociateConfirmation):
                text += " (reject)" if isinstance(primitive.pdu, AssociateRj) else " (accept)"
            return text


def test_the_table_is_the_printed_one() -> None:
    assert len(PRINTED) == 123
    assert TABLE == PRINTED
    assert StateMachine(is_requestor=True).transition_table == PRINTED


@pytest.mark.clause("PS3.8 9.2.3")
@pytest.mark.parametrize("is_requestor", [True, False], ids=["requestor", "acceptor"])
@pytest.mark.parametrize("refused", [False, True], ids=["supported", "refused"])
@pytest.mark.parametrize("source", [0, 2], ids=["of the user", "of the provider"])
@pytest.mark.parametrize("cell", sorted(PRINTED), ids=cell_name)
def test_cell_runs_its_printed_action_and_reaches_its_next_state(
    cell: tuple[Events, States], is_requestor: bool, refused: bool, source: int
) -> None:
    event, state = cell
    machine = machine_in(state, is_requestor=is_requestor)
    machine.refusal = AssociateRj(2, 3, 2) if refused else None
    case = {"is_requestor": is_requestor, "refused": refused, "source": source}
    (printed,) = (row for row in PRINTED_ACTIONS if row["action"] == PRINTED[cell] and CONDITIONS[str(row["if"])](case))
    effects = machine.action(event, Abort(source, 0) if event is Events.EVT_16 else CAUSES.get(event))
    assert [outline(effect) for effect in effects] == printed["effects"]
    assert machine.current_state.label == printed["next"]


@pytest.mark.parametrize("cell", ALL_CELLS, ids=cell_name)
def test_what_the_machine_allows_is_what_has_an_action(cell: tuple[Events, States]) -> None:
    event, state = cell
    machine = machine_in(state, is_requestor=True)
    assert machine.allows(event) is (cell in PRINTED)
    assert machine.is_established is (state is States.STA_6)
    assert machine.is_idle is (state is States.STA_1)


def test_events_are_found_by_what_they_are_about() -> None:
    about = {EVENTS[event].subject: event for event in Events if EVENTS[event].kind in ("pdu", "primitive")}
    del about[""]  # Evt19 is not a certain PDU
    assert about == EVENT_OF_PDU | EVENT_OF_PRIMITIVE
    assert {kind.label for kind in PduType} == set(EVENT_OF_PDU)
    assert {type(request): event for event, request in REQUESTS.items()} == EVENT_OF_REQUEST


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
    """Any events in any order: exceptions only for misuse, ARTIM only in Sta2 and Sta13."""
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


@given(st.data())
def test_a_machine_can_have_other_cells_and_another_class(data: st.DataObject) -> None:
    made: list[Machine] = []

    def make(**settings: Any) -> Machine:
        made.append(LockedMachine(**settings))
        return made[0]

    table = dict(data.draw(st.lists(st.sampled_from(sorted(PRINTED.items())), max_size=9)))
    own = build_machine(table, make)
    assert own is made[0]
    filled = {
        (Events.from_label(event), States.from_label(state))
        for event, row in own.events.items()
        for state, transitions in row.transitions.items()
        if transitions
    }
    assert filled == set(table)


def test_callbacks_of_ones_own_get_states_and_transitions() -> None:
    heard: list[tuple[str, str, object]] = []
    own = build_machine()
    own.get_state("Sta7").add_callback("enter", lambda fx: heard.append(("enter", fx.state, fx.cause)))
    for transition in own.get_transitions("Evt10", "Sta7", "*"):
        transition.add_callback("after", lambda fx: heard.append(("after", fx.state, list(fx.effects))))
    machine, other = StateMachine(is_requestor=True, machine=own), StateMachine(is_requestor=True)
    for one in (machine, other):
        one.state = "Sta6"
        one.action(Events.EVT_11)
    effects = machine.action(Events.EVT_10, DATA)
    assert heard == [("enter", "Sta7", None), ("after", "Sta7", effects)]


@pytest.mark.parametrize("actions", [("AE", "DT", "AR", "AA"), ("AR",), ("AA",)], ids="+".join)
def test_diagram_has_an_arrow_for_each_outcome_of_each_cell(actions: tuple[str, ...]) -> None:
    cells = {cell: action for cell, action in PRINTED.items() if action.startswith(actions)}
    drawn = mermaid("a title", cells)
    assert drawn.startswith("---\ntitle: a title\n---\nstateDiagram-v2\n")
    arrows = [
        (source, target, label)
        for source, target, labels in re.findall(r"^  (\w+) --> (\w+): (.*)$", drawn, re.MULTILINE)
        for label in labels.split(" | ")
    ]
    expected = []
    for (event, state), action in cells.items():
        for row in PRINTED_ACTIONS:
            if row["action"] == action:
                expected.append((state.label, row["next"], f"{event.label} {action}"))
    assert sorted((source, target, label.split(" [")[0]) for source, target, label in arrows) == sorted(expected)
    assert all("[internal]" in label for source, target, label in arrows if source == target)
    assert set(re.findall(r'state "(\w+)"', drawn)) == {name for arrow in arrows for name in arrow[:2]}
