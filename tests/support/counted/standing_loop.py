"""An event loop in which no time passes, so that no work depends on how fast the machine is."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class StandingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock stands still: nothing is ever due, and no turn is ever over."""

    def time(self) -> float:
        """Always the same."""
        return 0.0


def run_standing(work: Coroutine[Any, Any, _Result]) -> _Result:
    """The result of `work`, in a loop of its own whose clock stands still."""
    with asyncio.Runner(loop_factory=StandingLoop) as runner:
        return runner.run(work)
