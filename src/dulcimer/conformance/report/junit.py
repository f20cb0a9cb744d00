"""A report as JUnit XML for continuous integration.

FAILED is a failure and ERROR an error. What was not decided, and an expected failure, is skipped with the reason.
NON-STRICT and INFORMATIONAL pass and have a property. An expected failure that does not happen is a failure, because it
fails the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from dulcimer.conformance.judge.advice import advice
from dulcimer.conformance.judge.baseline import Overlay
from dulcimer.conformance.model.verdict import MEANINGS, Verdict
from dulcimer.conformance.report import replay
from dulcimer.conformance.report.capture import file_name
from dulcimer.conformance.report.document import CaseReport, Report, read
from dulcimer.conformance.report.quoting import xml_text as _text
from dulcimer.counting import counted

_SKIPPED = frozenset({Verdict.UNIMPLEMENTED, Verdict.UNOBSERVABLE, Verdict.INCONCLUSIVE})
_NOTED = frozenset({Verdict.NON_STRICT, Verdict.INFORMATIONAL})
_BYTES_SHOWN = 512
"""Bytes of each PDU; the capture and the JSON have all of them."""
_COUNTED = ("tests", "failures", "errors", "skipped")


def junit(documents: Sequence[Mapping[str, Any]]) -> str:
    """One test suite for each report; raises ReportError."""
    root = Element("testsuites", {"name": "dulcimer check"})
    suites = [_suite(root, read(document)) for document in documents]
    for name in _COUNTED:
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    root.set("time", f"{sum(float(suite.get('time', '0')) for suite in suites):.3f}")
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _suite(root: Element, report: Report) -> Element:
    suite = SubElement(root, "testsuite", {"name": _text(f"dulcimer check {report.address}")})
    properties = {
        "peer": f"{report.implementation} {report.implementation_uid}".strip(),
        "tool": report.tool,
        "catalogue": report.catalogue,
    }
    _properties(suite, properties)
    if not report.healthy and not report.stopped:
        test = SubElement(suite, "testcase", {"classname": "dulcimer", "name": "the peer is healthy", "time": "0"})
        _child(test, "error", "nothing was tested", report.unhealthy_because)
    for case in report.cases:
        _case(suite, case, report)
    known = {case.id for case in report.cases}
    for missed in dict.fromkeys(report.not_run):
        if missed not in known:
            test = _test(suite, missed, 0)
            _child(test, "skipped", f"not run: {report.why_not_run}")
    counts = [len(suite.findall(path)) for path in ("testcase", "*/failure", "*/error", "*/skipped")]
    for name, count in zip(_COUNTED, counts, strict=True):
        suite.set(name, str(count))
    suite.set("time", f"{report.seconds:.3f}")
    return suite


def _test(suite: Element, identifier: str, seconds: float) -> Element:
    group = identifier.rpartition(".")[0] or "dulcimer"
    return SubElement(
        suite, "testcase", {"classname": _text(group), "name": _text(identifier), "time": f"{seconds:.3f}"}
    )


def _case(suite: Element, case: CaseReport, report: Report) -> None:
    test = _test(suite, case.id, case.seconds)
    properties = {"severity": case.severity, "clause": case.clause}
    if case.verdict in _NOTED:
        properties["verdict"] = str(case.verdict)
        properties["observed"] = case.observed
    if case.flaky:
        properties["flaky"] = "true"
    _properties(test, properties)
    because = "; ".join(filter(None, (case.observed, case.why)))
    if case.overlay is Overlay.XFAIL:
        _child(test, "skipped", f"XFAIL, as expected: {because}")
    elif case.overlay is Overlay.XPASS:
        _child(
            test, "failure", f"XPASS: was expected to fail and does not: {because}", _story(case, report), case.severity
        )
    elif case.verdict is Verdict.FAILED:
        _child(test, "failure", because, _story(case, report), case.severity)
    elif case.verdict is Verdict.ERROR:
        _child(test, "error", because, _story(case, report), case.severity)
    elif case.verdict in _SKIPPED:
        _child(test, "skipped", f"{case.verdict} ({MEANINGS[case.verdict]}): {because}")


def _story(case: CaseReport, report: Report) -> str:
    rows = {
        "demanded": case.requirement,
        "clause": case.clause,
        "expected": case.expected,
        "observed": case.observed,
        "why": case.why,
        "end": case.close,
        "notes": "; ".join(case.notes),
        "do": advice(case.verdict, case.alternative, case, case.observed, case.violated),
        "again": report.command(case),
        "replay": replay.command(case, report),
        "capture": f"{file_name(case.id)}.pcapng" if case.trace else "",
    }
    lines = [f"{label:<9} {text}" for label, text in rows.items() if text]
    for entry in case.trace:
        sign = "-" if entry.direction == "event" else entry.direction
        shown = entry.data[:_BYTES_SHOWN].hex()
        more = f"... {counted(entry.length - _BYTES_SHOWN, 'more byte')}" if entry.length > _BYTES_SHOWN else ""
        lines.append(f"{entry.t:9.3f} {sign} {entry.words}  {shown}{more}".rstrip())
    return "\n".join(lines)


def _properties(parent: Element, values: Mapping[str, str]) -> None:
    properties = SubElement(parent, "properties")
    for name, value in values.items():
        SubElement(properties, "property", {"name": name, "value": _text(value)})


def _child(test: Element, tag: str, message: str, text: str = "", kind: str = "") -> None:
    child = SubElement(test, tag, {"message": _text(message)})
    if kind:
        child.set("type", kind)
    child.text = _text(text) or None
