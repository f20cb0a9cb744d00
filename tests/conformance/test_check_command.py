"""`dulcimer check` from outside: what it says, the JSON contract, baselines."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dulcimer.conformance.model.verdict import Verdict
from support.conformance.checking import FAILED, NEVER_HEALTHY, OK, QUICK, USAGE, check, serving
from support.conformance.scripted_peer import ScriptedPeer
from support.console_pages import is_as_shown, texts_of
from support.peers.processes import free_port


def test_a_peer_without_fault_exits_with_0() -> None:
    with serving(ScriptedPeer()) as port:
        result = check("127.0.0.1", port, *QUICK, "-k", "sta06")
    assert result.exit_code == OK, result.output
    assert "Nothing fails the run" in result.output


def test_a_failure_exits_with_1_and_says_what_was_demanded_and_what_came() -> None:
    with serving(ScriptedPeer("rejects-version-3")) as port:
        result = check("127.0.0.1", port, *QUICK, "--case", "enc.version.0003")
    assert result.exit_code == FAILED
    for word in (
        "FAILED",
        "enc.version.0003",
        "PS3.8 9.3.2",
        "A-ASSOCIATE-RJ(1,2,2)",
        "only bit 0 is tested",
        "> A-ASSOCIATE-RQ",
    ):
        assert word in result.output, word


def test_nothing_run_is_a_usage_error_and_never_0() -> None:
    result = check("127.0.0.1", 1, "-k", "no-such-case")
    assert result.exit_code == USAGE
    assert "no case matches" in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("127.0.0.1",),
        ("--embedded", "127.0.0.1", "104"),
        ("127.0.0.1", "104", "--case", "enc.nothing"),
        ("127.0.0.1", "104", "--fail-on", "S9"),
        ("127.0.0.1", "104", "--update-baseline"),
        ("127.0.0.1", "104", "--expect", "/nonexistent/baseline.toml"),
        ("127.0.0.1", "104", "--peer-artim", "0"),
        ("192.0.2.1", "104"),
    ],
)
def test_misuse_exits_with_2(arguments: tuple[str, ...]) -> None:
    assert check(*arguments).exit_code == USAGE


def test_a_peer_that_is_not_there_exits_with_3_and_tests_nothing(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    result = check("127.0.0.1", free_port(), "--json", report)
    assert result.exit_code == NEVER_HEALTHY
    data = json.loads(report.read_text())
    assert data["cases"] == []
    assert data["run"]["healthy"] is False


def test_listing_and_dry_run_need_no_peer() -> None:
    assert "ul.fsm.acc.sta06.evt13" in check("--list").output
    planned = check("--dry-run", "--clause", "9.3.2.1")
    assert planned.exit_code == OK
    assert "enc.appctx.unknown" in planned.output
    assert "enc.version.0003" not in planned.output
    assert "sta06" not in check("--list", "--exclude", "ul.fsm.*").output


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("report") / "report.json"
    with serving(ScriptedPeer()) as port:
        check("127.0.0.1", port, *QUICK, "--json", path)
    data: dict[str, Any] = json.loads(path.read_text())
    return data


def test_report_has_the_keys_of_the_contract(report: dict[str, Any]) -> None:
    assert report["schema"] == 1
    assert set(report) >= {"schema", "tool", "catalogue", "peer", "cases", "cells", "summary"}
    assert set(report["peer"]) >= {"host", "port", "implementation_class_uid", "implementation_version_name"}
    assert report["peer"]["implementation_version_name"] == "SCRIPTED"
    assert set(report["cells"]) == {"driven", "observed", "unobservable"}
    wanted = {
        "id",
        "clause",
        "requirement",
        "severity",
        "verdict",
        "expected",
        "observed",
        "close",
        "cell",
        "duration_s",
        "trace",
    }
    for case in report["cases"]:
        assert set(case) >= wanted
        assert case["verdict"] in set(Verdict)
    assert sum(report["summary"].values()) == len(report["cases"])


def test_traces_tell_direction_time_and_bytes(report: dict[str, Any]) -> None:
    (case,) = [case for case in report["cases"] if case["id"] == "ul.fsm.acc.sta06.evt13"]
    assert case["cell"] == ["Sta6", "Evt13"]
    assert [entry["dir"] for entry in case["trace"]][:4] == ["event", ">", "<", ">"]
    assert case["trace"][3]["hex"] == "06000000000400000000"
    assert all(entry["dir"] in {">", "<", "event"} and entry["t"] >= 0 for entry in case["trace"])
    times = [entry["t"] for entry in case["trace"]]
    assert times == sorted(times)


def test_coverage_names_the_driven_cells_and_those_seen_as_outputs(report: dict[str, Any]) -> None:
    assert len(report["cells"]["driven"]) == 32
    assert ["Sta3", "Evt7"] in report["cells"]["observed"]


def entry(case: dict[str, Any], changes: dict[str, str]) -> str:
    rows = {
        "case": case["id"],
        "rev": case["rev"],
        "verdict": "FAILED",
        "observed": "A-ASSOCIATE-RJ*",
        "reason": "known",
    }
    return "[[expected]]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in (rows | changes).items())


@pytest.fixture
def version_case(report: dict[str, Any]) -> dict[str, Any]:
    (case,) = [case for case in report["cases"] if case["id"] == "enc.version.0003"]
    return dict(case)


@pytest.mark.parametrize(
    ("fault", "changes", "status", "says"),
    [
        ("rejects-version-3", {}, OK, ""),
        ("rejects-version-3", {"observed": "A-ABORT*"}, FAILED, "fails in another way"),
        ("rejects-version-3", {"rev": "00000000"}, FAILED, "has changed"),
        ("", {}, FAILED, "expected to fail and does not"),
        ("", {"case": "enc.version.gone"}, OK, "stale"),
    ],
)
def test_baseline_decides_what_fails_the_run(
    tmp_path: Path, version_case: dict[str, Any], fault: str, changes: dict[str, str], status: int, says: str
) -> None:
    path = tmp_path / "baseline.toml"
    path.write_text(entry(version_case, changes))
    with serving(ScriptedPeer(fault)) as port:
        result = check("127.0.0.1", port, *QUICK, "--case", "enc.version.0003", "--expect", path)
    assert result.exit_code == status, result.output
    assert says in result.output


def test_updated_baseline_expects_what_failed(tmp_path: Path) -> None:
    path = tmp_path / "baseline.toml"
    with serving(ScriptedPeer("rejects-version-3")) as port:
        common = ("127.0.0.1", port, *QUICK, "-k", "enc.version", "--expect", path)
        assert check(*common, "--update-baseline").exit_code == OK
        assert check(*common).exit_code == OK
    assert path.read_text().count("[[expected]]") == 3


def test_strict_fails_on_a_harmless_deviation() -> None:
    with serving(ScriptedPeer()) as port:
        common = ("127.0.0.1", port, *QUICK, "--case", "dimse.command.no-group-length")
        assert check(*common).exit_code == OK
        assert check(*common, "--strict").exit_code == FAILED


@pytest.mark.long
def test_own_server_keeps_to_the_standard() -> None:
    result = check("--embedded", "--fail-on", "S4")
    assert result.exit_code == OK, result.output
    (shown,) = texts_of("README.md")
    assert is_as_shown("...\n" + _without_findings(shown) + "...\n", _without_findings(result.output))
    assert _judged(shown) == _judged(result.output)


def _judged(text: str) -> int:
    """How many cases and rules have a verdict."""
    return sum(map(int, re.findall(r"(?m)^  [A-Z-]+ +(\d+) ", text)))


def _without_findings(text: str) -> str:
    """Without counts of verdicts and marks of cells: where the machine is busy, a case or two are not decided alike."""
    text = re.sub(r"(?m)^(  [A-Z-]+ +)\d+", r"\1", text)
    return re.sub(r"(?m)^(Evt\d+ +)[-+~iFun?Eo ]{20,}", r"\1", text)
