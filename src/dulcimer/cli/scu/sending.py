"""Sending files to one peer: on several associations, in parallel, with retries after the connection was lost."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dulcimer._generated.codes import RejectResult
from dulcimer.acse.negotiation import Context
from dulcimer.ae.core.client import ClientAssociation
from dulcimer.cli.options.peer import PeerOptions
from dulcimer.cli.scu.association import associate
from dulcimer.cli.scu.files import batches, find_files
from dulcimer.cli.scu.journal import SendingJournal
from dulcimer.cli.scu.refusals import Refusals, why_not
from dulcimer.cli.scu.sending_report import SendingReport, SendingResult
from dulcimer.cli.show.output import say
from dulcimer.counting import counted
from dulcimer.errors import (
    AssociationAborted,
    AssociationRejected,
    AssociationTimeout,
    ContextNotAccepted,
    DIMSEProcessingError,
    DulcimerError,
    EncodeError,
    TransportError,
)
from dulcimer.services.instance_file import InstanceFile
from dulcimer.wire.model import AsynchronousOperationsWindow

_LONGEST_DELAY = 60.0


@dataclass(frozen=True, slots=True)
class SendingPlan:
    """How to send: `preferred` transfer syntaxes (none: those of the files), whether to `convert` to them; how many
    parallel associations, and parallel operations on each; the number of retries, the first after `delay` seconds,
    doubled for each further one.
    """

    preferred: tuple[str, ...] = ()
    convert: bool = True
    jobs: int = 1
    window: int = 1
    retries: int = 0
    delay: float = 1.0
    recurse: bool = True


class Sending:
    """Sends files; `report` holds the result of each."""

    def __init__(self, peer: PeerOptions, plan: SendingPlan, journal: SendingJournal, report: SendingReport) -> None:
        self._peer = peer
        self._plan = plan
        self._journal = journal
        self._report = report
        self._refusals = Refusals()
        self._queue: deque[InstanceFile] = deque()
        self._attempts: Counter[Path] = Counter()
        self._window_reported = False

    async def send(self, paths: Sequence[Path]) -> DulcimerError | None:
        """Send what is in `paths`; returns the error that ended it early, if any."""
        instances = list(self._instances(paths))
        error: DulcimerError | None = None
        with self._report.sending(len(instances)), self._journal.open():
            for contexts, group in batches(instances, self._plan.preferred, convert=self._plan.convert):
                self._queue.extend(group)
                if error is None:
                    error = await self._send_group(contexts)
                while self._queue:
                    self._note(self._queue.popleft(), problem=f"not attempted: {_end(error)}")
        return error

    async def advice(self) -> list[str]:
        """Advice about instances that the peer did not accept."""
        return await self._refusals.advice(self._peer) if self._refusals else []

    def _instances(self, paths: Sequence[Path]) -> Iterator[InstanceFile]:
        named = {path for path in paths if not path.is_dir()}
        for found in find_files(paths, recurse=self._plan.recurse):
            if not isinstance(found, InstanceFile):
                if found.path in named:
                    self._report.note(SendingResult(found.path, problem=found.why))
                else:
                    self._report.pass_over(found.path)
            elif found in self._journal:
                self._report.note(SendingResult(found.path, found.path.stat().st_size, stored_before=True))
            else:
                yield found

    async def _send_group(self, contexts: list[Context]) -> DulcimerError | None:
        """Send what is in the queue; returns why files are left in it, if any."""
        jobs = min(self._plan.jobs, len(self._queue))
        established = asyncio.Event()
        first = self._work(contexts, established)
        errors = await asyncio.gather(first, *(self._join(contexts, established) for _ in range(jobs - 1)))
        # If the peer rejects one association, the others can still send everything.
        failures = [error for error in errors if error is not None]
        lost = any(self._attempts[path] > self._plan.retries for path in self._attempts)
        return failures[0] if failures and (self._queue or lost) else None

    async def _join(self, contexts: list[Context], established: asyncio.Event) -> DulcimerError | None:
        """Start after the first association is established: a peer might reject all that are requested at once."""
        await established.wait()
        return await self._work(contexts, established)

    async def _work(self, contexts: list[Context], established: asyncio.Event) -> DulcimerError | None:
        """One association after the other until the queue is empty; the error that ended the last one, if any."""
        try:
            return await self._work_on(contexts, established)
        finally:
            established.set()

    async def _work_on(self, contexts: list[Context], established: asyncio.Event) -> DulcimerError | None:
        failures = 0
        while self._queue:
            sent = len(self._report.results)
            try:
                await self._send_on_one(contexts, established)
            except DulcimerError as error:
                failures = 0 if len(self._report.results) > sent else failures
                if not self._queue or failures >= self._plan.retries or not _worth_a_retry(error):
                    return error
                delay = min(self._plan.delay * 2**failures, _LONGEST_DELAY)
                failures += 1
                say(f"{error}; trying again in {delay:g} s ({failures} of {self._plan.retries})")
                await asyncio.sleep(delay)
        return None

    async def _send_on_one(self, contexts: list[Context], established: asyncio.Event) -> None:
        window = self._plan.window
        items = [AsynchronousOperationsWindow(window, 1)] if window > 1 else []
        async with await associate(self._peer, contexts, user_items=items) as association:
            established.set()
            side_by_side = min(window, association.window or window)
            if side_by_side < window and not self._window_reported:
                self._window_reported = True
                say(
                    f"The peer accepts only {counted(side_by_side, 'operation')} at a time on an association, "
                    f"not {window} (--window)."
                )
            feeds = (self._feed(association) for _ in range(side_by_side))
            for error in await asyncio.gather(*feeds):
                if error is not None:
                    raise error

    async def _feed(self, association: ClientAssociation) -> DulcimerError | None:
        """Send one file after the other; returns the error that ended the association."""
        while self._queue:
            instance = self._queue.popleft()
            try:
                status = await association.c_store(instance, convert=self._plan.convert)
            except ContextNotAccepted:
                self._refusals.note(instance, association.rejected_contexts)
                why = why_not(instance, association.accepted_contexts, association.rejected_contexts)
                self._note(instance, problem=why)
            except (AssociationAborted, AssociationTimeout) as error:
                self._attempts[instance.path] += 1
                if self._attempts[instance.path] > self._plan.retries:
                    self._note(instance, problem=str(error))
                else:  # at the end, in case it is what crashes the peer
                    self._queue.append(instance)
                return error
            except (EncodeError, DIMSEProcessingError, OSError) as error:
                self._note(instance, problem=str(error))
            else:
                if self._note(instance, status=status):
                    self._journal.add(instance)
        return None

    def _note(self, instance: InstanceFile, *, status: int | None = None, problem: str = "") -> bool:
        try:
            size = instance.path.stat().st_size
        except OSError:
            size = 0
        result = SendingResult(instance.path, size, status, problem)
        self._report.note(result)
        return result.kept


def _end(error: DulcimerError | None) -> str:
    match error:
        case AssociationRejected():
            return "the association was rejected"
        case TransportError():
            return "there was no connection"
        case AssociationAborted(unanswered=True) | AssociationTimeout():
            return "the peer did not answer"
        case _:
            return "the transfer ended first"


def _worth_a_retry(error: DulcimerError) -> bool:
    match error:
        case AssociationRejected():
            return error.result == RejectResult.REJECTED_TRANSIENT
        case TransportError() | AssociationAborted() | AssociationTimeout():
            return True
        case _:
            return False
