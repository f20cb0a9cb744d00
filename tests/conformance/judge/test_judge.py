"""The judge: one verdict on what was seen, and nothing but that decides it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.conformance import SENDER_RULES, Alternative
from dulcimer._generated.requestor import ENDINGS, Response
from dulcimer.conformance.catalogue import ways
from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.catalogue.extended import thorough_cases
from dulcimer.conformance.catalogue.requestor import requestor_cases
from dulcimer.conformance.catalogue.upper_tester import HeldCase, held_cases
from dulcimer.conformance.judge.judge import judge, judge_rule, judge_so_far
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.habit import PLAIN_RESPONSE, Habit
from dulcimer.conformance.model.observation import (
    Afterwards,
    Ending,
    Excess,
    Followed,
    Heard,
    Hindrance,
    Observation,
    Obstacle,
    RuleObservation,
    Sequel,
    Shown,
    Standing,
    Violation,
)
from dulcimer.conformance.model.parts import Expectation, Injection, Overtaken, WatchFor
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.seen import STAYS_OPEN, Seen, of_pdu
from dulcimer.conformance.model.steps import Send
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.report.contents import SEVERITIES
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Abort
from support.conformance.observations import GONE, PDUS, ROWS, SILENT, came, case_of, closed, requestor_case_of

USUAL = (*acceptor_cases(Titles()), *requestor_cases())
EVERY = (*USUAL, *thorough_cases(USUAL), *held_cases())
SEEN = st.one_of(
    st.sampled_from([came(name) for name in PDUS]),
    st.sampled_from([closed(), closed("rst"), closed(before="late-"), SILENT, GONE, Seen(9, "silence", (STAYS_OPEN,))]),
)
VIOLATIONS = st.builds(Violation, st.sampled_from(SENDER_RULES), st.just("a case"), st.just("a problem"), st.just(b""))
OBSERVATIONS = st.builds(
    Observation,
    hindrance=st.none() | st.builds(Hindrance, st.sampled_from(Obstacle), st.just("what was seen"), st.just("why")),
    reaction=SEEN,
    possible=st.booleans(),
    answers=st.lists(SEEN, max_size=2).map(tuple),
    afterwards=st.lists(st.builds(Afterwards, st.sampled_from(Sequel), SEEN, st.just("it")), max_size=2).map(tuple),
    followed=st.none() | st.builds(Followed, SEEN, st.booleans(), st.booleans()),
    broken=st.lists(VIOLATIONS, max_size=2).map(tuple),
    excess=st.none() | st.builds(Excess, st.just("too much"), st.booleans()),
    ending=st.none()
    | st.builds(Ending, st.sampled_from(["ended(0)", "ended(1)", "died(SIGSEGV)", "hangs"]), st.just(1)),
    notes=st.lists(st.sampled_from("ab"), max_size=3).map(tuple),
    still_open=st.booleans(),
)


def parted(case: Case, seen: Observation, draw: Any) -> Observation:
    """What can have been seen in this case: all that came where all of it is held against the states."""
    standing = [each for each in Standing if each is not Standing.UNDER_ARTIM or case.then in ways.HELD]
    due = frozenset(row.cell for row in case.follows)
    shown = st.lists(st.builds(Shown, SEEN, st.sampled_from(standing), st.sampled_from([frozenset(), due])), min_size=1)
    overtaken = case.expectation.overtaken
    return replace(
        seen,
        shown=tuple(draw(shown)) if case.then in ways.HELD else (),
        passed=draw(st.sampled_from(["", overtaken.by])) if overtaken is not None else "",
    )


@given(st.data())
def test_judge_has_a_verdict_on_whatever_was_seen_in_any_case(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(EVERY))
    seen = parted(case, data.draw(OBSERVATIONS), data.draw)
    found = judge(case, seen)
    assert found == judge(case, seen)
    assert found.case is case
    assert found.severity in SEVERITIES
    assert found.observed
    assert len(set(found.notes)) == len(found.notes) >= len(set(seen.notes))
    assert found.late is seen.still_open
    if not isinstance(case, HeldCase):
        assert found.why or found.verdict is not Verdict.FAILED
        assert found.endless is (seen.excess is not None)


@pytest.mark.parametrize("kind", [Observation, Hindrance, Shown, Violation, Ending, Result])
def test_neither_what_was_seen_nor_what_came_of_it_can_be_changed(kind: Any) -> None:
    made = object.__new__(kind)
    with pytest.raises(FrozenInstanceError):
        setattr(made, fields(kind)[0].name, None)


# ---------------------------------------------------------------------- reactions


REACTIONS: dict[str, tuple[Seen, dict[str, Any], str, str, bool]] = {
    "right": (came("right"), {}, "OK", "right", False),
    "wrong": (came("wrong"), {}, "FAILED", "wrong", True),
    "mild": (came("late"), {}, "NON-STRICT", "late", False),
    "not named, and allowed": (came("not named"), {}, "INFORMATIONAL", "", False),
    "not named, and impossible": (came("not named"), {"possible": False}, "FAILED", "", True),
    "silence that is allowed": (SILENT, {}, "INFORMATIONAL", "", True),
    "silence that is not": (SILENT, {"possible": False}, "FAILED", "", True),
    "a reset may have swept something away": (closed("rst"), {}, "INFORMATIONAL", "", True),
    "a close": (closed(), {}, "INFORMATIONAL", "", False),
    "a connection that stays open was waited for": (
        Seen(9, "close", (STAYS_OPEN,)), {"possible": False}, "FAILED", "", False,
    ),
}  # fmt: skip
"""What came, and what else was seen: verdict, name of the reaction, and whether time may have decided."""


@pytest.mark.parametrize("what", REACTIONS)
def test_reaction_counts_as_the_case_says_and_behind_that_as_the_table_does(what: str) -> None:
    reaction, others, verdict, name, retry = REACTIONS[what]
    found = judge(case_of(), replace(Observation(reaction=reaction), **others))
    assert (str(found.verdict), found.alternative, found.retry) == (verdict, name, retry)
    assert found.lost_race is reaction.is_close


def test_what_the_standard_leaves_open_is_no_failure() -> None:
    expectation = Expectation(ROWS, open="nobody says so")
    for name in ("wrong", "not named"):
        found = judge(case_of(expectation), Observation(reaction=came(name), possible=False))
        assert (found.verdict, found.why) == (Verdict.INFORMATIONAL, "nobody says so")


def test_busy_peer_is_not_judged_unless_a_rejection_is_what_is_asked_for() -> None:
    seen = Observation(reaction=came("busy"))
    busy = judge(case_of(), seen)
    assert (busy.verdict, busy.busy) == (Verdict.INCONCLUSIVE, True)
    rejects = Expectation((Alternative("rejected", "OK", ("@rj",)),))
    assert judge(case_of(rejects), seen).verdict is Verdict.OK


def test_silence_is_tried_again_only_where_a_reaction_was_due_or_it_fails() -> None:
    rows = (Alternative("quiet", "NON-STRICT", ("silence",), why="it is"),)
    assert judge(case_of(Expectation(rows)), Observation(reaction=SILENT)).retry
    assert not judge(case_of(Expectation(rows, WatchFor.ARTIM)), Observation(reaction=SILENT)).retry


OVERTAKEN = Expectation(ROWS, overtaken=Overtaken("A-RELEASE-RP", (Alternative("after", "FAILED", ("close(*)",)),)))


def test_peer_that_left_before_the_stimulus_shows_nothing_but_failures() -> None:
    good = judge(case_of(OVERTAKEN), Observation(reaction=came("right"), passed="A-RELEASE-RP"))
    assert (good.verdict, good.observed) == (Verdict.UNOBSERVABLE, "A-RELEASE-RP, then A-ABORT(2,2)")
    bad = judge(case_of(OVERTAKEN), Observation(reaction=closed(), passed="A-RELEASE-RP"))
    assert (bad.verdict, bad.alternative, bad.lost_race) == (Verdict.FAILED, "after", False)


def test_silence_behind_two_things_in_one_segment_is_left_to_the_user_but_tried_again() -> None:
    """On a busy machine the reaction may just have been late, and the verdict must not depend on that."""
    found = judge(case_of(OVERTAKEN), Observation(reaction=SILENT, possible=False))
    assert (found.verdict, found.retry) == (Verdict.INCONCLUSIVE, True)
    assert judge(case_of(OVERTAKEN), Observation(reaction=GONE)).notes == (
        "the peer may have left the state before it saw the connection end",
    )
    assert judge(case_of(OVERTAKEN), Observation(reaction=came("right"))).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("answers", "verdict", "observed"),
    [
        ((came("right"),) * 2, "OK", "A-ABORT(2,2) 3 times"),
        ((came("right"), SILENT), "INFORMATIONAL", "A-ABORT(2,2) 2 times, then silence"),
        ((), "OK", "A-ABORT(2,2)"),
    ],
)
def test_each_request_wants_its_answer(answers: tuple[Seen, ...], verdict: str, observed: str) -> None:
    case = case_of(Expectation(ROWS, answers=3))
    found = judge(case, Observation(reaction=came("right"), answers=answers))
    assert (str(found.verdict), found.observed) == (verdict, observed)


@pytest.mark.parametrize(("best", "told"), [(2, False), (1, True), (4, True), (-1, False)])
def test_more_exact_reason_of_an_abort_is_noted(best: int, told: bool) -> None:
    for case in (case_of(Expectation(ROWS, best=best)), requestor_case_of(Expectation(ROWS, best=best))):
        found = judge(case, Observation(reaction=came("right")))
        assert bool(found.notes) is told


def test_reason_about_a_parameter_is_as_exact_as_that_of_another_parameter() -> None:
    pdu = of_pdu(0.0, encode(Abort(2, 5)), Abort(2, 5))
    assert judge(case_of(Expectation(ROWS, best=4)), Observation(reaction=pdu)).notes == ()
    assert judge(case_of(Expectation(ROWS, best=2)), Observation(reaction=pdu)).notes


def test_requestor_that_closes_on_every_response_is_not_failed_for_it_again() -> None:
    fails = Expectation((Alternative("closes", "FAILED", ("close(*)",), why="it may not"),))
    answering = Injection((Send("a response", made=Response()),))
    habit = Habit(releases=False)
    for injection, used, verdict in (
        (answering, habit, Verdict.INCONCLUSIVE),
        (answering, Habit(), Verdict.FAILED),
        (Injection((Send("a PDU"),)), habit, Verdict.FAILED),
    ):
        case = requestor_case_of(fails, injection=injection)
        found = judge(case, Observation(reaction=closed(), habit=used))
        assert found.verdict is verdict
        told = PLAIN_RESPONSE in found.why
        assert told is (verdict is Verdict.INCONCLUSIVE)


def test_silence_of_a_requestor_that_decides_nothing_is_tried_again() -> None:
    rows = (Alternative("not-yet", "INCONCLUSIVE", ("silence",), why="it may come"),)
    assert judge(requestor_case_of(Expectation(rows)), Observation(reaction=SILENT)).retry
    assert not judge(requestor_case_of(Expectation(rows, WatchFor.WINDOW)), Observation(reaction=SILENT)).retry


# ---------------------------------------------------------------------- what came behind it


def after(sequel: Sequel, seen: Seen, at: str = "the C-ECHO-RQ that followed") -> tuple[Afterwards, ...]:
    return (Afterwards(sequel, seen, at),)


OPEN = Expectation(ROWS, open="nobody says so")
LATER = {
    ("acceptor", Sequel.AFTER_THE_END, "not named", False): ("FAILED", "A-ABORT(2,2), then A-RELEASE-RQ"),
    ("acceptor", Sequel.AFTER_THE_END, "not named", True): ("FAILED", "A-ABORT(2,2), then A-RELEASE-RQ"),
    ("acceptor", Sequel.INSTEAD_OF_RELEASE, "wrong", False): ("FAILED", "A-ABORT(2,2); A-ABORT(0,0) on it"),
    ("acceptor", Sequel.INSTEAD_OF_RELEASE, "wrong", True): ("INFORMATIONAL", "A-ABORT(2,2); A-ABORT(0,0) on it"),
    ("acceptor", Sequel.INSTEAD_OF_WORK, "wrong", False): ("FAILED", "A-ABORT(2,2); A-ABORT(0,0) on it"),
    ("acceptor", Sequel.BUSY, "busy", False): ("INCONCLUSIVE", "A-ABORT(2,2)"),
    ("requestor", Sequel.AFTER_THE_END, "not named", False): ("FAILED", "A-ABORT(2,2), then A-RELEASE-RQ"),
    ("requestor", Sequel.AFTER_THE_END, "not named", True): ("INFORMATIONAL", "A-ABORT(2,2), then A-RELEASE-RQ"),
    ("requestor", Sequel.INSTEAD_OF_RELEASE, "late", False): ("FAILED", "A-ABORT(2,2), then A-RELEASE-RP"),
    ("requestor", Sequel.INSTEAD_OF_WORK, "wrong", False): ("FAILED", "A-ABORT(2,2), then A-ABORT(0,0)"),
}


@pytest.mark.parametrize(("role", "sequel", "name", "is_open"), LATER)
def test_what_comes_behind_a_good_reaction_counts(role: str, sequel: Sequel, name: str, is_open: bool) -> None:
    make = case_of if role == "acceptor" else requestor_case_of
    case: Case = make(OPEN) if is_open else make()
    found = judge(case, Observation(reaction=came("right"), afterwards=after(sequel, came(name), "it"), close="peer"))
    assert (str(found.verdict), found.observed) == LATER[role, sequel, name, is_open]
    assert found.close == ("tester" if role == "requestor" else "peer")
    assert found.busy is (sequel is Sequel.BUSY)


@pytest.mark.parametrize("make", [case_of, requestor_case_of])
def test_late_reaction_that_the_case_names_is_mild(make: Any) -> None:
    sequel = Sequel.INSTEAD_OF_WORK if make is case_of else Sequel.INSTEAD_OF_RELEASE
    quiet = Expectation((*ROWS, Alternative("quiet", "OK", ("silence",))))
    found = judge(make(quiet), Observation(reaction=SILENT, afterwards=after(sequel, came("late"))))
    assert (found.verdict, found.alternative) == (Verdict.NON_STRICT, "late")
    failed = judge(make(quiet), Observation(reaction=SILENT, afterwards=after(sequel, came("wrong"))))
    assert (failed.verdict, failed.alternative) == (Verdict.FAILED, "does-not-settle")


@pytest.mark.parametrize(
    ("reaction", "then", "expected"),
    [
        ("right", Seen(9, "silence", (STAYS_OPEN,)), ("FAILED", "stays-open")),
        ("late", Seen(9, "silence", (STAYS_OPEN,)), ("FAILED", "stays-open")),
        ("wrong", Seen(9, "silence", (STAYS_OPEN,)), ("FAILED", "wrong")),
        ("right", closed(before="late-"), ("NON-STRICT", "late-close")),
        ("late", closed(before="late-"), ("NON-STRICT", "late")),
        ("right", SILENT, ("OK", "right")),
    ],
)
def test_peer_has_to_close_when_the_tester_has(reaction: str, then: Seen, expected: tuple[str, str]) -> None:
    seen = Observation(reaction=came(reaction), afterwards=after(Sequel.AFTER_TESTER_CLOSED, then))
    found = judge(case_of(), seen)
    assert (str(found.verdict), found.alternative) == expected


# ---------------------------------------------------------------------- what counts in any case


RULE = next(rule for rule in SENDER_RULES if rule.cases)
BROKEN = Violation(RULE, "a case", "a field is wrong", b"")


def test_case_about_a_rule_fails_with_it_unless_it_has_failed_or_says_nothing() -> None:
    case = case_of(identifier=RULE.cases[0].replace("*", "x"))
    found = judge(case, Observation(reaction=came("right"), broken=(BROKEN,)))
    assert (found.verdict, found.violated, found.severity) == (Verdict.FAILED, RULE.id, RULE.severity)
    assert found.observed == "A-ABORT(2,2); a field is wrong"
    assert not judge(case, Observation(reaction=came("wrong"), broken=(BROKEN,))).violated
    assert not judge(case, Observation(reaction=came("busy"), broken=(BROKEN,))).violated
    assert judge(case_of(), Observation(reaction=came("right"), broken=(BROKEN,))).verdict is Verdict.OK


def test_peer_that_does_not_stop_fails_but_for_data_which_may_end() -> None:
    seen = Observation(reaction=came("right"), excess=Excess("500 PDUs", of_data=False))
    found = judge(case_of(), seen)
    assert (found.verdict, found.alternative, found.endless, found.retry) == (Verdict.FAILED, "endless", True, False)
    data = replace(seen, excess=Excess("500 PDUs", of_data=True))
    assert judge(case_of(), data).verdict is Verdict.INCONCLUSIVE
    assert judge(case_of(), replace(data, reaction=came("wrong"))).alternative == "wrong"


COMMANDS = {
    ("right", "ended(0)"): ("OK", "A-ABORT(2,2)"),
    ("right", "hangs"): ("FAILED", "A-ABORT(2,2); hangs"),
    ("right", "ended(1)"): ("FAILED", "A-ABORT(2,2); ended(1)"),
    ("gone", "ended(1)"): ("FAILED", "ended(1)"),
    ("gone", "ended(0)"): ("INFORMATIONAL", "ended(0)"),
}


@pytest.mark.parametrize(("name", "how"), COMMANDS)
def test_what_the_command_does_in_the_end_counts(name: str, how: str) -> None:
    case = requestor_case_of(endings=ENDINGS["success"])
    reaction = GONE if name == "gone" else came(name)
    found = judge(case, Observation(reaction=reaction, ending=Ending(how, 1.0)))
    assert (str(found.verdict), found.observed) == COMMANDS[name, how]
    assert found.retry is (how == "hangs")


def test_command_is_not_failed_for_what_it_always_does() -> None:
    case, seen = requestor_case_of(endings=ENDINGS["success"]), Observation(reaction=came("right"))
    usual = replace(seen, ending=Ending("ended(1)", 1.0), habit=Habit("ended(1)"))
    assert judge(case, usual).verdict is Verdict.OK
    assert judge(replace(case, id=PLAIN_RESPONSE), usual).verdict is Verdict.FAILED


def test_milder_ending_changes_no_graver_verdict() -> None:
    mild = (Alternative("odd", "NON-STRICT", ("*",), why="it is odd"),)
    case = requestor_case_of(endings=mild)
    for reaction, verdict in (("right", "NON-STRICT"), ("wrong", "FAILED"), ("not named", "INFORMATIONAL")):
        found = judge(case, Observation(reaction=came(reaction), ending=Ending("ended(3)", 1.0)))
        assert str(found.verdict) == verdict


def test_failure_of_a_peer_that_lives_is_no_crash() -> None:
    grave = replace(case_of(), severity="S0")
    assert judge(grave, Observation(reaction=came("not named"), possible=False)).severity == "S2"


# ---------------------------------------------------------------------- what kept a case from its reaction


@pytest.mark.parametrize("obstacle", Obstacle)
def test_each_obstacle_has_its_verdict(obstacle: Obstacle) -> None:
    found = judge(case_of(), Observation(Hindrance(obstacle, "close(fin)", "so it is")))
    assert (found.observed, found.why) == ("close(fin)", "so it is")
    if obstacle not in (Obstacle.IMPOSSIBLE, Obstacle.DIED, Obstacle.HANGS):
        assert found.verdict in (Verdict.UNIMPLEMENTED, Verdict.UNOBSERVABLE, Verdict.INCONCLUSIVE, Verdict.ERROR)
    assert found.busy is (obstacle is Obstacle.BUSY)
    assert found.lost_race is False
    assert judge(requestor_case_of(), Observation(Hindrance(obstacle, "close(fin)"))).lost_race is True


def test_peer_that_notices_no_close_is_reported() -> None:
    seen = Observation(Hindrance(Obstacle.BUSY, "silence"), earlier=4)
    assert judge(case_of(), seen).observed == "silence after 4 connections that the tester had closed"
    slow = Observation(Hindrance(Obstacle.SLOW, "silence"), earlier=4)
    assert judge(case_of(), slow).observed == "silence"


# ---------------------------------------------------------------------- a local user, and rules over a whole run


HELD = next(case for case in held_cases() if case.id == "ul.fsm.acc.sta06.evt13.held")


def heard(**parts: Any) -> Any:
    return judge(HELD, Observation(reaction=came("right"), heard=Heard(**parts)))


def test_user_has_to_get_the_indication_and_no_other() -> None:
    assert heard().verdict is Verdict.OK
    assert heard().cells_seen == {leg.cell for leg in HELD.legs}
    assert (heard(missing=("an indication",)).verdict, heard(missing=("x",)).alternative) == ("NON-STRICT", "not-told")
    other = heard(missing=("x",), others=("another",))
    assert (other.verdict, other.alternative, other.observed) == (
        Verdict.FAILED, "told-otherwise", "A-ABORT(2,2); told another",
    )  # fmt: skip
    assert heard(untold=("it",)).notes == ("the adapter does not report an it",)


def test_state_that_is_open_or_was_not_reached_is_judged_so() -> None:
    left = judge(HELD, Observation(Hindrance(Obstacle.NOT_HELD, "silence")))
    assert (left.verdict, left.retry, left.cells_seen) == (Verdict.UNOBSERVABLE, True, frozenset())
    unnamed = replace(HELD, expectation=Expectation(()))
    assert judge(unnamed, Observation(reaction=SILENT)).verdict is Verdict.FAILED
    leaves_open = replace(HELD, expectation=Expectation((), open="nobody says so"))
    assert judge(leaves_open, Observation(reaction=SILENT)).why == "nobody says so"


def test_rule_is_judged_by_all_that_was_held_against_it() -> None:
    rule = SENDER_RULES[0]
    assert judge_rule(rule, "acceptor", RuleObservation(0)).verdict is Verdict.UNOBSERVABLE
    assert judge_rule(rule, "acceptor", RuleObservation(3)).observed == "correct 3 times"
    broken = tuple(Violation(rule, name, f"problem of {name}", b"\1") for name in ("d", "b", "c", "a", "a"))
    found = judge_rule(rule, "acceptor", RuleObservation(9, broken))
    assert str(found.verdict) == rule.verdict
    assert (found.observed, found.why, found.seen_in) == ("problem of a", "seen in a, b, c and 1 more", tuple("abcd"))


def test_verdict_so_far_takes_nothing_into_account_that_comes_later() -> None:
    seen = Observation(
        reaction=came("right"),
        afterwards=after(Sequel.AFTER_THE_END, came("wrong")),
        broken=(BROKEN,),
        excess=Excess("too much", of_data=False),
    )
    assert judge_so_far(case_of(), seen).verdict is Verdict.OK
    assert judge(case_of(), seen).verdict is Verdict.FAILED
