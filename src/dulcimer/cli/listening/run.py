"""Listens for the command line, until it is stopped or has done its share."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import typer

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.listening.client_json import told_as_json, totals_as_json
from dulcimer.cli.listening.client_lines import ClientLines, print_listen_summary
from dulcimer.cli.logs.association_log import log_observer
from dulcimer.cli.show.output import print_json_line, text_console
from dulcimer.diagnosis.listening.events import ClientEnded, ListenTold, ListenTotals
from dulcimer.diagnosis.listening.serving import ClientListener, ListenSettings
from dulcimer.errors import TransportError
from dulcimer.fuzz.proxy.serving import address_text


@dataclass(frozen=True, slots=True)
class ListenRun:
    """How long to listen, and what is printed. `connections`: after so many it ends; None for no limit."""

    host: str
    port: int
    connections: int | None = None
    seconds: float | None = None
    json: bool = False
    quiet: bool = False
    every: bool = False


def run_listen(settings: ListenSettings, run: ListenRun) -> None:
    """Listen. Raises `typer.Exit` if a client did something wrong."""
    totals = ListenTotals()
    began = time.monotonic()
    server = "" if settings.like is None else settings.like.name
    asyncio.run(_run(settings, run, totals, server))
    took = time.monotonic() - began
    if run.json:
        print_json_line({"summary": totals_as_json(totals, took)})
    elif not run.quiet:
        print_listen_summary(totals, took, _printer(), server)
    if totals.is_wrong:
        raise typer.Exit(ExitStatus.PEER_FAILED)


async def _run(settings: ListenSettings, run: ListenRun, totals: ListenTotals, server: str) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    heeds: list[Callable[[ListenTold], None]] = [totals.add]
    if run.json:
        heeds.append(lambda told: print_json_line(told_as_json(told)))
    elif not run.quiet:
        heeds.append(ClientLines(_printer(), server=server, every=run.every).heed)
    ended = 0

    def heed(told: ListenTold) -> None:
        nonlocal ended
        for each in heeds:
            each(told)
        ended += isinstance(told, ClientEnded)
        if run.connections is not None and ended >= run.connections:
            stop.set()

    began = loop.time()
    listener = ClientListener(settings, heed, lambda: loop.time() - began, log_observer)
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C is a KeyboardInterrupt there
            loop.add_signal_handler(number, stop.set)
    if run.seconds is not None:
        loop.call_later(run.seconds, stop.set)
    try:
        async with listener.listen(run.host, run.port):
            _announce(settings, run, server, *listener.address)
            await stop.wait()
    except TransportError as error:
        raise typer.BadParameter(f"cannot listen there: {error}", param_hint="'PORT'") from error


def _announce(settings: ListenSettings, run: ListenRun, server: str, host: str, port: int) -> None:
    """Print where it listens; with JSON on standard error, so that a program reads only objects."""
    listening = f"listening on {address_text(host, port)}"
    if run.json or run.quiet:
        print(listening, file=sys.stderr if run.json else sys.stdout, flush=True)
        return
    takes = f"as {server} would" if settings.is_alike else "any AE title, SOP class and transfer syntax"
    kept = f"instances are kept in {settings.keep}" if settings.keep is not None else "nothing is kept"
    print(f"{listening}\naccepts {takes}; {kept}. Ctrl-C ends it.", flush=True)


def _printer() -> Callable[[str, str], None]:
    console = text_console(at_most=None)

    def show(line: str, style: str) -> None:
        with contextlib.suppress(OSError):  # a closed output must not fail an association
            console.print(line, style=style or None, soft_wrap=True)

    return show
