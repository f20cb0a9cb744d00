"""Writes the report of a campaign, in each of its forms, and the reproducers of its findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dulcimer.conformance.report.writing import write_report
from dulcimer.fuzz.findings.capture_export import capture_of
from dulcimer.fuzz.findings.scripts import name_of, pytest_file, script
from dulcimer.fuzz.report.document import campaign_text, read_campaign
from dulcimer.fuzz.report.html import campaign_html
from dulcimer.fuzz.report.junit import campaign_junit
from dulcimer.fuzz.report.kinds import ReportKind
from dulcimer.fuzz.report.markdown import campaign_markdown
from dulcimer.fuzz.report.sarif import campaign_sarif
from dulcimer.fuzz.report.text import campaign_summary

_FORMS: dict[ReportKind, Callable[[Mapping[str, Any]], str]] = {
    ReportKind.JSON: campaign_text,
    ReportKind.HTML: campaign_html,
    ReportKind.JUNIT: campaign_junit,
    ReportKind.SARIF: campaign_sarif,
    ReportKind.MARKDOWN: campaign_markdown,
    ReportKind.TEXT: campaign_summary,
}


def campaign_report(value: Mapping[str, Any], kind: ReportKind) -> str:
    """The report in one of its forms, from its JSON value alone; it can be encoded as UTF-8.

    Raises CampaignFormatError.
    """
    return _FORMS[kind](value)


def write_campaign(value: Mapping[str, Any], kind: ReportKind, path: Path) -> None:
    """Write the whole report, or nothing; ``-`` is standard output. Raises OSError and CampaignFormatError."""
    write_report(path, campaign_report(value, kind))


def write_findings(value: Mapping[str, Any], directory: Path) -> list[Path]:
    """Write the reproducer of each finding, with a script, a test and a capture beside it; returns the reproducers.

    The directory is made if it is missing. Raises OSError and CampaignFormatError.
    """
    result = read_campaign(value).result
    written = []
    if result.findings:
        directory.mkdir(parents=True, exist_ok=True)
    for found in result.findings:
        reproducer, name = found.reproducer, name_of(found.reproducer)
        texts = {
            f"{name}.json": reproducer.to_text(),
            f"{name}.py": script(reproducer),
            f"test_{name}.py": pytest_file(reproducer),
        }
        for file, text in texts.items():
            (directory / file).write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
        (directory / f"{name}.pcapng").write_bytes(capture_of(reproducer))
        written.append(directory / f"{name}.json")
    return written
