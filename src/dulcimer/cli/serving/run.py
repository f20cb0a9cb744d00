"""Running the server of an archive for the command line: in this process, or in several."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from dulcimer.archive.operation.metrics import Metrics
from dulcimer.cli.serving.console import announce, say
from dulcimer.cli.serving.health import show_metrics
from dulcimer.cli.serving.opening import open_archive
from dulcimer.cli.serving.server import prepare, serve
from dulcimer.cli.serving.settings import ServeSettings
from dulcimer.cli.serving.stopping import Stop


def run(settings: ServeSettings) -> None:
    """Serve until SIGINT or SIGTERM. `typer.BadParameter` if an address, a file or the database cannot be used."""
    prepare(settings)
    settings.tls.server_context()
    if settings.workers > 1:
        from dulcimer.cli.serving.workers import supervise  # not needed for one process

        supervise(settings)
        return
    metrics = Metrics()
    metrics.started()
    with open_archive(settings, metrics) as archive:
        asyncio.run(_run(settings, archive, metrics))


async def _run(settings: ServeSettings, archive: Any, metrics: Metrics) -> None:
    stop = Stop()
    async with AsyncExitStack() as stack:
        await show_metrics(stack, settings, [metrics], lambda: stop.problem)
        await serve(settings, archive, metrics, stop, lambda host, port: announce(settings, host, port))
    say("stopped")
