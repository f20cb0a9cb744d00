"""Storage commitment: is it asked for in vain, and does the report find its way? (PS3.4 Annex J)"""

from __future__ import annotations

import contextlib
from collections import Counter

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from dulcimer import events as evt
from dulcimer.acse.negotiation import Context
from dulcimer.ae.core.client import ClientAssociation
from dulcimer.counting import counted
from dulcimer.diagnosis.causes.operations import COMMITMENT, is_failure
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.live.negotiating import PLAIN, NeededPair, NegotiatingSteps
from dulcimer.diagnosis.live.notes import LadderNotes, OpenStep
from dulcimer.diagnosis.live.operating import status_words
from dulcimer.diagnosis.live.outcomes import LadderCrossedError, StepMark
from dulcimer.diagnosis.live.target import DiagnosedTarget, LadderPlan
from dulcimer.diagnosis.live.way_back import WayBack, listening, until
from dulcimer.errors import DulcimerError
from dulcimer.events.handlers import Handlers
from dulcimer.sop_class import StorageCommitmentPushModelInstance

_REQUEST = 1
"""Action Type ID (PS3.4 J.3.2.1)."""
_REFUSED = "sop-class-refused"


class CommittingSteps:
    """Asks for commitment of the files, and waits for the report; raises LadderCrossedError if none comes."""

    def __init__(self, target: DiagnosedTarget, notes: LadderNotes, plan: LadderPlan) -> None:
        self._target = target
        self._notes = notes
        self._plan = plan
        self._told: list[str] = []
        self._failures = False

    async def take(self) -> None:
        """The context, the request, and the report, on the association of the request or on one of the server."""
        await self._context()
        back = WayBack()
        async with listening(back, self._notes, self._plan, self._target.calling):
            with self._notes.step("N-ACTION", self._asked_for, "PS3.4 J.3.2") as step:
                association = await self._target.associate(
                    [Context(COMMITMENT, PLAIN)],
                    patience=self._plan.patience,
                    handlers=Handlers([(evt.EVT_N_EVENT_REPORT, self._reported)]),
                )
                words = await self._request(association, step)
            try:
                with self._notes.step("report", f"wait {self._plan.report_wait:g} s for it", "PS3.4 J.3.3") as step:
                    await until(lambda: bool(self._told or back.reports), self._plan.report_wait)
                    self._judge(step, back, words)
            finally:
                with contextlib.suppress(DulcimerError):
                    await association.release()

    @property
    def _asked_for(self) -> str:
        return f"ask for commitment of {counted(len(self._plan.files), 'instance')}"

    async def _context(self) -> None:
        try:
            await NegotiatingSteps(self._target, self._notes).contexts([NeededPair(COMMITMENT)])
        except LadderCrossedError as crossed:
            first = next(iter(crossed.causes), None)
            if first is None or first.id != _REFUSED:
                raise
            cause = self._notes.cause("commitment-not-supported", first.sure, *first.proof)
            raise LadderCrossedError(cause) from crossed

    async def _request(self, association: ClientAssociation, step: OpenStep) -> str:
        """Send the N-ACTION; its status in words."""
        response, _ = await association.user.n_action(
            self._information(), _REQUEST, COMMITMENT, str(StorageCommitmentPushModelInstance)
        )
        status = int(response.Status)
        step.came = status_words(status, "N-ACTION")
        if is_failure(status):
            raise LadderCrossedError(self._notes.cause("commitment-not-supported", Sureness.LIKELY, step.came))
        return f"N-ACTION: {step.came}"

    def _information(self) -> Dataset:
        found = Dataset()
        found.TransactionUID = generate_uid(prefix=None)
        found.ReferencedSOPSequence = []
        for one in self._plan.files:
            item = Dataset()
            item.ReferencedSOPClassUID = one.sop_class_uid
            item.ReferencedSOPInstanceUID = one.sop_instance_uid
            found.ReferencedSOPSequence.append(item)
        return found

    def _reported(self, event: evt.Event) -> tuple[int, None]:
        """The report came on the association of the request."""
        information = event.event_information
        kept = len(information.get("ReferencedSOPSequence") or ())
        failed = information.get("FailedSOPSequence") or ()
        reasons = Counter(f"{int(one.get('FailureReason', 0)):04X}H" for one in failed)
        words = f"{counted(kept, 'instance')} kept"
        if reasons:
            self._failures = True
            words += ", not kept: " + ", ".join(f"{count} ({reason})" for reason, count in sorted(reasons.items()))
        self._told.append(words)
        return 0x0000, None

    def _judge(self, step: OpenStep, back: WayBack, words: str) -> None:
        if self._told:
            step.came = f"on the same association: {self._told[0]}"
            step.mark = StepMark.REMARK if self._failures else step.mark
            return
        if back.reports:
            step.came = back.words
            return
        step.came = f"none; {back.words}" if back.words else "none"
        waited = f"no N-EVENT-REPORT in {self._plan.report_wait:g} s"
        causes = [self._notes.cause("commitment-not-reported", Sureness.LIKELY, words, waited, back.words)]
        if not back.clients:
            proof = back.words or "we did not listen for a connection of the server"
            causes.append(self._notes.cause("commitment-report-unreachable", Sureness.POSSIBLE, proof))
        raise LadderCrossedError(*causes)
