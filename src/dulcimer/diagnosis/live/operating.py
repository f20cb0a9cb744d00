"""The steps that perform what is to work: C-ECHO, C-STORE, C-FIND, C-GET; silence, and delays."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

from pydicom.dataset import Dataset

from dulcimer._generated.codes import describe_abort
from dulcimer._generated.commands import status_category, status_meaning
from dulcimer._generated.services import SELECTED_STORAGE, SERVICE_CLASSES
from dulcimer.acse.negotiation import Context
from dulcimer.ae.core.client import ClientAssociation
from dulcimer.counting import counted
from dulcimer.diagnosis.causes.findings import end_of
from dulcimer.diagnosis.causes.operations import is_failure
from dulcimer.diagnosis.causes.storing import store_cause
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.live.echoes import costs_of_delay, echo_times
from dulcimer.diagnosis.live.negotiating import PLAIN
from dulcimer.diagnosis.live.notes import LadderNotes, OpenStep
from dulcimer.diagnosis.live.outcomes import LadderCrossedError, StepMark
from dulcimer.diagnosis.live.target import DiagnosedTarget
from dulcimer.errors import AssociationAborted, DulcimerError
from dulcimer.services.instance_file import InstanceFile
from dulcimer.services.storage import InstanceDirectory
from dulcimer.services.verification import VERIFICATION
from dulcimer.wire.model import ScpScuRoleSelection

_MODELS = {one.keyword: one.uid for one in SERVICE_CLASSES["Query/Retrieve"].sop_classes}
_MOST_STORAGE = 120
COUNTERS = {
    "completed": "NumberOfCompletedSuboperations",
    "failed": "NumberOfFailedSuboperations",
    "warning": "NumberOfWarningSuboperations",
}


def models(service: str) -> tuple[str, str]:
    """The information models with study root and patient root, for Find, Get or Move."""
    return tuple(_MODELS[f"{root}RootQueryRetrieveInformationModel{service}"] for root in ("Study", "Patient"))  # type: ignore[return-value]  # two of them


class OperatingSteps:
    """Performs operations; raises LadderCrossedError at the first that fails."""

    def __init__(self, target: DiagnosedTarget, notes: LadderNotes, patience: float) -> None:
        self._target = target
        self._notes = notes
        self._patience = patience

    @asynccontextmanager
    async def association(
        self, step: OpenStep, contexts: Sequence[Context], **more: Any
    ) -> AsyncIterator[ClientAssociation]:
        """An association for one operation; its end before the time is explained."""
        try:
            async with await self._target.associate(contexts, patience=self._patience, **more) as association:
                yield association
        except AssociationAborted as error:
            if error.source is None or error.by_this_end or error.unanswered:
                raise
            proof = f"A-ABORT in answer to the first request: {describe_abort(error.source, error.reason or 0)}"
            step.came = proof
            other = "aborted-by-user" if error.source == 0 else "aborted-without-reason"
            raise LadderCrossedError(
                self._notes.cause("operation-not-permitted", Sureness.LIKELY, proof),
                self._notes.cause(other, Sureness.POSSIBLE, proof, sender="the acceptor"),
            ) from error

    # ------------------------------------------------------------------ operations

    async def echo(self) -> None:
        """C-ECHO."""
        with self._notes.step("C-ECHO", "ask whether it answers", "PS3.7 9.1.5") as step:
            async with self.association(step, [Context(VERIFICATION, PLAIN)]) as association:
                began = perf_counter()
                status = await association.c_echo()
                took = perf_counter() - began
            self.judge(step, "C-ECHO", status, f"after {took * 1000:.1f} ms")

    async def store(self, instances: Sequence[InstanceFile]) -> None:
        """C-STORE of each file, unchanged."""
        for instance in instances:
            with self._notes.step("C-STORE", f"send {instance.path.name}", "PS3.4 B.2") as step:
                contexts = [Context(instance.sop_class_uid, (instance.transfer_syntax,))]
                async with self.association(step, contexts) as association:
                    began = perf_counter()
                    status = await association.c_store(instance)
                    took = perf_counter() - began
                more = f"after {took * 1000:.0f} ms"
                if is_failure(status):
                    step.came = f"{status_words(status, 'C-STORE')} {more}"
                    values = {"status": f"{status:04X}H", "sender": end_of(by_client=False)}
                    raise LadderCrossedError(
                        self._notes.cause(store_cause(status), Sureness.LIKELY, step.came, **values)
                    )
                self.judge(step, "C-STORE", status, more)

    def judge(self, step: OpenStep, service: str, status: int, more: str = "") -> None:
        """Take a final status that has no cause of its own."""
        step.came = f"{status_words(status, service)} {more}".rstrip()
        category = status_category(status)
        if category == "Warning":
            step.mark = StepMark.REMARK
        elif category != "Success":
            raise LadderCrossedError

    async def find(self, study: str) -> None:
        """C-FIND for studies; it is cancelled after the first match."""
        with self._notes.step(
            "C-FIND", f"ask for the study {study}" if study else "ask for studies", "PS3.4 C.4.1"
        ) as step:
            contexts = [Context(uid, PLAIN) for uid in models("Find")]
            async with self.association(step, contexts) as association:
                model = association.accepted_contexts[0].abstract_syntax
                matches, status = 0, 0
                keys = identifier(study)
                keys.PatientID = ""
                answers = association.user.c_find(keys, model, msg_id=1)
                async for response, _ in answers:
                    status = int(response.Status)
                    matches += status_category(status) == "Pending"
                    if matches == 1 and status_category(status) == "Pending":
                        await association.user.c_cancel(1, query_model=model)
            if matches:
                step.came = "at least one match"
            elif status == 0:
                step.came = "no match"
                step.mark = StepMark.REMARK
                sure = Sureness.LIKELY if study else Sureness.POSSIBLE
                self._notes.hints.append(self._notes.cause("find-no-match", sure, "status 0000H, and no match"))
            else:
                step.came = status_words(status, "C-FIND")
                values = {"status": f"{status:04X}H"}
                raise LadderCrossedError(self._notes.cause("find-failed", Sureness.CERTAIN, step.came, **values))

    async def knows(self, study: str) -> bool | None:
        """Whether C-FIND finds a study; None if it cannot be asked."""
        try:
            contexts = [Context(uid, PLAIN) for uid in models("Find")]
            async with await self._target.associate(contexts, patience=self._target.answer_timeout) as association:
                if not association.accepted_contexts:
                    return None
                model = association.accepted_contexts[0].abstract_syntax
                statuses = [int(one.Status) async for one, _ in association.user.c_find(identifier(study), model)]
        except DulcimerError:
            return None
        if status_category(statuses[-1]) != "Success":
            return None
        return len(statuses) > 1

    async def get(self, study: str) -> None:
        """C-GET of a study; nothing is kept."""
        classes = SELECTED_STORAGE[:_MOST_STORAGE]
        with self._notes.step("C-GET", f"fetch the study {study}, and keep nothing", "PS3.4 C.4.3") as step:
            contexts = [*(Context(uid, PLAIN) for uid in models("Get")), *(Context(uid, PLAIN) for uid in classes)]
            items = [ScpScuRoleSelection(uid, 0, 1) for uid in classes]
            storage = InstanceDirectory(None, lambda _: None)
            async with self.association(step, contexts, items=items, storage=storage) as association:
                accepted = {one.abstract_syntax for one in association.accepted_contexts}
                model = next(uid for uid in models("Get") if uid in accepted)
                last = None
                async for response, _ in association.user.c_get(identifier(study), model):
                    last = response
            assert last is not None
            status, counts = int(last.Status), counts_of(last)
            step.came = f"{status_words(status, 'C-GET')}; {counts_words(counts)}"
            if counts.get("failed"):
                cause = self._notes.cause("get-without-storage-context", Sureness.LIKELY, step.came)
                raise LadderCrossedError(cause)
            if status_category(status) not in ("Success", "Warning"):
                raise LadderCrossedError
            if not counts.get("completed"):
                step.mark = StepMark.REMARK
                step.came += ": nothing matches"

    # ------------------------------------------------------------------ time

    async def idle(self, seconds: float) -> None:
        """Silence on an association: does the server keep it, and the network?"""
        with self._notes.step("idle", f"say nothing for {seconds:g} s, then C-ECHO", "PS3.8 9.2") as step:
            began = perf_counter()
            contexts = [Context(VERIFICATION, PLAIN)]
            association = await self._target.associate(contexts, patience=self._target.answer_timeout)
            while association.is_established and (left := seconds - (perf_counter() - began)) > 0:  # noqa: ASYNC110 - the server ends it in its own time
                await asyncio.sleep(min(0.2, left))
            took = perf_counter() - began
            if not association.is_established:
                step.came = f"the server ended the association after {took:.0f} s"
                values = {"sender": "the acceptor", "seconds": f"{took:.0f} s"}
                raise LadderCrossedError(
                    self._notes.cause(
                        "idle-timeout", Sureness.LIKELY, f"{step.came}, and we had sent nothing", **values
                    )
                )
            try:
                status = await association.c_echo()
            except DulcimerError as error:
                step.came = f"nothing answers any more: {error}"
                values = {"seconds": f"{seconds:g} s"}
                raise LadderCrossedError(
                    self._notes.cause("idle-connection-dropped", Sureness.LIKELY, step.came, **values)
                ) from error
            with contextlib.suppress(DulcimerError):
                await association.release()
            self.judge(step, "C-ECHO", status, f"after {took:.0f} s of silence")

    async def limits(self, most: int) -> None:
        """How many associations at the same time? They are opened one after the other, and released together."""
        with self._notes.step("limits", f"{most} associations at the same time", "PS3.8 9.3.4") as step:
            contexts = [Context(VERIFICATION, PLAIN)]
            opened: list[ClientAssociation] = []
            try:
                while len(opened) < most:
                    opened.append(await self._target.associate(contexts))
            except DulcimerError as error:
                if not opened:
                    raise
                step.mark = StepMark.REMARK
                step.came = f"{len(opened)} are accepted, the next one is not: {error}"
            else:
                step.came = "all are accepted"
            finally:
                for association in opened:
                    with contextlib.suppress(DulcimerError):
                        await association.release()

    async def delays(self) -> None:
        """Does Nagle's algorithm meet delayed acknowledgement?"""
        with self._notes.step("delays", "C-ECHO with acknowledgements at once, and delayed", "RFC 1122 4.2.3") as step:
            quick = await echo_times(self._target, at_once=True)
            slow = await echo_times(self._target, at_once=False)
            if not quick or not slow:
                step.came, step.mark = "not measured: C-ECHO is not possible", StepMark.SKIPPED
                return
            cost = costs_of_delay(quick, slow)
            if cost is None:
                step.came = f"{sorted(slow)[len(slow) // 2] * 1000:.1f} ms for an answer: nothing waits"
                return
            best, usual = (f"{seconds * 1000:.1f} ms" for seconds in cost)
            step.came = f"an answer takes {best} if we acknowledge at once, and {usual} if not"
            step.mark = StepMark.REMARK
            proof = f"C-ECHO: {best} with TCP_QUICKACK on our side, {usual} without it"
            self._notes.hints.append(
                self._notes.cause("delayed-acknowledgement", Sureness.LIKELY, proof, sender="the acceptor")
            )


def identifier(study: str) -> Dataset:
    """The identifier of a query or a retrieval of a study."""
    keys = Dataset()
    keys.QueryRetrieveLevel = "STUDY"
    keys.StudyInstanceUID = study
    return keys


def counts_of(response: Any) -> dict[str, int]:
    """The counters of sub-operations that a response has."""
    return {name: int(value) for name, keyword in COUNTERS.items() if (value := response.get(keyword)) is not None}


def status_words(status: int, service: str) -> str:
    """A status in words."""
    meaning = status_meaning(status, service)
    return f"{status:04X}H {status_category(status)}" + (f": {meaning}" if meaning else "")


def counts_words(counts: dict[str, int]) -> str:
    """The counters in words."""
    if not counts:
        return "no counters of sub-operations"
    return f"{counted(sum(counts.values()), 'sub-operation')}: " + ", ".join(
        f"{n} {name}" for name, n in counts.items()
    )
