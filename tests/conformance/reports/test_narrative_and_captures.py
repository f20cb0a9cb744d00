"""The machine beside a trace, and cases as captures."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from dulcimer._generated.editions import EDITION, LATER_EDITIONS
from dulcimer.conformance.model.trace import START, Kind, trace_line
from dulcimer.conformance.report.capture import captures
from dulcimer.conformance.report.clauses import links
from dulcimer.conformance.report.document import read
from dulcimer.conformance.report.narrative import Moment, moments_of
from dulcimer.conformance.stimuli.messages import Titles, plain_pdu
from dulcimer.wire import model
from dulcimer.wire.codec import encode
from support.conformance.report_samples import (
    ABORT,
    ACCEPTANCE,
    DATA,
    RELEASE_RP,
    REQUEST,
    aborted,
    bare_close,
    case,
    established,
    event,
    one_of_each,
    pdu,
    report,
    reports,
    silent,
)

COMMAND = encode(plain_pdu("P-DATA-TF", Titles()))


def told(trace: list[dict[str, Any]], **others: Any) -> tuple[Moment, ...]:
    return moments_of(read(report(case(trace=trace, **others))).cases[0])


def test_the_machine_is_shown_beside_an_orderly_trace() -> None:
    assert [moment.machine for moment in told(aborted())] == [
        "Sta1 + Evt5 → AE-5 → Sta2",
        "Sta2 + Evt6 → AE-6 → Sta3 or Sta13",
        "peer in Sta6",
        "Sta6 + Evt13 → AA-8 → Sta13",
        "peer in Sta13",
        "peer in Sta13",
        "Sta13 + Evt17 → AR-5 → Sta1",
        "peer in Sta1",
        "peer in Sta1",
    ]


def test_silence_where_an_answer_is_due_names_what_is_owed() -> None:
    moments = {moment.kind: moment for moment in told(silent())}
    assert moments[Kind.SILENCE].owed == ("A-ABORT",)


def test_what_the_table_does_not_allow_is_impossible_and_ends_the_telling() -> None:
    *_, close, after = told(bare_close())
    assert close.impossible
    assert "does not allow" in close.machine
    assert after.machine == ""


def test_the_tester_leaves_once() -> None:
    trace = [
        event(0, Kind.OPENED, "connection opened"),
        event(1, Kind.TESTER_FIN, "tester closed its sending direction (FIN)"),
        event(2, Kind.TESTER_FIN, "tester closed the connection (FIN)"),
    ]
    _, first, second = told(trace)
    assert first.machine == "Sta2 + Evt17 → AA-5 → Sta1"
    assert second.steps == ()


def test_pdus_are_found_however_they_were_cut() -> None:
    pieces = [pdu(number, ">", "one octet", REQUEST[number : number + 1]) for number in range(len(REQUEST))]
    moments = told(
        [event(0, Kind.OPENED, "connection opened"), *pieces, pdu(999, "<", "A-ASSOCIATE-AC(1=0)", ACCEPTANCE)]
    )
    assert [len(moment.pdus) for moment in moments].count(1) == 2
    assert moments[-2].machine == "Sta2 + Evt6 → AE-6 → Sta3 or Sta13"
    assert moments[-1].machine == "peer in Sta6"


def test_a_requestor_is_described_from_its_side() -> None:
    trace = [
        event(0, Kind.OPENED, "connection accepted"),
        pdu(1, "<", "A-ASSOCIATE-RQ", REQUEST),
        pdu(2, ">", "AC", ACCEPTANCE),
    ]
    assert [moment.machine for moment in told(trace, role="requestor")] == [
        "Sta4 + Evt2 → AE-2 → Sta5",
        "peer in Sta5",
        "Sta5 + Evt3 → AE-3 → Sta6",
    ]


def test_the_beginning_of_a_pdu_that_never_became_whole_is_kept() -> None:
    moments = told(
        [
            event(0, Kind.OPENED, "connection opened"),
            pdu(1, ">", "half", REQUEST[:40]),
            event(2, Kind.SILENCE, "silence for 1 s"),
        ]
    )
    (half,) = moments[1].pdus
    assert (half.data, half.whole) == (REQUEST[:40], False)
    assert moments[1].machine == "peer in Sta2"


def test_a_pdu_may_be_refused_at_its_header() -> None:
    unknown = bytes.fromhex("ff0000000004")
    trace = [
        *established(),
        pdu(0.1, ">", "the first 6 bytes", unknown),
        pdu(0.2, "<", "A-ABORT(2,1)", ABORT),
        pdu(0.3, ">", "the rest", bytes(4)),
        event(0.4, Kind.PEER_FIN, "peer closed the connection (fin)"),
    ]
    *_, abort, rest, close = told(trace)
    assert [step.action for step in abort.steps] == ["AA-8"]
    assert not abort.impossible and not close.impossible
    assert not rest.steps


@pytest.mark.parametrize(
    ("clause", "anchors"),
    [
        ("PS3.8 Table 9-10 Evt12/Sta7 AR-8, 7.2.2.7", ["part08.html#table_9-10", "part08.html#sect_7.2.2.7"]),
        ("PS3.8 D.1.1, PS3.7 D.3.3.2", ["part08.html#sect_D.1.1", "part07.html#sect_D.3.3.2"]),
        ("PS3.7 9.3.5, Annex C", ["part07.html#sect_9.3.5", "part07.html#chapter_C"]),
        ("PS3.8 9.3.2 to 9.3.8", ["part08.html#sect_9.3.2", "part08.html#sect_9.3.8"]),
        ("a rule of no part, 1.2", []),
    ],
)
def test_clauses_lead_to_their_place_in_the_standard(clause: str, anchors: list[str]) -> None:
    assert [link.address.rpartition("/")[2] for link in links(clause)] == anchors
    assert all(f"/medical/dicom/{EDITION}/output/html/part0" in link.address for link in links(clause))


def test_annex_that_came_later_is_read_in_an_edition_that_has_it() -> None:
    (query, old) = links("PS3.4 JJ.4, Annex GG")
    assert query.address.endswith(f"/dicom/{LATER_EDITIONS['PS3.4 Annex JJ']}/output/html/part04.html#sect_JJ.4")
    assert old.address.endswith(f"/dicom/{EDITION}/output/html/part04.html#chapter_GG")
    assert LATER_EDITIONS["PS3.4 Annex JJ"] > EDITION


@given(reports())
def test_captures_have_safe_names_and_take_any_report(document: dict[str, Any]) -> None:
    found = captures(document)
    assert len(found) == sum(bool(row["trace"]) for row in document["cases"])
    for name in found:
        assert Path(name).name == name
        assert not name.startswith(".")


def tshark(path: Path, *options: str) -> list[list[str]]:
    fields = [word for option in options for word in ("-e", option)]
    command = ["tshark", "-r", str(path), "-T", "fields", "-o", "tcp.check_checksum:TRUE", *fields]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [line.split("\t") for line in lines]


@pytest.mark.peer("tshark")
def test_a_capture_has_every_pdu_with_the_machine_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "case.pcapng"
    path.write_bytes(captures(report(case(trace=aborted())))["ul.fsm.acc.sta06.evt13.pcapng"])
    rows = tshark(path, "dicom.pdu.type", "tcp.flags.fin", "tcp.checksum.status", "frame.comment")
    assert {status for _, _, status, _ in rows} == {"1"}
    assert [kind for kind, _, _, _ in rows if kind] == ["0x01", "0x02", "0x06", "0x07"]
    assert [fin for _, fin, _, _ in rows].count("1") == 2
    comments = [comment for *_, comment in rows if comment]
    assert comments[3] == "A-RELEASE-RP\\nSta6 + Evt13 → AA-8 → Sta13"
    assert "silence for 0.1 s" in comments[5]


@pytest.mark.peer("tshark")
def test_resets_and_cut_bytes_are_reported_as_they_were(tmp_path: Path) -> None:
    trace = [
        *established(),
        pdu(0.5, ">", "P-DATA-TF", DATA, shown=512),
        event(1.0, Kind.PEER_RST, "peer closed the connection (rst)"),
        event(2.0, Kind.TESTER_FIN, "tester closed the connection (FIN)"),
    ]
    path = tmp_path / "case.pcapng"
    (data,) = captures(report(case(trace=trace))).values()
    path.write_bytes(data)
    rows = tshark(path, "frame.len", "frame.cap_len", "tcp.flags.reset", "tcp.flags.fin")
    missing = sum(int(length) - int(captured) for length, captured, _, _ in rows)
    assert missing == len(DATA) - 512
    assert [(reset, fin) for *_, reset, fin in rows if (reset, fin) != ("0", "0")] == [("1", "0")]


def test_every_case_with_a_trace_has_a_capture() -> None:
    document = one_of_each()
    assert set(captures(document)) == {f"{row['id']}.pcapng" for row in document["cases"]}


@pytest.mark.peer("tshark")
def test_large_pdus_are_named_whether_they_are_known_whole_or_not(tmp_path: Path) -> None:
    large = encode(model.PDataTf((model.PresentationDataValue(1, 0, bytes(100_000)),)))
    huge = encode(model.PDataTf((model.PresentationDataValue(1, 2, bytes(300_000)),)))
    trace = [
        *established(),
        pdu(0.5, ">", "command", COMMAND),
        trace_line(0.6, Kind.SENT, "data", large),
        trace_line(0.7, Kind.SENT, "data", DATA + huge),
        pdu(1.0, ">", "A-RELEASE-RP", RELEASE_RP),
    ]
    path = tmp_path / "case.pcapng"
    path.write_bytes(*captures(report(case(trace=trace))).values())
    rows = tshark(path, "dicom.pdu.type", "_ws.malformed", "frame.comment")
    told = f"data\\n{START + len(DATA)} of {len(DATA + huge)} bytes are recorded"
    assert [comment for *_, comment in rows if comment.startswith(told)] != []
    kinds = [kind for row, *_ in rows for kind in row.split(",") if kind]
    assert kinds == ["0x01", "0x02", "0x04", "0x04", "0x04", "0x06"]  # of the huge one the comment tells
    assert [malformed for _, malformed, _ in rows if malformed] == []
