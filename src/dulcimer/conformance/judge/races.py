"""Cases in a state that a peer leaves by itself: whether it is still there when the stimulus comes is a race.

A peer that sometimes leaves too early counts as one that always does, or chance would decide the verdict. What one case
has shown holds for all that reach the state in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dulcimer._generated.fsm import EVENT_OF_PRIMITIVE, TABLE, States
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.parts import WatchFor, Way
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict

_RESPONSES = {event for name, event in EVENT_OF_PRIMITIVE.items() if "response" in name}
_LEFT_SOON = frozenset(state for event, state in TABLE if event in _RESPONSES) | {States.STA_13}
"""States that the peer leaves by a response of its user, and the one that it leaves by a close."""


def is_left_by_the_peer(case: Case) -> bool:
    """Whether the case is about a state that a peer leaves by itself."""
    in_such_a_state = case.cell is not None and case.cell[1] in _LEFT_SOON
    return (
        (in_such_a_state or case.then == Way.REJECTS)
        and case.expectation.watch is WatchFor.REACTION
        and case.injection.repeat == 1
    )


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
