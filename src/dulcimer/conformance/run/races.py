"""Cases in a state that a peer leaves on its own: whether it is still there when the stimulus comes is a race.

A peer that leaves too early now and then counts as one that does so always, else chance would choose the verdict. What
one case has shown holds for all that reach the state in the same way.
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
"""So often such a case is played."""

_RESPONSES = {event for name, event in EVENT_OF_PRIMITIVE.items() if "response" in name}
_LEFT_SOON = frozenset(state for event, state in TABLE if event in _RESPONSES) | {States.STA_13}
"""States that the peer's user leaves with a response, and the one that it leaves by a close."""

_DECIDED = frozenset((Verdict.FAILED, Verdict.NON_STRICT, Verdict.ERROR, Verdict.INCONCLUSIVE))
"""What was seen so in one of the races counts."""


def is_left_by_the_peer(case: Case) -> bool:
    """Whether the case is about a state that a peer leaves without being told to."""
    in_such_a_state = case.cell is not None and case.cell[1] in _LEFT_SOON
    return (
        (in_such_a_state or case.then == Way.REJECTS)
        and case.expectation.watch is WatchFor.REACTION
        and case.injection.repeat == 1
    )


async def race(result: Result, again: Callable[[], Awaitable[Result]]) -> Result:
    """Play again, unless a deviation is found: does the peer ever leave the state too early?"""
    for _ in range(0 if result.case.then == Way.ARTIM else _TIMES - 1):
        lost = result.verdict is Verdict.UNOBSERVABLE
        if result.verdict in _DECIDED or (lost and (result.case.then or not result.lost_race)):
            break
        other = await again()
        if other.verdict in _DECIDED or other.verdict is Verdict.UNOBSERVABLE:
            result = other
    return result


def pool_races(results: Iterable[Result]) -> list[Result]:
    """Where a race for a state was lost, in any case, those that were won there say nothing that lasts.

    A case that goes on and has found nothing by then says no more.
    """
    found = list(results)
    raced = [result for result in found if is_left_by_the_peer(result.case)]
    lost = {row.case.opening.way for row in raced if row.verdict is Verdict.UNOBSERVABLE and row.lost_race}
    said_nothing = {row.case.id for row in raced if row.case.opening.way in lost and _says_nothing(row)}
    why = "as it must be; but the peer leaves this state too early now and then, in other cases here"
    return [
        replace(row, verdict=Verdict.UNOBSERVABLE, why=why) if row.case.id in said_nothing else row for row in found
    ]


def _says_nothing(result: Result) -> bool:
    """Whether a result says no more where races are lost now and then."""
    not_decided = result.case.then is not None and result.verdict is Verdict.INCONCLUSIVE
    return result.verdict is Verdict.OK or not_decided
