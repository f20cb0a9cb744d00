"""The report of a campaign as JUnit XML for continuous integration.

Each finding is a test that fails. The calibration is a test, and so is whether the campaign was played to its end.
It says what watched the target and what did not. No test passes for what was not found: that may not have been watched.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from dulcimer.conformance.report.quoting import xml_text
from dulcimer.escaping import escaped
from dulcimer.fuzz.campaign.result import CampaignEnd, CampaignResult
from dulcimer.fuzz.findings.found import FoundOnce
from dulcimer.fuzz.findings.scripts import name_of
from dulcimer.fuzz.report.document import read_campaign
from dulcimer.fuzz.report.meanings import ORACLE_WORDS, how_sure
from dulcimer.fuzz.report.wording import (
    calibration_words,
    confirmed,
    connections,
    end_words,
    finding_title,
    replay_command,
    step_words,
    target_address,
    target_name,
)
from dulcimer.fuzz.sequences.steps import Chunks, SendBytes

_HEX_SHOWN = 512
"""Bytes of each step; the reproducer has all of them."""
_COUNTED = {"tests": "testcase", "failures": "*/failure", "errors": "*/error", "skipped": "*/skipped"}


def campaign_junit(value: Mapping[str, Any]) -> str:
    """One test suite; raises CampaignFormatError."""
    report = read_campaign(value)
    result = report.result
    root = Element("testsuites", {"name": "dulcimer fuzz"})
    suite = SubElement(root, "testsuite", {"name": _plain(f"dulcimer fuzz {target_address(result)}")})
    properties = {
        "target": target_name(result),
        "command": result.target.command,
        "role": result.role,
        "tool": report.tool,
        "seed": str(result.seed),
        "cases": str(result.cases),
        "end": end_words(result),
    }
    about = SubElement(suite, "properties")
    for name, text in properties.items():
        SubElement(about, "property", {"name": name, "value": _plain(text)})
    _calibration(suite, result)
    for found in result.findings:
        _finding(suite, found, result)
    _end(suite, result)
    for element in (root, suite):
        for name, path in _COUNTED.items():
            element.set(name, str(len(suite.findall(path))))
        element.set("time", f"{result.seconds:.3f}")
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _calibration(suite: Element, result: CampaignResult) -> None:
    test = _test(suite, "calibration", "valid sequences pass on a fresh target")
    if result.end is CampaignEnd.BROKEN:
        failures = "\n".join(map(escaped, result.calibration.failures))
        _child(test, "error", f"nothing was fuzzed: {calibration_words(result.calibration)}", failures)


def _finding(suite: Element, found: FoundOnce, result: CampaignResult) -> None:
    finding = found.reproducer.finding
    test = _test(suite, finding.oracle, name_of(found.reproducer))
    _child(test, "failure", finding_title(finding), _story(found, result), finding.sureness)


def _end(suite: Element, result: CampaignResult) -> None:
    """Whether it was played to its end, and what it cannot say."""
    test = _test(suite, "campaign", "played to its end")
    if result.end is CampaignEnd.BROKEN:
        _child(test, "skipped", "nothing was fuzzed")
    elif result.end is CampaignEnd.LOST:
        _child(test, "error", f"it ended because {end_words(result)}")
    lists = {"watched": result.watched, "not watched": result.not_watched, "not tried": result.not_tried}
    lines = [f"{name}: {escaped(text)}" for name, texts in lists.items() for text in texts]
    if lines:
        SubElement(test, "system-out").text = xml_text("\n".join(lines))


def _story(found: FoundOnce, result: CampaignResult) -> str:
    reproducer = found.reproducer
    finding, words = reproducer.finding, ORACLE_WORDS[reproducer.finding.oracle]
    rows = [
        ("means", words.meaning),
        ("sure", how_sure(finding)),
        ("clause", finding.clause),
        ("confirmed", confirmed(found, result.repeats.get(found.key, 0))),
        ("takes", connections(found)),
        *(("changed", operator) for operator in finding.operators),
        ("expected", " or ".join(reproducer.expected)),
        *(("frame", frame) for frame in finding.frames),
        ("do", words.advice),
        ("replay", replay_command(found)),
    ]
    lines = [f"{label:<9} {escaped(text)}" for label, text in rows if text]
    for number, step in enumerate(reproducer.sequence.steps, 1):
        lines.append(f"step {number:<4} {escaped(step_words(step))}")
        if isinstance(step, SendBytes | Chunks):
            more = " ..." if len(step.data) > _HEX_SHOWN else ""
            lines.append(f"          {step.data[:_HEX_SHOWN].hex()}{more}")
    return "\n".join(lines)


def _test(suite: Element, group: str, name: str) -> Element:
    return SubElement(suite, "testcase", {"classname": f"dulcimer.fuzz.{group}", "name": _plain(name), "time": "0"})


def _child(test: Element, tag: str, message: str, text: str = "", kind: str = "") -> None:
    child = SubElement(test, tag, {"message": _plain(message)})
    if kind:
        child.set("type", kind)
    child.text = xml_text(text) or None


def _plain(text: str) -> str:
    return xml_text(escaped(text))
