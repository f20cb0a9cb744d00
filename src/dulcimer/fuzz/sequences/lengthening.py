"""Longer associations: the messages of one come again, so that what a target keeps of one meets the next."""

from __future__ import annotations

from collections.abc import Sequence

from dulcimer._generated.codes import PduType
from dulcimer.fuzz.choices import Choices
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzSequence, FuzzStep, Pause, SendBytes

_MOST_ROUNDS = 4
"""How often the messages come, at most."""
_LONGEST = 1 << 14
"""Bytes of messages that come again, at most: longer ones cost time, and show no more."""


def lengthened(sequence: FuzzSequence, choices: Choices, message: Sequence[FuzzStep] = ()) -> FuzzSequence:
    """The same sequence, in which the messages come up to four times in a row, with the waits between them.

    In an association without messages it is `message`, for a target that accepts it, that comes up to four times once
    the association is there. Where there is no place for that, the sequence as it is.
    """
    steps = sequence.steps
    start, end = messages_in(steps)
    again: Sequence[FuzzStep] = steps[start:end]
    if start == end:
        start = end = _established(steps) if message else 0
        again = message
    if not start or sum(len(step.data) for step in again if isinstance(step, SendBytes)) > _LONGEST:
        return sequence
    more = tuple(again) * choices.integer(1, _MOST_ROUNDS - 1)
    return FuzzSequence(sequence.role, (*steps[:end], *more, *steps[end:]), sequence.cell)


def messages_in(steps: Sequence[FuzzStep]) -> tuple[int, int]:
    """Where the first messages begin and end among the steps: P-DATA-TFs in a row, and the waits between them."""
    start = next((number for number, step in enumerate(steps) if is_message(step)), len(steps))
    end = start
    while end < len(steps) and (is_message(steps[end]) or isinstance(steps[end], AwaitReply | Pause)):
        end += 1
    return start, end


def is_message(step: FuzzStep) -> bool:
    """Whether a step sends a P-DATA-TF first."""
    return isinstance(step, SendBytes) and step.data[:1] == bytes([PduType.P_DATA_TF])


def _established(steps: Sequence[FuzzStep]) -> int:
    """The place after the wait for the answer to an A-ASSOCIATE-RQ that comes first; 0 if there is none."""
    if len(steps) < 2 or not isinstance(steps[0], SendBytes) or not isinstance(steps[1], AwaitReply):
        return 0
    return 2 if PduType.A_ASSOCIATE_AC.label in steps[1].kinds else 0
