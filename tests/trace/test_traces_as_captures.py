"""A trace gives the same events as a capture of the same connection; the frame is the line."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from dulcimer.captures.events import (
    CapturedBytes,
    CapturedEnding,
    CapturedFin,
    CapturedGap,
    CapturedReset,
    ConnectionEnded,
    ConnectionOpened,
)
from dulcimer.trace.as_capture import TraceAsCapture
from dulcimer.trace.records import (
    MOST_FILLED,
    BytesMissing,
    BytesPassed,
    HostAndPort,
    MachineStep,
    MaskedRange,
    PduReceived,
    PduSent,
    RawBytes,
    RecordingCut,
    TraceLine,
    TraceRecord,
    TransportClosed,
    TransportFailed,
    TransportOpened,
    TransportReset,
)
from support.trace.trace_records import trace_records

OPENED = TransportOpened("requestor", HostAndPort("10.0.0.1", 50000), HostAndPort("10.0.0.2", 104))
ABORT = RawBytes.whole(bytes.fromhex("07000000000400000000"))


def numbered(*records: TraceRecord, group: str = "1") -> list[TraceLine]:
    return [TraceLine(number, number / 10, group, record) for number, record in enumerate(records, start=2)]


def test_association_is_a_connection_with_lines_as_frames() -> None:
    lines = numbered(
        OPENED,
        MachineStep("requestor", "Sta4", "Evt2", "AE-2", "Sta5"),
        PduSent("requestor", ABORT),
        PduReceived("acceptor", ABORT),
        BytesPassed("acceptor", RawBytes.whole(b"\7")),
        TransportClosed("acceptor"),
    )
    opened, other, sent, received, rest, fin, ended = TraceAsCapture(lines, begun=100.0)
    assert isinstance(opened, ConnectionOpened)
    assert isinstance(other, ConnectionOpened)
    connection = opened.connection
    assert (connection.number, connection.client, connection.server) == (1, ("10.0.0.1", 50000), ("10.0.0.2", 104))
    assert connection.has_beginning
    assert sent == CapturedBytes(connection, True, 4, 100.4, ABORT.data)
    assert received == CapturedBytes(connection, False, 5, 100.5, ABORT.data)
    assert rest == CapturedBytes(connection, False, 6, 100.6, b"\7")
    assert fin == CapturedFin(connection, False, 7, 100.7)
    assert ended == ConnectionEnded(connection, 7, 100.7, CapturedEnding.CLOSED)


def test_gaps_resets_and_cuts_are_told() -> None:
    _, _, gap, reset, ended = TraceAsCapture(
        numbered(OPENED, BytesMissing("acceptor", 7), TransportReset("requestor", "gone"))
    )
    assert isinstance(gap, CapturedGap)
    assert (gap.by_client, gap.size) == (False, 7)
    assert isinstance(reset, CapturedReset)
    assert isinstance(ended, ConnectionEnded)
    assert ended.ending is CapturedEnding.RESET
    *_, cut = TraceAsCapture(numbered(OPENED, RecordingCut("full")))
    assert isinstance(cut, ConnectionEnded)
    assert cut.ending is CapturedEnding.CROWDED_OUT


def test_several_associations_are_kept_apart_and_a_group_may_begin_again() -> None:
    lines = numbered(OPENED, PduSent("requestor", ABORT)) + numbered(OPENED, group="2") + numbered(OPENED)
    events = list(TraceAsCapture(lines))
    assert [event.connection.number for event in events if isinstance(event, ConnectionOpened)] == [1, 1, 2, 2, 3, 3]
    assert [(event.connection.number, event.ending) for event in events if isinstance(event, ConnectionEnded)] == [
        (1, CapturedEnding.REPLACED),
        (2, CapturedEnding.END_OF_CAPTURE),
        (3, CapturedEnding.END_OF_CAPTURE),
    ]


def test_association_without_a_beginning_has_none_and_no_addresses() -> None:
    event, _ = TraceAsCapture(numbered(PduSent("requestor", ABORT)))
    assert isinstance(event, CapturedBytes)
    assert not event.connection.has_beginning
    assert (event.connection.client, event.connection.server) == (("", 0), ("", 0))
    assert list(TraceAsCapture(numbered(TransportFailed("refused")))) == []


def test_bytes_that_are_left_out_are_zeros_that_can_be_told_from_real_ones() -> None:
    raw = RawBytes(10, b"abcd", (MaskedRange(2, 6, "data set"),))
    found = TraceAsCapture(numbered(OPENED, PduSent("requestor", ABORT), PduSent("requestor", raw)))
    events = iter(found)
    *_, last = (next(events) for _ in range(4))
    assert isinstance(last, CapturedBytes)
    assert last.data == b"ab" + bytes(6) + b"cd"
    places = [(10, 12), (11, 13), (17, 18), (18, 20), (0, 100)]
    assert [found.was_masked(1, by_client=True, start=a, stop=b) for a, b in places] == [False, True, True, False, True]
    assert not found.was_masked(1, by_client=False, start=0, stop=100)


def test_huge_range_is_a_gap() -> None:
    raw = RawBytes(8 + 2 * MOST_FILLED, b"abcdefgh", (MaskedRange(6, 2 * MOST_FILLED, "not recorded"),))
    events = list(TraceAsCapture(numbered(OPENED, PduSent("requestor", raw))))[2:-1]
    assert [event.data if isinstance(event, CapturedBytes) else event.size for event in events] == [  # type: ignore[union-attr]  # a gap is left
        b"abcdef",
        2 * MOST_FILLED,
        b"gh",
    ]


@given(st.lists(st.tuples(st.sampled_from(["1", "2"]), trace_records()), max_size=20))
def test_every_connection_ends_once_after_its_other_events(found: Sequence[tuple[str, TraceRecord]]) -> None:
    lines = [TraceLine(number, 0.0, group, record) for number, (group, record) in enumerate(found, start=2)]
    ended: set[int] = set()
    for event in TraceAsCapture(lines):
        assert event.connection.number not in ended
        if isinstance(event, ConnectionEnded):
            ended.add(event.connection.number)
    assert ended == set(range(1, len(ended) + 1))
