"""Where the work of one C-ECHO is done, both ends in one process: calls and processor time, by room of the package.

`python tests/benchmarks/profiling.py` joins the ends in memory, and then over loopback.
"""

from __future__ import annotations

import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import FrameType

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dulcimer import AsyncAE
from dulcimer.acse.negotiation import Context
from dulcimer.services.verification import VERIFICATION
from support.counted.memory_pair import MemoryPair
from support.counted.standing_loop import run_standing
from support.peers.processes import HOST

_COUNTED = 10
_WARM = 50
_SAMPLES_EVERY = 0.001
_ROOMS = ("dulcimer", "transitions", "asyncio")


def room_of(frame: FrameType | None) -> str:
    """The room of the innermost function that belongs to one; what the standard library does is its caller's work."""
    while frame is not None:
        parts = Path(frame.f_code.co_filename).parts
        for name in _ROOMS:
            if name in parts[:-1]:
                rest = parts[len(parts) - parts[::-1].index(name) :]
                return name if name != "dulcimer" else rest[0]
        frame = frame.f_back
    return "this program"


async def calls_of(echo: Callable[[], Awaitable[object]]) -> Counter[str]:
    """The functions of Python that are called for one, by room."""
    found: Counter[str] = Counter()

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            found[room_of(frame)] += 1

    sys.setprofile(watch)
    try:
        for _ in range(_COUNTED):
            await echo()
    finally:
        sys.setprofile(None)
    return found


async def time_of(echo: Callable[[], Awaitable[object]], seconds: float) -> tuple[float, Counter[str]]:
    """Microseconds of processor time for one, and how they are spread over the rooms."""
    found: Counter[str] = Counter()

    def sample(_: int, frame: FrameType | None) -> None:
        found[room_of(frame)] += 1

    before = signal.signal(signal.SIGPROF, sample)
    begin, count = time.process_time(), 0
    signal.setitimer(signal.ITIMER_PROF, _SAMPLES_EVERY, _SAMPLES_EVERY)
    try:
        while time.process_time() < begin + seconds:
            for _ in range(_WARM):
                await echo()
            count += _WARM
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return (time.process_time() - begin) / count * 1e6, found


async def report(title: str, echo: Callable[[], Awaitable[object]], seconds: float) -> None:
    """Print the profile of one operation."""
    for _ in range(_WARM):
        await echo()
    calls = await calls_of(echo)
    spent, samples = await time_of(echo, seconds)
    print(f"{title}: {calls.total() // _COUNTED} Python calls, {spent:.0f} us of processor time")
    for room, count in samples.most_common():
        share = count / samples.total()
        print(f"  {room:14} {calls[room] / _COUNTED:5.0f} calls {share * spent:5.0f} us {share:5.0%}")


async def in_memory(seconds: float) -> None:
    """A C-ECHO without sockets and turns of a loop."""
    pair = MemoryPair([Context(VERIFICATION, ("1.2.840.10008.1.2",))])

    async def echo() -> object:
        return pair.run(pair.requestor.user.echo())

    await report("in memory", echo, seconds)


async def over_loopback(seconds: float) -> None:
    """A C-ECHO over TCP, both ends in one event loop."""
    async with AsyncAE() as ae:
        ae.add_supported_context(VERIFICATION)
        ae.add_requested_context(VERIFICATION)
        server = await ae.start_server((HOST, 0), block=False)
        assert server is not None
        association = await ae.associate(*server.server_address)
        await report("over loopback", association._session.user.echo, seconds)
        await association.release()


if __name__ == "__main__":
    length = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    run_standing(in_memory(length))
    run_standing(over_loopback(length))
