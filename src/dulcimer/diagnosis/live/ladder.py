"""The ladder: step by step up to what is to work, or to the first step that fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dulcimer._generated.codes import RejectReasonUser, RejectSource
from dulcimer.acse.negotiation import Context
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.live.aborting import AbortingSteps
from dulcimer.diagnosis.live.committing import CommittingSteps
from dulcimer.diagnosis.live.hosts import HostSteps
from dulcimer.diagnosis.live.moving import MovingSteps
from dulcimer.diagnosis.live.negotiating import PLAIN, NeededPair, NegotiatingSteps
from dulcimer.diagnosis.live.notes import LadderNotes
from dulcimer.diagnosis.live.operating import OperatingSteps, models
from dulcimer.diagnosis.live.outcomes import LadderCrossedError, LadderReport, LadderStep, LiveCause
from dulcimer.diagnosis.live.reaching import ReachingSteps
from dulcimer.diagnosis.live.target import DiagnosedTarget, LadderGoal, LadderPlan
from dulcimer.errors import AssociationError, AssociationRejected, TransportError
from dulcimer.services.verification import VERIFICATION

COMMON_TITLES = (
    "ANY-SCP",
    "ANYSCP",
    "ORTHANC",
    "DCM4CHEE",
    "STORESCP",
    "DCMQRSCP",
    "PACS",
    "CONQUESTSRV1",
    "DICOM_SCP",
)
"""Called AE titles that servers have by default."""


class DiagnosisLadder:
    """Climbs once; `heed` is called with each step when it is over."""

    def __init__(
        self, target: DiagnosedTarget, plan: LadderPlan, heed: Callable[[LadderStep], None] = lambda _: None
    ) -> None:
        self._target = target
        self._plan = plan
        self._notes = LadderNotes(target, heed)

    async def climb(self) -> LadderReport:
        """Take the steps."""
        notes = self._notes
        try:
            await self._climb()
        except LadderCrossedError as crossed:
            causes = await self._settled(crossed.causes)
            return LadderReport(tuple(notes.steps), causes, tuple(notes.hints))
        return LadderReport(tuple(notes.steps), (), tuple(notes.hints))

    async def _climb(self) -> None:
        target, plan, notes = self._target, self._plan, self._notes
        await ReachingSteps(target, notes).take()
        await HostSteps(target, notes).take()
        negotiating = NegotiatingSteps(target, notes)
        operating = OperatingSteps(target, notes, plan.patience)
        match plan.goal:
            case LadderGoal.ECHO:
                await negotiating.contexts([NeededPair(VERIFICATION)])
                await operating.echo()
            case LadderGoal.STORE:
                await negotiating.contexts(
                    [NeededPair(one.sop_class_uid, (one.transfer_syntax,)) for one in plan.files]
                )
                await operating.store(plan.files)
            case LadderGoal.FIND:
                await negotiating.contexts([NeededPair(await self._model("Find"))])
                await operating.find(plan.study)
            case LadderGoal.GET:
                model = await self._model("Get")
                await negotiating.contexts([NeededPair(model)])
                await negotiating.roles(model)
                if plan.study:
                    await operating.get(plan.study)
                else:
                    notes.skipped("C-GET", "give --study UID to fetch one")
            case LadderGoal.MOVE:
                await negotiating.contexts([NeededPair(await self._model("Move"))])
                if plan.study:
                    await MovingSteps(operating, notes, plan).take()
                else:
                    notes.skipped("C-MOVE", "give --study UID to move one")
            case LadderGoal.COMMIT:
                await CommittingSteps(target, notes, plan).take()
            case LadderGoal.ASSOCIATE:
                pass
        if plan.with_delays and plan.goal in (LadderGoal.ECHO, LadderGoal.STORE):
            await operating.delays()
        if plan.most_associations:
            await operating.limits(plan.most_associations)
        if plan.idle is not None:
            await operating.idle(plan.idle)
        if plan.aborts:
            await AbortingSteps(target, notes).take()

    async def _model(self, service: str) -> str:
        """The information model that the server accepts; that with study root if it accepts none."""
        wanted = models(service)
        try:
            association = await self._target.associate([Context(uid, PLAIN) for uid in wanted])
            accepted = {one.abstract_syntax for one in association.accepted_contexts}
            await association.release()
        except (AssociationError, TransportError):  # the next step finds out why
            return wanted[0]
        return next((uid for uid in wanted if uid in accepted), wanted[0])

    async def _settled(self, causes: tuple[LiveCause, ...]) -> tuple[LiveCause, ...]:
        """The same, with other AE titles tried if that was asked for, and the called one is not known."""
        titles = [title for title in self._plan.titles if title != self._target.called]
        if not titles or not causes or causes[0].id != "called-title-unknown":
            return causes
        first, *others = causes
        with self._notes.step("titles", f"call {', '.join(titles)}", "PS3.8 9.3.4") as step:
            for title in titles:
                if await self._is_known(title):
                    step.came = f"{title} is accepted"
                    proof = (*first.proof, f"with the called AE title {title} the association is accepted")
                    return (replace(first, sure=Sureness.CERTAIN, proof=proof), *others[1:])
            step.came = "none of them is accepted"
        return causes

    async def _is_known(self, title: str) -> bool:
        """Whether the server takes another called AE title: it accepts, or rejects for the calling one."""
        try:
            target = replace(self._target, called=title)
            association = await target.associate([Context(VERIFICATION, PLAIN)])
            await association.release()
        except AssociationRejected as error:
            only_us = RejectSource.UL_SERVICE_USER, RejectReasonUser.CALLING_AE_TITLE_NOT_RECOGNIZED
            return (error.source, error.reason) == only_us
        except (AssociationError, TransportError):
            return False
        return True
