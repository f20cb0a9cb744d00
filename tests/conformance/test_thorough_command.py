"""`dulcimer check --thorough`: which cases are run, and what is said of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.catalogue.extended import thorough_cases
from dulcimer.conformance.catalogue.requestor import requestor_cases
from dulcimer.conformance.judge import baseline
from dulcimer.conformance.judge.policy import VerdictPolicy
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.parts import Way
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.stimuli.requests import Titles
from support.conformance.checking import (
    ADAPTER,
    DIED,
    FAILED,
    OK,
    QUICK_REQUESTOR,
    USAGE,
    check,
    report_of,
    scripted,
    serving,
)
from support.conformance.scripted_peer import Mortal, ScriptedPeer

OF_ACCEPTORS, OF_REQUESTORS = thorough_cases(acceptor_cases(Titles())), thorough_cases(requestor_cases())
CASES: dict[str, Case] = {case.id: case for case in (*OF_ACCEPTORS, *OF_REQUESTORS)}
PATIENT = ("--t-react", "2", "--peer-artim", "0.5")
FINDER = "ul.fsm.acc.sta06.evt03.then-rejects"
SAME_CELL = "ul.fsm.acc.sta06.evt03*"


def ids_of(*arguments: object) -> list[str]:
    lines = check("--list", *arguments).output.splitlines()
    return [line.split()[1] for line in lines if re.match(r"S\d ", line)]


def test_list_shows_them_only_if_they_are_asked_for() -> None:
    usual, thorough = ids_of(), ids_of("--thorough")
    assert not set(usual) & set(CASES)
    assert set(thorough) == {*usual, *(case.id for case in OF_ACCEPTORS)}
    of_requestors = set(ids_of("--requestor", "--thorough")) - set(ids_of("--requestor"))
    assert of_requestors == {case.id for case in OF_REQUESTORS}


def test_an_id_chooses_one_and_a_pattern_those_that_were_asked_for() -> None:
    assert ids_of("--case", FINDER) == [FINDER]
    assert ids_of("--case", SAME_CELL) == ["ul.fsm.acc.sta06.evt03"]
    assert ids_of("--case", SAME_CELL, "--thorough") == [
        "ul.fsm.acc.sta06.evt03",
        "ul.fsm.acc.sta06.evt03.then-artim",
        FINDER,
    ]
    assert ids_of("--case", FINDER, "--exclude", "*rejects", "--case", "enc.pc.count.128") == ["enc.pc.count.128"]


def test_choice_that_only_they_fit_is_an_error_that_says_so() -> None:
    result = check("--list", "-k", "then-rejects")
    assert result.exit_code == USAGE
    told = " ".join(result.output.replace("│", " ").split())
    assert f"with --thorough, {sum(case.then == Way.REJECTS for case in OF_ACCEPTORS)} cases would match" in told


def test_dry_run_says_what_may_follow() -> None:
    told = " ".join(check("--dry-run", "--case", FINDER).output.split())
    assert "on Evt6 in Sta13 then:" in told
    assert "silence (ignored): AA-7 sends an A-ABORT" in told


def test_upper_tester_has_none() -> None:
    assert check("--thorough", "--list", "--upper-tester", ADAPTER).exit_code == USAGE


def test_policy_regrades_what_follows_too() -> None:
    before = CASES[FINDER]
    after = VerdictPolicy({"ignored": Verdict.FAILED}).regraded(before)
    rows = {row.name: row.verdict for follow in after.follows for row in follow.alternatives}
    assert rows["ignored"] == "FAILED"
    assert rows["abort"] == "OK"
    assert after.rev == before.rev


def test_report_and_digest_are_as_before_unless_they_are_run(tmp_path: Path) -> None:
    with serving(ScriptedPeer(artim=2.0)) as port:  # one of the cases waits for it
        common = ("127.0.0.1", port, "--t-react", "2", "--peer-artim", "2")
        usual = report_of(tmp_path / "1.json", *common, "--case", "ul.fsm.acc.sta06.evt03")
        one = report_of(tmp_path / "2.json", *common, "--case", FINDER)
        both = report_of(tmp_path / "3.json", *common, "--case", SAME_CELL, "--thorough")
    assert [case["verdict"] for case in both["cases"]] == ["OK"] * 3
    assert [case["id"] for case in one["cases"]] == [FINDER]
    assert usual["catalogue"] != one["catalogue"] == both["catalogue"]
    assert one["cells"]["driven"] == usual["cells"]["driven"] == [["Sta6", "Evt3"]]
    (row,) = one["cases"]
    assert row["expected"] == "A-ABORT(2,r), then A-ABORT(*)"
    assert row["observed"] == "A-ABORT(2,2), then A-ABORT(2,2)"
    assert any(FINDER in entry["pdu"] for entry in row["trace"])


def test_baseline_holds_them_and_is_not_stale_without_them(tmp_path: Path) -> None:
    path = tmp_path / "baseline.toml"
    with serving(ScriptedPeer("accepts-in-sta13")) as port:
        common = ("127.0.0.1", port, *PATIENT, "--expect", path, "--exclude", "ul.sender.*")
        found = check(*common, "--case", FINDER, "--update-baseline")
        assert [entry.case for entry in baseline.load(path)] == [FINDER], found.output
        expected = check(*common, "--case", FINDER)
        assert "XFAIL" in check(*common, "--case", FINDER, "-v").output
        usual = check(*common, "--case", "ul.fsm.acc.sta06.evt03")
        check(*common, "--case", "ul.fsm.acc.sta06.evt03", "--update-baseline")
    assert expected.exit_code == usual.exit_code == OK
    assert "baseline:" not in usual.output
    assert [entry.case for entry in baseline.load(path)] == [FINDER]


def test_failure_says_what_broke(tmp_path: Path) -> None:
    with serving(ScriptedPeer("accepts-in-sta13")) as port:
        result = check("127.0.0.1", port, *PATIENT, "--case", FINDER, "--junit", tmp_path / "r.xml")
    assert result.exit_code == FAILED
    told = " ".join(result.output.split())
    assert "Then the tester sends a new A-ASSOCIATE-RQ. In Sta13, after the end of the association, Evt6" in told
    assert (
        "A-ABORT(2,2), then A-ASSOCIATE-AC(1=0); only an A-ABORT may be sent after the end of the association" in told
    )
    assert FINDER in (tmp_path / "r.xml").read_text()


def test_crash_after_one_of_them_is_seen() -> None:
    with serving(Mortal()) as port:
        result = check("127.0.0.1", port, *PATIENT, "--jobs", "1", "--thorough", "-k", "then-rejects")
    assert result.exit_code == DIED, result.output


def test_commands_are_checked_so_too(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    wanted = ("--case", "ul.fsm.req.sta05.evt06.then-rejects", "--json", path)
    result = check(*QUICK_REQUESTOR, *wanted, *scripted())
    assert result.exit_code == OK, result.output
    (case,) = json.loads(path.read_text())["cases"]
    assert (case["verdict"], case["observed"]) == ("OK", "A-ABORT(2,2), then A-ABORT(2,2)"), case["why"]
