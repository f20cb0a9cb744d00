"""The cases of `dulcimer check` as connections of a trace, from the report alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from dulcimer.conformance.model.trace import Kind
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.report.document import CaseReport, Report, TraceEntry
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.trace.records import (
    BytesMissing,
    HostAndPort,
    TransportClosed,
    TransportOpened,
    TransportReset,
    ViolationSeen,
)
from dulcimer.trace.tester_talks import RecordedTalk, TalkBytes, TalkPart, TalkRecord

_BY_TESTER: Final = (Kind.SENT, Kind.TESTER_FIN, Kind.TESTER_RST)
_FIN: Final = (Kind.TESTER_FIN, Kind.PEER_FIN)
_RST: Final = (Kind.TESTER_RST, Kind.PEER_RST)


def talks_of_reports(reports: Sequence[Report]) -> Iterator[RecordedTalk]:
    """The connections of all cases, named after these; those of several reports also after the peer.

    Rules for everything that a peer sends have no connection of their own.
    """
    for report in reports:
        before = f"{report.name}: " if len(reports) > 1 else ""
        for case in report.cases:
            yield from _talks(report, case, before + case.id)


def _talks(report: Report, case: CaseReport, name: str) -> Iterator[RecordedTalk]:
    starts = [number for number, entry in enumerate(case.trace) if entry.kind is Kind.OPENED]
    tester = LinkEnd.SERVER if case.role == "requestor" else LinkEnd.CLIENT
    for count, start in enumerate(starts, start=1):
        stop = starts[count] if count < len(starts) else len(case.trace)
        parts = list(_parts(report, case.trace[start:stop], tester))
        if count == len(starts) and case.verdict is Verdict.FAILED:
            wrong = ViolationSeen(tester.opposite.role, case.observed, case.clause, case.id)
            parts.append(TalkRecord(case.trace[stop - 1].t, wrong))
        yield RecordedTalk(name if count == 1 else f"{name}, connection {count}", tester, tuple(parts))


def _parts(report: Report, entries: Sequence[TraceEntry], tester: LinkEnd) -> Iterator[TalkPart]:
    ended: set[LinkEnd] = set()
    for entry in entries:
        end = tester if entry.kind in _BY_TESTER else tester.opposite
        if entry.kind is Kind.OPENED:
            yield TalkRecord(entry.t, _opened(report, tester))
        elif entry.kind in (Kind.SENT, Kind.RECEIVED):
            if entry.length:
                yield TalkBytes(entry.t, end, entry.data, entry.missing)
        elif entry.is_gap:
            for each in LinkEnd:
                yield TalkRecord(entry.t, BytesMissing(each.role, None, entry.text))
        elif entry.kind in _FIN and end not in ended:
            ended.add(end)
            yield TalkRecord(entry.t, TransportClosed(end.role))
        elif entry.kind in _RST and end not in ended:
            ended.update(LinkEnd)
            yield TalkRecord(entry.t, TransportReset(end.role, entry.text))


def _opened(report: Report, tester: LinkEnd) -> TransportOpened:
    peer = HostAndPort(report.host, report.port) if report.port and tester is LinkEnd.CLIENT else None
    return TransportOpened(tester.role, acceptor=peer)
