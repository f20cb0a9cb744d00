"""The metrics and health of a server, over HTTP."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

from dulcimer.archive.operation.metrics import Metrics, text
from dulcimer.archive.operation.metrics_page import metrics_page
from dulcimer.cli.serving.console import unusable
from dulcimer.cli.serving.settings import ServeSettings
from dulcimer.counting import counted
from dulcimer.errors import TransportError


async def show_metrics(
    stack: AsyncExitStack, settings: ServeSettings, metrics: Sequence[Metrics], problem: Callable[[], str]
) -> None:
    """Serve the metrics while `stack` is open, if that is requested."""
    if settings.metrics_port is None:
        return
    try:
        port = await stack.enter_async_context(
            metrics_page(settings.metrics_port, lambda: text(metrics), lambda: problem() or _index_problem(metrics))
        )
    except TransportError as error:
        unusable(str(error), "--metrics-port")
    print(f"metrics on http://127.0.0.1:{port}/metrics", file=sys.stderr, flush=True)


def _index_problem(metrics: Sequence[Metrics]) -> str:
    count = sum(one.in_trouble for one in metrics)
    return f"{counted(count, 'stored instance')} cannot be indexed" if count else ""
