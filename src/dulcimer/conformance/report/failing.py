"""Which results fail a run, and so decide the exit status of `dulcimer check`."""

from __future__ import annotations

from dulcimer.conformance.judge.baseline import Overlay
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.report.contents import SEVERITIES
from dulcimer.conformance.report.document import CaseReport, Report


def failures(report: Report, *, strict: bool, fail_on: str) -> list[tuple[CaseReport, str]]:
    """The results that fail the run, each with the reason: FAILED at or above a severity, ERROR, XPASS.

    `strict`: NON-STRICT, too.
    """
    limit = SEVERITIES.index(fail_on)
    found = []
    for case in report.cases:
        failed = case.verdict is Verdict.FAILED or (strict and case.verdict is Verdict.NON_STRICT)
        if case.overlay is Overlay.XPASS:
            found.append((case, "was expected to fail and does not"))
        elif failed and case.overlay is None and SEVERITIES.index(case.severity) <= limit:
            found.append((case, "failed"))
        elif case.verdict is Verdict.ERROR:
            found.append((case, "could not be tested"))
    return found
