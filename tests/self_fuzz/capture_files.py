"""The reader of network captures (`dulcimer.captures`): damaged files, any wrapping, and segments in any order."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable
from itertools import pairwise
from struct import pack
from typing import TypeAlias

from dulcimer.captures import pcapng
from dulcimer.captures.bounds import CaptureBounds
from dulcimer.captures.chunks import CaptureError
from dulcimer.captures.connection_table import ConnectionTable
from dulcimer.captures.events import CapturedBytes, CapturedGap, CaptureEvent, ConnectionEnded
from dulcimer.captures.files import frames, is_capture
from dulcimer.captures.following import CaptureReader
from dulcimer.captures.frames import CapturedFrame
from dulcimer.captures.segments import Segment, SegmentReader
from dulcimer.captures.tcp import Flags, TcpConversation
from dulcimer.cli.show.capture_decode import gaps_in_words, pdus_of, read_capture
from dulcimer.diagnosis.importing.from_capture import import_capture
from dulcimer.diagnosis.judging.judge import judge_events
from dulcimer.diagnosis.judging.verdicts import AssociationVerdict
from dulcimer.diagnosis.reporting.judged_file import JudgedFile
from dulcimer.diagnosis.reporting.text import lines_of
from dulcimer.fuzz.campaign.making import make_case
from dulcimer.fuzz.choices import Choices
from dulcimer.fuzz.corpus.from_capture import from_capture
from dulcimer.fuzz.sequences.steps import SendBytes
from dulcimer.trace.masking import Masks
from dulcimer.trace.reading import TraceReader
from self_fuzz.material import disturbed, sequences
from self_fuzz.surface import Allowance, Surface, demand
from support.captures.capture_maker import Wrapping

Taken: TypeAlias = tuple[int, float, Segment]
Contents: TypeAlias = dict[tuple[int, bool], tuple[bytes, list[tuple[int, int]]]]

_TIGHT = CaptureBounds(held_by_end=2_000, held=3_000, fragments=1_500, connections=2)
_MOST_HELD = 2 * (3_000 + 1_500)
_MAGICS = (0xA1B2C3D4, 0xA1B23C4D)
_LINKS = (1, 0, 12, 101, 108, 113, 228, 229, 276, 147)
_ENDS = (b"", b"\0", b"\xff" * 4)


def make(choices: Choices) -> bytes:
    """A capture of changed conversations, its frames disturbed, as pcap or pcapng; then the file damaged, or not."""
    packets: list[pcapng.Packet] = []
    for number in range(choices.integer(1, 2)):
        packets += _conversation(choices, 49152 + number * choices.integer(0, 1))
    for _ in range(choices.integer(0, 3)):
        _disturb(packets, choices)
    if not choices.integer(0, 2):
        packets = _wrapped(packets, choices)
    file = _pcap(packets, choices) if choices.integer(0, 1) else pcapng.write(packets, application="self-fuzz")
    file = disturbed(file, choices, 2)
    return file if choices.integer(0, 7) else disturbed(gzip.compress(file, 1, mtime=0), choices, 2)


def _wrapped(packets: list[pcapng.Packet], choices: Choices) -> list[pcapng.Packet]:
    """The segments in other packets: VLANs, IPv6, options, fragments; some fragments are lost or swapped."""
    wrapping = Wrapping(
        is_ipv6=bool(choices.integer(0, 1)),
        vlans=choices.pick(((), (0x8100,), (0x88A8, 0x8100))),
        options=choices.pick((0, 0, 40)),
        extensions=choices.pick(((), (0, 43), (60,))),
        fragment=choices.pick((0, 8, 24, 1480)),
    )
    made: list[pcapng.Packet] = []
    for number, one in enumerate(packets):
        if len(one.frame) < 54 or len(one.frame) > 200 * (wrapping.fragment or 1000):
            made.append(one)
            continue
        found = wrapping.frames(one.frame[34:], one.frame[26:30] == bytes((192, 0, 2, 1)), number)
        if not choices.integer(0, 15):
            del found[choices.integer(0, len(found) - 1)]
        if not choices.integer(0, 7):
            found.reverse()
        made += [pcapng.Packet(one.t, frame) for frame in found]
    return made


def _conversation(choices: Choices, port: int) -> list[pcapng.Packet]:
    talk = TcpConversation(client=("192.0.2.1", port))
    if choices.integer(0, 7):
        talk.open(1.0)
    case = make_case(choices.pick(sequences()), choices, {}).sequence
    sender = talk.client if case.role == "acceptor" else talk.server
    size = choices.pick((16, 64, 1400, 60_000))
    for step in case.steps:
        data = step.data if isinstance(step, SendBytes) else b""
        for start in range(0, min(len(data), 100 * size), size):
            missing = choices.integer(1, 9) if not choices.integer(0, 99) else 0
            talk.send(2.0, sender, data[start : start + size], missing=missing)
    talk.finish(3.0, sender)
    return talk.packets


def _disturb(packets: list[pcapng.Packet], choices: Choices) -> None:
    """Frames left out, doubled, swapped, changed, cut off, or many in another order."""
    if not packets:
        return
    index = choices.integer(0, len(packets) - 1)
    one = packets[index]
    match choices.integer(0, 6):
        case 0:
            del packets[index : index + choices.integer(1, 5)]
        case 1:
            packets[index:index] = [one] * choices.integer(1, 20)
        case 2:
            other = choices.integer(0, len(packets) - 1)
            packets[index], packets[other] = packets[other], one
        case 3:
            packets[index:] = packets[index:][::-1]
        case 4:
            kept = choices.integer(0, len(one.frame))
            packets[index] = pcapng.Packet(one.t, one.frame[:kept], one.comment, len(one.frame) - kept)
        case 5:
            packets[index] = pcapng.Packet(choices.pick((0.0, 1e18, 4e9)) / 1e6, one.frame, one.comment)
        case _:
            packets[index] = pcapng.Packet(one.t, disturbed(one.frame, choices, 0), one.comment)


def _pcap(packets: Iterable[pcapng.Packet], choices: Choices) -> bytes:
    order, link = choices.pick("<>"), choices.pick(_LINKS) if not choices.integer(0, 3) else 1
    parts = [pack(order + "IHHiIII", choices.pick(_MAGICS), 2, 4, 0, 0, 65535, link)]
    for one in packets:
        seconds, size = int(one.t) & 0xFFFFFFFF, len(one.frame)
        parts += [pack(order + "IIII", seconds, 0, size, size + one.missing), one.frame]
    return b"".join((*parts, choices.pick(_ENDS)))


def check(given: bytes) -> None:
    """Nothing but CaptureError; no byte comes from nowhere; what comes twice counts once; what waits is bounded."""
    found, whole = _frames(given)
    demand([one.number for one in found] == list(range(1, len(found) + 1)), "frames are not numbered from 1")
    demand(all(0 <= one.start <= one.stop <= len(one.chunk) for one in found), "a frame outside of the file")
    reader = SegmentReader(CaptureBounds().fragments)
    segments = [(one.number, one.t, segment) for one in found if (segment := reader.segment(one)) is not None]
    contents = _contents(segments)
    captured = sum(segment.stop - segment.start for _, _, segment in segments)
    demand(sum(len(data) for data, _ in contents.values()) <= captured, "more bytes come out than were captured")
    # A SYN that comes again after the end is another connection.
    doubled = [one for one in segments for _ in range(1 if one[2].flags & Flags.SYN else 2)]
    demand(_contents(doubled) == contents, "segments that come twice give other bytes")
    _is_told_in_order(CaptureReader(given), len(found), whole)
    _is_told_in_order(tight := CaptureReader(given, _TIGHT), len(found), whole)
    demand(all(tight.remarks()), "an empty remark")
    capture = read_capture(given)
    demand(capture.frames == len(found), "another number of frames")
    demand(bool(capture.damage) != whole, "damage is not told, or told where there is none")
    for association in capture.associations:
        shown = list(pdus_of(association))
        demand(all(1 <= one.frame <= len(found) for one in shown), "a PDU of a frame that is not there")
        demand(all(before.frame <= after.frame for before, after in pairwise(shown)), "PDUs out of order")
        size = sum(len(end.data) - begin for end, begin, _ in association.ends)
        demand(sum(len(one.pdu.data) for one in shown) == size, "the PDUs do not have all bytes")
        demand(all(list(gaps_in_words(association))) or association.is_whole, "an empty text about a gap")
    for role in ("acceptor", "requestor"):
        imported = from_capture(given, role)
        demand(sum(len(one.sent) for one in imported.sequences) <= captured, "more is imported than was captured")
        demand(all(imported.lost), "an empty text about what is lost")
    demand(is_capture(given) or not found, "frames of a file that is no capture")
    _is_judged(given)


def _frames(given: bytes) -> tuple[list[CapturedFrame], bool]:
    found: list[CapturedFrame] = []
    try:
        for frame in frames(given):
            found.append(frame)
    except CaptureError as error:
        demand(str(error), "an error without words")
        return found, False
    return found, True


def _is_told_in_order(reader: CaptureReader, count: int, whole: bool) -> None:
    """Connections are numbered, each has one end, which is last, and frames are those of the file."""
    followed, ended = set[int](), set[int]()
    for event in reader:
        number = event.connection.number
        demand(1 <= number <= reader.connections, "a number of a connection that was not seen yet")
        followed.add(number)
        demand(number not in ended, "something is told of a connection that has ended")
        demand(1 <= event.frame <= reader.frames, "an event of a frame that is not read yet")
        demand(not isinstance(event, CapturedBytes) or event.data, "bytes that are none")
        demand(not isinstance(event, CapturedGap) or event.size > 0, "a gap of no bytes")
        demand(reader.bounds != _TIGHT or reader.held <= _MOST_HELD, f"{reader.held} bytes wait")
        if isinstance(event, ConnectionEnded):
            ended.add(number)
    demand(followed == ended == set(range(1, reader.connections + 1)), "a connection has no end, or is not told")
    demand((reader.frames, bool(reader.damage)) == (count, not whole), "other frames, or other damage")


def _is_judged(given: bytes) -> None:
    """Each connection once; what is said has its place in the capture, and its import is a trace."""
    reader = CaptureReader(given)
    judged = list(judge_events(reader))
    demand(sorted(one.number for one in judged) == list(range(1, reader.connections + 1)), "not each connection once")
    associations = [one for one in judged if isinstance(one, AssociationVerdict)]
    places = [one.place for each in associations for end in each.ends for one in end.breaches]
    demand(all(1 <= frame <= reader.frames for one in places for frame in one.frames), "a breach in no frame")
    demand(all(line.text.isprintable() for line in lines_of(JudgedFile("x", tuple(associations)))), "unprintable text")
    written = io.BytesIO()
    imported = import_capture(given, written, Masks())
    demand(imported.associations == len(associations), "another number of associations is imported")
    demand(not written.getvalue() or not TraceReader(written.getvalue()).damaged, "a trace that cannot be read")


def _contents(segments: list[Taken]) -> Contents:
    """The bytes and gaps of each end."""
    table, events = ConnectionTable(CaptureBounds()), list[CaptureEvent]()
    for number, t, segment in segments:
        table.take(segment, number, t, events)
    table.end(events)
    found = dict[tuple[int, bool], tuple[bytearray, list[tuple[int, int]]]]()
    for event in events:
        if isinstance(event, CapturedBytes | CapturedGap):
            data, gaps = found.setdefault((event.connection.number, event.by_client), (bytearray(), []))
            if isinstance(event, CapturedBytes):
                data += event.data
            else:
                gaps.append((len(data), event.size))
    return {key: (bytes(data), gaps) for key, (data, gaps) in found.items()}


SURFACE = Surface(
    "captures",
    "the reader of pcap and pcapng: files, segments, reassembly, import",
    make,
    check,
    Allowance(calls=400_000, calls_per_byte=600, memory=16 << 20, memory_per_byte=2000),
)
