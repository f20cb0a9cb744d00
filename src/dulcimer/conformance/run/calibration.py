"""What a run measures before the first case: whether the peer is healthy, how fast it is, what it does side by side."""

from __future__ import annotations

import asyncio

from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.target import Timing
from dulcimer.conformance.run.probing import TICK, Prober
from dulcimer.conformance.run.record import AcceptorSettings, Run

_FIRST_REACT = 5.0
_LEAST_REACT = 0.5
_REACT_FACTOR = 5.0
"""The time for a reaction: seconds at first, seconds at least, and how many times that of a probe."""

_PROBE_MARGIN = 2.5
"""How many times faster than the time for a reaction probes side by side have to be; else fewer cases run at once."""

_LEAST_JOBS = 3
"""Cases that run at once, even if a peer is slowed down by that."""


async def calibrate(prober: Prober, settings: AcceptorSettings, run: Run) -> bool:
    """Probe the peer, note in `run` what it is, and set the times of the cases; whether it is healthy."""
    react = settings.react or _FIRST_REACT
    prober.set_timing(Timing(react=react, artim=settings.artim, window=settings.window))
    result = await prober.first(settings.patience)
    if result.verdict is not Verdict.OK:
        run.unhealthy_because = result.observed
        return False
    run.healthy, run.missing = True, prober.means.missing
    prober.describe(run.peer)
    # A peer that does not always listen may need as long for the second connection as for the first.
    prober.wait_for_connections(settings.patience)
    slowest = max(prober.seconds_of(await prober.once()), result.duration)
    react = settings.react or min(max(_LEAST_REACT, _REACT_FACTOR * slowest), _FIRST_REACT)
    run.react = react
    timing = Timing(
        react=react,
        grace=min(0.1, react / 4),
        artim=settings.artim,
        window=settings.window,
        releases=settings.releases,
        close=settings.close,
        waits=False,
    )
    prober.set_timing(timing)
    several, run.listens = await prober.serves_two(settings.patience)
    run.serial = not several
    return True


async def jobs_in_time(prober: Prober, jobs: int, react: float) -> int:
    """How many of `jobs` cases can run at once so that a peer on one processor still answers each in time."""
    found = await asyncio.gather(*(prober.once() for _ in range(jobs)))
    slowest = max(TICK, *(result.duration for result in found))
    return max(min(jobs, _LEAST_JOBS), min(jobs, int(jobs * react / (_PROBE_MARGIN * slowest))))
