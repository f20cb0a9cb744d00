"""Failures as files that replay them without dulcimer: the bytes of each step, and a script that sends them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

from dulcimer.conformance.model.trace import Kind
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.report.capture import file_name
from dulcimer.conformance.report.document import CaseReport, Report, TraceEntry, read
from dulcimer.conformance.report.narrative import moments_of

SCRIPT = "replay.py"
_SHUT = (Kind.TESTER_FIN, Kind.TESTER_RST)
_SHORTEST_PAUSE = 0.2
"""Seconds between two sends that are replayed, too; shorter pauses are not."""


def replays(document: Mapping[str, Any]) -> dict[str, bytes]:
    """The files, by their names below one directory; {} if nothing can be replayed. Raises ReportError."""
    report = read(document)
    tls = bool(document.get("run", {}).get("tls"))
    found: dict[str, bytes] = {}
    for case in report.cases:
        played = source_of(case, report)
        if played is not None:
            found |= _files(case, played, report, tls=tls)
    if found:
        found[SCRIPT] = resources.files(__package__).joinpath("replaying.py").read_bytes()
    return found


def command(case: CaseReport, report: Report) -> str:
    """The command that replays a failure; "" if it cannot be replayed."""
    if not report.replay or source_of(case, report) is None:
        return ""
    return command_line(report.replay, case.id, report.host, report.port)


def command_line(directory: str, case: str, host: str, port: int) -> str:
    """The command that replays a case from this directory; for a client, at an address of this machine."""
    script = shlex.quote(f"{directory}/{SCRIPT}")
    return f"python3 {script} {file_name(case)} {f'{host} {port}' if port else '127.0.0.1 11112'}"


def source_of(case: CaseReport, report: Report) -> CaseReport | None:
    """The case whose bytes show this failure; None if it is not a failure, or not all bytes are known."""
    if case.verdict is not Verdict.FAILED:
        return None
    shown = next((one for one in report.cases if case.seen_in and one.id == case.seen_in[0]), case)
    sent = [entry for entry in shown.trace if entry.kind is Kind.SENT and entry.length]
    return shown if sent and not any(entry.missing for entry in sent) else None


def _files(case: CaseReport, played: CaseReport, report: Report, *, tls: bool) -> dict[str, bytes]:
    folder = file_name(case.id)
    found: dict[str, bytes] = {}
    steps: list[dict[str, Any]] = []
    for step, data in _steps(played):
        if data:
            step["file"] = f"{len([known for known in steps if known['do'] == 'send']) + 1}.bin"
            found[f"{folder}/{step['file']}"] = data
        steps.append(step)
    about = [
        f"{case.id}: {case.requirement}",
        f"clause: {case.clause}",
        f"expected: {case.expected}" if case.expected else "",
        f"observed: {case.observed}",
        f"with the verdict: {report.command(case)}" if report.command(case) else "",
    ]
    plan = {"about": [line for line in about if line], "listen": case.role == "requestor", "tls": tls, "steps": steps}
    found[f"{folder}/steps.json"] = json.dumps(plan, indent=1).encode() + b"\n"
    return found


def _steps(case: CaseReport) -> Iterator[tuple[dict[str, Any], bytes]]:
    """What the tester did, in order, and how many PDUs it waited for in between."""
    awaited, before = 0, 0.0
    for moment in moments_of(case):
        entry = moment.entry
        if entry.kind is Kind.RECEIVED:
            awaited += len(moment.pdus)
        if entry.kind not in (Kind.SENT, *_SHUT) or (entry.kind is Kind.SENT and not entry.data):
            continue
        if awaited:
            yield {"do": "await", "pdus": awaited}, b""
        elif entry.kind is Kind.SENT and entry.t - before >= _SHORTEST_PAUSE:
            yield {"do": "pause", "seconds": round(entry.t - before, 1)}, b""
        awaited, before = 0, entry.t
        if entry.kind is Kind.SENT:
            yield _send(entry), entry.data
        elif entry.kind is Kind.TESTER_RST:
            yield {"do": "reset"}, b""
            return
        elif "its sending direction" in entry.text:
            yield {"do": "shut-down"}, b""
        else:
            return


def _send(entry: TraceEntry) -> dict[str, Any]:
    return {"do": "send", "what": entry.text, "octets": entry.octets}
