"""C-MOVE, and the way back: does anybody connect to the port of the destination?"""

from __future__ import annotations

from dataclasses import replace

from dulcimer._generated.commands import status_category
from dulcimer._generated.statuses import MOVE_DESTINATION_UNKNOWN, SUB_OPERATIONS_FAILED, UNABLE_TO_SUB_OPERATE
from dulcimer.acse.negotiation import Context
from dulcimer.diagnosis.causes.sureness import Sureness
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
from dulcimer.diagnosis.live.way_back import WayBack, listening, until

_AFTERWARDS = 3.0
"""Seconds in which the server may still connect after its final response."""


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
        async with listening(back, self._notes, plan, plan.destination):
            with self._notes.step(
                "C-MOVE", f"move the study {plan.study} to {plan.destination}", "PS3.4 C.4.2"
            ) as step:
                status, counts = await self._move(step)
                if back.is_watched and status_category(status) in ("Success", "Warning"):
                    await until(lambda: back.ends >= len(back.clients) > 0, _AFTERWARDS)
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
