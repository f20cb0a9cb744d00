"""A capture of a finding has its bytes, as any reader of captures sees them."""

from __future__ import annotations

from hypothesis import given, settings

from dulcimer.captures.collected import CapturedConnection, connections
from dulcimer.captures.files import frames
from dulcimer.captures.following import CaptureReader
from dulcimer.fuzz.engine.conversation import ConnectionRecord, EndKind, Entry, HalfClosed, Received, Sent
from dulcimer.fuzz.findings.capture_export import capture_of
from dulcimer.fuzz.findings.finding import FindingOracle, FuzzFinding
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.findings.seen import SeenConversation, SeenKind
from dulcimer.fuzz.sequences.steps import Chunks, FuzzSequence, SendBytes
from support.fuzz_findings import reproducers
from support.fuzz_sequences import sequences


def read(data: bytes) -> list[CapturedConnection]:
    return list(connections(CaptureReader(data)))


def both(connection: CapturedConnection, role: str) -> tuple[bytes, bytes]:
    """The bytes of the tester and of the target."""
    ends = bytes(connection.client.data), bytes(connection.server.data)
    return ends if role == "acceptor" else ends[::-1]


@given(sequences())
def test_without_a_record_it_is_what_is_sent(sequence: FuzzSequence) -> None:
    data = capture_of(Reproducer(FuzzFinding(FindingOracle.HANG, ""), sequence))
    sent = [both(connection, sequence.role) for connection in read(data)]
    assert sent == ([(sequence.sent, b"")] if sent else [])
    assert bool(sent) or not sequence.sent


@settings(max_examples=50)
@given(reproducers())
def test_with_a_record_it_has_the_bytes_of_the_target(reproducer: Reproducer) -> None:
    received = b"".join(line.data for line in reproducer.seen.lines if line.kind in (SeenKind.PDU, SeenKind.BYTES))
    found = [both(connection, reproducer.sequence.role)[1] for connection in read(capture_of(reproducer))]
    assert b"".join(found) == (received if reproducer.seen.lines else b"")


def test_operators_and_verdict_are_in_comments_and_pieces_are_as_sent() -> None:
    steps = (SendBytes(b"abc", "A-ABORT", ("A-ABORT/source: 0 -> 3",)), Chunks(b"defg", "A-RELEASE-RQ", (), (1,)))
    entries: tuple[Entry, ...] = (
        Sent(0.0, 0, b"abc"),
        Received(0.1, b"\6\0\0\0\0\4\0\0\0\0"),
        Sent(0.2, 1, b"d"),
        Sent(0.3, 1, b"efg"),
        HalfClosed(0.4),
    )
    seen = SeenConversation.of(ConnectionRecord(entries))
    data = capture_of(
        Reproducer(FuzzFinding(FindingOracle.EXIT, "It ended by signal 11."), FuzzSequence("acceptor", steps), seen)
    )
    (connection,) = read(data)
    assert both(connection, "acceptor") == (b"abcdefg", b"\6\0\0\0\0\4\0\0\0\0")
    for text in (b"A-ABORT/source: 0 -> 3", b"It ended by signal 11.", b"A-RELEASE-RP", b"A-RELEASE-RQ"):
        assert text in data
    assert [bytes(frame.data)[54:] for frame in frames(data) if len(frame.data) > 54][-3:] == [
        b"\6\0\0\0\0\4\0\0\0\0",
        b"d",
        b"efg",
    ]
    assert seen.end is None
    assert EndKind.FIN not in {line.end for line in seen.lines}
