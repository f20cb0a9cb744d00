"""AFLNet's files come and go without a change of the bytes; what they cannot hold is said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dulcimer.fuzz.corpus.aflnet import from_aflnet, from_raw, raw_of, replay_messages, replay_of
from dulcimer.fuzz.corpus.streams import pdus_of, steps_of
from dulcimer.fuzz.sequences.steps import AwaitReply, Chunks, FuzzSequence, HalfClose, SendBytes
from dulcimer.fuzz.tree.cutting import is_whole
from support.fuzz_sequences import FRAMED, STREAMS, sequences


def messages(sequence: FuzzSequence) -> list[bytes]:
    return [step.data for step in sequence.steps if isinstance(step, SendBytes | Chunks) and step.data]


@given(sequences())
def test_a_file_to_replay_has_each_message(sequence: FuzzSequence) -> None:
    assert replay_messages(replay_of(sequence).data) == messages(sequence)


@given(sequences())
def test_a_seed_is_the_bytes_that_are_sent(sequence: FuzzSequence) -> None:
    exported = raw_of(sequence)
    assert exported.data == sequence.sent
    cut = [message for one in from_raw(exported.data).sequences for message in messages(one)]
    told = any("cut the bytes elsewhere" in sentence for sentence in exported.lost)
    assert (cut != messages(sequence)) == told
    # As `extract_requests_dicom` does: regions of whole PDUs or, if there is none, one of all bytes.
    whole = [piece for piece in pdus_of(exported.data) if is_whole(piece)] or [exported.data]
    dropped = len(exported.data) - len(b"".join(whole))
    assert any(f"at the end: {dropped} byte" in sentence for sentence in exported.lost) == (dropped > 0)


@given(st.lists(FRAMED, min_size=1, max_size=4))
def test_either_format_is_known_by_its_bytes(pdus: list[bytes]) -> None:
    sequence = FuzzSequence("acceptor", tuple(steps_of(pdus)))
    for exported in (raw_of(sequence), replay_of(sequence)):
        assert from_aflnet(exported.data).sequences == (sequence,)


@given(STREAMS)
def test_any_bytes_are_read_as_one_of_the_formats(data: bytes) -> None:
    for sequence in from_aflnet(data).sequences:
        assert sequence.sent == data or replay_of(sequence).data == data or b"\0\0\0\0" in data


@given(STREAMS)
def test_any_bytes_are_imported_whole_as_a_seed(data: bytes) -> None:
    found = from_raw(data)
    assert b"".join(sequence.sent for sequence in found.sequences) == data
    assert found.sequences or not data
    last = [*pdus_of(data), b""][-2:][0]
    assert bool(found.lost) == (len(last) < 6 or len(last) < 6 + int.from_bytes(last[2:6], "big"))


def test_length_before_a_pdu_is_not_the_header_of_one() -> None:
    pdu = b"\1\0\0\0\0\xfc" + bytes(252)
    replay = b"\2\1\0\0" + pdu
    assert list(pdus_of(replay)) == [replay]
    (sequence,) = from_aflnet(replay).sequences
    assert sequence.sent == pdu


def test_format_as_in_aflnet_replay() -> None:
    sequence = FuzzSequence("acceptor", (SendBytes(b"abc", ""), AwaitReply(), SendBytes(b"d", "")))
    assert replay_of(sequence).data == b"\x03\0\0\0abc\x01\0\0\0d"


def test_what_is_lost_is_said() -> None:
    steps = (Chunks(b"\x05\0\0\0\0\x04\0\0\0\0", "", (), (1,)), HalfClose())
    assert raw_of(FuzzSequence("requestor", steps)).lost == (
        "AFLNet connects to its target: it cannot test a client.",
        "AFLNet sends a message at once: the pieces of 1 step are not kept.",
        "AFLNet only sends: 1 step that pause or end the connection are left out.",
    )
    assert raw_of(FuzzSequence("acceptor", steps[:0])).lost == ()
