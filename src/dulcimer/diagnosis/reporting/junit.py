"""The verdicts as JUnit XML for continuous integration: a suite for each file, a test for each end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from dulcimer.conformance.report.quoting import xml_text
from dulcimer.diagnosis.judging.verdicts import WireOutcome
from dulcimer.escaping import escaped

_COUNTED = {"tests": "testcase", "failures": "*/failure", "errors": "*/error", "skipped": "*/skipped"}


def verdicts_junit(document: Mapping[str, Any]) -> str:
    """The suites, from the JSON of `verdicts_json`. What is inconclusive is skipped, with the reason."""
    root = Element("testsuites", {"name": "dulcimer trace check"})
    for file in document["files"]:
        suite = SubElement(root, "testsuite", {"name": _plain(file["file"]), "time": "0"})
        for association in file["associations"]:
            for end, found in association["ends"].items():
                _test(suite, association, end, found, file["unit"])
        if not file["associations"]:
            test = SubElement(suite, "testcase", {"classname": "file", "name": "has DICOM in it", "time": "0"})
            SubElement(test, "error", {"message": _plain(file["damage"] or "no DICOM was found")})
        for name, path in _COUNTED.items():
            suite.set(name, str(len(suite.findall(path))))
    for name, path in _COUNTED.items():
        root.set(name, str(len(root.findall(f"*/{path}"))))
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _test(suite: Element, association: Mapping[str, Any], end: str, found: Mapping[str, Any], unit: str) -> None:
    titles = f"{association['calling'] or '?'} to {association['called'] or '?'}"
    group = f"connection {association['connection']}, {titles}"
    test = SubElement(suite, "testcase", {"classname": _plain(group), "name": f"the {end} keeps to the standard"})
    test.set("time", f"{association['seconds']:.3f}")
    for breach in found["violations"]:
        message = f"{unit} {', '.join(map(str, breach['frames']))}: {breach['observed']}"
        child = SubElement(test, "failure", {"message": _plain(message), "type": breach["severity"]})
        child.text = xml_text(_story(breach, end, unit))
    if found["verdict"] == WireOutcome.INCONCLUSIVE:
        reasons = "; ".join(one["text"] for one in found["inconclusive"])
        SubElement(test, "skipped", {"message": _plain(f"inconclusive: {reasons}")})
    if found["deviations"]:
        texts = (f"tolerated: {one['observed']} ({one['clause']})" for one in found["deviations"])
        SubElement(test, "system-out").text = xml_text("\n".join(map(escaped, texts)))


def _story(breach: Mapping[str, Any], end: str, unit: str) -> str:
    rows = [
        ("rule", breach["rule"]),
        ("clause", breach["clause"]),
        ("standard", breach["requirement"]),
        ("bytes", f"{breach['hex']} at {breach['offset']} {breach['path']}".strip()),
        ("allowed", " or ".join(breach["expected"])),
        *(("step", f"{unit} {one['frame']} {one['sender']} {one['text']}") for one in breach["story"]),
        ("change", f"in the {end}: {breach['advice']}"),
    ]
    return "\n".join(f"{label:<9} {escaped(text)}" for label, text in rows if text)


def _plain(text: str) -> str:
    return xml_text(escaped(text))
