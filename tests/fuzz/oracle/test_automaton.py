"""The automaton says what the possible states say; it only remembers, and knows inputs that may be several events."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dulcimer._generated.fsm import EVENTS, Events, States
from dulcimer.conformance.model.oracle import CLOSE, PossibleStates
from dulcimer.fuzz.oracle.automaton import Arrival, Automaton, Situation
from dulcimer.fuzz.oracle.inputs import ANYTHING, CLOSED, OPENED, RECEIVED, Input
from dulcimer.fuzz.sequences.steps import TargetRole

ROLES: tuple[TargetRole, ...] = ("acceptor", "requestor")
AUTOMATA = {role: Automaton(role) for role in ROLES}
SENT = sorted(RECEIVED)
SHOWN: list[tuple[str, int | None]] = [
    (EVENTS[event].subject, None) for event in SENT if EVENTS[event].subject not in ("A-ABORT", "")
]
SHOWN += [("A-ABORT", 0), ("A-ABORT", 2), (CLOSE, None)]
roles = st.sampled_from(ROLES)
happenings = st.lists(
    st.one_of(st.sampled_from(SENT), st.sampled_from(SHOWN), st.just("silence")),
    max_size=7,
)


def begun(role: TargetRole) -> PossibleStates:
    states = PossibleStates(States.STA_4 if role == "requestor" else States.STA_1, is_requestor=role == "requestor")
    (event,) = OPENED[role].options
    assert event is not None
    states.inject(event)
    return states


def shown_in(situation: Situation, what: object) -> Arrival | None:
    if what == "silence":
        return situation.silent()
    assert isinstance(what, tuple)
    return situation.seen(*what)


@settings(max_examples=300)
@given(roles, happenings)
def test_with_one_event_for_each_input_the_verdicts_are_those_of_the_possible_states(
    role: TargetRole, what: list[object]
) -> None:
    states, situation = begun(role), AUTOMATA[role].start
    # Of data in a row, one input says it all.
    in_a_row = ({first, second} == {Events.EVT_10} for first, second in pairwise([None, *what]))
    for each in (each for each, is_again in zip(what, in_a_row, strict=True) if not is_again):
        if isinstance(each, Events):
            states.inject(each)
            situation = situation.sent(Input.of(each))
            continue
        explained = states.observe_silence() if each == "silence" else states.observe(*each)  # type: ignore[misc]  # name and source
        arrival = shown_in(situation, each)
        assert (arrival is not None) == explained
        if arrival is None:
            return
        situation = arrival.situation
        assert situation.states == arrival.verdict.states == states.states
        assert arrival.verdict.certain <= arrival.verdict.possible


options = st.frozensets(st.sampled_from([*SENT, None]), min_size=1, max_size=3)


@given(roles, st.lists(st.tuples(options, options, st.sampled_from([*SHOWN, None])), max_size=5))
def test_more_options_for_an_input_explain_no_less(
    role: TargetRole,
    what: list[tuple[frozenset[Events | None], frozenset[Events | None], tuple[str, int | None] | None]],
) -> None:
    narrow = wide = AUTOMATA[role].start
    for some, more, shown in what:
        narrow, wide = narrow.sent(Input(some)), wide.sent(Input(some | more))
        if shown is not None:
            one, other = narrow.seen(*shown), wide.seen(*shown)
            if one is None:
                return
            assert other is not None
            assert one.verdict.states <= other.verdict.states
            assert one.verdict.possible <= other.verdict.possible
            assert other.verdict.certain <= one.verdict.certain
            narrow, wide = one.situation, other.situation


@given(roles, st.lists(st.sampled_from(SENT), max_size=4), st.lists(st.sampled_from(SHOWN), max_size=4))
def test_bytes_that_can_be_cut_in_any_way_explain_whatever_their_pdus_would(
    role: TargetRole, sent: list[Events], shown: list[tuple[str, int | None]]
) -> None:
    exact, any_way = AUTOMATA[role].start, AUTOMATA[role].start.sent(ANYTHING)
    for event in sent:
        exact = exact.sent(Input.of(event))
    exact, any_way = exact.sent(CLOSED), any_way.sent(CLOSED)
    for each in shown:
        one, other = exact.seen(*each), any_way.seen(*each)
        if one is None:
            return
        assert other is not None
        exact, any_way = one.situation, other.situation


def test_a_situation_is_found_once() -> None:
    automaton = Automaton("acceptor")
    for _ in range(3):
        situation = automaton.start.sent(Input.of(Events.EVT_6))
        arrival = situation.seen("A-ASSOCIATE-AC")
        assert arrival is not None
        size = len(automaton)
        assert situation.seen("A-ASSOCIATE-AC") is arrival
    assert len(automaton) == size


def test_what_may_come_next_is_listed_with_the_cells_that_are_due() -> None:
    situation = AUTOMATA["acceptor"].start.sent(Input.of(Events.EVT_6)).seen("A-ASSOCIATE-AC")
    assert situation is not None
    after = situation.situation.sent(Input.of(Events.EVT_3))
    assert (Events.EVT_3, States.STA_6) in after.due
    names = {(output.name, output.sources) for output in after.allowed}
    assert ("A-ABORT", (2,)) in names
    assert "A-ASSOCIATE-AC" not in {name for name, _ in names}


@pytest.mark.clause("PS3.8 9.1.5")
def test_silence_that_outlasts_artim_is_not_explained_where_artim_runs() -> None:
    start = AUTOMATA["acceptor"].start
    assert start.silent() is not None
    assert start.outlasted() is None
    accepted = start.sent(Input.of(Events.EVT_6)).seen("A-ASSOCIATE-AC")
    assert accepted is not None
    assert accepted.situation.outlasted() is not None


def test_a_reset_may_have_lost_an_abort_that_was_due_but_explains_nothing_by_itself() -> None:
    accepted = AUTOMATA["acceptor"].start.sent(Input.of(Events.EVT_6)).seen("A-ASSOCIATE-AC")
    assert accepted is not None
    assert accepted.situation.lost() is None
    assert accepted.situation.sent(Input.of(Events.EVT_3)).lost() is not None
    assert accepted.situation.sent(Input.of(Events.EVT_3)).seen(CLOSE) is None


@pytest.mark.parametrize("role", ROLES)
def test_a_long_run_of_data_stays_short_and_does_not_hide_what_comes_after(role: TargetRole) -> None:
    opened = AUTOMATA[role].start
    if role == "requestor":
        shown = opened.seen("A-ASSOCIATE-RQ")
        assert shown is not None
        shown_after = shown.situation.sent(Input.of(Events.EVT_3))
    else:
        found = opened.sent(Input.of(Events.EVT_6)).seen("A-ASSOCIATE-AC")
        assert found is not None
        shown_after = found.situation
    situation = shown_after
    for number in range(1000):
        refusable = (Events.EVT_10, Events.EVT_19) if number % 3 else (Events.EVT_10,)
        situation = situation.sent(Input.of(*refusable))
    assert len(situation.inputs) < 6
    assert situation.resting == {States.STA_6}
    assert situation.sent(Input.of(Events.EVT_12)).resting == {States.STA_8}
    assert situation.seen("A-ABORT", 2) is not None
    only_data = shown_after
    for _ in range(1000):
        only_data = only_data.sent(Input.of(Events.EVT_10))
    assert only_data.seen("A-ABORT", 2) is None
    assert only_data.sent(Input.of(Events.EVT_6)).resting == {States.STA_13}
