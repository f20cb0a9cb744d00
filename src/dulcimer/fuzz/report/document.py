"""The report of a campaign as data: all other forms are made from it. Its schema is `campaign.schema.json`."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from dulcimer import __version__
from dulcimer.conformance.model.oracle import Cell
from dulcimer.errors import DulcimerError
from dulcimer.escaping import escaped_json
from dulcimer.fuzz.campaign.result import CalibrationResult, CampaignEnd, CampaignResult, CurvePoint
from dulcimer.fuzz.findings.finding import Confidence
from dulcimer.fuzz.findings.found import FoundOnce
from dulcimer.fuzz.findings.json_schema import check
from dulcimer.fuzz.findings.reproducer import FuzzTarget, Reproducer
from dulcimer.fuzz.operators.catalogue import Pair
from dulcimer.fuzz.report.grouping import grouped_findings
from dulcimer.fuzz.sequences.steps import cell_name, cell_of
from dulcimer.fuzz.targets.vitals import Vitals

VERSION = 1
"""Of the form of the document."""
_KIND = "dulcimer-campaign"


class CampaignFormatError(DulcimerError, ValueError):
    """A value is not the report of a campaign of this version; the message says why."""


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """A campaign as its document tells it. `tool`, `python`: the versions of what ran it."""

    result: CampaignResult
    tool: str
    python: str


def campaign_json(result: CampaignResult) -> dict[str, Any]:
    """The document, a value for `json.dump`, which follows the schema."""
    target, calibration = result.target, result.calibration
    return {
        "kind": _KIND,
        "version": VERSION,
        "tool": f"dulcimer {__version__}",
        "python": platform.python_version(),
        "target": {
            "role": result.role,
            "host": result.host,
            "port": result.port,
            **target.to_json(),
        },
        "campaign": {
            "seed": result.seed,
            "workers": result.workers,
            "began": result.began.astimezone(UTC).isoformat(),
            "seconds": result.seconds,
            "end": str(result.end),
            "cases": result.cases,
            "pdus": result.pdus,
            "restarts": result.restarts,
            "rate": result.rate,
            "corpus": result.corpus,
        },
        "calibration": {
            "played": calibration.played,
            "passed": calibration.passed,
            "failures": list(calibration.failures),
            "grace": calibration.grace,
            "usual": calibration.usual,
            "slowest": calibration.slowest,
        },
        "summary": _summary(result),
        "cells": _cells(result),
        "nodes": _nodes(result),
        "triples": result.triples,
        "findings": [
            {
                "reproducer": found.reproducer.to_json(),
                "shown_by": list(found.shown_by),
                "repeats": result.repeats.get(found.key, 0),
            }
            for found in result.findings
        ],
        "unconfirmed": dict(result.unconfirmed),
        "watched": list(result.watched),
        "not_watched": list(result.not_watched),
        "not_tried": list(result.not_tried),
        "curve": [_point(point) for point in result.curve],
    }


def read_campaign(value: object) -> CampaignReport:
    """The campaign in a value that `json.load` has given. Raises CampaignFormatError."""
    try:
        check(value, campaign_schema())
        assert isinstance(value, dict)
        return _read(value)
    except ValueError as error:
        raise CampaignFormatError(f"not the report of a campaign, version {VERSION}: {error}") from error


def campaign_text(value: Mapping[str, Any]) -> str:
    """The text of the file of a document; it can be encoded as UTF-8, whatever the texts of the target are."""
    return escaped_json(json.dumps(value, indent=1, ensure_ascii=False)) + "\n"


def load_campaign(path: Path) -> dict[str, Any]:
    """The document in a file. Raises OSError and CampaignFormatError."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise CampaignFormatError(f"{path} is not JSON: {error}") from error
    read_campaign(value)
    found: dict[str, Any] = value
    return found


