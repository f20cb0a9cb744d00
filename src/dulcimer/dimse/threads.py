"""Work that takes many milliseconds for one message: in its own thread, a few at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar
from weakref import WeakKeyDictionary

AT_ONCE = 2
"""How many run at the same time in one event loop. More would not be faster, because of the GIL, and would leave the
loop less time."""

_P = ParamSpec("_P")
_T = TypeVar("_T")
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def in_thread(function: Callable[_P, _T], *args: _P.args, **keywords: _P.kwargs) -> _T:
    """Run the function in a thread when it is its turn; its turn lasts until it ends, awaited or not."""
    loop = asyncio.get_running_loop()
    turns = _turns.setdefault(loop, asyncio.Semaphore(AT_ONCE))

    def ended(_: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(turns.release)

    await turns.acquire()
    thread = ThreadPoolExecutor(1, "dulcimer-work")
    work = thread.submit(function, *args, **keywords)
    work.add_done_callback(ended)
    thread.shutdown(wait=False)
    return await asyncio.wrap_future(work)
