"""The rows of a sequence diagram: what passed, and the states of both ends, known or possible."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.fsm import States
from dulcimer.fsm.primitives import AbortRequest, AssociateAccept, AssociateRequest, PDataRequest, ReleaseRequest
from dulcimer.trace.collected import RecordedTrace
from dulcimer.trace.diagram import rows_of, states_text
from dulcimer.trace.recording import TraceFile
from dulcimer.trace.records import (
    BytesMissing,
    PduPassed,
    PduReceived,
    PduSent,
    RawBytes,
    TraceHeader,
    TraceLine,
    TraceRecord,
    TransportOpened,
)
from dulcimer.trace.traced import TracedAssociation
from dulcimer.upper_layer import UpperLayer
from dulcimer.wire.codec import encode
from support.associations import AC, RQ
from support.trace.trace_records import trace_records

RELEASE, RELEASED, ABORT = (bytes.fromhex(f"0{kind}000000000400000000") for kind in (5, 6, 7))


def passed(*pdus: tuple[str, bytes]) -> TracedAssociation:
    """An association seen from between the ends."""
    records: list[TraceRecord] = [
        TransportOpened("network"),
        *(PduPassed(end, RawBytes.whole(data)) for end, data in pdus),
    ]
    return TracedAssociation(1, "1", [TraceLine(n, n / 10, "1", one) for n, one in enumerate(records, start=2)])


def states(association: TracedAssociation) -> list[tuple[str, str]]:
    return [(row.states["requestor"], row.states["acceptor"]) for row in rows_of(association)]


def test_states_of_both_ends_seen_from_between_them() -> None:
    association = passed(
        ("requestor", encode(RQ)), ("acceptor", encode(AC)), ("requestor", RELEASE), ("acceptor", RELEASED)
    )
    assert states(association)[1:4] == [("Sta5", "Sta3"), ("Sta6", "Sta6"), ("Sta7", "Sta8")]


def test_release_collision_is_followed_on_both_sides() -> None:
    association = passed(
        ("requestor", encode(RQ)), ("acceptor", encode(AC)), ("requestor", RELEASE), ("acceptor", RELEASE)
    )
    assert states(association)[-1] == ("Sta9", "Sta10")


def test_nothing_is_known_after_a_gap() -> None:
    association = passed(("requestor", encode(RQ)), ("acceptor", encode(AC)))
    association.lines.append(TraceLine(9, 1.0, "1", BytesMissing("acceptor", 10)))
    assert states(association)[-1] == ("?", "?")


@pytest.mark.parametrize(("found", "text"), [([], "?"), ([6], "Sta7"), ([6, 8], "Sta7,9"), ([1, 2, 3, 4], "several")])
def test_states_in_short(found: list[int], text: str) -> None:
    assert states_text(map(States, found)) == text


def test_own_states_are_those_of_the_steps_and_those_of_the_peer_contain_its_own(tmp_path: Path) -> None:
    """Two ends in memory, in turns: what each says of itself is what the other thinks possible."""
    files = [TraceFile(tmp_path / f"{number}.jsonl") for number in range(2)]
    ends = [UpperLayer(is_requestor=not number, observer=file()) for number, file in enumerate(files)]
    now = 0.0

    def deliver(sender: int) -> None:
        ends[1 - sender].receive_data(b"".join(bytes(piece) for piece in ends[sender].data_to_send()), now)

    ends[0].send(AssociateRequest(RQ), now)
    for end in ends:
        end.transport_connected(now)
    deliver(0)
    ends[1].send(AssociateAccept(AC), now)
    deliver(1)
    ends[0].send(PDataRequest([(1, 3, b"\0\0")]), now)
    deliver(0)
    ends[0].send(ReleaseRequest(), now)
    ends[1].send(AbortRequest(), now)
    deliver(1)
    for end in ends:
        end.transport_closed(now)
    own, other = (RecordedTrace.read(tmp_path / f"{number}.jsonl").associations[0] for number in range(2))
    assert [(row.label, row.states["requestor"]) for row in rows_of(own) if row.size] == [
        ("A-ASSOCIATE-RQ", "Sta5"),
        ("A-ASSOCIATE-AC", "Sta6"),
        ("P-DATA-TF", "Sta6"),
        ("A-RELEASE-RQ", "Sta7"),
        ("A-ABORT", "Sta1"),
    ]
    assert [row.states["acceptor"] for row in rows_of(other) if row.size] == ["Sta3", "Sta6", "Sta6", "Sta13"]
    assert [row.states["acceptor"] for row in rows_of(own) if row.size][:4] == ["Sta3", "Sta6", "Sta6", "Sta8"]


@given(st.lists(trace_records(), max_size=15))
def test_any_records_have_rows_and_every_pdu_has_one(records: list[object]) -> None:
    lines = [TraceLine(n, 0.0, "1", one) for n, one in enumerate(records, start=2)]  # type: ignore[arg-type]  # they are records
    rows = list(rows_of(TracedAssociation(1, "1", lines)))
    pdus = [line.line for line in lines if isinstance(line.record, PduSent | PduReceived | PduPassed)]
    assert [row.line for row in rows if row.line in pdus] == pdus
    assert RecordedTrace(TraceHeader(""), ()).associations == ()
