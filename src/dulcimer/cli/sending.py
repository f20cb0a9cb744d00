"""Sending files one after the other, with a line for each and a bar for all."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from dulcimer._generated.commands import status_category
from dulcimer.acse.negotiation import Context
from dulcimer.cli.failures import failure_of
from dulcimer.cli.files import Unusable, batches, find_files
from dulcimer.cli.options import AssociationOptions, TlsOptions
from dulcimer.cli.session import associate, status_json, status_text
from dulcimer.errors import ContextNotAccepted, DulcimerError, EncodeError
from dulcimer.services.instance_file import InstanceFile

KEPT = ("Success", "Warning")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one file: the status of the response, or why there is none."""

    path: Path
    size: int = 0
    status: int | None = None
    problem: str = ""

    @property
    def kept(self) -> bool:
        """Whether the peer says that it keeps the instance."""
        return self.status is not None and status_category(self.status) in KEPT

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
        return {"path": str(self.path), "size": self.size, "kept": self.kept, **status, **problem}


class Sending:
    """Sends files to one peer; `results` has one entry for each file that was looked at."""

    def __init__(self, host: str, port: int, association: AssociationOptions, tls: TlsOptions, *, quiet: bool) -> None:
        self._peer = (host, port)
        self._association = association
        self._tls = tls
        self._quiet = quiet
        self._seconds = 0.0
        self._skipped = 0
        self.results: list[Result] = []

    async def send(self, paths: Sequence[Path]) -> DulcimerError | None:
        """Send what is in `paths`; the error that ended it early, if one did."""
        instances = list(self._instances(paths))
        start = time.perf_counter()
        error: DulcimerError | None = None
        with self._progress(len(instances)) as progress:
            for contexts, group in batches(instances):
                if error is None:
                    error = await self._send_group(contexts, group, progress)
                else:
                    self._give_up(group)
        self._seconds = time.perf_counter() - start
        return error

    def _instances(self, paths: Sequence[Path]) -> Iterator[InstanceFile]:
        named = {path for path in paths if not path.is_dir()}
        for found in find_files(paths):
            if isinstance(found, InstanceFile):
                yield found
            elif found.path in named:
                self._note(Result(found.path, problem=found.why))
            else:
                self._pass_over(found)

    async def _send_group(
        self, contexts: list[Context], group: list[InstanceFile], progress: Progress
    ) -> DulcimerError | None:
        done = 0
        try:
            async with await associate(*self._peer, contexts, self._association, self._tls) as association:
                for instance in group:
                    size = instance.path.stat().st_size
                    try:
                        result = Result(instance.path, size, await association.c_store(instance))
                    except (ContextNotAccepted, EncodeError, OSError) as error:
                        result = Result(instance.path, size, problem=str(error))
                    self._note(result)
                    done += 1
                    progress.advance(progress.task_ids[0])
        except DulcimerError as error:
            self._give_up(group[done:])
            return error
        return None

    def _give_up(self, instances: Sequence[InstanceFile]) -> None:
        self.results += [
            Result(instance.path, instance.path.stat().st_size, problem="the association ended before its turn")
            for instance in instances
        ]

    def _note(self, result: Result) -> None:
        self.results.append(result)
        if not self._quiet:
            print(result.as_text(), flush=True)

    def _pass_over(self, found: Unusable) -> None:
        self._skipped += 1
        if not self._quiet:
            print(f"no DICOM  {found.path}", flush=True)

    @contextlib.contextmanager
    def _progress(self, total: int) -> Iterator[Progress]:
        console = Console(stderr=True)
        bar = Progress(
            TextColumn("sending"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=self._quiet or not sys.stderr.isatty(),
        )
        bar.add_task("sending", total=total)
        with bar:
            yield bar

    def summary(self) -> str:
        """How many files, bytes and seconds."""
        kept = [result for result in self.results if result.kept]
        size = sum(result.size for result in kept)
        words = [f"{len(kept)} of {len(self.results)} files stored", f"{size} bytes in {self._seconds:.2f} s"]
        if self._seconds and size:
            words.append(f"{size / self._seconds / 1e6:.1f} MB/s")
        if self._skipped:
            words.append(f"{self._skipped} others were not DICOM")
        return ", ".join(words)

    def as_json(self, error: DulcimerError | None) -> dict[str, object]:
        """All results and sums."""
        failure = failure_of(error) if error else None
        return {
            "files": [result.as_json() for result in self.results],
            "stored": sum(result.kept for result in self.results),
            "not_stored": sum(not result.kept for result in self.results),
            "not_dicom": self._skipped,
            "bytes": sum(result.size for result in self.results if result.kept),
            "seconds": round(self._seconds, 6),
            **({"error": failure.as_json()} if failure else {}),
        }
