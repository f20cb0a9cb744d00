"""What a report says of an earlier one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from typer.testing import Result

from dulcimer.cli.main import app
from dulcimer.conformance.report.html import html
from dulcimer.conformance.report.markdown import markdown
from dulcimer.conformance.report.since import CHANGED, FIXED, KINDS, NEW, NOT_RUN, compared, since
from support.command_runs import CommandRunner
from support.conformance.report_samples import case, report, reports, silent


def check(*arguments: object) -> Result:
    return CommandRunner().invoke(app, ["check", *map(str, arguments)], env={"NO_COLOR": "1", "COLUMNS": "120"})


def kind_of(before: dict[str, Any] | None, now: dict[str, Any] | None) -> str:
    earlier, later = (report(*filter(None, (row,))) for row in (before, now))
    found = compared(earlier, later, "earlier")
    (kind,) = [kind for kind in KINDS if found[kind]] or [""]
    return kind


@pytest.mark.parametrize(
    ("before", "now", "kind"),
    [
        ("FAILED", "OK", FIXED),
        ("FAILED", "NON-STRICT", FIXED),
        ("ERROR", "OK", FIXED),
        ("FAILED", "UNOBSERVABLE", CHANGED),
        ("OK", "FAILED", NEW),
        ("INCONCLUSIVE", "ERROR", NEW),
        (None, "FAILED", NEW),
        ("OK", "NON-STRICT", CHANGED),
        ("FAILED", None, NOT_RUN),
        ("OK", None, ""),
        (None, "OK", ""),
        ("OK", "OK", ""),
        ("FAILED", "FAILED", ""),
    ],
)
def test_change_has_its_kind(before: str | None, now: str | None, kind: str) -> None:
    rows = [verdict and case("x", verdict) for verdict in (before, now)]
    assert kind_of(rows[0] or None, rows[1] or None) == kind


def test_failure_of_another_kind_is_a_change() -> None:
    assert kind_of(case("x", "FAILED", observed="silence"), case("x", "FAILED", observed="close(fin)")) == CHANGED
    assert kind_of(case("x", "OK", observed="A-ABORT(2,1)"), case("x", "OK", observed="A-ABORT(2,2)")) == ""


@given(reports())
def test_nothing_has_changed_since_the_same_report(document: dict[str, Any]) -> None:
    document["since"] = compared(document, document, "itself")
    found = since(document)
    assert found is not None
    assert not any(found.changes.values())
    assert found.words == "no case has changed"


@given(reports(), reports())
def test_any_two_reports_can_be_compared_in_every_form(one: dict[str, Any], other: dict[str, Any]) -> None:
    other["since"] = compared(one, other, "<b>one</b>")
    assert "<b>one</b>" not in html([other])
    assert "<b>one</b>" not in markdown([other])


def files(tmp_path: Path) -> tuple[Path, Path]:
    earlier, now = tmp_path / "earlier.json", tmp_path / "now.json"
    earlier.write_text(json.dumps(report(case("mended", "FAILED"), case("broken"), case("same", "FAILED"))))
    now.write_text(json.dumps(report(case("mended"), case("broken", "FAILED", trace=silent()), case("same", "FAILED"))))
    return earlier, now


def test_page_and_summary_of_reports_that_are_there_already_tell_what_changed(tmp_path: Path) -> None:
    earlier, now = files(tmp_path)
    page, summary = tmp_path / "page.html", tmp_path / "summary.md"
    result = check("--merge", now, "--since", earlier, "--html", page, "--markdown", summary)
    assert result.exit_code == 0, result.output
    assert "1 fixed, 1 new" in page.read_text()
    assert "- **new** `broken`: OK became FAILED" in summary.read_text()
    assert "`same`:" not in summary.read_text().split("to look at")[0]


def test_run_says_what_changed_and_its_report_may_be_the_file_itself(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    quick = ("--embedded", "--case", "dimse.echo.success", "--t-react", "0.5", "--json", path)
    assert check(*quick).exit_code == 0
    document = json.loads(path.read_text())
    document["cases"][0] |= {"verdict": "FAILED", "observed": "silence"}
    path.write_text(json.dumps(document))
    result = check(*quick, "--since", path)
    assert result.exit_code == 0, result.output
    assert "1 fixed" in result.output
    assert "dimse.echo.success: FAILED (silence) → OK" in result.output
    assert [row["id"] for row in json.loads(path.read_text())["since"]["fixed"]] == ["dimse.echo.success"]


@pytest.mark.parametrize(("content", "told"), [(None, "does not exist"), ("{", "not a report")])
def test_file_that_is_no_report_is_a_usage_error(content: str | None, told: str, tmp_path: Path) -> None:
    path = tmp_path / "earlier.json"
    if content is not None:
        path.write_text(content)
    result = check("--embedded", "--case", "dimse.echo.success", "--since", path)
    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split()) or "earlier.json" in result.output
