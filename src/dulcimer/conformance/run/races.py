"""Playing a case again in which the peer may leave the state before the stimulus comes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from dulcimer.conformance.model.parts import Way
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict

_TIMES = 3
"""How often such a case is played."""

_DECIDED = frozenset((Verdict.FAILED, Verdict.NON_STRICT, Verdict.ERROR, Verdict.INCONCLUSIVE))
"""Verdicts that count as soon as one of the plays has them."""


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
