"""The common part of C-GET and C-MOVE: one operation with sub-operations, watched to the final response."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import typer
from pydicom.dataset import Dataset
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from dulcimer._generated.commands import CStoreRq, status_category
from dulcimer._generated.statuses import SUB_OPERATIONS_FAILED
from dulcimer.ae.core.client import ClientAssociation
from dulcimer.cli.failures.exceptions import FinalResponseFailed
from dulcimer.cli.scu.interrupts import cancellable
from dulcimer.cli.show.output import print_json_line, progress_bar, say
from dulcimer.cli.show.statuses import status_json, status_text
from dulcimer.counting import counted
from dulcimer.escaping import escaped
from dulcimer.services.answers import Answers
from dulcimer.services.storage import StoredInstance

_COUNTERS = {
    "completed": "NumberOfCompletedSuboperations",
    "failed": "NumberOfFailedSuboperations",
    "warning": "NumberOfWarningSuboperations",
    "remaining": "NumberOfRemainingSuboperations",
}


@dataclass(slots=True)
class RetrieveOutcome:
    """How an operation ended: its status, its sub-operations, the instances that the peer could not send."""

    service: str
    status: int = 0
    comment: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    failed_uids: list[str] = field(default_factory=list)
    in_doubt: bool = False
    """Whether it ended with failures or warnings, and the peer does not say how many."""
    refused_uids: list[str] = field(default_factory=list)
    received: int = 0
    size: int = 0

    def note(self, status: Dataset, identifier: Dataset | None) -> None:
        """Record the contents of a response."""
        self.status = int(status.Status)
        self.comment = escaped(str(status.get("ErrorComment", "") or ""))
        for name, keyword in _COUNTERS.items():
            if (value := status.get(keyword)) is not None:
                self.counts[name] = int(value)
        if status_category(self.status) != "Pending":
            if status.get(_COUNTERS["remaining"]) is None:
                self.counts["remaining"] = 0
            has_counts = status.get(_COUNTERS["failed"]) is not None or status.get(_COUNTERS["warning"]) is not None
            self.in_doubt = self.status == SUB_OPERATIONS_FAILED and not has_counts
            uids = identifier.get("FailedSOPInstanceUIDList") if identifier is not None else None
            if uids:
                self.failed_uids = [uids] if isinstance(uids, str) else [str(uid) for uid in uids]

    @property
    def is_good(self) -> bool:
        """Whether all instances arrived."""
        done = status_category(self.status) in ("Success", "Warning")
        missing = self.counts.get("failed") or self.failed_uids or self.refused_uids
        return done and not missing and not self.in_doubt

    def as_text(self) -> str:
        """One line."""
        order = [name for name in _COUNTERS if self.counts.get(name) or name in ("completed", "failed")]
        parts = [f"{self.counts.get(name, 0)} {name}" for name in order]
        if self.refused_uids:
            parts.append(f"{len(self.refused_uids)} refused here")
        return f"{self.service}: {status_text(self.status, self.service)}; " + ", ".join(parts)

    def as_json(self) -> dict[str, object]:
        """The same for programs."""
        return {
            **status_json(self.status, self.service),
            **{name: self.counts.get(name, 0) for name in _COUNTERS},
            "failed_sop_instance_uids": self.failed_uids,
            **({"refused_sop_instance_uids": self.refused_uids} if self.refused_uids else {}),
            "received": self.received,
            "bytes": self.size,
            "complete": self.is_good,
            **({"comment": self.comment} if self.comment else {}),
        }


class RetrievalWatch:
    """Reports the progress of an operation: a line for each instance that arrives, a bar on a terminal."""

    def __init__(self, service: str, json_output: bool, quiet: bool) -> None:
        self.outcome = RetrieveOutcome(service)
        self._json = json_output
        self._quiet = quiet
        self._progress: Progress | None = None

    def stored(self, instance: StoredInstance) -> None:
        """Report an instance that arrived and is kept."""
        self.outcome.received += 1
        self.outcome.size += instance.size
        with contextlib.suppress(OSError, ValueError):  # an output error must not refuse the instance
            self._print_stored(instance)

    def refused(self, request: CStoreRq, status: int, why: str) -> None:
        """Report an instance that arrived but is not kept; the peer may count it as completed."""
        uid = request.affected_sop_instance_uid
        self.outcome.refused_uids.append(uid)
        words = escaped(f"{status_text(status, 'C-STORE')}" + (f" ({why})" if why else ""))
        with contextlib.suppress(OSError, ValueError):
            if self._json:
                refused = {"sop_instance_uid": uid, **status_json(status, "C-STORE"), "comment": why, "kept": False}
                print_json_line(refused)
            else:
                print(f"REFUSED   {escaped(uid)}: {words}", flush=True)

    def _print_stored(self, instance: StoredInstance) -> None:
        if self._json:
            print_json_line(
                {
                    "path": str(instance.path),
                    "sop_class_uid": instance.sop_class_uid,
                    "sop_instance_uid": instance.sop_instance_uid,
                    "size": instance.size,
                }
            )
        elif not self._quiet:
            print(f"received  {instance.path}, {counted(instance.size, 'byte')}", flush=True)

    def say(self, *lines: str) -> None:
        """Print what the operation assumes, or where its instances arrive."""
        for line in lines:
            say(line, quiet=self._quiet or self._json)

    def update(self, status: Dataset, identifier: Dataset | None) -> None:
        """Report a response."""
        self.outcome.note(status, identifier)
        if self._progress is not None:
            counts = self.outcome.counts
            done = sum(counts.get(name, 0) for name in ("completed", "failed", "warning"))
            failed = f", {counts['failed']} failed" if counts.get("failed") else ""
            self._progress.update(
                self._progress.task_ids[0],
                completed=done,
                total=done + counts.get("remaining", 0),
                counts=f"{done} of {done + counts.get('remaining', 0)}{failed}",
            )

    @contextlib.contextmanager
    def early_end_reported(self) -> Iterator[None]:
        """If the block ends with an exception, print how many instances were received."""
        try:
            yield
        except typer.BadParameter:
            raise
        except BaseException:
            outcome = self.outcome
            if self._json:
                early = {"received": outcome.received, "bytes": outcome.size, "complete": False}
                print_json_line({"summary": early})
            elif outcome.received and not self._quiet:
                print(f"{outcome.service}: ended early; {outcome.received} received", flush=True)
            raise

    @contextlib.contextmanager
    def bar(self) -> Iterator[None]:
        """A progress bar on standard error, if that is a terminal."""
        columns = (
            TextColumn(self.outcome.service),
            BarColumn(),
            TextColumn("{task.fields[counts]}"),
            TimeElapsedColumn(),
        )
        progress = progress_bar(*columns, disable=self._quiet or self._json)
        progress.add_task("", total=None, counts="")
        with progress:
            self._progress = progress
            yield
        self._progress = None

    async def run(self, association: ClientAssociation, answers: Answers, sop_class: str) -> None:
        """Watch the operation until its final response. Ctrl-C cancels it."""
        with self.bar():
            async with cancellable(association, answers, sop_class):
                async for status, identifier in answers:
                    self.update(status, identifier)

    def finish(self) -> bool:
        """Print how it ended; True if all is well. Raises FinalResponseFailed if the operation failed as a whole."""
        outcome = self.outcome
        failed = status_category(outcome.status) not in ("Success", "Warning")
        if self._json:
            print_json_line({"summary": outcome.as_json()})
        else:
            for uid in outcome.failed_uids:
                print(f"FAILED    {escaped(uid)}")
            if not self._quiet:
                print(outcome.as_text())
        if not failed and not any(outcome.counts.values()):
            say("The peer found nothing that matches.", quiet=self._quiet or self._json)
        if failed:
            words = status_text(outcome.status, outcome.service)
            raise FinalResponseFailed(outcome.service, outcome.status, words, outcome.comment)
        return outcome.is_good
