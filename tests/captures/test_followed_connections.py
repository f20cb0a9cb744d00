"""What is told of connections, event by event: openings, closes, gaps, ports that are used again, and bounds."""

from __future__ import annotations

from collections.abc import Iterable

from dulcimer.captures.bounds import CaptureBounds
from dulcimer.captures.events import (
    CapturedBytes,
    CapturedEnding,
    CapturedFin,
    CapturedGap,
    CapturedReset,
    CaptureEvent,
    ConnectionEnded,
    ConnectionOpened,
    GapReason,
)
from dulcimer.captures.following import CaptureReader
from dulcimer.captures.tcp import Flags
from support.captures.capture_maker import RAW, Record, Wrapping, pcap, records, tcp

SYN, ACK, FIN, RST = Flags.SYN, Flags.ACK, Flags.FIN, Flags.RST
PORTS = (49152, 11112)


def frame(
    by_client: bool,
    sequence: int,
    payload: bytes = b"",
    flags: int = ACK,
    acknowledged: int = 0,
    ports: tuple[int, int] = PORTS,
) -> bytes:
    (found,) = Wrapping().frames(
        tcp(by_client, sequence, payload, flags, acknowledged=acknowledged, ports=ports), by_client, 1
    )
    return found


def opened(client: int = 99, server: int = 499, ports: tuple[int, int] = PORTS) -> list[bytes]:
    """The handshake: the first bytes have the numbers 100 and 500."""
    return [
        frame(True, client, flags=SYN, ports=ports),
        frame(False, server, flags=SYN | ACK, acknowledged=client + 1, ports=ports),
        frame(True, client + 1, acknowledged=server + 1, ports=ports),
    ]


def events_of(frames: Iterable[bytes], **bounds: int) -> list[CaptureEvent]:
    return list(CaptureReader(pcap(records(frames)), CaptureBounds(**bounds)))


def told(events: Iterable[CaptureEvent]) -> list[str]:
    """A line for each event: connection, sender, frame, and what it is."""
    lines = []
    for event in events:
        match event:
            case ConnectionEnded(connection, number, _, ending):
                lines.append(f"{connection.number} . {number} {ending.name}")
                continue
            case ConnectionOpened():
                what = "SYN"
            case CapturedBytes():
                what = event.data.decode()
            case CapturedGap():
                what = f"{event.reason.name} {event.size}"
            case CapturedFin():
                what = "FIN"
            case CapturedReset():
                what = "RST"
        lines.append(f"{event.connection.number} {'>' if event.by_client else '<'} {event.frame} {what}")
    return lines


OPENED = ["1 > 1 SYN", "1 < 2 SYN"]


def test_connection_that_is_closed_by_one_end_after_the_other() -> None:
    frames = [
        *opened(),
        frame(True, 100, b"ab", ACK | FIN),
        frame(False, 500, b"xyz"),
        frame(False, 503, flags=ACK | FIN),
    ]
    assert told(events_of([*frames, frame(True, 103, acknowledged=504)])) == [
        *OPENED,
        "1 > 4 ab",
        "1 > 4 FIN",
        "1 < 5 xyz",
        "1 < 6 FIN",
        "1 . 7 CLOSED",
    ]


def test_reset_comes_after_the_bytes_that_waited() -> None:
    frames = [*opened(), frame(True, 105, b"cd"), frame(False, 500, flags=RST)]
    assert told(events_of(frames)) == [*OPENED, "1 > 4 LOST 5", "1 > 4 cd", "1 < 5 RST", "1 . 5 RESET"]


def test_fin_waits_for_the_bytes_before_it() -> None:
    frames = [*opened(), frame(True, 103, flags=ACK | FIN), frame(True, 100, b"abc")]
    assert told(events_of(frames)) == [*OPENED, "1 > 5 abc", "1 > 4 FIN", "1 . 5 END_OF_CAPTURE"]
    assert told(events_of(frames[:4]))[2:] == ["1 > 4 LOST 3", "1 > 4 FIN", "1 . 4 END_OF_CAPTURE"]


def test_keep_alives_and_window_probes_add_no_byte_twice() -> None:
    frames = [*opened(), frame(True, 100, b"ab"), frame(True, 101, b"\0"), frame(True, 101), frame(True, 102, b"c")]
    assert told(events_of([*frames, frame(True, 102, b"cde")])) == [
        *OPENED,
        "1 > 4 ab",
        "1 > 7 c",
        "1 > 8 de",
        "1 . 8 END_OF_CAPTURE",
    ]


