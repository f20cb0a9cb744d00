"""Climbs the ladder for the command line."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

import typer

from dulcimer.cli.diagnosing.ladder_lines import report_json, show_causes, show_step
from dulcimer.cli.diagnosing.ladder_options import LadderOptions
from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.options.peer import PeerOptions
from dulcimer.cli.show.output import print_json, text_console
from dulcimer.diagnosis.live.ladder import COMMON_TITLES, DiagnosisLadder
from dulcimer.diagnosis.live.outcomes import LadderReport, LadderStep
from dulcimer.diagnosis.live.target import DiagnosedTarget, LadderGoal, LadderPlan
from dulcimer.services.instance_file import InstanceFile, NotADicomFile

_UNREACHED = ("name", "TCP")
_WITH_FILES = {LadderGoal.STORE: "the files to send", LadderGoal.COMMIT: "the files that are to be kept"}
_PATIENT = 600.0
"""Seconds that a C-GET or C-MOVE may take."""


def ladder_plan(words: Sequence[str], options: LadderOptions) -> LadderPlan:
    """What is to work; a usage error for words that say nothing."""
    goal, *names = words or ["associate"]
    try:
        wanted = LadderGoal(goal)
    except ValueError as error:
        goals = ", ".join(LadderGoal)
        raise typer.BadParameter(f"{goal!r} is none of {goals}", param_hint="'WHAT'") from error
    if names and wanted not in _WITH_FILES:
        raise typer.BadParameter(f"{goal} takes no further words, not {names[0]!r}", param_hint="'WHAT'")
    if wanted in _WITH_FILES and not names:
        raise typer.BadParameter(f"{goal} needs {_WITH_FILES[wanted]}: {goal} FILE...", param_hint="'WHAT'")
    if wanted is LadderGoal.MOVE and options.to is None:
        raise typer.BadParameter("move needs the destination: --to AE", param_hint="'WHAT'")
    return LadderPlan(
        wanted,
        tuple(_instance(Path(name)) for name in names),
        options.study or "",
        options.to or "",
        listen_port=options.listen_port,
        titles=COMMON_TITLES if options.titles else (),
        idle=options.idle,
        most_associations=options.most or 0,
        report_wait=options.report_wait,
        aborts=options.aborts,
        patience=_PATIENT if wanted in (LadderGoal.GET, LadderGoal.MOVE) else 60.0,
    )


def _instance(path: Path) -> InstanceFile:
    try:
        return InstanceFile.inspect(path)
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be read: {error.strerror}", param_hint="'FILE'") from error
    except NotADicomFile as error:
        raise typer.BadParameter(f"{path}: {error}", param_hint="'FILE'") from error


def diagnosed_target(peer: PeerOptions) -> DiagnosedTarget:
    """The server that the options name."""
    association = peer.association
    return DiagnosedTarget(
        peer.host,
        peer.port,
        association.called_ae_title,
        association.calling_ae_title,
        min(association.connect_timeout, 10.0),
        min(association.acse_timeout, 10.0),
        peer.tls.client_context(),
        peer.tls.tls_name,
        peer.tls.tls_cert is not None,
        peer.identity.item(),
    )


def run_ladder(target: DiagnosedTarget, plan: LadderPlan, *, json: bool, quiet: bool) -> None:
    """Climb. Raises `typer.Exit` if a step has failed."""
    show = _printer()
    is_shown = not json and not quiet
    if is_shown:
        secured = "with" if target.tls is not None else "without"
        show(f"{target.where}, called {target.called}, as {target.calling}, {secured} TLS", "")
        show("", "")

    def heed(step: LadderStep) -> None:
        if is_shown:
            show_step(step, show)

    report = asyncio.run(DiagnosisLadder(target, plan, heed).climb())
    if json:
        print_json({"host": target.host, "port": target.port, "goal": str(plan.goal), **report_json(report)})
    elif not quiet or report.crossed is not None:
        show_causes(report, show)
    _end(report)


def _end(report: LadderReport) -> None:
    crossed = report.crossed
    if crossed is not None:
        raise typer.Exit(ExitStatus.UNREACHABLE if crossed.name in _UNREACHED else ExitStatus.PEER_FAILED)


def _printer() -> Callable[[str, str], None]:
    console = text_console(at_most=None)

    def show(line: str, style: str) -> None:
        with contextlib.suppress(OSError):
            console.print(line, style=style or None, soft_wrap=True)

    return show
