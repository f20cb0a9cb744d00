"""Which mutants can be seen from the network: the right table never is, and the reasons are the true ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dulcimer._generated.fsm import TABLE, Events, States
from dulcimer.conformance.model.oracle import CLOSE, PossibleStates
from selftest.model import ROLES, Model, Peer, Role, Shown, Step
from selftest.mutants import TABLE_ROWS, Rows, mutants
from selftest.visibility import LEEWAYS, NONE, explore, learn, passed_by, sight_of, start_of

MUTANTS = {mutant.id: mutant for mutant in mutants()}

VISIBLE: list[tuple[str, Role, str]] = [
    ("Evt13-Sta6.blank", "acceptor", "silence"),
    ("Evt13-Sta6.blank", "requestor", "silence"),
    ("Evt3-Sta2.source.2", "acceptor", "A-ABORT(2)"),
    ("Evt3-Sta6.without.start_artim", "acceptor", "silence"),
    ("Evt5-Sta1.without.start_artim", "acceptor", "silence"),
    ("Evt16-Sta6.when_abort_is_from_service_user.without.close_transport", "requestor", "silence"),
    ("Evt4-Sta5.wait", "requestor", "silence"),
]
SAME = "equivalent: every sequence shows the same"
INVISIBLE: list[tuple[str, Role, str]] = [
    ("Evt19-Sta13.source.0", "acceptor", "allowed: the table names no Source for this A-ABORT"),
    (
        "Evt6-Sta2.when_request_is_supported.without.issue_a_associate_indication",
        "acceptor",
        "allowed: the user of the peer may take any time to answer",
    ),
    ("Evt3-Sta6.source.0", "acceptor", "allowed: the user of the peer may abort at any time"),
    ("Evt10-Sta6.blank", "acceptor", "allowed: nothing obliges the user of the peer to send anything"),
    (
        "Evt3-Sta8.blank",
        "acceptor",
        "allowed: the user of the peer may answer before the next PDU of a segment is taken",
    ),
    ("Evt3-Sta13.close", "acceptor", "allowed: ARTIM has no lower bound, so that it may have expired"),
    ("Evt6-Sta2.when_request_is_supported.without.stop_artim", "acceptor", SAME),
    ("Evt3-Sta5.blank", "acceptor", "the state belongs to the other end"),
    ("Evt6-Sta2.blank", "requestor", "the state belongs to the other end"),
    ("Evt5-Sta1.blank", "requestor", "the event cannot be caused in this role"),
    ("Evt12-Sta7.when_is_requestor.next.Sta6", "acceptor", "the condition never holds in this role"),
    ("Evt1-Sta1.blank", "requestor", "nothing obliges a peer to connect"),
    ("Evt17-Sta6.blank", "requestor", "the tester has closed the connection, on which nothing more can be seen"),
    ("Evt15-Sta12.blank", "acceptor", "the user of the peer does not issue the primitive in this state"),
]


@pytest.mark.parametrize("role", ROLES)
def test_the_right_table_never_shows_anything_impossible(role: Role) -> None:
    for leeway in (NONE, *LEEWAYS):
        sight = explore(TABLE_ROWS, role, leeway)
        assert not sight.visible, (leeway.reason, sight)


@pytest.mark.parametrize(("name", "role", "shown"), VISIBLE, ids=str)
def test_mutant_that_can_be_seen_is_visible(name: str, role: Role, shown: str) -> None:
    sight = sight_of(MUTANTS[name], role)
    assert sight.visible
    assert sight.shown == shown
    assert sight.why == ""


@pytest.mark.parametrize(("name", "role", "why"), INVISIBLE, ids=str)
def test_mutant_that_cannot_be_seen_has_its_reason(name: str, role: Role, why: str) -> None:
    assert sight_of(MUTANTS[name], role).why == why


def played(rows: Rows, role: Role, data: st.DataObject) -> tuple[bool, list[Step], list[tuple[Shown, ...]]]:
    """Whether a peer of the table connects, a sequence of steps, and what it shows at each."""
    model = Model(rows, role)
    peer, first = model.start()
    connects = peer.connected or bool(first)
    steps: list[Step] = []
    shown = [first]
    while model.steps(peer) and len(steps) < 6:
        step = data.draw(st.sampled_from(model.steps(peer)))
        peer, seen = model.after(peer, step)
        steps.append(step)
        shown.append(seen)
    return connects, steps, shown


def held_against_the_oracle(role: Role, connects: bool, steps: list[Step], shown: list[tuple[Shown, ...]]) -> bool:
    """Whether the oracle itself, one `PossibleStates` from beginning to end, allows all of it."""
    if not connects:
        return True  # nothing has been on the network that the oracle could judge
    possible = PossibleStates(next(iter(start_of(role)[0])), is_requestor=role == "requestor")
    for events, seen in zip([start_of(role)[1], *(step.events for step in steps)], shown, strict=True):
        for event in events:
            possible.inject(event)
        for name, source in seen:
            if not possible.observe(name, source):
                return False
            if name == CLOSE:
                return True
        if not possible.observe_silence():
            return False
        if not events and not seen and all((Events.EVT_18, state) in TABLE for state in possible.settled):
            return False
    return True


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(ROLES))
def test_a_peer_of_the_right_table_is_always_possible_for_the_oracle(data: st.DataObject, role: Role) -> None:
    assert held_against_the_oracle(role, *played(TABLE_ROWS, role, data))


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(ROLES), st.sampled_from(sorted(MUTANTS)))
def test_what_is_invisible_is_possible_for_the_oracle(data: st.DataObject, role: Role, name: str) -> None:
    rows = MUTANTS[name].table()
    if not explore(rows, role).visible:
        assert held_against_the_oracle(role, *played(rows, role, data))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(ROLES), st.sampled_from(sorted(MUTANTS)))
def test_a_witness_is_impossible_for_the_oracle(role: Role, name: str) -> None:
    rows = MUTANTS[name].table()
    sight = explore(rows, role)
    if not sight.visible:
        return
    model = Model(rows, role)
    peer, first = model.start()
    steps: list[Step] = []
    shown = [first]
    for step in sight.steps:
        assert step in model.steps(peer)
        peer, seen = model.after(peer, step)
        steps.append(step)
        shown.append(seen)
    assert not held_against_the_oracle(role, True, steps, shown)


def test_knowledge_after_a_request_is_of_the_states_that_wait() -> None:
    known = learn(frozenset({States.STA_2}), (Events.EVT_6,), (), "acceptor", NONE)
    assert known == frozenset({States.STA_3})
    assert learn(frozenset({States.STA_6}), (Events.EVT_13,), (), "acceptor", NONE) == "silence"
    assert learn(frozenset({States.STA_13}), (), (), "acceptor", NONE) == "silence"
    known = learn(frozenset({States.STA_6}), (), (), "acceptor", NONE)
    assert not isinstance(known, str)
    assert States.STA_6 in known


def test_each_end_is_brought_through_the_cells_of_its_own_states() -> None:
    acceptor = {state for (_, state), _ in passed_by("acceptor")}
    requestor = {state for (_, state), _ in passed_by("requestor")}
    assert acceptor == {States(number - 1) for number in (1, 2, 3, 6, 7, 8, 10, 12, 13)}
    assert requestor == {States(number - 1) for number in (1, 4, 5, 6, 7, 8, 9, 11, 13)}


def test_a_peer_that_gets_two_commands_answers_in_order() -> None:
    model = Model(TABLE_ROWS, "acceptor")
    peer, shown = model.start()
    assert (peer, shown) == (Peer(States.STA_2, artim=True, connected=True), ())
    peer, shown = model.after(peer, Step((Events.EVT_6,)))
    assert shown == (("A-ASSOCIATE-AC", None),)
    peer, shown = model.after(peer, Step((Events.EVT_10, Events.EVT_12)))
    assert [name for name, _ in shown] == ["P-DATA-TF", "A-RELEASE-RP"]
    assert peer.state == States.STA_13
