"""Results of batches as JSON, for the database of a campaign.

Cells are written as Evt10-Sta6, pairs of schema node and operator as lists, reproducers as in their files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from dulcimer.conformance.model.oracle import Cell
from dulcimer.errors import DulcimerError
from dulcimer.fuzz.campaign.batch import BatchResult
from dulcimer.fuzz.campaign.causes import CauseTally, KnownCauses
from dulcimer.fuzz.findings.finding import FindingCause, FindingKey, FindingOracle
from dulcimer.fuzz.findings.found import FoundOnce
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.operators.catalogue import Pair
from dulcimer.fuzz.sequences.steps import FuzzSequence, cell_name, cell_of
from dulcimer.fuzz.targets.vitals import Vitals

VERSION = 1
"""Of the form."""


class BatchFormatError(DulcimerError, ValueError):
    """JSON that is not the result of a batch of this version."""


def batch_to_json(result: BatchResult) -> dict[str, Any]:
    """A value for `json.dump`. Mappings and sets are in order, so that equal results have equal texts."""
    return {
        "version": VERSION,
        "number": result.number,
        "cases": result.cases,
        "pdus": result.pdus,
        "seconds": result.seconds,
        "confirming_seconds": result.confirming_seconds,
        "certain": cells_to_json(result.certain),
        "possible": cells_to_json(result.possible),
        "visits": cells_to_json(result.visits),
        "missed": cells_to_json(result.missed),
        "pairs": pairs_to_json(result.pairs),
        "triples": sorted(result.triples),
        "found": [{"reproducer": one.reproducer.to_json(), "shown_by": list(one.shown_by)} for one in result.found],
        "repeats": [
            {"key": key_to_json(key), "times": times}
            for key, times in sorted(result.repeats.items(), key=lambda item: key_digest(item[0]))
        ],
        "unconfirmed": dict(sorted(result.unconfirmed.items())),
        "causes": causes_to_json(result.causes),
        "additions": [sequence.to_json() for sequence in result.additions],
        "restarts": result.restarts,
        "vitals": vitals_to_json(result.vitals),
        "worker": result.worker,
    }


def batch_from_json(value: Any) -> BatchResult:
    """The result in a value that `batch_to_json` has made. Raises BatchFormatError."""
    try:
        if value["version"] != VERSION:
            raise ValueError(f"version {value['version']!r} is not {VERSION}")
        return BatchResult(
            value["number"],
            value["cases"],
            value["pdus"],
            value["seconds"],
            value["confirming_seconds"],
            cells_from_json(value["certain"]),
            cells_from_json(value["possible"]),
            pairs_from_json(value["pairs"]),
            frozenset(value["triples"]),
            tuple(FoundOnce(Reproducer.from_json(one["reproducer"]), tuple(one["shown_by"])) for one in value["found"]),
            {key_from_json(one["key"]): one["times"] for one in value["repeats"]},
            dict(value["unconfirmed"]),
            causes_from_json(value["causes"]),
            tuple(map(FuzzSequence.from_json, value["additions"])),
            value["restarts"],
            Vitals(**value["vitals"]),
            value["worker"],
            cells_from_json(value["visits"]),
            cells_from_json(value["missed"]),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise BatchFormatError(f"not the result of a batch of version {VERSION}: {error}") from error


def cells_to_json(visits: Mapping[Cell, int]) -> dict[str, int]:
    """How often each cell was visited, in the order of the table."""
    return {cell_name(cell): visits[cell] for cell in sorted(visits)}


def cells_from_json(value: Mapping[str, int]) -> dict[Cell, int]:
    """What `cells_to_json` has made. Raises SequenceFormatError."""
    return {cell_of(name): times for name, times in value.items()}


def pairs_to_json(tries: Mapping[Pair, int]) -> list[list[str | int]]:
    """How often each pair was tried: node, operator and number."""
    return [[node, operator, tries[node, operator]] for node, operator in sorted(tries)]


def pairs_from_json(value: Iterable[Any]) -> dict[Pair, int]:
    """What `pairs_to_json` has made."""
    return {(node, operator): times for node, operator, times in value}


def key_to_json(key: FindingKey) -> dict[str, Any]:
    """What makes a finding the same as another one."""
    return {
        "oracle": str(key.oracle),
        "cell": None if key.cell is None else cell_name(key.cell),
        "operators": list(key.operators),
        "frames": list(key.frames),
    }


def key_from_json(value: Mapping[str, Any]) -> FindingKey:
    """What `key_to_json` has made. Raises ValueError."""
    cell = None if value["cell"] is None else cell_of(value["cell"])
    return FindingKey(FindingOracle(value["oracle"]), cell, tuple(value["operators"]), tuple(value["frames"]))


def causes_to_json(causes: KnownCauses) -> list[dict[str, Any]]:
    """What is known of each cause, in the order of their texts."""
    rows = [
        {
            "oracle": str(cause.oracle),
            "seen": cause.seen,
            "frames": list(cause.frames),
            "cell": None if cause.cell is None else cell_name(cause.cell),
            "confirmed": tally.confirmed,
            "failed": tally.failed,
            "key": None if tally.key is None else key_to_json(tally.key),
        }
        for cause, tally in causes.items()
    ]
    return sorted(rows, key=canonical)


def causes_from_json(value: Iterable[Mapping[str, Any]]) -> dict[FindingCause, CauseTally]:
    """What `causes_to_json` has made. Raises ValueError."""
    return {
        FindingCause(
            FindingOracle(row["oracle"]),
            row["seen"],
            tuple(row["frames"]),
            None if row["cell"] is None else cell_of(row["cell"]),
        ): CauseTally(row["confirmed"], row["failed"], None if row["key"] is None else key_from_json(row["key"]))
        for row in value
    }


def key_digest(key: FindingKey) -> str:
    """SHA-256 of the canonical JSON of a key, in hexadecimal."""
    return hashlib.sha256(canonical(key_to_json(key)).encode()).hexdigest()


def vitals_to_json(vitals: Vitals) -> dict[str, int]:
    """The fields of `Vitals`."""
    return {
        "memory": vitals.memory,
        "descriptors": vitals.descriptors,
        "threads": vitals.threads,
        "processes": vitals.processes,
    }


def canonical(value: object) -> str:
    """The one JSON text of a value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
