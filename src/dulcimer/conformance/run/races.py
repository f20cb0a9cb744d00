"""Cases in a state that a peer leaves by itself: whether it is still there when the stimulus comes is a race.

A peer that sometimes leaves too early counts as one that always does, or chance would decide the verdict. What one case
has shown holds for all that reach the state in the same way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from dulcimer._generated.fsm import EVENT_OF_PRIMITIVE, TABLE, States
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.parts import WatchFor, Way
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict

_TIMES = 3
"""How often such a case is played."""

_RESPONSES = {event for name, event in EVENT_OF_PRIMITIVE.items() if "response" in name}
_LEFT_SOON = frozenset(state for event, state in TABLE if event in _RESPONSES) | {States.STA_13}
"""States that the peer leaves by a response of its user, and the one that it leaves by a close."""

_DECIDED = frozenset((Verdict.FAILED, Verdict.NON_STRICT, Verdict.ERROR, Verdict.INCONCLUSIVE))
"""Verdicts that count as soon as one of the plays has them."""


def is_left_by_the_peer(case: Case) -> bool:
    """Whether the case is about a state that a peer leaves by itself."""
    in_such_a_state = case.cell is not None and case.cell[1] in _LEFT_SOON
    return (
        (in_such_a_state or case.then == Way.REJECTS)
        and case.expectation.watch is WatchFor.REACTION
        and case.injection.repeat == 1
    )


async def race(result: Result, again: Callable[[], Awaitable[Result]]) -> Result:
    """Play the case again until a deviation is found: does the peer ever leave the state too early?"""
    for _ in range(0 if result.case.then == Way.ARTIM else _TIMES - 1):
        lost = result.verdict is Verdict.UNOBSERVABLE
        if result.verdict in _DECIDED or (lost and (result.case.then or not result.lost_race)):
            break
        other = await again()
        if other.verdict in _DECIDED or other.verdict is Verdict.UNOBSERVABLE:
            result = other
    return result


def pool_races(results: Iterable[Result]) -> list[Result]:
    """The results; where any case lost the race for a state, those that won it are UNOBSERVABLE.

    So is an extended case that has decided nothing.
    """
    found = list(results)
    raced = [result for result in found if is_left_by_the_peer(result.case)]
    lost = {row.case.opening.way for row in raced if row.verdict is Verdict.UNOBSERVABLE and row.lost_race}
    not_reliable = {row.case.id for row in raced if row.case.opening.way in lost and _is_not_reliable(row)}
    why = "correct, but in other cases the peer left this state too early"
    return [
        replace(row, verdict=Verdict.UNOBSERVABLE, why=why) if row.case.id in not_reliable else row for row in found
    ]


def _is_not_reliable(result: Result) -> bool:
    """Whether a result does not count where other cases lost the race."""
    not_decided = result.case.then is not None and result.verdict is Verdict.INCONCLUSIVE
    return result.verdict is Verdict.OK or not_decided
