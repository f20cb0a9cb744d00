"""The verdicts as SARIF 2.1.0, the format of findings that code hosts and editors show.

Each rule that was broken is a rule, and each breach a result. Its place is the file, and the bytes of the frame are in
the properties: a capture has no lines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dulcimer.conformance.report.clauses import links
from dulcimer.conformance.report.quoting import markdown_text
from dulcimer.escaping import escaped, escaped_json
from dulcimer.fuzz.report.sarif import SARIF_SCHEMA

_LEVELS = {"S1": "error", "S2": "error", "S3": "warning", "S4": "note"}


def verdicts_sarif(document: Mapping[str, Any]) -> str:
    """One run, from the JSON of `verdicts_json`."""
    rules: dict[str, dict[str, Any]] = {}
    results = [
        _result(file, association, end, breach, rules)
        for file in document["files"]
        for association in file["associations"]
        for end, found in association["ends"].items()
        for breach in (*found["violations"], *found["deviations"])
    ]
    name, _, version = document["tool"].partition(" ")
    driver = {"name": name, "version": version, "rules": list(rules.values())}
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True, "properties": {"summary": document["summary"]}}],
        "results": results,
    }
    sarif = {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return escaped_json(json.dumps(sarif, indent=1, ensure_ascii=False)) + "\n"


def _result(
    file: Mapping[str, Any],
    association: Mapping[str, Any],
    end: str,
    breach: Mapping[str, Any],
    rules: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    is_tolerated = breach in association["ends"][end]["deviations"]
    number = list(rules).index(breach["rule"]) if breach["rule"] in rules else len(rules)
    rules.setdefault(breach["rule"], _rule(breach))
    frames = ", ".join(map(str, breach["frames"]))
    text = f"{file['unit']} {frames}, {end} of connection {association['connection']}: {breach['observed']}"
    places = ", ".join(f"[{markdown_text(link.text)}]({link.address})" for link in links(breach["clause"]))
    return {
        "ruleId": breach["rule"],
        "ruleIndex": number,
        "level": "note" if is_tolerated else _LEVELS[breach["severity"]],
        "kind": "fail",
        "message": {
            "text": escaped(f"{text}. {breach['requirement']} Change in the {end}: {breach['advice']}"),
            "markdown": f"**{markdown_text(escaped(text))}** ({places})",
        },
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": file["file"].replace("\\", "/")}}}],
        "partialFingerprints": {"dulcimerBreach/v1": f"{association['connection']}/{end}/{breach['offset']}"},
        "properties": {key: breach[key] for key in ("frames", "offset", "size", "hex", "path", "clause", "severity")},
    }


def _rule(breach: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": breach["rule"],
        "shortDescription": {"text": breach["requirement"]},
        "fullDescription": {"text": f"{breach['requirement']} ({breach['clause']})"},
        "defaultConfiguration": {"level": _LEVELS[breach["severity"]]},
    }
    if addresses := links(breach["clause"]):
        found["helpUri"] = addresses[0].address
    return found
