"""What one end sent comes out of a capture as steps, and what is missing is said."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from dulcimer.captures import pcapng
from dulcimer.captures.tcp import Flags, TcpConversation
from dulcimer.conformance.model.seen import pdu_name
from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.corpus.from_capture import from_capture
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzStep, SendBytes
from dulcimer.wire.codec import encode
from support.fuzz_sequences import FRAMED

REQUEST, ACCEPT, ECHO, RELEASE, RELEASED = (
    encode(plain_pdu(name, Titles()))
    for name in ("A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "P-DATA-TF", "A-RELEASE-RQ", "A-RELEASE-RP")
)
USUAL = [(True, REQUEST), (False, ACCEPT), (True, ECHO), (False, ECHO), (True, RELEASE), (False, RELEASED)]
TURNS = st.lists(st.tuples(st.booleans(), FRAMED), max_size=6).map(lambda turns: USUAL + turns)


def told(turns: list[tuple[bool, bytes]], cut: int = 1 << 20, port: int = 40000) -> TcpConversation:
    """The turns as packets, each of at most `cut` bytes."""
    talk = TcpConversation(client=("192.0.2.1", port))
    talk.open(0.0)
    for number, (by_client, data) in enumerate(turns, start=1):
        for start in range(0, len(data), cut):
            talk.send(float(number), talk.client if by_client else talk.server, data[start : start + cut])
    return talk


def capture(*packets: pcapng.Packet) -> bytes:
    return pcapng.write(packets, application="test")


def expected(turns: list[tuple[bool, bytes]], *, by_client: bool) -> list[FuzzStep]:
    """One step for each turn, up to the first reply after the last one of the sender."""
    steps: list[FuzzStep] = [
        SendBytes(data, pdu_name(data)) if who is by_client else AwaitReply((pdu_name(data),)) for who, data in turns
    ]
    last = max((place for place, step in enumerate(steps) if isinstance(step, SendBytes)), default=0)
    return steps[: last + 2]


@given(TURNS, st.integers(1, 200))
def test_both_ends_of_an_association_become_the_steps_of_their_turns(turns: list[tuple[bool, bytes]], cut: int) -> None:
    packets = told(turns, cut).packets
    for role, by_client in (("acceptor", True), ("requestor", False)):
        found = from_capture(capture(*packets), role)  # type: ignore[arg-type]  # the two roles there are
        assert found.lost == ()
        (sequence,) = found.sequences
        assert sequence.role == role
        assert list(sequence.steps) == expected(turns, by_client=by_client)


@given(st.data())
def test_packets_that_are_repeated_or_swapped_change_no_byte(data: st.DataObject) -> None:
    packets = told(USUAL, 30).packets
    opening, rest = packets[:3], packets[3:]
    again = data.draw(st.lists(st.sampled_from(rest), max_size=5), label="again")
    (sequence,) = from_capture(capture(*opening, *data.draw(st.permutations([*rest, *again])))).sequences
    assert sequence.sent == REQUEST + ECHO + RELEASE


@given(st.integers(1, 6), st.data())
def test_what_comes_after_lost_bytes_is_left_out_and_said(count: int, data: st.DataObject) -> None:
    packets = told([(True, REQUEST), *[(True, ECHO)] * count], 50).packets
    sent = [packet for packet in packets if len(packet.frame) > 54 and not packet.frame[47] & Flags.SYN]
    first = -(-len(REQUEST) // 50)
    lost = data.draw(st.integers(first, len(sent) - 2), label="lost")
    found = from_capture(capture(*(packet for packet in packets if packet is not sent[lost])))
    (sequence,) = found.sequences
    place = sum(len(packet.frame) - 54 for packet in sent[:lost])
    whole = (place - len(REQUEST)) // len(ECHO)
    assert sequence.sent == REQUEST + ECHO * whole
    assert f"missing after byte {place}" in " ".join(found.lost)


def test_reply_is_awaited_only_before_what_was_sent_after_its_end() -> None:
    turns = [(True, REQUEST), (False, ACCEPT[:9]), (True, RELEASE), (False, ACCEPT[9:]), (True, ECHO)]
    (sequence,) = from_capture(capture(*told(turns).packets)).sequences
    assert [step.label if isinstance(step, SendBytes) else "wait" for step in sequence.steps] == [
        "A-ASSOCIATE-RQ",
        "A-RELEASE-RQ",
        "wait",
        "P-DATA-TF",
    ]


def test_several_associations_and_other_connections() -> None:
    other = told([(True, b"GET / HTTP/1.1\r\n\r\n")], port=40001).packets
    found = from_capture(capture(*told(USUAL).packets, *other, *told(USUAL, port=40002).packets))
    assert [sequence.sent for sequence in found.sequences] == [REQUEST + ECHO + RELEASE] * 2
    assert found.lost == ("Left out: 1 connection without DICOM.",)


def test_late_beginning_and_an_incomplete_end_are_said() -> None:
    found = from_capture(capture(*told([(True, REQUEST), (True, ECHO[:20])]).packets[3:]))
    (sequence,) = found.sequences
    assert sequence.sent == REQUEST + ECHO[:20]
    assert [sentence.partition(": ")[2] for sentence in found.lost] == [
        "the capture begins after the connection was opened.",
        "its last PDU is incomplete; it is kept as it is.",
    ]


@given(st.integers(1, 400))
def test_damaged_file_gives_what_is_before_the_damage(cut: int) -> None:
    data = capture(*told(USUAL).packets)
    found = from_capture(data[:-cut])
    assert all((REQUEST + ECHO + RELEASE).startswith(sequence.sent) for sequence in found.sequences)
    assume(found.sequences)
    assert any("cannot be read to its end" in sentence for sentence in found.lost) or cut % 4 == 0


def test_what_is_no_capture_is_said() -> None:
    assert from_capture(b"abc").lost == ("The file cannot be read to its end: the file is neither pcap nor pcapng.",)
