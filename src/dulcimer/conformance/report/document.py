"""The JSON of a report as typed rows; this is the only place that checks it against the schema."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dulcimer._generated.fsm import TABLE, Events, States
from dulcimer.conformance.judge.baseline import Overlay
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.trace import LEFT_OUT, Kind
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.report.contents import SCHEMA, SEVERITIES
from dulcimer.conformance.report.journal import report_of_journal
from dulcimer.conformance.report.since import Since, since
from dulcimer.conformance.run.record import CASE
from dulcimer.errors import DulcimerError


class ReportError(DulcimerError):
    """A file is not a report of `dulcimer check`; the message says why."""


@dataclass(frozen=True, slots=True)
class TraceEntry:
    """One line of a trace: `t` in seconds, `length` bytes of which `data` is known.

    `times`: how many equal sends, or equal PDUs received, the line stands for; `octets`: the bytes were sent one at a
    time.
    """

    t: float
    kind: Kind
    text: str
    data: bytes
    length: int
    times: int = 1
    octets: bool = False

    @property
    def direction(self) -> str:
        """One of ">", "<" and "event"."""
        return self.kind.direction

    @property
    def words(self) -> str:
        """The text, with how often it happened."""
        return f"{self.times} times: {self.text}" if self.times > 1 else self.text

    @property
    def missing(self) -> int:
        """Bytes at the end that are not known."""
        return self.length - len(self.data)

    @property
    def is_gap(self) -> bool:
        """Whether lines were left out here, since the trace was too long."""
        return self.kind is Kind.NOTE and self.text.startswith(LEFT_OUT)


@dataclass(frozen=True, slots=True)
class CaseReport:
    """The result of one case."""

    id: str
    clause: str
    requirement: str
    rules: tuple[str, ...]
    severity: str
    role: str
    verdict: Verdict
    overlay: Overlay | None
    flaky: bool
    expected: str
    observed: str
    alternative: str
    why: str
    cause: str
    seen_in: tuple[str, ...]
    violated: str
    close: str
    cell: Cell | None
    notes: tuple[str, ...]
    seconds: float
    trace: tuple[TraceEntry, ...]


@dataclass(frozen=True, slots=True)
class CauseReport:
    """The cause of some cases, by their ids; see `dulcimer.conformance.judge.causes`."""

    id: str
    title: str
    rule: str
    observed: str
    verdict: Verdict
    severity: str
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """One run against one peer.

    `seed`: of the order of the cases, None for that of the catalogue. `policy`: the regraded reactions. `serial`: the
    peer serves one association at a time; `listens`: it listens meanwhile. `missing`: which parts of the sanity probe
    do not work. `warnings`: about the baseline.
    """

    tool: str
    catalogue: str
    host: str
    port: int
    implementation: str
    implementation_uid: str
    cases: tuple[CaseReport, ...]
    observed_cells: frozenset[Cell]
    seconds: float
    artim: float | None
    healthy: bool
    unhealthy_because: str
    died_after: tuple[str, ...]
    not_run: tuple[str, ...]
    stopped: str = ""
    causes: tuple[CauseReport, ...] = ()
    again: str = ""
    replay: str = ""
    since: Since | None = None
    seed: int | None = None
    policy: Mapping[str, str] = field(default_factory=dict)
    serial: bool = False
    listens: bool = True
    missing: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the peer's implementation, or its address."""
        return self.implementation or self.address

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}" if self.port else self.host

    @property
    def why_not_run(self) -> str:
        """Why cases were not run, in words; "" if all were."""
        if self.stopped:
            return f"the run was stopped: {self.stopped}"
        return f"the peer stopped responding after {', '.join(self.died_after)}" if self.died_after else ""

    def command(self, case: CaseReport) -> str:
        """The command that runs the case again; "" if the report does not have it."""
        return self.again.replace(CASE, case.seen_in[0] if case.seen_in else case.id)

    @property
    def has_table(self) -> bool:
        """Whether its cases are about several cells of Table 9-10."""
        return len({case.cell for case in self.cases if case.cell is not None}) > 1

    def count(self, verdict: Verdict) -> int:
        """How many cases have this verdict."""
        return sum(1 for case in self.cases if case.verdict is verdict)


def load(path: Path) -> dict[str, Any]:
    """Read a report from a file; raises ReportError."""
    try:
        text = path.read_text(encoding="utf-8")
        found = report_of_journal(text) or json.loads(text)
        read(found)
    except OSError as error:
        raise ReportError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError, ReportError) as error:
        raise ReportError(f"{path}: {error}") from error
    except (LookupError, TypeError, AttributeError) as error:
        raise ReportError(f"{path}: not a journal of dulcimer check: {type(error).__name__}: {error}") from error
    assert isinstance(found, dict)
    return found


