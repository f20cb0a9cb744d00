"""`dulcimer check` writes its report in every form, from a run and from files."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import Result

from dulcimer.cli.main import app
from support.command_runs import CommandRunner
from support.conformance.report_samples import case, one_of_each, report

USAGE = 2


def check(*arguments: object) -> Result:
    return CommandRunner().invoke(app, ["check", *map(str, arguments)], env={"NO_COLOR": "1", "COLUMNS": "120"})


def saved(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the reports of a run against the server of dulcimer itself."""
    place = tmp_path_factory.mktemp("reports")
    forms = ("--json", "--junit", "--html", "--markdown")
    files = [word for form in forms for word in (form, place / f"report{form}")]
    result = check("--embedded", "-k", "ul.fsm.acc.sta06.evt1?*", *files, "--pcap", place / "captures")
    assert result.exit_code == 0, result.output
    return place


def test_a_run_is_reported_alike_in_every_form(run: Path) -> None:
    document = json.loads((run / "report--json").read_text())
    names = {row["id"] for row in document["cases"]}
    assert "ul.fsm.acc.sta06.evt13" in names
    tests = ElementTree.parse(run / "report--junit").getroot().iter("testcase")
    assert {test.get("name") for test in tests} == names
    page = (run / "report--html").read_text()
    assert all(page.count(f'id="{name}"') == 1 for name in names)
    assert "0 to look at" in (run / "report--markdown").read_text()
    traced = {row["id"] for row in document["cases"] if row["trace"]}
    assert {path.stem for path in (run / "captures").iterdir()} == traced


def test_every_line_that_a_run_traces_is_understood(run: Path) -> None:
    """So that a change of the words of a trace cannot take the machine out of the reports."""
    from dulcimer.conformance.model.trace import Kind
    from dulcimer.conformance.report.document import load, read
    from dulcimer.conformance.report.narrative import moments_of

    cases = read(load(run / "report--json")).cases
    moments = [moment for case in cases for moment in moments_of(case)]
    assert {Kind.OPENED, Kind.SENT, Kind.RECEIVED, Kind.SILENCE, Kind.TESTER_FIN, Kind.PEER_FIN} <= {
        moment.kind for moment in moments
    }
    assert [moment.entry.text for moment in moments if moment.kind is Kind.NOTE] == []
    assert [moment.entry.text for moment in moments if moment.impossible] == []


def test_reports_of_several_peers_are_merged(tmp_path: Path) -> None:
    one = saved(tmp_path / "one.json", report(case("a"), name="ONE"))
    other = saved(tmp_path / "other.json", report(case("a", "FAILED"), name="OTHER"))
    result = check("--merge", one, "--merge", other, "--html", tmp_path / "x.html", "--pcap", tmp_path / "captures")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "x.html").read_text()
    assert "ONE" in page and "OTHER" in page and "differs" in page
    found = {str(path.relative_to(tmp_path / "captures")) for path in (tmp_path / "captures").glob("*/*")}
    assert found == {"1-ONE/a.pcapng", "2-OTHER/a.pcapng"}


@pytest.mark.parametrize("content", ["{", "[]", '{"schema": 1}', json.dumps(one_of_each() | {"schema": 9})])
def test_a_file_that_is_no_report_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(content)
    result = check("--merge", path, "--html", tmp_path / "x.html")
    assert result.exit_code == USAGE
    assert "broken.json" in result.output
    assert not (tmp_path / "x.html").exists()


def test_a_merge_that_writes_nothing_is_refused(tmp_path: Path) -> None:
    assert check("--merge", saved(tmp_path / "one.json", report())).exit_code == USAGE
