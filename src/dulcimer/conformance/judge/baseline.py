"""Expected verdicts: known failures, each with what is observed and the reason.

An entry holds for one revision of a case. A failure that is expected is XFAIL. An expected failure that does not happen
is XPASS, which fails the run, so that the list stays correct.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path

from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import CONCLUSIVE, Verdict
from dulcimer.errors import DulcimerError


class BaselineError(DulcimerError):
    """The file of expected verdicts cannot be used; the message says where and why."""


class Overlay(StrEnum):
    """How a verdict compares with the expected one."""

    XFAIL = "XFAIL"
    XPASS = "XPASS"


@dataclass(frozen=True, slots=True)
class ExpectedVerdict:
    """One entry of a baseline. `observed` is a shell pattern that the observation has to match.

    `sometimes`: the peer fails only in some runs, because of a race of its own; if it does not fail, that is no XPASS.
    """

    case: str
    rev: str
    verdict: str
    observed: str
    reason: str
    ticket: str = ""
    sometimes: bool = False


_OPTIONAL = {"ticket", "sometimes"}


def load(path: Path) -> tuple[ExpectedVerdict, ...]:
    """Read a baseline; raises BaselineError."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BaselineError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BaselineError(f"{path}: {error}") from error
    rows = data.pop("expected", [])
    if data or not isinstance(rows, list):
        raise BaselineError(f"{path}: expected a list of [[expected]] tables and nothing else")
    known = {field.name for field in fields(ExpectedVerdict)}
    found: list[ExpectedVerdict] = []
    for number, row in enumerate(rows, 1):
        missing = known - _OPTIONAL - set(row)
        if missing or set(row) - known or not all(isinstance(row[key], str) for key in set(row) - {"sometimes"}):
            raise BaselineError(f"{path}: entry {number} needs the strings {', '.join(sorted(known - _OPTIONAL))}")
        if not isinstance(row.get("sometimes", False), bool):
            raise BaselineError(f"{path}: entry {number}: sometimes has to be true or false")
        if row["verdict"] not in set(Verdict):
            raise BaselineError(f"{path}: entry {number}: {row['verdict']!r} is not a verdict")
        if not row["reason"].strip():
            raise BaselineError(f"{path}: entry {number}: an expected failure needs a reason")
        if any(entry.case == row["case"] for entry in found):
            raise BaselineError(f"{path}: {row['case']} has two entries")
        found.append(ExpectedVerdict(**row))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Results compared with a baseline: the overlay of each case id, and warnings about the list itself."""

    overlays: dict[str, Overlay]
    warnings: tuple[str, ...]


def compare(entries: Iterable[ExpectedVerdict], results: Sequence[Result], known: Iterable[Case]) -> Comparison:
    """Find what failed as expected, what passed unexpectedly, and which entries no longer hold."""
    by_id = {result.case.id: result for result in results}
    known_ids = {case.id for case in known} | set(by_id)
    overlays: dict[str, Overlay] = {}
    warnings: list[str] = []
    for entry in entries:
        if entry.case not in known_ids:
            warnings.append(f"stale: there is no case {entry.case}")
            continue
        result = by_id.get(entry.case)
        if result is None:
            continue
        if result.case.rev != entry.rev:
            warnings.append(f"invalid: {entry.case} has changed (revision {result.case.rev}, not {entry.rev})")
            continue
        if result.verdict == entry.verdict:
            if fnmatchcase(result.observed, entry.observed):
                overlays[entry.case] = Overlay.XFAIL
            else:
                warnings.append(
                    f"{entry.case} fails in another way: expected {entry.observed}, observed {result.observed}"
                )
        elif result.verdict in CONCLUSIVE and result.verdict is not Verdict.FAILED and not entry.sometimes:
            overlays[entry.case] = Overlay.XPASS
    return Comparison(overlays, tuple(warnings))


def update(
    path: Path,
    results: Iterable[Result],
    old: Iterable[ExpectedVerdict],
    *,
    strict: bool = False,
    kept: Iterable[ExpectedVerdict] = (),
) -> int:
    """Write the failures of this run as expected ones, with the reasons known so far; returns the number of entries.

    `kept`: old entries that stay unchanged, because this run did not play their cases.
    """
    before = {entry.case: entry for entry in old}
    wanted = {Verdict.FAILED, Verdict.NON_STRICT} if strict else {Verdict.FAILED}
    parts = [
        "# Expected verdicts of `dulcimer check`. Each entry needs the reason why the peer, not the check, is wrong."
    ]
    entries: list[ExpectedVerdict] = []
    for result in results:
        known = before.get(result.case.id)
        if result.verdict not in wanted:
            if known is not None and known.sometimes and known.rev == result.case.rev:
                entries.append(known)
            continue
        reason = known.reason if known else f"not explained yet: {result.why}"
        ticket = known.ticket if known else ""
        observed = _literal(result.observed)
        entries.append(
            ExpectedVerdict(
                result.case.id,
                result.case.rev,
                str(result.verdict),
                observed,
                reason,
                ticket,
                bool(known and known.sometimes),
            )
        )
    entries += kept
    for entry in entries:
        rows = {field.name: getattr(entry, field.name) for field in fields(entry)}
        parts.append(
            "[[expected]]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in rows.items() if value)
        )
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return len(entries)


def _literal(text: str) -> str:
    """A shell pattern that only this text matches."""
    return "".join(f"[{character}]" if character in "*?[" else character for character in text)
