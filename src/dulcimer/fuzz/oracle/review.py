"""The verdicts on a conversation that was recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
from dulcimer.fuzz.oracle.closing import timing_of
from dulcimer.fuzz.oracle.referee import Judgement, Referee
from dulcimer.fuzz.oracle.verdicts import ReplyVerdict, Unexplained
from dulcimer.fuzz.sequences.steps import Chunks, FuzzStep, RefuseConnection, SendBytes

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
    reviewer = Reviewer(steps, judgement)
    reviewer.follow(conversation.entries)
    return reviewer.review


class Reviewer:
    """Judges a conversation while it is played: what was sent is read while the target reads it, too."""

    def __init__(self, steps: Sequence[FuzzStep], judgement: Judgement) -> None:
        self._steps = steps
        self._referee = Referee(judgement)
        self._judged = 0
        self._found: list[tuple[int, Unexplained]] = []
        self._due: frozenset[Cell] = frozenset()

    def follow(self, entries: Sequence[Entry]) -> None:
        """Judge the entries that were not there the last time."""
        referee = self._referee
        if entries and not self._judged and not _is_refused(entries):
            referee.connected()
        for number in range(self._judged, len(entries)):
            entry = entries[number]
            verdicts = _verdicts(referee, entries, number, self._steps)
            if isinstance(entry, Sent):
                self._due = referee.due_last
            self._found += [(number, verdict) for verdict in verdicts if isinstance(verdict, Unexplained)]
        self._judged = len(entries)

    @property
    def may_wait(self) -> bool:
        """Whether what was sent last may be only the beginning of something for the target."""
        return self._referee.may_wait

    @property
    def review(self) -> Review:
        """What is to be said so far."""
        referee = self._referee
        return Review(tuple(self._found), frozenset(referee.certain), frozenset(referee.possible), self._due)


def _verdicts(
    referee: Referee, entries: Sequence[Entry], number: int, steps: Sequence[FuzzStep]
) -> tuple[ReplyVerdict, ...]:
    entry = entries[number]
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
            return referee.remains(data, reset=_is_reset(entries[number + 1 :]))
        case Ended(how=how) if how is EndKind.FIN or how in _RESETS:
            return referee.ended(reset=how in _RESETS, timing=timing_of(entries[: number + 1]))
        case Ended(how=EndKind.OPEN):
            return referee.silent()
        case Ended(how=EndKind.REFUSED) if any(isinstance(step, RefuseConnection) for step in steps):
            referee.refused()
        case _:
            pass
    return ()


def _is_refused(entries: Sequence[Entry]) -> bool:
    return any(isinstance(entry, Ended) and entry.how is EndKind.REFUSED for entry in entries)


def _is_reset(following: Sequence[Entry]) -> bool:
    return any(isinstance(entry, Ended) and entry.how in _RESETS for entry in following)
