"""Expected failures and other verdicts of the user's own: read from files, refused where they are wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dulcimer._generated.conformance import Alternative
from dulcimer._generated.fsm import Events, States
from dulcimer.conformance.judge import baseline, policy
from dulcimer.conformance.judge.baseline import BaselineError, ExpectedVerdict, Overlay
from dulcimer.conformance.judge.policy import PolicyError, VerdictPolicy
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.parts import Continuation, Expectation, Following, Overtaken, Way
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict
from support.conformance.observations import ROWS, case_of, requestor_case_of

CASE = case_of(identifier="enc.one")
WHOLE = '[[expected]]\ncase = "enc.one"\nrev = "1"\nverdict = "FAILED"\nobserved = "silence"\nreason = "it is so"\n'
WRONG = {
    "is no TOML": ("[[", "Expected"),
    "has another table": ('[other]\nkey = "x"\n', "[[expected]] tables and nothing else"),
    "lacks a text": (WHOLE.replace('reason = "it is so"\n', ""), "needs the strings"),
    "has an unknown verdict": (WHOLE.replace("FAILED", "WRONG"), "is not a verdict"),
    "has no reason": (WHOLE.replace("it is so", " "), "needs a reason"),
    "names a case twice": (WHOLE + WHOLE, "two entries"),
    "says sometimes in a text": (WHOLE + 'sometimes = "yes"\n', "true or false"),
}


@pytest.mark.parametrize("what", WRONG)
def test_baseline_that_is_wrong_is_refused(what: str, tmp_path: Path) -> None:
    text, told = WRONG[what]
    path = tmp_path / "expected.toml"
    path.write_text(text)
    with pytest.raises(BaselineError) as caught:
        baseline.load(path)
    assert str(path) in str(caught.value)
    assert what == "is no TOML" or told in str(caught.value)


def test_baseline_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BaselineError):
        baseline.load(tmp_path / "nothing.toml")


ENTRY = ExpectedVerdict("enc.one", "1", "FAILED", "silence*", "it is so")
COMPARED = {
    ("FAILED", "silence", "1"): (Overlay.XFAIL, ""),
    ("FAILED", "A-ABORT(0,0)", "1"): (None, "fails in another way"),
    ("OK", "A-ABORT(0,0)", "1"): (Overlay.XPASS, ""),
    ("INCONCLUSIVE", "silence", "1"): (None, ""),
    ("FAILED", "silence", "2"): (None, "has changed"),
}


@pytest.mark.parametrize(("verdict", "observed", "rev"), COMPARED)
def test_result_is_held_against_what_was_expected(verdict: str, observed: str, rev: str) -> None:
    result = Result(CASE, Verdict(verdict), observed)
    expected, warning = COMPARED[verdict, observed, rev]
    found = baseline.compare([ExpectedVerdict("enc.one", rev, "FAILED", "silence*", "it is so")], [result], [CASE])
    assert found.overlays.get("enc.one") is expected
    assert [warning in told for told in found.warnings] == [True] * bool(warning)


def test_peer_that_fails_sometimes_may_pass_and_the_entry_stays(tmp_path: Path) -> None:
    entry = replace(ENTRY, sometimes=True)
    passed, failed = Result(CASE, Verdict.OK, "A-ABORT(0,0)"), Result(CASE, Verdict.FAILED, "silence")
    assert baseline.compare([entry], [passed], []) == baseline.Comparison({}, ())
    assert baseline.compare([entry], [failed], []).overlays == {"enc.one": Overlay.XFAIL}
    path = tmp_path / "expected.toml"
    for result in (passed, failed):
        assert baseline.update(path, [result], [entry]) == 1
        (written,) = baseline.load(path)
        assert written.sometimes
        assert written.reason == entry.reason


def test_entry_of_a_case_that_is_gone_is_reported_and_one_that_was_not_run_is_not() -> None:
    assert "there is no case enc.one" in baseline.compare([ENTRY], [], []).warnings[0]
    assert baseline.compare([ENTRY], [], [CASE]) == baseline.Comparison({}, ())


def test_what_fails_now_is_written_and_read_again_with_the_reasons_that_are_known(tmp_path: Path) -> None:
    path = tmp_path / "expected.toml"
    other = case_of(identifier="enc.other")
    mild = Result(case_of(identifier="enc.mild"), Verdict.NON_STRICT, "close(fin)", "why")
    results = [Result(CASE, Verdict.FAILED, "a[b]*"), Result(other, Verdict.FAILED, "silence", "why"), mild]
    kept = ExpectedVerdict("enc.kept", "1", "FAILED", "silence", "kept")
    assert baseline.update(path, results, [ENTRY], kept=[kept]) == 3
    first, second, last = baseline.load(path)
    assert (first.reason, second.reason, last) == ("it is so", "not explained yet: why", kept)
    assert baseline.compare([first], results, []).overlays == {"enc.one": Overlay.XFAIL}
    assert baseline.update(path, results, [], strict=True) == 3
    assert [entry.case for entry in baseline.load(path)] == ["enc.one", "enc.other", "enc.mild"]


# ---------------------------------------------------------------------- a policy


def everywhere() -> Case:
    """A case in each part of which the same reaction is named."""
    row = (Alternative("wrong", "FAILED", ("*",), why="that is wrong"),)
    expectation = Expectation(ROWS, overtaken=Overtaken("A-RELEASE-RP", row))
    follows = (Following((Events.EVT_3, States.STA_13), row),)
    return replace(requestor_case_of(expectation, endings=row), continuation=Continuation(Way.ARTIM, follows))


def test_policy_grades_a_reaction_otherwise_wherever_a_case_names_it(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text('wrong = "ok"\n')
    case = everywhere()
    found = policy.load(path, [case]).regraded(case)
    rows = (*found.expectation.alternatives, *found.expectation.if_overtaken, *found.follows[0].alternatives)
    rows += getattr(found, "endings", ())
    regraded = [row for row in rows if row.name == "wrong"]
    assert [row.verdict for row in regraded] == ["OK"] * 4
    assert all(row.why == "that is wrong; FAILED without the policy" for row in regraded)
    assert [row.verdict for row in rows if row.name == "late"] == ["NON-STRICT"]
    assert found.rev == case.rev


def test_policy_of_nothing_changes_nothing() -> None:
    assert VerdictPolicy().regraded(CASE) is CASE
    plain = VerdictPolicy({"right": Verdict.FAILED}).regraded(CASE)
    assert plain.expectation.alternatives[0].why == "OK without the policy"
    assert policy.names([CASE]) == {"right", "late", "wrong"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('wrnog = "ok"', "the nearest: wrong"),
        ('wrong = "good"', "the verdict is one of ok, non-strict"),
        ("wrong = 1", "the verdict is one of"),
        ("wrong", "policy.toml"),
    ],
)
def test_policy_that_is_wrong_is_refused(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(text)
    with pytest.raises(PolicyError) as caught:
        policy.load(path, [CASE])
    assert told in str(caught.value)
