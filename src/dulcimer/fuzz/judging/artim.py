"""The ARTIM timer of a server: how long it is, and whether bytes start it again (PS3.8 9.1.5)."""

from __future__ import annotations

from dulcimer._generated.fsm import Events, States
from dulcimer.fuzz.engine.conversation import ConnectionRecord, Ended, EndKind, HalfClosed, Sent
from dulcimer.fuzz.findings.finding import Confidence, FindingOracle
from dulcimer.fuzz.judging.suspicion import Suspicion
from dulcimer.fuzz.sequences.steps import AwaitReply, Chunks, FuzzSequence, Pause

_CELL = (Events.EVT_18, States.STA_2)
_CLAUSE = "PS3.8 Table 9-10 Evt18/Sta2 AA-2"
_PIECES = 8
_BETWEEN = 0.25
"""Of the ARTIM time: the pause between two bytes."""
_CLOSED = (EndKind.FIN, EndKind.RST, EndKind.RST_AFTER_SEND)


def idle_sequence(seconds: float) -> FuzzSequence:
    """A connection on which nothing is sent for so long."""
    return FuzzSequence("acceptor", (Pause(seconds), AwaitReply()), _CELL)


def artim_of(record: ConnectionRecord) -> float | None:
    """Seconds after which the target has closed an idle connection; None if it has not."""
    last = record.entries[-1]
    touched = any(isinstance(entry, Sent | HalfClosed) for entry in record.entries)
    return last.at if isinstance(last, Ended) and last.how in _CLOSED and not touched else None


def drip_sequence(request: bytes, artim: float) -> FuzzSequence:
    """The beginning of a request, byte by byte, each sooner than ARTIM after the last, for twice that time."""
    data = request[: _PIECES + 1]
    drip = Chunks(data, "A-ASSOCIATE-RQ", ("byte by byte",), (1,) * _PIECES, _BETWEEN * artim)
    return FuzzSequence("acceptor", (drip,), _CELL)


def kept_open(record: ConnectionRecord, artim: float) -> Suspicion | None:
    """What is wrong if all bytes of a drip could be sent."""
    sent = [entry for entry in record.entries if isinstance(entry, Sent)]
    if len(sent) <= _PIECES or not all(entry.complete for entry in sent):
        return None
    verdict = (
        f"An open connection after {sent[-1].at:.1f} s of single bytes of an A-ASSOCIATE-RQ where ARTIM, "
        f"which is {artim:.1f} s, is expected to end it ({_CLAUSE})"
    )
    return Suspicion(FindingOracle.ARTIM, verdict, _CLAUSE, _CELL, confidence=Confidence.DEVIATION)


def artim_of_drip(sequence: FuzzSequence) -> float:
    """The ARTIM time in seconds that a drip was made for."""
    (drip,) = (step for step in sequence.steps if isinstance(step, Chunks))
    return drip.seconds / _BETWEEN