def read(document: object) -> Report:
    """The rows of a report; raises ReportError."""
    if not isinstance(document, Mapping) or document.get("schema") != SCHEMA:
        raise ReportError(f"not a report of dulcimer check of schema {SCHEMA}")
    try:
        return _report(document)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise ReportError(f"not a report of dulcimer check: {type(error).__name__}: {error}") from error


def read_all(documents: Iterable[object]) -> list[Report]:
    """The rows of several reports. Peers of the same name, such as two programs of one toolkit, also get their address
    in it. Raises ReportError.
    """
    reports = [read(document) for document in documents]
    names = Counter(report.name for report in reports)
    return [
        replace(report, implementation=f"{report.name} at {report.address}") if names[report.name] > 1 else report
        for report in reports
    ]


def _report(document: Mapping[str, Any]) -> Report:
    peer, run = document["peer"], document.get("run", {})
    cases = tuple(map(_case, document["cases"]))
    if len({case.id for case in cases}) != len(cases):
        raise ValueError("it has a case twice")
    artim = run.get("declared_artim_s")
    return Report(
        tool=str(document.get("tool", "")),
        catalogue=str(document.get("catalogue", "")),
        host=str(peer["host"]),
        port=int(peer["port"] or 0),
        implementation=str(peer.get("implementation_version_name") or ""),
        implementation_uid=str(peer.get("implementation_class_uid") or ""),
        cases=cases,
        observed_cells=frozenset(filter(None, map(_cell, document.get("cells", {}).get("observed", ())))),
        seconds=float(run.get("seconds", 0)),
        artim=None if artim is None else float(artim),
        healthy=bool(run.get("healthy", True)),
        unhealthy_because=str(run.get("unhealthy_because", "")),
        died_after=tuple(map(str, run.get("died_after", ()))),
        not_run=tuple(map(str, run.get("not_run", ()))),
        stopped=str(run.get("stopped") or ""),
        causes=tuple(map(_cause, document.get("causes", ()))),
        again=str(run.get("again", "")),
        replay=str(run.get("replay", "")),
        since=since(document),
        seed=run.get("seed"),
        policy={str(name): str(verdict) for name, verdict in (run.get("policy") or {}).items()},
        serial=bool(run.get("serves_one_association_at_a_time")),
        listens=bool(run.get("listens_while_it_serves", True)),
        missing=str(run.get("not_working") or ""),
        warnings=tuple(map(str, run.get("baseline_warnings", ()))),
    )


def _case(row: Mapping[str, Any]) -> CaseReport:
    severity = str(row["severity"])
    if severity not in SEVERITIES:
        raise ValueError(f"{severity!r} is not a severity")
    return CaseReport(
        id=str(row["id"]),
        clause=str(row["clause"]),
        requirement=str(row["requirement"]),
        rules=tuple(map(str, row.get("rules", ()))),
        severity=severity,
        role=str(row.get("role", "acceptor")),
        verdict=Verdict(row["verdict"]),
        overlay=Overlay(row["overlay"]) if row.get("overlay") else None,
        flaky=bool(row.get("flaky")),
        expected=str(row.get("expected", "")),
        observed=str(row.get("observed", "")),
        alternative=str(row.get("alternative", "")),
        why=str(row.get("why", "")),
        cause=str(row.get("cause") or ""),
        seen_in=tuple(map(str, row.get("seen_in", ()))),
        violated=str(row.get("violated") or ""),
        close=str(row.get("close", "")),
        cell=_cell(row.get("cell")),
        notes=tuple(map(str, row.get("notes", ()))),
        seconds=float(row.get("duration_s", 0)),
        trace=tuple(map(_entry, row.get("trace", ()))),
    )


def _cause(row: Mapping[str, Any]) -> CauseReport:
    return CauseReport(
        id=str(row["id"]),
        title=str(row["title"]),
        rule=str(row.get("rule") or ""),
        observed=str(row.get("observed", "")),
        verdict=Verdict(row["verdict"]),
        severity=str(row["severity"]),
        cases=tuple(map(str, row["cases"])),
    )


def _entry(row: Mapping[str, Any]) -> TraceEntry:
    kind = Kind(row["kind"])
    if row["dir"] != kind.direction:
        raise ValueError(f"an entry of kind {kind} does not have the direction {row['dir']!r}")
    data = bytes.fromhex(str(row.get("hex", "")))
    length = int(row.get("length", len(data)))
    if length < len(data):
        raise ValueError("an entry of a trace has more bytes than its length says")
    times = int(row.get("times", 1))
    return TraceEntry(float(row["t"]), kind, str(row["pdu"]), data, length, times, bool(row.get("octets")))


def _cell(labels: Any) -> Cell | None:
    if not labels:
        return None
    state, event = labels
    cell = (Events.from_label(event), States.from_label(state))
    return cell if cell in TABLE else None
