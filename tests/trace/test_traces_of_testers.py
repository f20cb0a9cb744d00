"""Cases of a check and findings of a campaign as traces: all bytes of both ends, in the order in which they were."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import Result

from dulcimer.cli.main import app
from dulcimer.conformance.model.trace import LEFT_OUT, Kind
from dulcimer.conformance.report.document import read
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.findings.scripts import name_of
from dulcimer.fuzz.findings.seen import SeenKind
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.sequences.steps import Chunks, SendBytes
from dulcimer.learn.labs.turns import pdata
from dulcimer.trace.checked_cases import talks_of_reports
from dulcimer.trace.collected import RecordedTrace
from dulcimer.trace.found_breaks import talks_of_findings
from dulcimer.trace.masking import Masks
from dulcimer.trace.records import (
    BytesMissing,
    BytesPassed,
    HostAndPort,
    PduReceived,
    PduSent,
    TraceRecord,
    ViolationSeen,
)
from dulcimer.trace.tester_talks import RecordedTalk, TalkBytes, TalkPart, records_of, write_talks
from support.command_runs import CommandRunner
from support.conformance.report_samples import ABORT, REQUEST, aborted, case, event, pdu, report, reports
from support.fuzz_campaigns import campaign
from support.fuzz_findings import reproducers

RAW = Masks(data_sets=False, secrets=False)
NAME = b"PATIENT^NAME"
DATA_SET = pdata((1, 2, NAME * 3))


def bytes_of(records: Iterable[TraceRecord], end: LinkEnd) -> bytes:
    return b"".join(
        one.raw.filled()
        for one in records
        if isinstance(one, PduSent | PduReceived | BytesPassed) and one.sender == end.role
    )


def told(talk: RecordedTalk, masks: Masks = RAW) -> list[TraceRecord]:
    return [record for _, record in records_of(talk, masks)]


@given(reports())
def test_the_trace_of_a_check_has_all_bytes_that_its_report_has(document: dict[str, Any]) -> None:
    found = read(document)
    talks = list(talks_of_reports([found]))
    for each in found.cases:
        opened = [number for number, entry in enumerate(each.trace) if entry.kind is Kind.OPENED]
        own = [talk for talk in talks if talk.name == each.id or talk.name.startswith(f"{each.id}, connection ")]
        assert len(own) == len(opened)
        for kind in (Kind.SENT, Kind.RECEIVED):
            kept = each.trace[opened[0] :] if opened else ()
            wanted = b"".join(entry.data for entry in kept if entry.kind is kind)
            came = b""
            for talk in own:
                came += bytes_of(told(talk), talk.tester if kind is Kind.SENT else talk.tester.opposite)
            assert came == wanted


@given(reproducers())
def test_the_trace_of_a_finding_has_all_bytes_of_both_ends(found: Reproducer) -> None:
    (talk,) = talks_of_findings([found])
    records = told(talk)
    lines = sorted(found.seen.lines, key=lambda line: line.at)
    if lines and records[:1] and not isinstance(records[0], ViolationSeen):
        target = b"".join(line.data for line in lines if line.kind in (SeenKind.PDU, SeenKind.BYTES))
        if any(line.end == "refused" for line in lines):
            target = b""
        assert bytes_of(records, talk.tester.opposite) == target
    if not found.seen.lines:
        sent = b"".join(step.data for step in found.sequence.steps if isinstance(step, SendBytes | Chunks))
        assert bytes_of(records, talk.tester) == sent


PIECES = st.lists(
    st.tuples(
        st.sampled_from(LinkEnd),
        st.sampled_from([REQUEST, DATA_SET, ABORT, b"\x09\0\0\0\0\2ab", b"\0"]),
        st.integers(0, 60),
    ),
    max_size=8,
)


def parts_of(pieces: Iterable[tuple[LinkEnd, bytes, int]]) -> Iterator[TalkPart]:
    """Each in two parts, of which the second one of an end may come after what the other one sends."""
    waiting: dict[LinkEnd, bytes] = dict.fromkeys(LinkEnd, b"")
    for number, (end, data, cut) in enumerate(pieces):
        whole, waiting[end] = waiting[end] + data[:cut], data[cut:]
        if whole:
            yield TalkBytes(float(number), end, whole)
    for end, rest in waiting.items():
        if rest:
            yield TalkBytes(100.0, end, rest)


@given(PIECES)
def test_nothing_is_told_before_what_the_other_end_had_sent_until_then(
    pieces: list[tuple[LinkEnd, bytes, int]],
) -> None:
    talk = RecordedTalk("one", LinkEnd.CLIENT, tuple(parts_of(pieces)))
    sums = {
        end: list(accumulate((len(one.data) * (one.sender is end) for one in talk.parts), initial=0))  # type: ignore[union-attr]  # parts_of makes bytes only
        for end in LinkEnd
    }
    seen = dict.fromkeys(LinkEnd, 0)
    for record in told(talk):
        assert isinstance(record, PduSent | PduReceived | BytesPassed)
        end = LinkEnd.CLIENT if record.sender == "requestor" else LinkEnd.SERVER
        seen[end] += record.raw.length
        assert any(
            sums[end.opposite][at] == seen[end.opposite] and sums[end][at] <= seen[end] <= sums[end][at + 1]
            for at in range(len(talk.parts))
        )
    assert list(seen.values()) == [sums[end][-1] for end in LinkEnd]


@given(PIECES)
def test_no_data_set_is_in_it_unless_asked_for_also_where_a_pdu_is_in_pieces(
    pieces: list[tuple[LinkEnd, bytes, int]],
) -> None:
    talk = RecordedTalk("one", LinkEnd.CLIENT, tuple(parts_of([one for one in pieces if one[1] != b"\0"])))
    for end in LinkEnd:
        assert len(bytes_of(told(talk, Masks()), end)) == len(bytes_of(told(talk), end))
    kept = [one.raw.data for one in told(talk, Masks()) if isinstance(one, PduSent | PduReceived | BytesPassed)]
    assert not any(NAME[:4] in one for one in kept)


def test_a_pdu_is_one_event_unless_the_other_end_did_something_in_the_middle_of_it() -> None:
    halves = TalkBytes(0.1, LinkEnd.CLIENT, REQUEST[:20]), TalkBytes(0.2, LinkEnd.CLIENT, REQUEST[20:])
    (one,) = told(RecordedTalk("one", LinkEnd.CLIENT, halves))
    assert one == PduSent("requestor", one.raw)  # type: ignore[union-attr]  # it has the bytes of a PDU
    between = (halves[0], TalkBytes(0.15, LinkEnd.SERVER, ABORT), halves[1])
    kinds = [type(one) for one in told(RecordedTalk("one", LinkEnd.CLIENT, between))]
    assert kinds == [BytesPassed, PduReceived, BytesPassed]


def test_what_a_report_has_not_recorded_is_told_as_missing() -> None:
    cut = [
        event(0.0, Kind.OPENED, "connection opened"),
        pdu(0.1, ">", "A-ASSOCIATE-RQ", REQUEST, shown=50),
        event(0.2, Kind.NOTE, f"{LEFT_OUT}3 lines of the trace, with 100 bytes"),
        event(0.3, Kind.TESTER_FIN, "tester closed the connection (FIN)"),
    ]
    (talk,) = talks_of_reports([read(report(case(trace=cut)))])
    missing = [(one.sender, one.size) for one in told(talk) if isinstance(one, BytesMissing)]
    assert missing == [("requestor", len(REQUEST) - 50), ("requestor", None), ("acceptor", None)]


@pytest.mark.parametrize("verdict", ["OK", "FAILED"])
def test_a_case_that_failed_ends_with_what_is_wrong(verdict: str, tmp_path: Path) -> None:
    document = read(report(case("ul.a", verdict, trace=aborted(), observed="silence")))
    write_talks(tmp_path / "cases.jsonl", "a check", talks_of_reports([document]), Masks())
    (association,) = RecordedTrace.read(io.BytesIO((tmp_path / "cases.jsonl").read_bytes())).associations
    assert association.name == "ul.a"
    wrong = [line.record for line in association.lines if isinstance(line.record, ViolationSeen)]
    assert [(one.sender, one.problem, one.rule) for one in wrong] == [("acceptor", "silence", "ul.a")] * (
        verdict == "FAILED"
    )


def run(*arguments: object) -> Result:
    return CommandRunner().invoke(app, list(map(str, arguments)), env={"NO_COLOR": "1", "COLUMNS": "80"})


def test_a_report_becomes_a_trace_that_can_be_shown_judged_and_exported(tmp_path: Path) -> None:
    found, trace = tmp_path / "report.json", tmp_path / "cases.jsonl"
    found.write_text(json.dumps(report(case("ul.a"), case("ul.b", "FAILED", observed="silence"))))
    assert run("check", "--merge", found, "--trace", trace).exit_code == 0
    shown = run("trace", "show", trace)
    assert shown.exit_code == 0
    assert "Association 2 (ul.b)" in shown.stdout
    assert "silence" in shown.stdout
    judged = run("trace", "check", trace)
    assert judged.exit_code == 1  # the tester sends an A-RELEASE-RP that nobody asked for
    assert "server  consistent" in judged.stdout
    exported = tmp_path / "cases.pcapng"
    assert run("trace", "export", trace, "--to", "pcapng", "-o", exported).exit_code == 0
    assert b"association 1 (ul.a)" in exported.read_bytes()


def test_the_findings_of_a_campaign_are_in_its_trace(tmp_path: Path) -> None:
    result = campaign()
    server = HostAndPort(result.host, result.port)
    write_talks(
        tmp_path / "found.jsonl",
        "a campaign",
        talks_of_findings([one.reproducer for one in result.findings], server),
        Masks(),
    )
    trace = RecordedTrace.read(tmp_path / "found.jsonl")
    assert [one.name for one in trace.associations] == [name_of(one.reproducer) for one in result.findings]
    assert run("trace", "show", tmp_path / "found.jsonl").exit_code == 0
