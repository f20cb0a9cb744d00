"""What `dulcimer check` prints: short, by cause, and all of it if wanted."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from dulcimer._generated.fsm import EVENTS
from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.catalogue.requestor import requestor_cases
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.seen import pdu_name
from dulcimer.conformance.model.steps import data_of
from dulcimer.conformance.model.trace import Kind, trace_line
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.report.contents import LEGEND, SIGNS, as_json
from dulcimer.conformance.report.document import read
from dulcimer.conformance.report.failing import failures
from dulcimer.conformance.report.text import show_run
from dulcimer.conformance.run.record import PeerIdentity, Run
from dulcimer.conformance.stimuli.messages import Titles
from support.conformance.checking import FAILED, OK, QUICK, USAGE, check, run, serving
from support.conformance.scripted_peer import ScriptedPeer

CASES = acceptor_cases(Titles())
AGAIN = "dulcimer check host 104 --case {case} --verbose"


def shown(results: list[Result], *, verbose: bool = False, width: int = 80) -> str:
    """What is printed about a run with these results."""
    report = read(as_json(Run(PeerIdentity("host", 104), results=results, healthy=True, again=AGAIN), ""))
    out = io.StringIO()
    failing = failures(report, strict=False, fail_on="S4")
    show_run(Console(file=out, width=width, highlight=False), report, failing, verbose=verbose)
    return out.getvalue()


def result(case: Case, verdict: Verdict) -> Result:
    lines = tuple(trace_line(number / 10, Kind.NOTE, f"line {number}") for number in range(20))
    return Result(case, verdict, "silence", "why", trace=lines, alternative="silence")


@pytest.mark.parametrize("width", [40, 80, 200])
def test_text_is_short_whatever_the_verdicts_are(width: int) -> None:
    mixed = [result(case, list(Verdict)[number % len(Verdict)]) for number, case in enumerate(CASES)]
    told = shown(mixed, width=width)
    assert len(told.splitlines()) < (600 if width == 40 else 300)
    assert "Table 9-10" in told


def test_failures_come_by_cause_and_the_worst_comes_first() -> None:
    chosen = [case for case in CASES if case.severity in ("S1", "S2") and case.cell][:60]
    told = shown([result(case, Verdict.FAILED) for case in chosen])
    heads = [line for line in told.splitlines() if line[:2] in ("S1", "S2")]
    assert heads == sorted(heads, key=lambda line: line[:2])
    assert f"FAILED {len(chosen)} cases of " in told


def test_each_cause_has_a_command_on_one_line_that_runs_a_case_of_it_again() -> None:
    case = next(case for case in CASES if len(case.id) > 40)
    told = shown([result(case, Verdict.FAILED)], width=60)
    assert AGAIN.replace("{case}", case.id) in told


def test_rule_for_what_the_peer_sends_is_shown_again_by_a_case_that_broke_it() -> None:
    rule = replace(result(CASES[0], Verdict.FAILED), seen_in=("dimse.echo.success", "other"))
    assert AGAIN.replace("{case}", "dimse.echo.success") in shown([rule])


def test_mild_deviations_have_one_line_for_each_cause() -> None:
    mild = [result(case, Verdict.NON_STRICT) for case in CASES[:40]]
    told = shown(mild)
    body = told.split("NON-STRICT", 1)[1].split("\n\n")[0].splitlines()[1:]
    assert all(line.strip().startswith(("S", "and ")) for line in body), body


def test_all_cases_with_their_traces_are_shown_if_wanted() -> None:
    told = shown([result(case, Verdict.OK) for case in CASES[:30]], verbose=True)
    assert told.count("line 19") == 30


def test_one_case_is_shown_without_an_empty_table() -> None:
    (case,) = (case for case in CASES if case.id == "ul.fsm.acc.sta06.evt13")
    assert "Table 9-10, events" not in shown([result(case, Verdict.OK)])


def test_table_says_what_its_events_and_signs_are() -> None:
    told = shown([result(case, Verdict.OK) for case in CASES])
    assert all(info.description.partition(" (")[0] in told for info in EVENTS)
    assert len(set(SIGNS.values())) == len(Verdict)
    assert all(f"{sign} " in LEGEND for sign in SIGNS.values())


def test_uid_is_no_address() -> None:
    out = io.StringIO()
    peer = PeerIdentity("host", 104, implementation_class_uid="1.2.276.0.7230010", implementation_version_name="X")
    console = Console(file=out, width=80, highlight=False, force_terminal=True, color_system="standard")
    show_run(console, read(as_json(Run(peer, healthy=True), "")), [], verbose=False)
    assert "X (1.2.276.0.7230010)" in out.getvalue()


@pytest.mark.parametrize("cases", [CASES, requestor_cases()], ids=["acceptor", "requestor"])
def test_stimulus_is_called_by_the_type_that_it_has_on_the_wire(cases: tuple[Case, ...]) -> None:
    names = ("A-ASSOCIATE-", "A-RELEASE-", "A-ABORT", "P-DATA-TF", "PDU of type")
    seen = 0
    for case in cases:
        for step in (*case.opening.steps, *case.injection.steps):
            if data_of(step) and step.label.startswith(names):
                seen += 1
                assert step.label.startswith(pdu_name(data_of(step))), (case.id, step.label)
    assert seen > 100


# ---------------------------------------------------------------------- from outside


def test_quiet_prints_what_fails_and_nothing_else() -> None:
    with serving(ScriptedPeer("rejects-version-3")) as port:
        good = check("127.0.0.1", port, *QUICK, "--case", "enc.version.0000", "-q")
        bad = check("127.0.0.1", port, *QUICK, "--case", "enc.version.0003", "-q", "--fail-on", "S4")
    assert (good.exit_code, good.output) == (OK, "")
    assert bad.exit_code == FAILED
    assert next(line for line in bad.output.splitlines() if line) == "1 result fails the run:"
    assert len(bad.output.splitlines()) == 3


def test_report_on_standard_output_is_all_that_is_there(tmp_path: Path) -> None:
    arguments = ("--embedded", "-k", "*sta06.evt1[23]", "--t-react", "0.25")
    result = check(*arguments, "--json", "-")
    assert json.loads(result.stdout)["schema"] == 1
    assert "Nothing fails the run" in result.stderr
    assert run(*arguments, "--json", "-", "--html", "-").exit_code == USAGE
    assert check(*arguments, "--junit", "-").stdout.startswith("<?xml")


def test_embedded_server_says_nothing_before_the_report(capfd: pytest.CaptureFixture[str]) -> None:
    result = check("--embedded", "-k", "pdv.*", "--t-react", "0.25")
    assert "W:" not in result.output
    assert result.output.startswith("127.0.0.1:")


def test_command_that_runs_a_case_again_has_what_the_first_one_had(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    with serving(ScriptedPeer()) as port:
        check("127.0.0.1", port, *QUICK, "-aec", "A B", "--case", "enc.version.0003", "--jobs", "1", "--json", path)
        again = json.loads(path.read_text())["run"]["again"]
        words = f"dulcimer check 127.0.0.1 {port} -aec 'A B' --peer-artim 0.5 --t-react 0.25 --case {{case}} --verbose"
        assert again.replace("--called-aet", "-aec") == words
