"""Playing cases more than once: side by side, again where it is worth while, and which of two results counts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from dulcimer.conformance.judge.causes import STOPS
from dulcimer.conformance.model.case import RANK, Result, Verdict

_Work = TypeVar("_Work")
_LEFT_OPEN = frozenset((Verdict.INFORMATIONAL, Verdict.INCONCLUSIVE))


async def share(work: Sequence[_Work], do: Callable[[_Work], Awaitable[None]], workers: int) -> None:
    """Do all of it, so many at a time."""
    pending = list(reversed(work))

    async def worker() -> None:
        while pending:
            await do(pending.pop())

    async with asyncio.TaskGroup() as group:
        for _ in range(min(workers, len(pending))):
            group.create_task(worker())


def blame(result: Result, what: str, complaint: str) -> None:
    """Let the result be that the peer serves no more, or was started anew."""
    result.verdict, result.severity, result.alternative = Verdict.FAILED, "S0", STOPS
    result.observed = f"{result.observed}; {what}"
    result.why = f"the sanity probe after the case fails: {complaint}"


def is_worth_a_second_try(result: Result, *, had_company: bool) -> bool:
    """Company may have kept the peer from answering in time; without it, only what counts against it is repeated."""
    if result.busy or result.verdict is Verdict.ERROR:
        return True
    return result.retry and (had_company or result.verdict not in _LEFT_OPEN)


def worse(one: Result, other: Result) -> Result:
    """The worse of two results of one case; flaky if they differ."""
    found = max(one, other, key=lambda result: RANK[result.verdict])
    if one.verdict is not other.verdict:
        found.flaky = True
        found.notes.append(f"flaky: {one.verdict} and {other.verdict} in repeated runs")
    return found
