"""Streams are cut into PDUs, and waits stand where a peer answers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.commands import CEchoRq, CFindRq
from dulcimer.fuzz.corpus.messages import message_pdu, message_pdus
from dulcimer.fuzz.corpus.streams import pdus_of, sent, steps_of
from dulcimer.fuzz.sequences.steps import AwaitReply, SendBytes
from dulcimer.fuzz.tree.cutting import is_whole
from dulcimer.wire.codec import encode
from dulcimer.wire.model import ReleaseRq
from support.fuzz_sequences import FRAMED, STREAMS

ECHO = CEchoRq(affected_sop_class_uid="1.2.840.10008.1.1", message_id=1)
FIND = CFindRq(affected_sop_class_uid="1.2.840.10008.5.1.4.1.2.2.1", message_id=1, priority=0)


@given(st.lists(FRAMED, max_size=5))
def test_pdus_come_apart_where_they_were_joined(pdus: list[bytes]) -> None:
    assert list(pdus_of(b"".join(pdus))) == pdus


@given(STREAMS)
def test_pieces_of_any_bytes_are_all_the_bytes_and_only_the_last_is_incomplete(data: bytes) -> None:
    pieces = list(pdus_of(data))
    assert b"".join(pieces) == data
    assert all(pieces)
    assert all(map(is_whole, pieces[:-1]))


@given(st.lists(STREAMS, max_size=4))
def test_steps_send_all_bytes_in_their_order(segments: list[bytes]) -> None:
    steps = list(steps_of(segments))
    assert [step.data for step in steps if isinstance(step, SendBytes)] == segments
    assert not isinstance(next(iter(steps), None), AwaitReply)


def waits(*segments: bytes) -> list[bool]:
    """For each segment, whether a wait follows."""
    followed = pairwise([*steps_of(segments), None])
    return [isinstance(after, AwaitReply) for step, after in followed if isinstance(step, SendBytes)]


@given(st.integers(1, 40).map(lambda half: 2 * half))
def test_message_is_answered_when_it_is_complete(fragment: int) -> None:
    for message, data in ((ECHO, b""), (FIND, b"\x08\0\x52\0\x06\0\0\0STUDY ")):
        pdus = message_pdus(1, message, data, fragment)
        assert waits(*pdus) == [False] * (len(pdus) - 1) + [True]
        assert waits(message_pdu(1, message, data, fragment)) == [True]


def test_only_the_last_pdu_of_a_segment_decides() -> None:
    command = message_pdus(1, FIND, b"\x08\0\x52\0\x06\0\0\0STUDY ")[0]
    assert waits(encode(ReleaseRq()) + command) == [False]
    assert waits(command + encode(ReleaseRq())) == [True]


def test_label_names_each_pdu() -> None:
    release = encode(ReleaseRq())
    assert sent(release * 2).label == "A-RELEASE-RQ, A-RELEASE-RQ"
    assert sent(release + b"\x04\0\0\0\0\x0a\0").label == "A-RELEASE-RQ, P-DATA-TF (incomplete)"
    assert sent(b"\x99\0\0\0\0\0").label == "PDU of type 99H"
