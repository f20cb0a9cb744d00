"""The possible states, against peers that follow the table and peers that do not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import ACTIONS, EVENTS, TABLE, Events, Outcome, States
from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.oracle import CLOSE, PossibleStates, VisibleOutput, outputs
from dulcimer.conformance.model.parts import WatchFor
from dulcimer.conformance.model.seen import Seen, closed, of_pdu
from dulcimer.conformance.model.steps import Await, Expect
from dulcimer.conformance.stimuli.messages import Titles, plain_pdu
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Abort, Pdu

INJECTED = [event for event in Events if EVENTS[event].kind == "pdu" or event in (Events.EVT_5, Events.EVT_17)]
LOCAL = [event for event in Events if EVENTS[event].kind in ("primitive", "timer") and event != Events.EVT_1]


def acceptor_outcomes(event: Events, state: States) -> list[Outcome]:
    outcomes = ACTIONS[TABLE[event, state]].outcomes
    return [outcome for outcome in outcomes if outcome.guard != "is_requestor" or outcome.negated]


def driven(*events: Events) -> PossibleStates:
    possible = PossibleStates()
    for event in events:
        possible.inject(event)
    return possible


def established() -> PossibleStates:
    possible = driven(Events.EVT_5, Events.EVT_6)
    assert possible.observe("A-ASSOCIATE-AC")
    return possible


def shown(possible: PossibleStates, output: VisibleOutput) -> bool:
    return possible.observe(output.name, output.sources[0] if output.sources else None)


@settings(max_examples=200)
@given(st.data())
def test_a_peer_that_follows_the_table_is_always_possible(data: st.DataObject) -> None:
    possible, state = driven(Events.EVT_5), States.STA_2
    waiting: list[Events] = []
    for _ in range(data.draw(st.integers(1, 12))):
        moves: list[tuple[str, Events]] = [("inject", event) for event in INJECTED if event != Events.EVT_5]
        moves += [("local", event) for event in LOCAL if (event, state) in TABLE]
        moves += [("take", waiting[0])] if waiting else []
        kind, event = data.draw(st.sampled_from(moves))
        if kind == "inject":
            possible.inject(event)
            waiting.append(event)
            continue
        if kind == "take":
            waiting.pop(0)
        if (event, state) not in TABLE:
            continue
        outcome = data.draw(st.sampled_from(acceptor_outcomes(event, state)))
        state = outcome.next_state
        for output in outputs(outcome):
            assert shown(possible, output), (event, state, output)
    assert possible.possible
    if not waiting:
        assert state in possible.states
        assert possible.observe_silence()


def test_request_leads_to_the_decision_of_the_user_or_a_rejection() -> None:
    possible = driven(Events.EVT_5, Events.EVT_6)
    assert possible.states >= {States.STA_3, States.STA_6, States.STA_13}
    assert possible.observe("A-ASSOCIATE-AC")
    assert States.STA_6 in possible.states
    assert States.STA_3 not in possible.states


def test_acceptance_without_a_request_is_impossible() -> None:
    assert not driven(Events.EVT_5).allows("A-ASSOCIATE-AC")


def test_unexpected_pdu_in_sta6_leaves_no_room_for_silence() -> None:
    possible = established()
    assert possible.allows_silence()
    possible.inject(Events.EVT_13)
    assert not possible.allows_silence()
    assert possible.allows("A-ABORT", 2)
    assert possible.observe("A-ABORT", 2)
    assert possible.states == {States.STA_13, States.STA_1}


def test_abort_by_the_user_of_the_peer_is_never_excluded_in_sta6() -> None:
    possible = established()
    possible.inject(Events.EVT_13)
    assert possible.allows("A-ABORT", 0)


def test_abort_before_any_association_names_the_service_user() -> None:
    possible = driven(Events.EVT_5, Events.EVT_13)
    assert possible.allows("A-ABORT", 0)
    assert not possible.allows("A-ABORT", 2)


def test_data_may_come_before_the_answer_to_a_release_request_and_not_after_it() -> None:
    possible = established()
    possible.inject(Events.EVT_12)
    assert possible.observe("P-DATA-TF")
    assert possible.observe("A-RELEASE-RP")
    assert not possible.allows("P-DATA-TF")
    assert possible.allows(CLOSE)


def test_two_pdus_in_one_segment_leave_the_state_between_them_open() -> None:
    possible = driven(Events.EVT_5, Events.EVT_6, Events.EVT_10)
    assert possible.allows("A-ABORT", 2), "taken in Sta3"
    assert possible.observe("A-ASSOCIATE-AC"), "taken in Sta6"
    assert possible.allows("P-DATA-TF")


def test_only_a_requestor_answers_a_release_collision_first() -> None:
    acceptor = established()
    assert acceptor.observe("A-RELEASE-RQ")
    acceptor.inject(Events.EVT_12)
    assert not acceptor.allows("A-RELEASE-RP")
    acceptor.inject(Events.EVT_13)
    assert acceptor.allows("A-RELEASE-RP")


def test_what_the_user_of_the_peer_must_have_done_is_known() -> None:
    assert established().certain_cells == {(Events.EVT_7, States.STA_3)}


CELL_CASES = [
    case
    for case in acceptor_cases(Titles())
    if case.cell and case.expectation.watch is WatchFor.REACTION and not case.expectation.open
]


def after_injection(case: Case) -> PossibleStates:
    possible = PossibleStates()
    for step in (*case.opening.steps, *case.injection.steps):
        if isinstance(step, Expect | Await):
            name = step.pattern.partition("(")[0]
            assert possible.observe(name)
        for event in step.events:
            possible.inject(event)
    if case.opening.answer:
        assert possible.observe("A-ABORT", 2)
    return possible


def candidates() -> list[Seen]:
    """Whatever a peer may do next, one PDU of each kind."""
    pdus: list[Pdu] = [Abort(0, 0), Abort(2, 0), Abort(2, 2)]
    pdus += [plain_pdu(kind.label, Titles()) for kind in PduType if kind != PduType.A_ABORT]
    return [closed(0.0, "fin"), *(of_pdu(0.0, encode(pdu), pdu) for pdu in pdus)]


@pytest.mark.parametrize("case", CELL_CASES, ids=lambda case: case.id)
def test_what_the_table_allows_is_never_graded_as_failed(case: Case) -> None:
    possible = after_injection(case)
    for seen in candidates():
        # What a P-DATA-TF is worth shows in the message that it completes, and not in the table.
        if possible.allows(seen.name, seen.source) and seen.name != PduType.P_DATA_TF.label:
            row = next((row for row in case.expectation.alternatives if seen.fits(row.on)), None)
            assert row is None or row.verdict != "FAILED" or seen.fits(case.expectation.skip), seen.label


@pytest.mark.parametrize("case", CELL_CASES, ids=lambda case: case.id)
def test_what_is_graded_as_ok_is_allowed_by_the_table(case: Case) -> None:
    possible = after_injection(case)
    names = {
        "@p-abort": ("A-ABORT", 2),
        "@rj": ("A-ASSOCIATE-RJ", None),
        "C-ECHO-RSP(0000H)": ("P-DATA-TF", None),
        "close(*)": (CLOSE, None),
        "A-ABORT(0,0)": ("A-ABORT", 0),
    }
    for row in case.expectation.alternatives:
        if row.verdict != "OK":
            continue
        for pattern in row.on:
            if pattern == "silence":
                assert possible.allows_silence()
            else:
                name, source = names.get(pattern, (pattern.partition("(")[0], None))
                assert possible.allows(name, source), pattern
