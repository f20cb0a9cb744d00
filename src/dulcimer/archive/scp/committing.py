"""Storage Commitment Push Model as SCP: the request, and the report after it (PS3.4 J.3)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from pydicom.dataset import Dataset

from dulcimer._generated.services import SERVICE_CLASSES, STORAGE_SOP_CLASSES
from dulcimer._generated.statuses import (
    NO_SUCH_ACTION_TYPE,
    NO_SUCH_SOP_CLASS,
    NO_SUCH_SOP_INSTANCE,
    PROCESSING_FAILURE,
    RESOURCE_LIMITATION,
    SUCCESS,
)
from dulcimer.acse.negotiation import Context
from dulcimer.ae.core.session import Session
from dulcimer.archive.index.statuses import explained, note
from dulcimer.archive.query.commitment import Commitment, CommitmentRequestError, parse_request
from dulcimer.archive.scp.destination import Calling, leave
from dulcimer.archive.scp.remotes import Remote
from dulcimer.archive.store import Archive
from dulcimer.dimse.threads import in_thread
from dulcimer.errors import DulcimerError
from dulcimer.events import Event
from dulcimer.limits import DEFAULTS
from dulcimer.services.data_sources import NATIVE
from dulcimer.wire.model import ScpScuRoleSelection

logger = logging.getLogger("dulcimer.archive")

COMMITMENT = SERVICE_CLASSES["Storage Commitment"].sop_classes[0].uid
INSTANCE = f"{COMMITMENT}.1"
"""The well-known SOP Instance (PS3.4 J.3.5)."""
REQUEST_COMMITMENT = 1
RETRY_SECONDS = (1.0, 10.0, 60.0, 300.0)
"""Pauses in seconds between attempts to deliver a report."""

_STORED = frozenset(row.uid for row in STORAGE_SOP_CLASSES)


class Committer:
    """Answers N-ACTION, checks the files, and reports by N-EVENT-REPORT.

    A requestor that is one of the `remotes` gets its report on a new association, any other one on the association of
    its request while that is open. A report that cannot be delivered is sent again after each of the `pauses`, in
    seconds. All requests in progress together may have `most_references` instances.
    """

    def __init__(
        self,
        archive: Archive,
        remotes: Mapping[str, Remote],
        calling: Calling,
        pauses: Sequence[float] = RETRY_SECONDS,
        most_references: int = DEFAULTS.commitment_references,
    ) -> None:
        self._archive = archive
        self._remotes = remotes
        self._calling = calling
        self._pauses = pauses
        self._most_references = most_references
        self._references = 0
        self._open: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    async def act(self, event: Event) -> tuple[Any, None]:
        """Accept a request for commitment (EVT_N_ACTION); the report is sent after the response."""
        message = event.command
        if message.requested_sop_class_uid != COMMITMENT:
            return NO_SUCH_SOP_CLASS, None
        if message.requested_sop_instance_uid != INSTANCE:
            return NO_SUCH_SOP_INSTANCE, None
        if event.action_type != REQUEST_COMMITMENT:
            return NO_SUCH_ACTION_TYPE, None
        if self._stopping.is_set():
            return explained(PROCESSING_FAILURE, "the archive is shutting down"), None
        try:
            information, transaction, count = await in_thread(_asked, event) if event.is_large else _asked(event)
        except CommitmentRequestError as error:
            return explained(error.status, str(error), error.offending_element), None
        except Exception as error:  # a hostile data set makes pydicom raise anything
            note(error, "N-ACTION")
            return explained(PROCESSING_FAILURE, "the action information cannot be read"), None
        if self._references + count > self._most_references:
            logger.warning("N-ACTION is refused with status 0213H: the limit is commitment-references")
            return explained(RESOURCE_LIMITATION, "too many instances wait for commitment"), None
        self._references += count
        is_open = transaction in self._open
        self._open.add(transaction)
        work = self._perform(event.assoc.session, information, frozenset((transaction,)) if is_open else frozenset())
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._finished(done, transaction, count))
        return SUCCESS, None

    async def close(self, seconds: float) -> None:
        """Give reports that are being sent `seconds` to finish; those that wait for a retry are dropped."""
        self._stopping.set()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=seconds)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _finished(self, task: asyncio.Task[None], transaction: str, count: int) -> None:
        self._tasks.discard(task)
        self._references -= count
        self._open.discard(transaction)
        if task.cancelled():
            logger.error("a storage commitment report was not delivered before the shutdown")
        elif task.exception() is not None:
            logger.error("a storage commitment report failed: %r", task.exception())

    async def _perform(self, session: Session, information: Dataset, open_transactions: frozenset[str]) -> None:
        try:
            commitment = await asyncio.to_thread(
                self._archive.commit, information, open_transactions=open_transactions, supported=_STORED
            )
        except Exception as error:  # the database; or a hostile data set, which makes pydicom raise anything
            note(error, "a storage commitment request, for which no report is sent,")
            return
        requestor = session.requestor.ae_title
        remote = self._remotes.get(requestor)
        for pause in (*self._pauses, None):
            try:
                await self._report(session, remote, commitment)
                return
            except (DulcimerError, ValueError) as error:
                problem = str(error)
            if remote is None and not session.association.is_established:
                break
            if pause is None or await self._stops_within(pause):
                break
            logger.warning("a storage commitment report to %s will be sent again: %s", requestor, problem)
        advice = "" if remote else "; add it as a remote, so that reports can be sent on a new association"
        logger.error("a storage commitment report to %s was not delivered: %s%s", requestor, problem, advice)

    async def _report(self, session: Session, remote: Remote | None, commitment: Commitment) -> None:
        """Try to deliver the report. Raises DulcimerError if the requestor does not accept it."""
        if remote is None:
            await _send(session, commitment)
            return
        # The end that opens the association is SCP on it (PS3.4 J.3.3, PS3.7 D.3.3.4).
        role = ScpScuRoleSelection(COMMITMENT, 0, 1)
        own = await self._calling.open(remote, [Context(COMMITMENT, NATIVE[:2])], (role,))
        try:
            await _send(own, commitment)
        finally:
            await leave(own)

    async def _stops_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        return self._stopping.is_set()


def _asked(event: Event) -> tuple[Dataset, str, int]:
    """Action Information, Transaction UID, number of references. Raises the errors of `parse_request` and pydicom."""
    information = event.action_information
    transaction, references = parse_request(information)
    return information, transaction, len(references)


async def _send(session: Session, commitment: Commitment) -> None:
    status, _ = await session.user.n_event_report(commitment.information, commitment.event_type, COMMITMENT, INSTANCE)
    code = int(status.get("Status", PROCESSING_FAILURE))
    if code != SUCCESS:
        raise DulcimerError(f"the requestor answered with status {code:04X}H")
