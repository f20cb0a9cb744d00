"""The verdicts on a conversation that was recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.engine.conversation import (
    ConnectionRecord,
    Ended,
    EndKind,
    Entry,
    HalfClosed,
    Received,
    Remains,
    Sent,
)
from dulcimer.fuzz.oracle.referee import Judgement, Referee
from dulcimer.fuzz.oracle.verdicts import ReplyVerdict, Unexplained
from dulcimer.fuzz.sequences.steps import Chunks, FuzzStep, SendBytes

_RESETS = (EndKind.RST, EndKind.RST_AFTER_SEND)


@dataclass(frozen=True, slots=True)
class Review:
    """What is to be said of a conversation.

    `deviations` in the order of time, each with the position of its entry. `certain` and `possible`: the cells that the
    target has gone through, or may have gone through. `due`: those in which it may take the input that was sent last.
    """

    deviations: tuple[tuple[int, Unexplained], ...]
    certain: frozenset[Cell]
    possible: frozenset[Cell]
    due: frozenset[Cell] = frozenset()


def review(conversation: ConnectionRecord, steps: Sequence[FuzzStep], judgement: Judgement) -> Review:
    """The verdicts on all entries of a conversation in which these steps were played."""
    referee = Referee(judgement)
    found: list[tuple[int, Unexplained]] = []
    due: frozenset[Cell] = frozenset()
    for number, (entry, following) in enumerate(pairwise((*conversation.entries, None))):
        verdicts = _verdicts(referee, entry, following, steps) if entry is not None else ()
        if isinstance(entry, Sent):
            due = referee.due_last
        found += [(number, verdict) for verdict in verdicts if isinstance(verdict, Unexplained)]
    return Review(tuple(found), frozenset(referee.certain), frozenset(referee.possible), due)


def _verdicts(
    referee: Referee, entry: Entry, following: Entry | None, steps: Sequence[FuzzStep]
) -> tuple[ReplyVerdict, ...]:
    match entry:
        case Sent(step=step, data=data):
            made = steps[step]
            # A receiver may refuse the beginning of a PDU before the next piece is there.
            changed = isinstance(made, Chunks) or (isinstance(made, SendBytes) and bool(made.operators))
            referee.sent(data, changed=changed)
        case HalfClosed():
            referee.closed()
        case Received(data=data):
            return referee.received(data)
        case Remains(data=data):
            # What comes after a reset is lost.
            return referee.remains(data, reset=isinstance(following, Ended) and following.how in _RESETS)
        case Ended(how=how) if how is EndKind.FIN or how in _RESETS:
            return referee.ended(reset=how in _RESETS)
        case Ended(how=EndKind.OPEN):
            return referee.silent()
        case _:
            pass
    return ()
