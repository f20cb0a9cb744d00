"""What has changed since an earlier report: what is fixed, what is new, what fails in another way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dulcimer.conformance.model.verdict import CONCLUSIVE, Verdict

_BAD = frozenset({Verdict.FAILED, Verdict.ERROR})
FIXED, NEW, CHANGED, NOT_RUN = KINDS = ("fixed", "new", "changed", "not_run")
MEANINGS = {
    FIXED: "failed then and does not now",
    NEW: "fails now and did not then",
    CHANGED: "another verdict, or it fails in another way",
    NOT_RUN: "failed then and was not run now",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One case that has changed; `before` and `now`: verdict and observation, "" if it was not run."""

    id: str
    severity: str
    before: str
    now: str

    def __str__(self) -> str:
        arrow = "\N{RIGHTWARDS ARROW}"
        return f"{self.severity} {self.id}: {self.before or 'not run'} {arrow} {self.now or 'not run'}"


@dataclass(frozen=True, slots=True)
class Since:
    """All changes, by their kind; `earlier`: the name of the earlier report."""

    earlier: str
    changes: Mapping[str, tuple[Change, ...]]

    @property
    def words(self) -> str:
        """How many of each kind, in one line."""
        counts = [f"{len(found)} {kind.replace('_', ' ')}" for kind, found in self.changes.items() if found]
        return ", ".join(counts) or "no case has changed"


def compared(earlier: Mapping[str, Any], now: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The `since` of a report: its cases compared with those of an earlier one, which is called `name`."""
    before = {row["id"]: row for row in earlier["cases"]}
    after = {row["id"]: row for row in now["cases"]}
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    for identifier in dict.fromkeys((*after, *before)):
        then, today = before.get(identifier), after.get(identifier)
        kind = _kind(then, today)
        if kind:
            row = today or then or {}
            texts = {"before": _in_words(then), "now": _in_words(today)}
            found[kind].append({"id": identifier, "severity": row["severity"], **texts})
    return {"earlier": name, "tool": earlier.get("tool", ""), "catalogue": earlier.get("catalogue", ""), **found}


def _kind(before: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> str:
    then = Verdict(before["verdict"]) if before else None
    today = Verdict(now["verdict"]) if now else None
    if today is None:
        return NOT_RUN if then in _BAD else ""
    if today in _BAD and then not in _BAD:
        return NEW
    if then in _BAD and today in CONCLUSIVE and today not in _BAD:
        return FIXED
    if then is None or (then is today and today not in _BAD):
        return ""
    other_way = before is not None and now is not None and before.get("observed") != now.get("observed")
    return CHANGED if then is not today or other_way else ""


def _in_words(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return ""
    return f"{row['verdict']} ({row['observed']})" if Verdict(row["verdict"]) in _BAD else str(row["verdict"])


def since(document: Mapping[str, Any]) -> Since | None:
    """The changes in a report; None if it was not compared with an earlier one."""
    row = document.get("since")
    if not row:
        return None
    return Since(str(row["earlier"]), {kind: tuple(_changes(row.get(kind, ()))) for kind in KINDS})


def _changes(rows: Any) -> Iterator[Change]:
    for row in rows:
        yield Change(str(row["id"]), str(row["severity"]), str(row["before"]), str(row["now"]))
