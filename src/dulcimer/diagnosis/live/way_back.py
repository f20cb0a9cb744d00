"""The way back: does the server connect to us, and what does it bring?"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from dulcimer.counting import counted
from dulcimer.diagnosis.listening.events import (
    ClientConnected,
    ClientEnded,
    ClientProposed,
    ClientSent,
    ListenTold,
)
from dulcimer.diagnosis.listening.serving import ClientListener, ListenSettings
from dulcimer.diagnosis.live.notes import LadderNotes
from dulcimer.diagnosis.live.target import LadderPlan
from dulcimer.errors import TransportError


@dataclass
class WayBack:
    """What came to a port on which we listen; `is_watched`: whether we do; `reports`: how many N-EVENT-REPORTs."""

    is_watched: bool = False
    where: str = ""
    clients: list[str] = field(default_factory=list)
    proposals: list[str] = field(default_factory=list)
    instances: int = 0
    reports: int = 0
    ends: int = 0

    def heed(self, told: ListenTold) -> None:
        """Record one event."""
        match told:
            case ClientConnected():
                self.clients.append(told.client)
            case ClientProposed(proposal=proposal):
                self.proposals.append(f"{proposal.calling} called {proposal.called}")
            case ClientSent(name="C-STORE-RQ"):
                self.instances += 1
            case ClientSent(name="N-EVENT-REPORT-RQ"):
                self.reports += 1
            case ClientEnded():
                self.ends += 1
            case _:
                pass

    @property
    def words(self) -> str:
        """What came, in words; "" if we did not listen."""
        if not self.is_watched:
            return ""
        if not self.clients:
            return f"nobody connected to {self.where}"
        came = "; ".join(dict.fromkeys(self.proposals)) or "no association was requested"
        brought = counted(self.reports, "N-EVENT-REPORT") if self.reports else counted(self.instances, "C-STORE")
        return f"from {self.clients[0]}: {came}; {brought}"


@asynccontextmanager
async def listening(back: WayBack, notes: LadderNotes, plan: LadderPlan, title: str) -> AsyncIterator[None]:
    """Listen inside the block, if that is asked for; `title`: the AE title that the server may call us."""
    if plan.listen_port is None:
        notes.skipped("way back", f"give --listen-port to watch whether anybody connects to {title}")
        yield
        return
    listener = ClientListener(ListenSettings(), back.heed, asyncio.get_running_loop().time)
    async with contextlib.AsyncExitStack() as stack:
        with notes.step("listen", f"as {title} on port {plan.listen_port}") as step:
            try:
                await stack.enter_async_context(listener.listen(plan.listen_host, plan.listen_port))
            except TransportError as error:
                step.came = f"not possible: {error}; is {title} running here?"
            else:
                back.is_watched = True
                back.where = f"port {listener.address[1]} of this machine"
                step.came = f"any AE title is taken on {back.where}, nothing is kept"
        yield


async def until(is_so: Callable[[], bool], seconds: float) -> None:
    """Wait until something is so, at most so long."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not is_so() and loop.time() < deadline:  # noqa: ASYNC110 - the server connects in its own time
        await asyncio.sleep(0.05)