def test_capture_that_begins_in_the_middle_says_so_and_takes_no_keep_alive_for_a_byte() -> None:
    events = events_of(
        [frame(True, 99, b"\0"), frame(True, 100, b"ab"), frame(False, 500, b"xy"), frame(True, 90, b"old")]
    )
    assert told(events) == ["1 > 2 ab", "1 < 3 xy", "1 . 4 END_OF_CAPTURE"]
    assert not events[0].connection.has_beginning
    # The keep-alive, and the three bytes from before.
    assert events[0].connection.late == 1 + 3


def test_syn_that_was_captured_after_the_first_bytes_belongs_to_them() -> None:
    frames = [frame(True, 100, b"ab"), *opened()[:2], frame(True, 102, b"c")]
    events = events_of(frames)
    assert told(events) == ["1 > 1 ab", "1 > 2 SYN", "1 < 3 SYN", "1 > 4 c", "1 . 4 END_OF_CAPTURE"]
    assert events[0].connection.has_beginning


def test_answer_to_a_syn_that_is_missing_shows_the_client_and_its_first_byte() -> None:
    events = events_of([*opened()[1:2], frame(True, 102, b"c"), frame(True, 100, b"ab")])
    assert told(events) == ["1 < 1 SYN", "1 > 3 ab", "1 > 2 c", "1 . 3 END_OF_CAPTURE"]
    assert events[0].connection.client == ("192.0.2.1", 49152)


def test_ports_are_used_again_with_and_without_a_close_and_without_a_syn() -> None:
    again = [*opened(7000, 8000), frame(True, 7001, b"b")]
    assert told(events_of([*opened(), frame(True, 100, b"a"), *again])) == [
        *OPENED,
        "1 > 4 a",
        "1 . 4 REPLACED",
        "2 > 5 SYN",
        "2 < 6 SYN",
        "2 > 8 b",
        "2 . 8 END_OF_CAPTURE",
    ]
    reset = [*opened(), frame(True, 100, b"a"), frame(True, 101, flags=RST)]
    # The same numbers again, as programs that write captures have them; and a new connection without its beginning.
    assert told(events_of([*reset, *opened()]))[4:] == ["1 . 5 RESET", "2 > 6 SYN", "2 < 7 SYN", "2 . 8 END_OF_CAPTURE"]
    far = frame(True, 1 << 30, b"far")
    assert told(events_of([*reset, far]))[4:] == ["1 . 5 RESET", "2 > 6 far", "2 . 6 END_OF_CAPTURE"]


def test_syn_that_is_repeated_opens_nothing() -> None:
    frames = [*opened()[:1], *opened(), *opened()[:2], frame(True, 100, b"a"), *opened()[:2]]
    assert told(events_of(frames)) == ["1 > 1 SYN", "1 < 3 SYN", "1 > 7 a", "1 . 9 END_OF_CAPTURE"]


def test_bytes_with_a_syn_are_the_first_ones() -> None:
    frames = [frame(True, 99, b"early", SYN), *opened()[1:2], frame(True, 105, b"late")]
    assert told(events_of(frames)) == [*OPENED[:1], "1 > 1 early", *OPENED[1:], "1 > 3 late", "1 . 3 END_OF_CAPTURE"]


def test_acknowledged_bytes_that_are_not_captured_are_a_gap_while_the_file_is_read() -> None:
    frames = [*opened(), *(frame(True, 110 + place, b"x") for place in range(63)), frame(False, 500, acknowledged=150)]
    later = [frame(True, 173, b"!"), frame(True, 100, b"0123456789"), frame(True, 174, b"?")]
    lines = told(events_of([*frames, *later]))
    assert lines[2] == "1 > 4 LOST 10"
    assert lines[3:66] == [f"1 > {number} x" for number in range(4, 67)]
    assert lines[66:] == ["1 > 68 !", "1 > 70 ?", "1 . 70 END_OF_CAPTURE"]
    (connection,) = {id(event.connection): event.connection for event in events_of([*frames, *later])}.values()
    assert connection.late == 10


def test_gap_at_the_end_is_known_from_an_acknowledgement() -> None:
    frames = [*opened(), frame(True, 100, b"a"), frame(False, 500, acknowledged=151)]
    assert told(events_of(frames))[3:] == ["1 > 5 LOST 50", "1 . 5 END_OF_CAPTURE"]
    # One byte more may be a FIN that was not captured.
    assert told(events_of([*frames[:4], frame(False, 500, acknowledged=102)]))[3:] == ["1 . 5 END_OF_CAPTURE"]


