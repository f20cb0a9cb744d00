"""What a command does after the end of its association."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from dulcimer.conformance.processes.command import Call
from dulcimer.conformance.wire_peer.line import Line

AGAIN = "connects-again"


@dataclass(frozen=True, slots=True)
class Ending:
    """`how`: "ended(N)", "died(SIGNAL)", "hangs", "connects-again" or "unknown"; after so many `seconds`."""

    how: str
    seconds: float

    def fits(self, patterns: Iterable[str]) -> bool:
        """Whether one of the patterns of `spec/conformance/requestor/` holds for this."""
        return any(fnmatchcase(self.how, pattern) for pattern in patterns)

    @property
    def died(self) -> bool:
        """Whether a signal ended the command."""
        return self.how.startswith("died(")

    @property
    def in_words(self) -> str:
        """For a reader, after "the command"."""
        kind, _, rest = self.how.partition("(")
        match kind:
            case "ended":
                return f"ended with status {rest.removesuffix(')')} after {self.seconds:.2f} s"
            case "died":
                return f"was ended by {rest.removesuffix(')')} after {self.seconds:.2f} s"
            case "hangs":
                return f"still ran after {self.seconds:.1f} s"
            case _:
                return f"{self.how.replace('connects-again', 'connected again')} after {self.seconds:.2f} s"


async def ending_of(call: Call, line: Line | None, seconds: float) -> Ending:
    """How a call ends within `seconds`; that it asks for another connection on `line` ends the waiting, too."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    ending = asyncio.create_task(call.ended(seconds))
    again = asyncio.create_task(line.accept(None)) if line is not None else None
    tasks = {ending} if again is None else {ending, again}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if not ending.done():
            # A command that has connected a second time may still end at once.
            await asyncio.wait({ending}, timeout=0.2)
        how = ending.result() if ending.done() else AGAIN
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    if again is not None and not again.cancelled() and again.exception() is None:
        await again.result().close()
        if how == "hangs":
            how = AGAIN
    return Ending(how, loop.time() - started)
