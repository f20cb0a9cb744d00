"""PDUs above the maximum length that the target has announced: it does not have to take them, and should not."""

from __future__ import annotations

from dulcimer._generated.codes import PduType
from dulcimer.fuzz.corpus.streams import AnswersOfPeer
from dulcimer.fuzz.engine.conversation import ConnectionRecord, Received, Sent
from dulcimer.fuzz.findings.finding import Confidence, FindingOracle
from dulcimer.fuzz.judging.suspicion import Suspicion
from dulcimer.fuzz.tree.cutting import is_whole
from dulcimer.wire.codec import decode_lenient
from dulcimer.wire.model import AssociateAc

_HEADER = 6
_CLAUSE = "PS3.8 D.1.1"
_SMALLEST_MAXIMUM = 1024
"""Bytes; PDUs up to this length are not looked at, since that takes time after each case."""


def above_maximum(record: ConnectionRecord) -> Suspicion | None:
    """A P-DATA-TF that was longer than announced, and answered with data all the same."""
    if not any(isinstance(entry, Sent) and _is_long_data(entry.data) for entry in record.entries):
        return None
    maximum = longest = awaited = 0
    answers, is_clear = AnswersOfPeer(), True
    for entry in record.entries:
        match entry:
            case Received(data=data):
                if longest and data[0] == PduType.P_DATA_TF:
                    return _deviation(longest, maximum)
                awaited = max(awaited - 1, 0)
                if data[0] == PduType.A_ASSOCIATE_AC:
                    pdu = decode_lenient(data).pdu
                    maximum = (pdu.maximum_length or 0) if isinstance(pdu, AssociateAc) else 0
            case Sent(data=data):
                # Only if nothing before it is to be answered is it clear what an answer is to.
                is_alone = is_clear and not awaited and is_whole(data) and data[0] == PduType.P_DATA_TF
                longest = len(data) - _HEADER if is_alone and 0 < maximum < len(data) - _HEADER else 0
                awaited += bool(answers.after(data))
                # How many answers come to several PDUs, or to a query, is not known.
                is_clear = is_clear and is_whole(data) and not answers.several
            case _:
                pass
    return None


def _is_long_data(data: bytes) -> bool:
    return len(data) > _SMALLEST_MAXIMUM and data[0] == PduType.P_DATA_TF and is_whole(data)


def _deviation(longest: int, maximum: int) -> Suspicion:
    verdict = (
        f"An answer to a P-DATA-TF of {longest} bytes where the target has announced {maximum} at most, "
        f"so that A-ABORT is expected ({_CLAUSE})"
    )
    return Suspicion(FindingOracle.DEVIATION, verdict, _CLAUSE, confidence=Confidence.COMMON)
