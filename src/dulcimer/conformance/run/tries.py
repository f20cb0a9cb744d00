"""Playing cases: side by side, again where it may help, and which of two results counts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from dulcimer.conformance.judge.races import is_left_by_the_peer
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.seen import SILENCE
from dulcimer.conformance.model.verdict import RANK, Verdict
from dulcimer.conformance.run.record import LONGEST_WAIT, SLOWER

_Work = TypeVar("_Work")
GRAVEST = "S0"
_LEFT_OPEN = frozenset((Verdict.INFORMATIONAL, Verdict.INCONCLUSIVE))


async def share(work: Sequence[_Work], do: Callable[[_Work], Awaitable[None]], workers: int) -> None:
    """Do all of the work, at most `workers` at a time."""
    pending = list(reversed(work))

    async def worker() -> None:
        while pending:
            await do(pending.pop())

    async with asyncio.TaskGroup() as group:
        for _ in range(min(workers, len(pending))):
            group.create_task(worker())


def is_worth_a_second_try(result: Result, *, had_company: bool) -> bool:
    """Whether to try again: other cases may have slowed the peer down; without them, only what counts against it."""
    if result.busy or result.verdict is Verdict.ERROR:
        return True
    return result.retry and (had_company or result.verdict not in _LEFT_OPEN)


def is_worth_a_second_start(result: Result) -> bool:
    """The same for a requestor, which is started for each case. A state that it leaves by itself was tried before."""
    missed = result.verdict is Verdict.UNOBSERVABLE and not is_left_by_the_peer(result.case)
    return result.retry or missed or result.verdict is Verdict.ERROR


def is_about_silence(result: Result, waited: float) -> bool:
    """Whether a failure is silence, and `waited` seconds may have been too short."""
    return result.verdict is Verdict.FAILED and SILENCE in result.observed and waited < LONGEST_WAIT


def silence_that_counts(severity: str, answer: float) -> float:
    """Seconds: much longer than an `answer` of the peer takes.

    Where the severity is the gravest, as for a length of 2 GiB, the peer may be busy making room before it refuses.
    """
    return LONGEST_WAIT if severity == GRAVEST else min(SLOWER * answer, LONGEST_WAIT)


def second_of(first: Result, second: Result) -> Result:
    """The second try counts; it is flaky if the verdicts differ."""
    if second.verdict is first.verdict or first.busy:
        return second
    return replace(second, flaky=True).with_note(f"flaky: the first try was {first.verdict} ({first.observed})")


def worse(one: Result, other: Result) -> Result:
    """The worse of two results of one case; it is flaky if they differ."""
    found = max(one, other, key=lambda result: RANK[result.verdict])
    if one.verdict is other.verdict:
        return found
    return replace(found, flaky=True).with_note(f"flaky: {one.verdict} and {other.verdict} in repeated runs")