def test_what_the_capture_cuts_off_is_a_gap_at_once() -> None:
    frames = [
        *records(opened()),
        Record(frame(True, 100, b"abcdef"), 5.0, kept=54 + 2),
        Record(frame(True, 106, b"g"), 6.0),
    ]
    events = list(CaptureReader(pcap(frames)))
    assert told(events)[2:] == ["1 > 4 ab", "1 > 4 CUT 4", "1 > 5 g", "1 . 5 END_OF_CAPTURE"]
    assert [event.reason for event in events if isinstance(event, CapturedGap)] == [GapReason.CUT]
    headers = [*records(opened()), Record(frame(True, 100, b"abcdef"), 5.0, kept=54)]
    assert told(CaptureReader(pcap(headers)))[2:3] == ["1 > 4 CUT 6"]


def test_what_waits_is_bounded_for_an_end_and_for_all() -> None:
    waiting = [frame(True, 200 + 100 * place, b"x" * 50) for place in range(6)]
    lines = told(events_of([*opened(), *waiting, frame(True, 100, b"a")], held_by_end=1000))
    assert lines[2:6] == ["1 > 4 LOST 100", f"1 > 4 {'x' * 50}", "1 > 5 LOST 50", f"1 > 5 {'x' * 50}"]
    both = [*opened(), *opened(ports=(49153, 11112)), *waiting[:2]]
    other = [frame(True, 200 + 100 * place, b"y" * 200, ports=(49153, 11112)) for place in range(2)]
    lines = told(events_of([*both, *other], held=1100))
    assert lines[4:8] == ["2 > 9 LOST 100", f"2 > 9 {'y' * 200}", *lines[6:8]]
    assert lines.index("1 > 7 LOST 100") > lines.index("2 > 9 LOST 100")


def test_connections_that_are_followed_are_bounded_and_the_rest_is_told() -> None:
    frames = [one for port in range(30) for one in opened(ports=(50000 + port, 11112))]
    frames[9:9] = [frame(True, 100, flags=RST, ports=(50002, 11112))]
    reader = CaptureReader(pcap(records(frames)), CaptureBounds(connections=8))
    endings = [event.ending for event in reader if isinstance(event, ConnectionEnded)]
    assert len(endings) == reader.connections == 30
    assert endings[0] is CapturedEnding.RESET
    assert endings.count(CapturedEnding.END_OF_CAPTURE) <= 8
    crowded_out = endings.count(CapturedEnding.CROWDED_OUT)
    assert list(reader.remarks()) == [
        f"Not followed to the end: {crowded_out} connections; at most 8 connections at a time can be."
    ]


def test_connection_that_is_over_is_told_while_the_file_is_read() -> None:
    frames = [*opened(), frame(True, 100, flags=RST)]
    other = [frame(True, 10 + place, b"x", ports=(50000, 11112)) for place in range(1100)]
    later = [Record(one, 200.0 + place) for place, one in enumerate(other)]
    events = list(CaptureReader(pcap([Record(one, 1.0) for one in frames] + later)))
    place = next(place for place, event in enumerate(events) if isinstance(event, ConnectionEnded))
    assert events[place].connection.number == 1
    assert isinstance(events[-1], ConnectionEnded)
    assert isinstance(events[place + 1], CapturedBytes)


def test_frames_and_packets_that_cannot_be_read_are_told() -> None:
    wrapping = Wrapping(RAW, fragment=16)
    parts = wrapping.frames(tcp(True, 100, b"some bytes that are many"), True, 1)
    reader = CaptureReader(pcap(records([*parts[:1], *parts[2:]]), RAW))
    assert list(reader) == []
    assert list(reader.remarks()) == ["Left out: 1 IP packet of which fragments are missing."]
    unread = CaptureReader(pcap(records(opened()), 127))
    assert list(unread) == []
    assert list(unread.remarks()) == ["Left out: 3 frames of link type 127, which is not read."]
    refused = CaptureReader(b"no capture")
    assert list(refused) == []
    assert refused.damage == "the file is neither pcap nor pcapng"


def test_bytes_that_come_again_with_other_values_are_counted_and_the_first_ones_are_kept() -> None:
    frames = [*opened(), frame(True, 100, b"abcd"), frame(True, 102, b"cXef"), frame(True, 110, b"later")]
    frames += [frame(True, 108, b"..LATER"), frame(True, 106, b"gh..later")]
    events = events_of(frames)
    assert "".join(one.data.decode() for one in events if isinstance(one, CapturedBytes)) == "abcdefgh..later"
    assert events[0].connection.conflicting == len("X" + "LATER")
