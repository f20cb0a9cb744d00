"""The report of a campaign as SARIF 2.1.0, the format of findings that code hosts and editors show.

Each oracle is a rule and each finding a result, with its reproducer in the properties. There is no source code that a
result could point at, so its place is the file of the reproducer.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from dulcimer.conformance.report.clauses import links
from dulcimer.conformance.report.quoting import markdown_text
from dulcimer.escaping import escaped, escaped_json
from dulcimer.fuzz.campaign.result import CampaignEnd
from dulcimer.fuzz.findings.finding import FindingOracle, FuzzFinding
from dulcimer.fuzz.findings.found import FoundOnce
from dulcimer.fuzz.findings.scripts import name_of
from dulcimer.fuzz.report.document import CampaignReport, read_campaign
from dulcimer.fuzz.report.meanings import ORACLE_WORDS, how_sure
from dulcimer.fuzz.report.wording import confirmed, end_words, file_of, finding_title, replay_command, target_name
from dulcimer.fuzz.sequences.steps import cell_name

SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_FINGERPRINT = "dulcimerFinding/v1"
_ORACLES = tuple(FindingOracle)


def campaign_sarif(value: Mapping[str, Any]) -> str:
    """One run; raises CampaignFormatError."""
    report = read_campaign(value)
    reproducers = [one["reproducer"] for one in value["findings"]]
    pairs = zip(report.result.findings, reproducers, strict=True)
    name, _, version = report.tool.partition(" ")
    driver: dict[str, Any] = {"name": escaped(name) or "dulcimer", "rules": [_rule(oracle) for oracle in _ORACLES]}
    if version:
        driver["version"] = escaped(version)
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(report)],
        "results": [_result(found, reproducer, report) for found, reproducer in pairs],
    }
    sarif = {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return escaped_json(json.dumps(sarif, indent=1, ensure_ascii=False)) + "\n"


def _rule(oracle: FindingOracle) -> dict[str, Any]:
    words = ORACLE_WORDS[oracle]
    return {
        "id": str(oracle),
        "name": "".join(part.capitalize() for part in oracle.split("-")),
        "shortDescription": {"text": words.name},
        "fullDescription": {"text": words.meaning},
        "help": {"text": words.advice},
        "defaultConfiguration": {"level": "error"},
    }


def _invocation(report: CampaignReport) -> dict[str, Any]:
    result = report.result
    found: dict[str, Any] = {
        "executionSuccessful": result.end not in (CampaignEnd.BROKEN, CampaignEnd.LOST),
        "startTimeUtc": f"{result.began:%Y-%m-%dT%H:%M:%SZ}",
        "exitCodeDescription": end_words(result),
        "properties": {
            "target": escaped(target_name(result)),
            "host": escaped(result.host),
            "port": result.port,
            "seed": result.seed,
            "cases": result.cases,
        },
    }
    with contextlib.suppress(OverflowError):
        found["endTimeUtc"] = f"{result.began + timedelta(seconds=result.seconds):%Y-%m-%dT%H:%M:%SZ}"
    return found


def _result(found: FoundOnce, reproducer: Mapping[str, Any], report: CampaignReport) -> dict[str, Any]:
    finding = found.reproducer.finding
    sure = how_sure(finding)
    again = confirmed(found, report.result.repeats.get(found.key, 0))
    title = finding_title(finding)
    text = f"{title}. It is {sure}; {again}. Replay: {replay_command(found)}"
    place: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": file_of(found)}}}
    logical = _logical(finding)
    if logical:
        place["logicalLocations"] = logical
    return {
        "ruleId": str(finding.oracle),
        "ruleIndex": _ORACLES.index(finding.oracle),
        "level": "error" if finding.is_fact else "warning",
        "kind": "fail",
        "message": {"text": escaped(text), "markdown": _markdown(finding, title, again)},
        "locations": [place],
        "partialFingerprints": {_FINGERPRINT: name_of(found.reproducer)},
        "properties": {"confidence": str(finding.confidence), "clause": finding.clause, "reproducer": reproducer},
    }


def _logical(finding: FuzzFinding) -> list[dict[str, str]]:
    """The cell, and the functions of the target."""
    cells = [] if finding.cell is None else [{"fullyQualifiedName": cell_name(finding.cell), "kind": "member"}]
    return cells + [{"fullyQualifiedName": escaped(frame), "kind": "function"} for frame in finding.frames]


def _markdown(finding: FuzzFinding, title: str, again: str) -> str:
    places = ", ".join(f"[{markdown_text(link.text)}]({link.address})" for link in links(finding.clause))
    clause = f" ({places})" if places else ""
    return f"**{markdown_text(escaped(title))}**{clause}; {markdown_text(escaped(again))}"
