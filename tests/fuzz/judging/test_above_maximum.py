"""A PDU above the announced maximum length, and what the target answers."""

from __future__ import annotations

import pytest

from dulcimer._generated.commands import CEchoRq, CFindRq
from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.corpus.associations import STUDY_ROOT_FIND
from dulcimer.fuzz.corpus.messages import message_pdu
from dulcimer.fuzz.engine.conversation import ConnectionRecord, Ended, EndKind, Entry, Received, Sent
from dulcimer.fuzz.findings.finding import Confidence, FindingOracle
from dulcimer.fuzz.judging.limits import above_maximum
from dulcimer.wire.codec import decode_lenient, encode
from dulcimer.wire.model import AssociateAc

REQUEST, ACCEPT, DATA, ABORT = (
    encode(plain_pdu(name, Titles())) for name in ("A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "P-DATA-TF", "A-ABORT")
)
_ACCEPTED = decode_lenient(ACCEPT).pdu
assert isinstance(_ACCEPTED, AssociateAc)
MAXIMUM = _ACCEPTED.maximum_length or 0


ECHO = message_pdu(1, CEchoRq(affected_sop_class_uid="1.2.840.10008.1.1", message_id=1))
FIND = message_pdu(1, CFindRq(affected_sop_class_uid=STUDY_ROOT_FIND, message_id=1, priority=0), b"\0\0")


def data(length: int) -> bytes:
    return b"\x04\0" + length.to_bytes(4, "big") + bytes(length)


def record(*entries: tuple[str, bytes]) -> ConnectionRecord:
    made: list[Entry] = [
        Sent(0.0, number, octets) if who == "sent" else Received(0.0, octets)
        for number, (who, octets) in enumerate((("sent", REQUEST), ("received", ACCEPT), *entries))
    ]
    return ConnectionRecord((*made, Ended(0.0, EndKind.FIN)))


def test_answer_to_a_pdu_above_the_maximum_is_a_deviation() -> None:
    found = above_maximum(record(("sent", data(MAXIMUM + 1)), ("received", DATA)))
    assert found is not None
    assert (found.oracle, found.confidence) == (FindingOracle.DEVIATION, Confidence.COMMON)
    assert f"{MAXIMUM + 1} bytes" in found.verdict
    assert f"{MAXIMUM} at most" in found.verdict


@pytest.mark.parametrize(
    "entries",
    [
        (("sent", data(MAXIMUM)), ("received", DATA)),
        (("sent", data(MAXIMUM // 2 + 1) * 2), ("received", DATA)),
        (("sent", data(MAXIMUM + 1)), ("received", ABORT)),
        (("sent", data(MAXIMUM + 1)), ("sent", DATA), ("received", DATA)),
        (("sent", ECHO), ("sent", data(MAXIMUM + 1)), ("received", DATA)),
        (("sent", ECHO + ECHO), ("received", DATA), ("sent", data(MAXIMUM + 1)), ("received", DATA)),
        (("sent", FIND), ("received", DATA), ("sent", data(MAXIMUM + 1)), ("received", DATA)),
        (("sent", b"\x05\0" + data(MAXIMUM + 1)[2:]), ("received", DATA)),
    ],
    ids=[
        "at the maximum",
        "two PDUs",
        "refused",
        "the answer is to the next",
        "the answer is to the one before",
        "two were asked at once",
        "a query has several",
        "not a P-DATA-TF",
    ],
)
def test_other_answers_say_nothing(entries: tuple[tuple[str, bytes], ...]) -> None:
    assert above_maximum(record(*entries)) is None


def test_what_was_answered_before_makes_no_difference() -> None:
    assert above_maximum(record(("sent", ECHO), ("received", DATA), ("sent", data(MAXIMUM + 1)), ("received", DATA)))


def test_acceptance_is_not_the_answer_to_what_was_sent_before_it() -> None:
    entries = (Sent(0.0, 0, REQUEST), Sent(0.0, 1, ECHO), Received(0.0, ACCEPT))
    late = (Sent(0.0, 2, data(MAXIMUM + 1)), Received(0.0, DATA))
    assert above_maximum(ConnectionRecord((*entries, *late))) is None


def test_nothing_is_above_what_was_not_announced() -> None:
    entries = (Sent(0.0, 0, data(MAXIMUM + 1)), Received(0.0, DATA))
    assert above_maximum(ConnectionRecord(entries)) is None
