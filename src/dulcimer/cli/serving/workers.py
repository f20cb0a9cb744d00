"""Running an archive in several processes: a supervisor and its workers."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import replace
from typing import Any, NoReturn

import typer

from dulcimer.archive.operation.metrics import Metrics
from dulcimer.archive.operation.workers import AT_ONCE, READY, WorkerSupervisor, reserved, shared_metrics
from dulcimer.archive.store import shared_by_others
from dulcimer.cli.failures.reporting import report
from dulcimer.cli.serving.console import announce, say, unusable
from dulcimer.cli.serving.health import show_metrics
from dulcimer.cli.serving.opening import open_archive
from dulcimer.cli.serving.server import prepare, serve
from dulcimer.cli.serving.settings import ServeSettings
from dulcimer.cli.serving.stopping import Stop
from dulcimer.errors import TransportError

_PROGRAM = f"from {__name__} import main; main()"


def supervise(settings: ServeSettings) -> None:
    """Serve in `settings.workers` processes, until SIGINT or SIGTERM; see `run`."""
    with ExitStack() as stack:
        try:
            host, port = stack.enter_context(reserved(settings.host, settings.port))
        except TransportError as error:
            unusable(str(error), "--host' or '--port")
        # Recover from a crash once, before there are several processes.
        with open_archive(settings):
            if settings.directory is not None:
                stack.enter_context(shared_by_others(settings.directory))
        asyncio.run(_supervise(replace(settings, port=port, reindex=False), host))


async def _supervise(settings: ServeSettings, host: str) -> None:
    stop = Stop()
    command = [sys.executable, "-c", _PROGRAM]
    supervisor = WorkerSupervisor(command, settings.to_line(), settings.workers, settings.grace)
    async with AsyncExitStack() as stack:
        await show_metrics(stack, settings, supervisor.metrics, lambda: stop.problem or supervisor.problem)
        status = await supervisor.start()
        if status:
            raise typer.Exit(status)
        announce(settings, host, settings.port)
        keeping = asyncio.create_task(supervisor.keep())
        await stop.asked.wait()
        if not await stop.unless_hurried(supervisor.stop()):
            await supervisor.stop(at_once=True)
        await keeping
    say("stopped")


def main() -> NoReturn:
    """Run a worker: the arguments are its number and two descriptors; its settings come on standard input."""
    number, memory, ready = map(int, sys.argv[1:])
    with open(0, "rb", buffering=0, closefd=False) as line:  # later lines are for `_serve`
        order = line.readline()
    if not order:  # the supervisor ended before it sent the settings
        sys.exit(1)
    settings = ServeSettings.from_line(order)
    settings.output.configure_logging(bounded=True)
    prepare(settings)
    try:
        _work(settings, number, memory, ready)
    except typer.BadParameter as error:
        print(f"{error.param_hint}: {error.message}", file=sys.stderr)
        sys.exit(error.exit_code)
    except Exception as error:
        sys.exit(report(error, {"debug": settings.output.debug}))
    sys.exit(0)


def _work(settings: ServeSettings, number: int, memory: int, ready: int) -> None:
    every = shared_metrics(memory)
    own = every[number]
    own.started()

    def serving(_host: str, _port: int) -> None:
        os.write(ready, READY)
        os.close(ready)

    with open_archive(settings, own) as archive:
        if number:
            own.passed_over(0)  # all have the same number, and the first worker reports it
        asyncio.run(_serve(settings, archive, own, every, serving))


async def _serve(
    settings: ServeSettings, archive: Any, own: Metrics, every: Sequence[Metrics], serving: Callable[[str, int], None]
) -> None:
    stop = Stop(patient=True)
    loop = asyncio.get_running_loop()
    lifeline = sys.stdin.fileno()

    def heard() -> None:
        if os.read(lifeline, 1) == AT_ONCE:
            stop.at_once()
        else:  # the supervisor has ended
            loop.remove_reader(lifeline)
            stop()

    loop.add_reader(lifeline, heard)
    await serve(settings, archive, own, stop, serving, every)
