"""The server of an archive in one process, from its first connection to its last."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import ssl
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from dulcimer.ae.core.timeouts import Timeouts
from dulcimer.archive.operation.metrics import Metrics
from dulcimer.archive.scp.remotes import by_title
from dulcimer.cli.logs.association_log import LogObserver
from dulcimer.cli.serving.association_line import AssociationLine
from dulcimer.cli.serving.console import unusable
from dulcimer.cli.serving.settings import ServeSettings, TraceSettings
from dulcimer.cli.serving.stopping import Stop
from dulcimer.errors import TransportError
from dulcimer.upper_layer.observer import Observer, together

THREADS = 32
"""Files that are synced, and queries that run, at the same time."""


def prepare(settings: ServeSettings) -> None:
    """Raise the limit of open files as far as allowed, and keep pydicom from logging unusual patient values."""
    if not settings.output.debug:
        warnings.simplefilter("ignore", UserWarning)
        logging.getLogger("pydicom").addHandler(logging.NullHandler())
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def serve(
    settings: ServeSettings,
    archive: Any,
    metrics: Metrics,
    stop: Stop,
    serving: Callable[[str, int], None],
    others: Sequence[Metrics] = (),
) -> None:
    """Serve until `stop` is requested; call `serving` with the address once the server listens.

    `others` are the metrics of all processes that serve the same port.
    """
    from dulcimer.archive.query.worklist import Worklist
    from dulcimer.archive.scp.server import ArchiveServer

    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(THREADS, "dulcimer-work"))
    server = ArchiveServer(
        archive,
        worklist=None if settings.worklist is None else Worklist(settings.worklist),
        ignore_instances=settings.ignore,
        ae_title=settings.ae_title,
        remotes=by_title(settings.remotes),
        maximum_length=settings.maximum_length,
        artim_timeout=settings.artim_timeout,
        timeouts=Timeouts(
            acse=settings.acse_timeout,
            dimse=settings.dimse_timeout,
            network=settings.network_timeout,
            connect=settings.acse_timeout,
        ),
        maximum_associations=settings.maximum_associations,
        require_called_ae_title=settings.require_called_ae_title,
        require_calling_ae_titles=settings.accept_calling,
        users=_users(settings.user_file),
        tls=settings.tls.server_context(),
        calling_tls=_calling_tls(settings),
        metrics=metrics,
        others=others,
        observe=_observing(settings),
        limits=settings.limits,
    )
    # These objects live as long as the process: a full collection over them would stop the loop for 40 ms.
    gc.collect()
    gc.freeze()
    try:
        async with server.listen(settings.host, settings.port, reuse_port=bool(others)):
            serving(*server.address)
            await stop.asked.wait()
            await stop.unless_hurried(server.drain(settings.grace))
    except TransportError as error:
        unusable(str(error), "--host' or '--port")


def _users(path: Path | None) -> Any:
    if path is None:
        return None
    from dulcimer.archive.users import UserFileError, Users

    try:
        return Users.read(path)
    except (UserFileError, OSError) as error:
        unusable(str(error), "--user-file")


def _calling_tls(settings: ServeSettings) -> ssl.SSLContext | None:
    wanted = any(remote.tls for remote in settings.remotes)
    return replace(settings.tls, tls=True).client_context() if wanted else None


def _observing(settings: ServeSettings) -> Callable[[], Observer | None]:
    """Makes the observer of an association. `typer.BadParameter` if traces cannot be written."""
    recorder = _recorder(settings.trace)

    def observe() -> Observer | None:
        is_logged = logging.getLogger("dulcimer.cli").isEnabledFor(logging.INFO)
        return together(AssociationLine(), LogObserver() if is_logged else None, recorder())

    return observe


def _recorder(trace: TraceSettings | None) -> Callable[[], Observer | None]:
    if trace is None:
        return lambda: None
    from dulcimer.trace.recording import TraceFolder

    try:
        return TraceFolder(
            trace.folder, raw=trace.raw, pseudonymise=trace.pseudonymise, most=trace.most, vantage="acceptor"
        )
    except OSError as error:
        unusable(f"{trace.folder} cannot be used: {error.strerror}", "--trace")