@cache
def campaign_schema() -> dict[str, Any]:
    """The JSON Schema of the document."""
    text = resources.files(__package__).joinpath("campaign.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


# ---------------------------------------------------------------------- writing


def _summary(result: CampaignResult) -> dict[str, int]:
    facts = sum(found.reproducer.finding.confidence is Confidence.FACT for found in result.findings)
    certain = {cell for cell, count in result.certain.items() if count}
    return {
        "findings": len(result.findings),
        "groups": len(grouped_findings(result.findings)),
        "facts": facts,
        "deviations": len(result.findings) - facts,
        "cells": len(certain),
        "possible_cells": len({cell for cell, count in result.possible.items() if count} - certain),
        "drivable_cells": len(result.drivable),
        "pairs": sum(1 for pair in result.all_pairs if result.pairs.get(pair)),
        "all_pairs": len(result.all_pairs),
    }


def _cells(result: CampaignResult) -> list[dict[str, Any]]:
    known = {*result.certain, *result.possible, *result.drivable, *result.undrivable}
    return [
        {
            "cell": cell_name(cell),
            "certain": result.certain.get(cell, 0),
            "possible": result.possible.get(cell, 0),
            "drivable": cell in result.drivable,
            "why": result.undrivable.get(cell),
        }
        for cell in sorted(known)
    ]


def _nodes(result: CampaignResult) -> list[dict[str, Any]]:
    operators: dict[str, list[str]] = {}
    for node, operator in sorted({*result.all_pairs, *result.pairs}):
        operators.setdefault(node, []).append(operator)
    found = []
    for node, names in operators.items():
        tries = {name: result.pairs.get((node, name), 0) for name in names}
        is_listed = {name: (node, name) in result.all_pairs for name in names}
        found.append(
            {
                "node": node,
                "tried": {name: count for name, count in tries.items() if count and is_listed[name]},
                "beside": {name: count for name, count in tries.items() if count and not is_listed[name]},
                "untried": [name for name, count in tries.items() if not count and is_listed[name]],
            }
        )
    return found


def _point(point: CurvePoint) -> dict[str, Any]:
    return {
        "cases": point.cases,
        "seconds": point.seconds,
        "cells": point.cells,
        "pairs": point.pairs,
        "triples": point.triples,
        "findings": point.findings,
        "corpus": point.corpus,
        "memory": point.vitals.memory,
        "descriptors": point.vitals.descriptors,
        "threads": point.vitals.threads,
        "processes": point.vitals.processes,
    }


# ---------------------------------------------------------------------- reading


def _read(value: dict[str, Any]) -> CampaignReport:
    target, campaign, calibration = value["target"], value["campaign"], value["calibration"]
    cells: dict[Cell, dict[str, Any]] = {cell_of(one["cell"]): one for one in value["cells"]}
    pairs: dict[Pair, int] = {}
    all_pairs: set[Pair] = set()
    for one in value["nodes"]:
        node = one["node"]
        pairs |= {(node, name): int(count) for name, count in (one["tried"] | one["beside"]).items()}
        all_pairs |= {(node, name) for name in (*one["tried"], *one["untried"])}
    findings = [FoundOnce(Reproducer.from_json(one["reproducer"]), tuple(one["shown_by"])) for one in value["findings"]]
    repeats = {
        found.key: int(one["repeats"]) for found, one in zip(findings, value["findings"], strict=True) if one["repeats"]
    }
    result = CampaignResult(
        role=target["role"],
        host=target["host"],
        port=int(target["port"]),
        target=FuzzTarget.from_json(target),
        seed=int(campaign["seed"]),
        workers=int(campaign["workers"]),
        began=datetime.fromisoformat(campaign["began"]).astimezone(UTC),
        seconds=float(campaign["seconds"]),
        end=CampaignEnd(campaign["end"]),
        calibration=CalibrationResult(
            int(calibration["played"]),
            int(calibration["passed"]),
            tuple(calibration["failures"]),
            float(calibration["grace"]),
            float(calibration["usual"]),
            float(calibration["slowest"]),
        ),
        cases=int(campaign["cases"]),
        pdus=int(campaign["pdus"]),
        restarts=int(campaign["restarts"]),
        rate=float(campaign["rate"]),
        certain={cell: int(one["certain"]) for cell, one in cells.items() if one["certain"]},
        possible={cell: int(one["possible"]) for cell, one in cells.items() if one["possible"]},
        drivable=frozenset(cell for cell, one in cells.items() if one["drivable"]),
        undrivable={cell: one["why"] for cell, one in cells.items() if one["why"] is not None},
        pairs=pairs,
        all_pairs=frozenset(all_pairs),
        triples=int(value["triples"]),
        findings=tuple(findings),
        repeats=repeats,
        unconfirmed={text: int(count) for text, count in value["unconfirmed"].items()},
        corpus=int(campaign["corpus"]),
        watched=tuple(value["watched"]),
        not_watched=tuple(value["not_watched"]),
        not_tried=tuple(value["not_tried"]),
        curve=tuple(map(_read_point, value["curve"])),
    )
    return CampaignReport(result, value["tool"], value["python"])


def _read_point(value: dict[str, Any]) -> CurvePoint:
    numbers = {name: int(number) for name, number in value.items() if name != "seconds"}
    vitals = Vitals(*(numbers.pop(name) for name in ("memory", "descriptors", "threads", "processes")))
    return CurvePoint(seconds=float(value["seconds"]), vitals=vitals, **numbers)
