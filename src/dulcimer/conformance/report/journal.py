"""The report as it grows: a line of JSON for each result, which is kept even if the run is killed.

The first line has the peer and the planned cases, each other line a case as in the report. A case that was played again
has several lines, of which the last counts. A line that was not written completely does not count.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from dulcimer import __version__
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.report.contents import SCHEMA, case_as_json
from dulcimer.conformance.run.record import PeerIdentity, Progress

_KIND = "journal"


class Journal(Progress):
    """Writes the lines; raises OSError if it cannot."""

    def __init__(self, path: Path, catalogue: str, planned: Sequence[str]) -> None:
        self._catalogue = catalogue
        self._planned = list(planned)
        self._file: IO[str] = path.open("w", encoding="utf-8", newline="\n")

    def met(self, peer: PeerIdentity) -> None:
        """Write the first line."""
        self._write(
            {
                "schema": SCHEMA,
                "kind": _KIND,
                "tool": f"dulcimer {__version__}",
                "catalogue": self._catalogue,
                "peer": {
                    "host": peer.host,
                    "port": peer.port,
                    "implementation_class_uid": peer.implementation_class_uid,
                    "implementation_version_name": peer.implementation_version_name,
                    "maximum_length": peer.maximum_length,
                },
                "planned": self._planned,
            }
        )

    def done(self, result: Result) -> None:
        """Write the line of a case."""
        self._write(case_as_json(result, None))

    def _write(self, row: dict[str, Any]) -> None:
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def report_of_journal(text: str) -> dict[str, Any] | None:
    """The report so far, from the lines; None if they are not a journal."""
    lines = text.splitlines()
    head = _row(lines[0]) if lines else None
    if head is None or head.get("kind") != _KIND:
        return None
    cases = {row["id"]: row for row in map(_row, lines[1:]) if row is not None and "id" in row}
    planned = head["planned"]
    missing = [name for name in planned if name not in cases]
    order = {name: number for number, name in enumerate(planned)}
    rows = sorted(cases.values(), key=lambda row: order.get(row["id"], len(order)))
    summary = Counter(row["verdict"] for row in rows)
    return {
        **{name: head[name] for name in ("schema", "tool", "catalogue", "peer")},
        "run": {"healthy": True, "not_run": missing, "stopped": "the journal ends here" if missing else ""},
        "cases": rows,
        "cells": {},
        "summary": {str(verdict): summary.get(verdict, 0) for verdict in Verdict},
    }


def _row(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
