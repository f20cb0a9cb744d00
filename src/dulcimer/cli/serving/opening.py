"""The archive of a server, opened by its settings."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from dulcimer.archive.operation.metrics import Metrics
from dulcimer.cli.serving.console import say, unusable
from dulcimer.cli.serving.settings import ServeSettings
from dulcimer.counting import counted
from dulcimer.services.storage import StoredInstance


@contextmanager
def open_archive(settings: ServeSettings, metrics: Metrics | None = None) -> Iterator[Any]:
    """The archive with an up-to-date index; None without a directory."""
    if settings.directory is None:
        yield None
        return
    from sqlalchemy.exc import SQLAlchemyError

    from dulcimer.archive import Archive

    with ExitStack() as stack:
        try:
            archive = stack.enter_context(
                Archive(
                    settings.directory,
                    settings.database,
                    retrieve_ae_title=settings.ae_title,
                    read_all=settings.reindex,
                    progress=_progress,
                    on_stored=_print_stored,
                    on_backlog=(lambda _: None) if metrics is None else metrics.backlog,
                    on_trouble=(lambda _: None) if metrics is None else metrics.trouble,
                    limits=settings.limits,
                    sync=settings.sync,
                )
            )
            if metrics is not None:
                metrics.passed_over(len(archive.passed_over))
            done = archive.opening
            if done is not None and (settings.reindex or done.indexed or done.removed):
                summary = f"{counted(done.indexed, 'file')} indexed, {done.unreadable} unreadable, {done.removed} gone"
                print(summary, file=sys.stderr, flush=True)
        except OSError as error:
            unusable(f"{error.filename or 'the directory'} cannot be used: {error.strerror or error}", "--dir")
        except (SQLAlchemyError, ImportError) as error:
            problem = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            if settings.database is None and ("not a database" in problem or "malformed" in problem):
                problem += "; if you remove .index.sqlite3 and its -wal and -shm files, it is rebuilt"
            unusable(f"the index cannot be used: {problem}", "--database" if settings.database else "--dir")
        yield archive


def _progress(done: int, total: int) -> None:
    """Show the progress of indexing on one line of a terminal."""
    if sys.stderr.isatty() and total:
        print(
            f"\rindexing: {done} of {counted(total, 'file')}",
            end="\n" if done == total else "",
            file=sys.stderr,
            flush=True,
        )


def _print_stored(instance: StoredInstance) -> None:
    say(f"stored {instance.path.name}, {counted(instance.size, 'byte')}")
