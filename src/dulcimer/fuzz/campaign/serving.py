"""Which of our own messages a server answers: they are worth more changes than those that it refuses."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer._generated.codes import PduType
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.corpus.own_seeds import own_seeds
from dulcimer.fuzz.engine.settle import PATIENT
from dulcimer.fuzz.judging.acceptors import AcceptorSession
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzSequence

_DATA, _ABORT = PduType.P_DATA_TF, PduType.A_ABORT


def served_by(session: AcceptorSession, titles: Titles) -> Iterator[str]:
    """The digests of the sequences that are answered with data, and not aborted. Raises TargetLostError."""
    for sequence in filter(_asks, own_seeds(session.role, titles)):
        received = {pdu[0] for pdu in session.play(sequence, timing=PATIENT).record.received}
        if _DATA in received and _ABORT not in received:
            yield sequence.digest


def _asks(sequence: FuzzSequence) -> bool:
    """Whether it has a message that is to be answered."""
    return any(isinstance(step, AwaitReply) and _DATA.label in step.kinds for step in sequence.steps)
