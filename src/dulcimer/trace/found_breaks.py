"""The findings of `dulcimer fuzz` as connections of a trace, from their reproducers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dulcimer.fuzz.engine.conversation import EndKind
from dulcimer.fuzz.findings.capture_export import sent_only
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.findings.scripts import name_of
from dulcimer.fuzz.findings.seen import SeenKind, SeenLine
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.sequences.steps import Chunks, Reset, SendBytes
from dulcimer.trace.records import (
    BytesChanged,
    HostAndPort,
    TransportClosed,
    TransportFailed,
    TransportOpened,
    TransportReset,
    ViolationSeen,
)
from dulcimer.trace.tester_talks import RecordedTalk, TalkBytes, TalkPart, TalkRecord


def talks_of_findings(found: Iterable[Reproducer], server: HostAndPort | None = None) -> Iterator[RecordedTalk]:
    """The last connection of each finding: what was recorded of it or, without a record, what is sent.

    `server`: where the target was, if it is a server.
    """
    for one in found:
        tester = LinkEnd.SERVER if one.sequence.role == "requestor" else LinkEnd.CLIENT
        parts = sorted(_parts(one, tester, server), key=lambda part: part.t)
        finding = one.finding
        wrong = ViolationSeen(tester.opposite.role, f"{finding.oracle}: {finding.verdict}", finding.clause)
        last = max((part.t for part in parts), default=0.0)
        yield RecordedTalk(name_of(one), tester, (*parts, TalkRecord(last, wrong)))


def _parts(one: Reproducer, tester: LinkEnd, server: HostAndPort | None) -> Iterator[TalkPart]:
    lines = one.seen.lines or tuple(sent_only(one.sequence))
    if any(line.end is EndKind.REFUSED for line in lines):
        yield TalkRecord(0.0, TransportFailed())
        return
    yield TalkRecord(0.0, TransportOpened(tester.role, acceptor=server if tester is LinkEnd.CLIENT else None))
    given: dict[int, int] = {}
    for line in lines:
        match line.kind:
            case SeenKind.SENT:
                yield from _sent(one, tester, line, given)
            case SeenKind.PDU | SeenKind.BYTES if line.data:
                yield TalkBytes(line.at, tester.opposite, line.data)
            case SeenKind.HALF_CLOSED:
                yield TalkRecord(line.at, TransportClosed(tester.role))
            case SeenKind.END:
                yield from _end(one, tester, line)
            case _:
                pass


def _sent(one: Reproducer, tester: LinkEnd, line: SeenLine, given: dict[int, int]) -> Iterator[TalkPart]:
    """The next bytes of a step, and before the first ones what was changed in them."""
    steps = one.sequence.steps
    step = steps[line.step] if line.step < len(steps) else None
    if not isinstance(step, SendBytes | Chunks):
        return
    start = given.get(line.step, 0)
    given[line.step] = start + line.count
    if not start:
        for operator in step.operators:
            yield TalkRecord(line.at, BytesChanged(tester.role, operator))
    if data := step.data[start : start + line.count]:
        yield TalkBytes(line.at, tester, data)


def _end(one: Reproducer, tester: LinkEnd, line: SeenLine) -> Iterator[TalkPart]:
    match line.end:
        case EndKind.FIN:
            yield TalkRecord(line.at, TransportClosed(tester.opposite.role))
        case EndKind.RST | EndKind.RST_AFTER_SEND:
            yield TalkRecord(line.at, TransportReset(tester.opposite.role))
        case EndKind.CLOSED if any(isinstance(step, Reset) for step in one.sequence.steps):
            yield TalkRecord(line.at, TransportReset(tester.role))
        case EndKind.CLOSED:
            yield TalkRecord(line.at, TransportClosed(tester.role))
        case _:
            pass
