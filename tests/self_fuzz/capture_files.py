"""The reader of network captures (`dulcimer.captures`): damaged files, and segments in any order."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from struct import pack

from dulcimer.captures import pcapng
from dulcimer.captures.files import CapturedFrame, CaptureError, frames, is_capture
from dulcimer.captures.reassembly import CapturedConnection, connections
from dulcimer.captures.segments import Segment, segment_of
from dulcimer.captures.tcp import Flags, TcpConversation
from dulcimer.cli.show.capture_decode import gaps_in_words, pdus_of, read_capture
from dulcimer.fuzz.campaign.making import make_case
from dulcimer.fuzz.choices import Choices
from dulcimer.fuzz.corpus.from_capture import from_capture
from dulcimer.fuzz.sequences.steps import SendBytes
from self_fuzz.material import disturbed, sequences
from self_fuzz.surface import Allowance, Surface, demand

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
    file = _pcap(packets, choices) if choices.integer(0, 1) else pcapng.write(packets, application="self-fuzz")
    return disturbed(file, choices, 2)


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
    """Nothing but CaptureError; no byte comes from nowhere; what comes twice counts once."""
    found, whole = _frames(given)
    demand([one.number for one in found] == list(range(1, len(found) + 1)), "frames are not numbered from 1")
    demand(sum(len(one.data) for one in found) <= len(given), "the frames have more bytes than the file")
    segments = [one for one in map(segment_of, found) if one is not None]
    talks = connections(segments)
    _bytes_were_captured(segments, talks)
    # A SYN that comes again after a FIN is another connection.
    doubled = [segment for segment in segments for _ in range(1 if segment.flags & Flags.SYN else 2)]
    demand(_contents(connections(doubled)) == _contents(talks), "segments that come twice give other bytes")
    capture = read_capture(given)
    demand(capture.frames == len(found), "another number of frames")
    demand(bool(capture.damage) != whole, "damage is not told, or told where there is none")
    for association in capture.associations:
        shown = list(pdus_of(association))
        demand(all(1 <= one.frame <= len(found) for one in shown), "a PDU of a frame that is not there")
        demand(all(before.frame <= after.frame for before, after in pairwise(shown)), "PDUs out of order")
        size = len(association.connection.client.data) + len(association.connection.server.data)
        demand(sum(len(one.pdu.data) for one in shown) == size, "the PDUs do not have all bytes")
        demand(all(list(gaps_in_words(association))) or association.is_whole, "an empty text about a gap")
    for role in ("acceptor", "requestor"):
        imported = from_capture(given, role)
        demand(sum(len(one.sent) for one in imported.sequences) <= len(given), "more is imported than was captured")
        demand(all(imported.lost), "an empty text about what is lost")
    demand(is_capture(given) or not found, "frames of a file that is no capture")


def _frames(given: bytes) -> tuple[list[CapturedFrame], bool]:
    found: list[CapturedFrame] = []
    try:
        for frame in frames(given):
            found.append(frame)
    except CaptureError as error:
        demand(str(error), "an error without words")
        return found, False
    return found, True


def _bytes_were_captured(segments: list[Segment], talks: list[CapturedConnection]) -> None:
    captured = sum(len(segment.payload) for segment in segments)
    ends = [end for talk in talks for end in (talk.client, talk.server)]
    demand(sum(len(end.data) for end in ends) <= captured, "more bytes are reassembled than were captured")
    numbers = {segment.number for segment in segments}
    for end in ends:
        demand(all(0 <= place <= len(end.data) and size > 0 for place, size in end.gaps), f"a gap of {end.gaps[:1]}")
        if end.data:
            demand({end.frame_of(place)[0] for place in (0, len(end.data) - 1)} <= numbers, "a byte of no frame")


def _contents(talks: list[CapturedConnection]) -> list[tuple[bytes, list[tuple[int, int]]]]:
    return [(bytes(end.data), end.gaps) for talk in talks for end in (talk.client, talk.server)]


SURFACE = Surface(
    "captures",
    "the reader of pcap and pcapng: files, segments, reassembly, import",
    make,
    check,
    Allowance(calls=400_000, calls_per_byte=600, memory=16 << 20, memory_per_byte=2000),
)
