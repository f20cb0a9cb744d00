"""What a command does after the end of its association."""

from __future__ import annotations

import asyncio

from dulcimer.conformance.model.observation import Ending
from dulcimer.conformance.processes.command import Call
from dulcimer.conformance.wire_peer.line import Line

AGAIN = "connects-again"


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
