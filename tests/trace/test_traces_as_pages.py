"""A trace as a page, in a notebook, and as a diagram of Mermaid: whole, and nothing in it is obeyed."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dulcimer.trace.collected import RecordedTrace
from dulcimer.trace.html import MOST_IN_A_NOTEBOOK, trace_page
from dulcimer.trace.mermaid import mermaid_of
from dulcimer.trace.records import (
    HostAndPort,
    MachineStep,
    MaskedRange,
    PduReceived,
    PduSent,
    RawBytes,
    TraceHeader,
    TraceLine,
    TraceRecord,
    TransportOpened,
    ViolationSeen,
)
from dulcimer.trace.traced import TracedAssociation
from dulcimer.wire.codec import encode
from support.associations import AC, RQ
from support.html_pages import Page
from support.trace.trace_records import trace_records

EVIL = "<script>alert(1)</script>"
DATA = RawBytes(20, bytes.fromhex("04000000000e0000000a0100"), (MaskedRange(12, 8, "data set"),))


def trace_of(*records: TraceRecord, title: str = "") -> RecordedTrace:
    lines = [TraceLine(number, number / 1000, "1", one) for number, one in enumerate(records, start=2)]
    return RecordedTrace(TraceHeader("a test", title), (TracedAssociation(1, "1", lines),))


TRACE = trace_of(
    TransportOpened("requestor", acceptor=HostAndPort(f"10.0.0.2{EVIL}", 104)),
    MachineStep("requestor", "Sta4", "Evt2", "AE-2", "Sta5"),
    PduSent("requestor", RawBytes.whole(encode(replace(RQ, calling_ae_title="<b>TITLE</b>")))),
    PduReceived("acceptor", RawBytes.whole(encode(AC))),
    MachineStep("requestor", "Sta5", "Evt3", "AE-3", "Sta6"),
    PduSent("requestor", DATA),
    PduReceived("acceptor", RawBytes.whole(b"\x99\0\0\0\0\0")),
    ViolationSeen("acceptor", f"PDU type 99H is not defined {EVIL}"),
    title=EVIL,
)


def test_page_needs_nothing_but_itself_and_obeys_nothing() -> None:
    page = trace_page(TRACE)
    (policy,) = (value for value in Page(page).values("content") if "default-src" in value)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "<script>alert" not in page
    assert "<b>TITLE" not in page
    assert re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL) == [""]
    assert not re.search(r"(src|href)=\"?https?:", page)
    assert "&lt;script&gt;alert(1)" in page


def test_page_has_every_row_with_its_states_and_fields() -> None:
    text = "\n".join(words for found in Page(trace_page(TRACE)).texts.values() for words in found)
    for words in (
        "A-ASSOCIATE-RQ",
        "A-ASSOCIATE-AC",
        "Sta4 + Evt2 -> AE-2 -> Sta5",
        "called_ae_title",
        "8 bytes left out",
    ):
        assert words in text
    assert "violation by the acceptor" in text
    assert "does not follow the standard" in text


def test_notebook_gets_a_part_without_script_and_a_short_text() -> None:
    part = TRACE._repr_html_()
    assert "<script" not in part
    assert "A-ASSOCIATE-RQ" in part
    assert "Sta6" in part
    assert repr(TRACE) == "<trace: 1 association, 8 events>"


def test_long_trace_is_cut_in_a_notebook() -> None:
    many = trace_of(*(PduReceived("acceptor", RawBytes.whole(encode(AC))) for _ in range(MOST_IN_A_NOTEBOOK + 5)))
    assert f"Only the first {MOST_IN_A_NOTEBOOK} rows are shown" in many._repr_html_()
    assert many._repr_html_().count("A-ASSOCIATE-AC") == MOST_IN_A_NOTEBOOK


def test_mermaid_has_arrows_notes_and_states() -> None:
    lines = list(mermaid_of(TRACE.associations))
    assert lines[0] == "sequenceDiagram"
    text = "\n".join(lines)
    assert "requestor->>acceptor: A-ASSOCIATE-RQ" in text
    assert "acceptor-xrequestor: " in text
    assert "Note left of requestor: Sta4 + Evt2 -> AE-2 -> Sta5" in text
    assert "Note over requestor,acceptor: Sta6 / " in text
    assert "<" not in text


@given(st.lists(trace_records(), max_size=12))
def test_any_records_make_a_page_a_part_and_a_diagram(records: list[TraceRecord]) -> None:
    trace = trace_of(*records)
    page = trace_page(trace)
    assert page.count("<section") == page.count("</section>") == 1
    assert page.count("<details") == page.count("</details>")
    assert trace._repr_html_().count("<table") == 1
    for line in list(mermaid_of(trace.associations))[3:]:
        assert re.fullmatch(r"    (Note |requestor|acceptor)[^\n;<]*(#\d+;[^\n;<]*)*", line), line
