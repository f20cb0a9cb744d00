"""The report of a run as data: `dulcimer check --json` writes it, and all other forms are made from it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dulcimer import __version__
from dulcimer._generated.fsm import EVENTS, STATES
from dulcimer.conformance.judge.baseline import Comparison, Overlay
from dulcimer.conformance.judge.causes import Cause, grouped, with_causes
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import CONCLUSIVE, Verdict
from dulcimer.conformance.run.record import Run

SCHEMA = 1
_LEVEL = "shall"
"""Each case is about something that the standard demands with "shall"."""
SEVERITIES = ("S0", "S1", "S2", "S3", "S4")
SEVERITY_MEANINGS = {
    "S0": "crash, hang or leak",
    "S1": "rejects or breaks a conformant peer",
    "S2": "accepts what it must refuse, or does not end what it must end",
    "S3": "wrong code",
    "S4": "cosmetic",
}


@dataclass(frozen=True, slots=True)
class Coverage:
    """Cells of Table 9-10: driven to a verdict, seen as an output of the peer, tried without a verdict."""

    driven: frozenset[Cell]
    observed: frozenset[Cell]
    unobservable: frozenset[Cell]


def catalogue_digest(cases: Iterable[Case]) -> str:
    """A digest of this set of cases, which changes when one of them does."""
    text = "\n".join(sorted(f"{case.id} {case.rev}" for case in cases))
    return f"{__version__}+{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def coverage(run: Run) -> Coverage:
    """The cells of Table 9-10 that this run has covered."""
    tried = {result.case.cell for result in run.results if result.case.cell}
    driven = {result.case.cell for result in run.results if result.case.cell and result.verdict in CONCLUSIVE}
    return Coverage(
        frozenset(cell for cell in driven if cell),
        run.cells_seen - driven,
        frozenset(cell for cell in tried - driven if cell),
    )


def as_json(run: Run, catalogue: str, comparison: Comparison | None = None) -> dict[str, Any]:
    """The report in the form that other programs rely on (schema 1)."""
    overlays = comparison.overlays if comparison else {}
    results = with_causes(run.results)
    cells = coverage(run)
    summary = Counter(str(result.verdict) for result in results)
    return {
        "schema": SCHEMA,
        "tool": f"dulcimer {__version__}",
        "catalogue": catalogue,
        "peer": {
            "host": run.peer.host,
            "port": run.peer.port,
            "implementation_class_uid": run.peer.implementation_class_uid,
            "implementation_version_name": run.peer.implementation_version_name,
            "maximum_length": run.peer.maximum_length,
        },
        "run": {
            "healthy": run.healthy,
            "unhealthy_because": run.unhealthy_because,
            "seconds": round(run.seconds, 3),
            "reaction_time_s": round(run.react, 3),
            "declared_artim_s": run.artim,
            "serves_one_association_at_a_time": run.serial,
            "listens_while_it_serves": run.listens,
            "not_working": run.missing,
            "stopped": run.stopped,
            "died_after": list(run.died_after),
            "not_run": list(run.not_run),
            "seed": run.seed,
            "policy": dict(run.policy),
            "tls": run.tls,
            "again": run.again,
            "baseline_warnings": list(comparison.warnings) if comparison else [],
        },
        "causes": [_cause_as_json(cause) for cause in grouped(results)],
        "cases": [case_as_json(result, overlays.get(result.case.id)) for result in results],
        "cells": {
            "driven": _cells(cells.driven),
            "observed": _cells(cells.observed),
            "unobservable": _cells(cells.unobservable),
        },
        "summary": {str(verdict): summary.get(verdict, 0) for verdict in Verdict},
    }


def case_as_json(result: Result, overlay: Overlay | None) -> dict[str, Any]:
    """One case of the report."""
    case = result.case
    return {
        "id": case.id,
        "rev": case.rev,
        "clause": case.clause,
        "requirement": case.requirement,
        "level": _LEVEL,
        "rules": list(case.rules),
        "severity": result.severity,
        "role": case.role,
        "verdict": str(result.verdict),
        "overlay": str(overlay) if overlay else None,
        "flaky": result.flaky,
        "expected": case.expected,
        "observed": result.observed,
        "alternative": result.alternative,
        "why": result.why,
        "cause": result.cause or None,
        "seen_in": list(result.seen_in),
        "violated": result.violated or None,
        "close": result.close,
        "cell": _cell(case.cell) if case.cell else None,
        "notes": list(result.notes),
        "duration_s": round(result.duration, 4),
        "trace": list(result.trace),
    }


def _cause_as_json(cause: Cause) -> dict[str, Any]:
    return {
        "id": cause.id,
        "title": cause.title,
        "rule": cause.rule or None,
        "observed": cause.observed,
        "verdict": str(cause.verdict),
        "severity": cause.severity,
        "cases": list(cause.cases),
    }


def _cell(cell: Cell) -> list[str]:
    event, state = cell
    return [STATES[state].label, EVENTS[event].label]


def _cells(cells: Iterable[Cell]) -> list[list[str]]:
    return [_cell(cell) for cell in sorted(cells, key=lambda cell: (cell[1], cell[0]))]


SIGNS = {
    Verdict.OK: "+",
    Verdict.NON_STRICT: "~",
    Verdict.INFORMATIONAL: "i",
    Verdict.FAILED: "F",
    Verdict.UNOBSERVABLE: "u",
    Verdict.UNIMPLEMENTED: "n",
    Verdict.INCONCLUSIVE: "?",
    Verdict.ERROR: "E",
}
LEGEND = (
    "+ OK  ~ NON-STRICT  i INFORMATIONAL  F FAILED  u not observable  n not offered  ? not decided  E error  "
    "o seen as an output  - not covered  (blank) no such cell"
)
