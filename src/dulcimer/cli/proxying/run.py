"""Runs the proxy for the command line, until it is stopped or has done its share."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import typer

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.failures.names_in_use import Names
from dulcimer.cli.proxying.summary import print_summary
from dulcimer.cli.proxying.trace_json import summary_json, told_json
from dulcimer.cli.proxying.trace_lines import HEADING, LEGEND, TraceLines
from dulcimer.cli.proxying.words import unreachable
from dulcimer.cli.show.output import print_json_line, text_console
from dulcimer.counting import counted
from dulcimer.fuzz.proxy.events import Told
from dulcimer.fuzz.proxy.recording import ProxyCapture
from dulcimer.fuzz.proxy.serving import DicomProxy, ProxySettings, address_text
from dulcimer.fuzz.proxy.totals import ProxyTotals
from dulcimer.fuzz.proxy.witness import LinkRecorder
from dulcimer.trace.between import ProxyTrace
from dulcimer.trace.masking import Masks


@dataclass(frozen=True, slots=True)
class ProxyOutput:
    """What is printed, and how. `every`: a line for each piece of a data set.

    `capture` and `trace`: files to write; `masks`: what is left out of the trace.
    """

    json: bool = False
    quiet: bool = False
    every: bool = False
    capture: Path | None = None
    trace: Path | None = None
    masks: Masks = field(default_factory=Masks)


def run_proxy(settings: ProxySettings, output: ProxyOutput, seconds: float | None) -> None:
    """Run it. Raises `typer.Exit` if something was wrong, or the server was never reached."""
    totals = ProxyTotals()
    began = time.monotonic()
    with ExitStack() as stack:
        recorders: list[LinkRecorder] = []
        with_rules = bool(settings.link.rules)
        if output.capture is not None:
            file = stack.enter_context(output.capture.open("wb"))
            recorders.append(ProxyCapture(file, time.time(), settings.server, with_rules=with_rules))
        if output.trace is not None:
            file = stack.enter_context(output.trace.open("wb"))
            recorders.append(ProxyTrace(file, time.time(), settings.server, with_rules=with_rules, masks=output.masks))
        asyncio.run(_run(settings, output, seconds, totals, recorders))
    took = time.monotonic() - began
    if output.json:
        print_json_line({"summary": summary_json(totals, took)})
    elif not output.quiet or totals.has_failed:
        print_summary(totals, took, _printer(), capture=str(output.capture or ""), whole=output.quiet)
    if totals.failed and not totals.connections and totals.error is not None:
        failure = unreachable(
            totals.error, Names(settings.server_host, settings.server_port, tls=settings.tls is not None)
        )
        if output.json:
            print_json_line({"error": failure.as_json()})
        else:
            print(failure.as_text(), file=sys.stderr, flush=True)
        raise typer.Exit(failure.status)
    if totals.has_failed or totals.failed:
        raise typer.Exit(ExitStatus.PEER_FAILED)


async def _run(
    settings: ProxySettings,
    output: ProxyOutput,
    seconds: float | None,
    totals: ProxyTotals,
    recorders: Sequence[LinkRecorder],
) -> None:
    heeds: list[Callable[[Told], None]] = [totals.add]
    if output.json:
        heeds.append(lambda told: print_json_line(told_json(told)))
    elif not output.quiet:
        heeds.append(TraceLines(_printer(), every=output.every).heed)

    def heed(told: Told) -> None:
        for each in heeds:
            each(told)

    proxy = DicomProxy(settings, heed, *recorders)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C is a KeyboardInterrupt there
            loop.add_signal_handler(number, stop.set)
    if seconds is not None:
        loop.call_later(seconds, stop.set)
    try:
        await proxy.run(stop, lambda host, port: _announce(settings, output, host, port))
    except OSError as error:
        where = address_text(settings.host, settings.port)
        raise typer.BadParameter(
            f"cannot listen on {where}: {error.strerror or error}", param_hint="'--listen'"
        ) from error


def _announce(settings: ProxySettings, output: ProxyOutput, host: str, port: int) -> None:
    """Print where the proxy listens; with JSON on standard error, so that a program reads only objects."""
    rules = settings.link.rules
    what = f"{counted(len(rules), 'fault rule')}, seed {settings.link.seed}" if rules else "nothing is changed"
    listening = f"listening on {address_text(host, port)}"
    if output.json or output.quiet:
        print(listening, file=sys.stderr if output.json else sys.stdout, flush=True)
        return
    print(f"{listening}\nin front of {settings.server}; {what}. Ctrl-C ends it.\n{LEGEND}\n\n{HEADING}", flush=True)


def _printer() -> Callable[[str, str], None]:
    console = text_console(at_most=None)

    def show(line: str, style: str) -> None:
        with contextlib.suppress(OSError):  # a closed output must not fail a connection
            console.print(line, style=style or None, soft_wrap=True)

    return show
