"""What a command does after the end of its association."""

from __future__ import annotations

import asyncio

from dulcimer.conformance.model.observation import Ending
from dulcimer.conformance.processes.command import Call
from dulcimer.conformance.wire_peer.listener import TesterListener

AGAIN = "connects-again"


async def ending_of(call: Call, listener: TesterListener | None, seconds: float) -> Ending:
    """How a call ends within `seconds`; another connection to `listener` also ends the wait."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    ending = asyncio.create_task(call.ended(seconds))
    again = asyncio.create_task(listener.accept(None)) if listener is not None else None
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
