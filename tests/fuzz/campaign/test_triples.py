"""What came three in a row."""

from __future__ import annotations

from hypothesis import given

from dulcimer.fuzz.campaign.triples import triples_of
from dulcimer.fuzz.engine.conversation import (
    ConnectionRecord,
    Ended,
    EndKind,
    HalfClosed,
    Received,
    Remains,
    Sent,
    Silent,
)
from dulcimer.fuzz.sequences.steps import Chunks, FuzzStep, SendBytes
from support.fuzz_findings import CONVERSATIONS

ABORT, RELEASE = bytes.fromhex("07000000000400000000"), bytes.fromhex("05000000000400000000")
STEPS: tuple[FuzzStep, ...] = (SendBytes(ABORT, "A-ABORT"), SendBytes(RELEASE, "A-RELEASE-RQ", ("x: 1 -> 2",)))


def test_words_are_what_was_sent_and_what_came() -> None:
    record = ConnectionRecord((Sent(0, 0, ABORT), Received(1, RELEASE), Sent(2, 1, RELEASE), Ended(3, EndKind.RST)))
    assert triples_of(record, STEPS) == {
        ">A-ABORT <A-RELEASE-RQ >A-RELEASE-RQ*",
        "<A-RELEASE-RQ >A-RELEASE-RQ* rst",
    }


def test_all_else_has_a_word_too() -> None:
    record = ConnectionRecord((Silent(0), HalfClosed(1), Remains(2, b"\x01"), Ended(3, EndKind.FIN)))
    assert triples_of(record, STEPS) == {"silence >FIN <bytes", ">FIN <bytes fin"}


def test_short_conversation_is_one_word_row() -> None:
    assert triples_of(ConnectionRecord((Ended(0, EndKind.REFUSED),)), ()) == {"refused"}
    assert triples_of(ConnectionRecord(()), ()) == set()


def test_unknown_types_have_one_name() -> None:
    steps = (Chunks(b"\xff\0", "x"), Chunks(b"", "x"))
    record = ConnectionRecord((Sent(0, 0, b"\xff\0"), Sent(1, 1, b""), Received(2, b"\x99\0\0\0\0\0")))
    assert triples_of(record, steps) == {">unknown >unknown <unknown"}


@given(CONVERSATIONS)
def test_there_are_two_fewer_than_words_at_most(record: ConnectionRecord) -> None:
    steps = (SendBytes(b"", "x"),) * 6
    found = triples_of(record, steps)
    assert 1 <= len(found) <= max(len(record.entries) - 2, 1)
