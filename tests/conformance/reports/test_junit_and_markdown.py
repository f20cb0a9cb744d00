"""Reports as JUnit XML and as Markdown."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given

from dulcimer.conformance.model.trace import Kind
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.report.document import ReportError
from dulcimer.conformance.report.junit import junit
from dulcimer.conformance.report.markdown import markdown
from support.conformance.report_samples import case, established, event, one_of_each, report, reports, silent

COUNTS = ("tests", "failures", "errors", "skipped")


def outcomes(documents: list[dict[str, Any]]) -> dict[str, str]:
    """What became of each test, by its name."""
    root = ElementTree.fromstring(junit(documents))
    return {
        test.get("name", ""): next((child.tag for child in test if child.tag != "properties"), "passed")
        for test in root.iter("testcase")
    }


def test_verdicts_become_what_continuous_integration_knows() -> None:
    assert outcomes([one_of_each()]) == {
        "case.ok": "passed",
        "case.non-strict": "passed",
        "case.informational": "passed",
        "case.unimplemented": "skipped",
        "case.unobservable": "skipped",
        "case.inconclusive": "skipped",
        "case.failed": "failure",
        "case.error": "error",
        "case.xfail": "skipped",
        "case.xpass": "failure",
        "case.flaky": "passed",
        "case.close": "passed",
        "enc.sender.ac-echo": "failure",
        "case.not-run": "skipped",
    }


def test_a_peer_that_never_was_healthy_is_an_error() -> None:
    root = ElementTree.fromstring(junit([report(healthy=False, unhealthy_because="nobody listens")]))
    assert root.get("errors") == "1"
    assert "nobody listens" in "".join(root.itertext())


def test_what_is_passed_with_a_remark_bears_it() -> None:
    root = ElementTree.fromstring(junit([one_of_each()]))
    remarks = {
        test.get("name"): {item.get("name"): item.get("value") for item in test.iter("property")}
        for test in root.iter("testcase")
    }
    assert remarks["case.non-strict"]["verdict"] == "NON-STRICT"
    assert remarks["case.informational"]["observed"] == "silence"
    assert remarks["case.flaky"]["flaky"] == "true"
    assert "verdict" not in remarks["case.ok"]


def test_a_failure_tells_the_rule_the_bytes_and_what_to_do() -> None:
    root = ElementTree.fromstring(junit([one_of_each()]))
    failure = root.find(".//testcase[@name='case.failed']/failure")
    assert failure is not None
    text = failure.text or ""
    assert failure.get("type") == "S2"
    for part in ("In Sta6, Evt13 is answered", "Table 9-10", "A-ABORT(2,r)", "060000000004", "check that the peer"):
        assert part in text


@given(reports())
def test_counts_agree_with_the_tests_whatever_the_texts_are(document: dict[str, Any]) -> None:
    root = ElementTree.fromstring(junit([document, document]))
    for suite in [root, *root.iter("testsuite")]:
        found = [len(list(suite.iter(tag))) for tag in ("testcase", "failure", "error", "skipped")]
        assert [int(suite.get(name, "-1")) for name in COUNTS] == found
    failed = sum(row["verdict"] == "FAILED" and not row["overlay"] for row in document["cases"])
    unexpected = sum(row["overlay"] == "XPASS" for row in document["cases"])
    assert root.get("failures") == str(2 * (failed + unexpected))


@given(reports())
def test_markdown_holds_no_tag_and_no_link_of_the_report(document: dict[str, Any]) -> None:
    text = markdown([document, document])
    outside = re.sub(r"(?<!\\)`[^`\n]+`", "", text)
    assert set(re.findall(r"<[^>]*>", outside)) <= {"<details>", "<summary>", "</summary>", "</details>"}
    assert all(url.startswith("https://dicom.nema.org/") for url in re.findall(r"(?<!\\)\]\(([^)]*)\)", outside))


def test_markdown_counts_finds_and_maps() -> None:
    text = markdown([one_of_each()])
    assert "| peer | " + " | ".join(Verdict) + " |" in text
    assert "### FAILED S2 " in text
    assert "`case.failed`" in text
    assert "case.xfail" not in text
    assert re.search(r"^Evt13 [-+ ]* F [- ]*$", text, re.MULTILINE)
    assert "has stopped responding" in text


def test_failure_is_reported_with_the_command_and_the_capture_that_show_it_again() -> None:
    document = report(case("a.b", "FAILED", trace=silent()), again="dulcimer check host 104 --case {case}")
    for text in (markdown([document]), junit([document])):
        assert "dulcimer check host 104 --case a.b" in text
        assert "a.b.pcapng" in text


def test_markdown_of_several_peers_names_the_cases_that_differ() -> None:
    same, other = case("same"), case("other", "FAILED", observed="silence")
    text = markdown([report(same, other, name="ONE"), report(same, case("other"), name="TWO")])
    differing = text.partition("## Where the peers differ")[2].partition("##")[0]
    assert "| `other` | FAILED silence | OK A-ABORT(2,2) |" in differing
    assert "same" not in differing


@pytest.mark.parametrize(
    "damage",
    [
        {"schema": 2},
        {"cases": [case(verdict="SPLENDID")]},
        {"cases": [case(), case()]},
        {"cases": [case(trace=[{"t": 0, "dir": ">", "pdu": "", "hex": "0"}])]},
        {"cases": [case(trace=[*established(), {"t": 0, "dir": "up", "pdu": ""}])]},
        {"cases": [case(trace=[event(0, Kind.NOTE, "x") | {"hex": "0000", "length": 1}])]},
        {"cases": 7},
        {"peer": {"host": "h", "port": float("inf")}},
        {"peer": None},
    ],
    ids=str,
)
def test_what_is_no_report_is_refused(damage: dict[str, Any]) -> None:
    with pytest.raises(ReportError):
        junit([report(case()) | damage])
