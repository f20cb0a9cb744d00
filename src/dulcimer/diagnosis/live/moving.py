"""C-MOVE, and the way back: does anybody connect to the port of the destination?"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from dulcimer._generated.commands import status_category
from dulcimer._generated.statuses import MOVE_DESTINATION_UNKNOWN, SUB_OPERATIONS_FAILED, UNABLE_TO_SUB_OPERATE
from dulcimer.acse.negotiation import Context
from dulcimer.counting import counted
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.listening.events import (
    ClientConnected,
    ClientEnded,
    ClientProposed,
    ClientSent,
    ListenTold,
)
from dulcimer.diagnosis.listening.serving import ClientListener, ListenSettings
from dulcimer.diagnosis.live.negotiating import PLAIN
from dulcimer.diagnosis.live.notes import LadderNotes, OpenStep
from dulcimer.diagnosis.live.operating import (
    OperatingSteps,
    counts_of,
    counts_words,
    identifier,
    models,
    status_words,
)
from dulcimer.diagnosis.live.outcomes import LadderCrossedError, LiveCause
from dulcimer.diagnosis.live.target import LadderPlan
from dulcimer.errors import TransportError

_AFTERWARDS = 3.0
"""Seconds in which the server may still connect after its final response."""


@dataclass
class WayBack:
    """What came to the port of the destination; `is_watched`: whether we listened there."""

    is_watched: bool = False
    where: str = ""
    clients: list[str] = field(default_factory=list)
    proposals: list[str] = field(default_factory=list)
    instances: int = 0
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
        return f"from {self.clients[0]}: {came}; {counted(self.instances, 'C-STORE')}"


class MovingSteps:
    """Performs a C-MOVE; raises LadderCrossedError if the instances do not arrive."""

    def __init__(self, operating: OperatingSteps, notes: LadderNotes, plan: LadderPlan) -> None:
        self._operating = operating
        self._notes = notes
        self._plan = plan

    async def take(self) -> None:
        """Listen if that is asked for, and move."""
        plan = self._plan
        back = WayBack()
        async with self._listening(back):
            with self._notes.step(
                "C-MOVE", f"move the study {plan.study} to {plan.destination}", "PS3.4 C.4.2"
            ) as step:
                status, counts = await self._move(step)
                if back.is_watched and status_category(status) in ("Success", "Warning"):
                    await _until(lambda: back.ends >= len(back.clients) > 0, _AFTERWARDS)
                step.came = f"{status_words(status, 'C-MOVE')}; {counts_words(counts)}"
                if back.words:
                    step.came += f"; {back.words}"
                causes = self._causes(status, counts, back)
                if causes and causes[0].id == "destination-perhaps-unknown":
                    causes = await self._is_it_there(causes)
                if causes:
                    raise LadderCrossedError(*causes)
                if status_category(status) not in ("Success", "Warning"):
                    raise LadderCrossedError

    @asynccontextmanager
    async def _listening(self, back: WayBack) -> AsyncIterator[None]:
        plan = self._plan
        if plan.listen_port is None:
            self._notes.skipped("way back", "give --listen-port to watch whether anybody connects to the destination")
            yield
            return
        loop = asyncio.get_running_loop()
        listener = ClientListener(ListenSettings(), back.heed, loop.time)
        async with contextlib.AsyncExitStack() as stack:
            with self._notes.step("listen", f"as {plan.destination} on port {plan.listen_port}") as step:
                try:
                    await stack.enter_async_context(listener.listen(plan.listen_host, plan.listen_port))
                except TransportError as error:
                    step.came = f"not possible: {error}; is the destination running here?"
                else:
                    back.is_watched = True
                    back.where = f"port {listener.address[1]} of this machine"
                    step.came = f"any AE title is taken on {back.where}, nothing is kept"
            yield

    async def _move(self, step: OpenStep) -> tuple[int, dict[str, int]]:
        plan = self._plan
        contexts = [Context(uid, PLAIN) for uid in models("Move")]
        async with self._operating.association(step, contexts) as association:
            model = association.accepted_contexts[0].abstract_syntax
            last = None
            async for response, _ in association.user.c_move(identifier(plan.study), plan.destination, model):
                last = response
        assert last is not None
        return int(last.Status), counts_of(last)

    async def _is_it_there(self, causes: list[LiveCause]) -> list[LiveCause]:
        """The same, with what C-FIND says of the study: if it is not there, the destination is not to blame."""
        found = await self._operating.knows(self._plan.study)
        if found is None:
            return causes
        (first,) = causes
        if found:
            return [replace(first, proof=(*first.proof, "C-FIND finds the study, so its UID is not the reason"))]
        proof = f"C-FIND for the study {self._plan.study}: no match"
        return [self._notes.cause("find-no-match", Sureness.LIKELY, proof), replace(first, sure=Sureness.POSSIBLE)]

    def _causes(self, status: int, counts: dict[str, int], back: WayBack) -> list[LiveCause]:
        notes = self._notes
        values = {"destination": self._plan.destination, "status": f"{status:04X}H"}
        proof = f"{status_words(status, 'C-MOVE')}; {counts_words(counts)}"
        if status == MOVE_DESTINATION_UNKNOWN:
            return [notes.cause("destination-not-configured", Sureness.CERTAIN, proof, **values)]
        missing = counts.get("failed", 0) > 0 or status in (UNABLE_TO_SUB_OPERATE, SUB_OPERATIONS_FAILED)
        if missing:
            causes = [notes.cause("move-suboperations-failed", Sureness.LIKELY, proof, back.words, **values)]
            if back.is_watched and not back.clients:
                unreached = notes.cause("destination-not-reached", Sureness.LIKELY, back.words, proof, **values)
                causes.insert(0, unreached)
            return causes
        if status_category(status) in ("Success", "Warning"):
            if not any(counts.values()) and not back.instances:
                sure = Sureness.CERTAIN if counts and (back.is_watched and not back.clients) else Sureness.LIKELY
                return [notes.cause("move-matched-nothing", sure, proof, back.words, **values)]
            if back.is_watched and not back.instances:
                return [notes.cause("sent-elsewhere", Sureness.LIKELY, proof, back.words, **values)]
            return []
        if 0xC000 <= status <= 0xCFFF:
            return [notes.cause("destination-perhaps-unknown", Sureness.LIKELY, proof, back.words, **values)]
        return [notes.cause("move-unable-to-process", Sureness.LIKELY, proof, back.words, **values)]


async def _until(is_so: Callable[[], bool], seconds: float) -> None:
    """Wait until something is so, at most so long."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not is_so() and loop.time() < deadline:  # noqa: ASYNC110 - the server connects in its own time
        await asyncio.sleep(0.05)
