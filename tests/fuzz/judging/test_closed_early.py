"""A close right after a request, without a PDU: what it says, and when it says nothing."""

from __future__ import annotations

import pytest

from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.engine.conversation import ConnectionRecord, Ended, EndKind, Entry, HalfClosed, Received, Sent
from dulcimer.fuzz.findings.finding import Confidence, FindingOracle
from dulcimer.fuzz.judging.early import closed_early
from dulcimer.fuzz.judging.suspicion import Suspicion
from dulcimer.fuzz.oracle.referee import Judgement
from dulcimer.fuzz.oracle.review import review
from dulcimer.fuzz.sequences.steps import SendBytes
from dulcimer.wire.codec import encode

REQUEST, ACCEPT, DATA, ABORT = (
    encode(plain_pdu(name, Titles())) for name in ("A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "P-DATA-TF", "A-ABORT")
)
MOST_INPUTS = 8


def judged(*entries: Entry, at: float = 0.01, how: EndKind = EndKind.FIN) -> Suspicion | None:
    record = ConnectionRecord((*entries, Ended(at, how)))
    steps = tuple(SendBytes(entry.data, "bytes") for entry in entries if isinstance(entry, Sent))
    return closed_early(record, review(record, steps, Judgement("acceptor", most_inputs=MOST_INPUTS)))


def sent(*pdus: bytes, complete: bool = True) -> tuple[Sent, ...]:
    return tuple(Sent(0.0, number, data, complete) for number, data in enumerate(pdus))


@pytest.mark.clause("PS3.8 Table 9-10")
@pytest.mark.parametrize("pdus", [(REQUEST,), (REQUEST, DATA)])
def test_close_without_a_pdu_after_a_request_is_suspect(pdus: tuple[bytes, ...]) -> None:
    found = judged(*sent(*pdus))
    assert found is not None
    assert (found.oracle, found.confidence) == (FindingOracle.DEVIATION, Confidence.COMMON)


@pytest.mark.parametrize("pdu", [DATA, ABORT, REQUEST[:-1], REQUEST + DATA])
def test_close_after_anything_else_may_be_right(pdu: bytes) -> None:
    assert judged(*sent(pdu)) is None


@pytest.mark.parametrize("how", [EndKind.RST, EndKind.RST_AFTER_SEND, EndKind.OPEN, EndKind.CLOSED])
def test_other_end_than_a_close_says_nothing(how: EndKind) -> None:
    assert judged(*sent(REQUEST), how=how) is None


def test_close_after_that_of_the_tester_is_right_before_the_user_has_answered() -> None:
    assert judged(*sent(REQUEST), HalfClosed(0.0)) is None


def test_close_after_half_a_second_may_be_that_of_artim() -> None:
    assert judged(*sent(REQUEST), at=0.49) is not None
    assert judged(*sent(REQUEST), at=0.5) is None


def test_request_that_has_not_left_this_end_calls_for_nothing() -> None:
    assert judged(*sent(REQUEST, complete=False)) is None


def test_close_after_an_answer_is_not_early() -> None:
    assert judged(*sent(REQUEST), Received(0.0, ACCEPT)) is None


@pytest.mark.parametrize("answers", [(), (Received(0.0, ACCEPT), Received(0.0, ABORT))])
def test_when_nothing_is_known_of_the_target_any_more_its_close_says_nothing(answers: tuple[Entry, ...]) -> None:
    """With too many PDUs in a row the review gives up, and does not look at what comes then."""
    many = sent(REQUEST, *([DATA, ACCEPT] * MOST_INPUTS))
    assert judged(*many[:4]) is not None
    assert judged(*many, *answers) is None
