"""What came three in a row on a connection: the measure of how many ways through the protocol were tried."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer.conformance.model.seen import pdu_name
from dulcimer.fuzz.engine.conversation import ConnectionRecord, Ended, HalfClosed, Received, Remains, Sent, Silent
from dulcimer.fuzz.sequences.steps import Chunks, FuzzStep, SendBytes

_LENGTH = 3


def triples_of(record: ConnectionRecord, steps: tuple[FuzzStep, ...]) -> set[str]:
    """Each three entries in a row, such as ``>A-ASSOCIATE-RQ <A-ASSOCIATE-AC >P-DATA-TF``; ``*``: it was changed."""
    words = list(_words(record, steps))
    return {" ".join(words[at : at + _LENGTH]) for at in range(max(len(words) - _LENGTH + 1, 1))} if words else set()


def _words(record: ConnectionRecord, steps: tuple[FuzzStep, ...]) -> Iterator[str]:
    for entry in record.entries:
        match entry:
            case Sent(step=number):
                step = steps[number]
                changed = isinstance(step, SendBytes | Chunks) and step.operators
                yield f">{_sent_name(entry.data)}{'*' if changed else ''}"
            case Received(data=data):
                yield f"<{_sent_name(data)}"
            case Remains():
                yield "<bytes"
            case Silent():
                yield "silence"
            case HalfClosed():
                yield ">FIN"
            case Ended(how=how):
                yield how


def _sent_name(data: bytes) -> str:
    """The name of the first PDU; those of unknown types have one name."""
    return pdu_name(data) if data and 1 <= data[0] <= 7 else "unknown"
