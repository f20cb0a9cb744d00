"""The report on files that are sent: a line for each, a progress bar, and the totals."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from dulcimer._generated.commands import status_category
from dulcimer.cli.show.output import print_json_line, progress_bar
from dulcimer.cli.show.statuses import status_json, status_text
from dulcimer.counting import counted

KEPT = ("Success", "Warning")


@dataclass(frozen=True, slots=True)
class SendingResult:
    """The result of one file: the status of the response, or why there is none."""

    path: Path
    size: int = 0
    status: int | None = None
    problem: str = ""
    stored_before: bool = False

    @property
    def kept(self) -> bool:
        """Whether the peer says that it keeps the instance."""
        return self.stored_before or (self.status is not None and status_category(self.status) in KEPT)

    def as_text(self) -> str:
        """One line."""
        if self.status is None:
            return f"not sent  {self.path}: {self.problem}"
        word = "stored   " if self.kept else "FAILED   "
        return f"{word} {self.path}" + ("" if self.status == 0 else f": {status_text(self.status, 'C-STORE')}")

    def as_json(self) -> dict[str, object]:
        """The same for programs."""
        status = {} if self.status is None else status_json(self.status, "C-STORE")
        problem = {"problem": self.problem} if self.problem else {}
        before = {"stored_before": True} if self.stored_before else {}
        return {"path": str(self.path), "size": self.size, "kept": self.kept, **status, **problem, **before}


class SendingReport:
    """Prints results as they arrive; `results` has those of all files that were read."""

    def __init__(self, *, json_output: bool, quiet: bool) -> None:
        self.results: list[SendingResult] = []
        self._json = json_output
        self._quiet = quiet
        self._not_dicom = 0
        self._seconds = 0.0
        self._progress: Progress | None = None

    @property
    def all_kept(self) -> bool:
        """Whether there was something to send, and the peer keeps all of it."""
        return bool(self.results) and all(result.kept for result in self.results)

    def note(self, result: SendingResult) -> None:
        """Report the result of a file."""
        self.results.append(result)
        if self._json:
            print_json_line(result.as_json())
        elif not result.kept or not (self._quiet or result.stored_before):
            print(result.as_text(), flush=True)
        if self._progress is not None and not result.stored_before:
            self._progress.advance(self._progress.task_ids[0])

    def pass_over(self, path: Path) -> None:
        """Report a file in a directory that is not DICOM."""
        self._not_dicom += 1
        if not self._quiet and not self._json:
            print(f"no DICOM  {path}", flush=True)

    @contextlib.contextmanager
    def sending(self, total: int) -> Iterator[None]:
        """Measure time and show a progress bar inside the block."""
        columns = (TextColumn("sending"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        start = time.perf_counter()
        with progress_bar(*columns, disable=self._quiet or self._json) as bar:
            bar.add_task("sending", total=total)
            self._progress = bar
            try:
                yield
            finally:
                self._progress = None
                self._seconds = time.perf_counter() - start

    def finish(self) -> None:
        """Print the totals."""
        if self._json:
            print_json_line({"summary": self._as_json()})
        elif not self._quiet:
            print(self._as_text())

    def _as_text(self) -> str:
        sent = [result for result in self.results if not result.stored_before]
        kept = [result for result in sent if result.kept]
        size = sum(result.size for result in kept)
        before = len(self.results) - len(sent)
        words = [
            f"{len(kept)} of {counted(len(sent), 'file')} stored",
            f"{counted(size, 'byte')} in {self._seconds:.2f} s",
        ]
        if not sent:
            words = ["nothing left to send" if before else "nothing was sent"]
        if self._seconds and size:
            words.append(f"{size / self._seconds / 1e6:.1f} MB/s")
        if before:
            words.append(f"{counted(before, 'file')} stored before")
        if self._not_dicom:
            words.append(f"{counted(self._not_dicom, 'file')} skipped: not DICOM")
        return ", ".join(words)

    def _as_json(self) -> dict[str, object]:
        sent = [result for result in self.results if not result.stored_before]
        return {
            "stored": sum(result.kept for result in sent),
            "not_stored": sum(not result.kept for result in sent),
            "stored_before": len(self.results) - len(sent),
            "not_dicom": self._not_dicom,
            "bytes": sum(result.size for result in sent if result.kept),
            "seconds": round(self._seconds, 6),
        }
