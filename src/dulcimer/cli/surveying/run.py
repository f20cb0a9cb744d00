"""Runs a survey for the command line, with its progress and its outputs."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.progress import TextColumn

from dulcimer.acse.negotiation import DEFAULT_MAXIMUM_LENGTH
from dulcimer.ae.core.client import Timeouts
from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.logs.association_log import log_observer
from dulcimer.cli.options.peer import PeerOptions
from dulcimer.cli.show.output import json_text, print_json, progress_bar, say
from dulcimer.cli.surveying.scope_options import SurveyScopeOptions
from dulcimer.cli.surveying.table import change_lines, table_lines
from dulcimer.conformance.report.writing import STANDARD_OUTPUT
from dulcimer.diagnosis.survey.asking import Surveyor, SurveyTarget
from dulcimer.diagnosis.survey.comparing import SurveyChange, changes
from dulcimer.diagnosis.survey.document import as_document
from dulcimer.diagnosis.survey.result import AssociationNote, SurveyResult
from dulcimer.diagnosis.survey.statement import markdown_statement
from dulcimer.upper_layer.observer import Observer, together


@dataclass(frozen=True, slots=True)
class SurveyOutput:
    """What is printed and written. `is_whole`: with a line for each SOP class that is refused."""

    json: bool = False
    quiet: bool = False
    is_whole: bool = False
    file: Path | None = None
    markdown: Path | None = None
    before: SurveyResult | None = None
    before_name: str = ""


async def take_survey(peer: PeerOptions, options: SurveyScopeOptions, *, is_quiet: bool) -> SurveyResult:
    """Ask the peer; raises as the first association does."""
    association = peer.association
    limit = association.maximum_length
    target = SurveyTarget(
        peer.host,
        peer.port,
        association.called_ae_title,
        association.calling_ae_title,
        Timeouts(
            acse=association.acse_timeout,
            dimse=association.dimse_timeout,
            network=association.network_timeout,
            connect=association.connect_timeout,
        ),
        DEFAULT_MAXIMUM_LENGTH if limit is None else limit,
        peer.tls.client_context(),
        peer.tls.tls_name,
        association.local_address,
        peer.identity.item(),
        lambda: together(_observer(), association.recorder()),
    )
    with progress_bar(TextColumn("{task.description}")) as bar:
        task = bar.add_task("asking ...")

        def heed(note: AssociationNote) -> None:
            bar.update(task, description=f"asking: {_progress(note)}")
            if not is_quiet:
                say(_progress(note))

        return await Surveyor(target, heed).survey(
            options.scope(),
            most_associations=options.most,
            is_thorough=options.thorough,
            with_identities=options.identities,
        )


def _observer() -> Observer | None:
    """Some thousand lines are logged of what is proposed: only for those who want everything."""
    return log_observer() if logging.getLogger("dulcimer.cli").isEnabledFor(logging.DEBUG) else None


def _progress(note: AssociationNote) -> str:
    return f"{note.purpose}: {note.contexts} proposed, {note.outcome}"


def show_survey(result: SurveyResult, output: SurveyOutput) -> None:
    """Print and write the survey. Raises `typer.Exit` if something has changed, or nothing is accepted."""
    found = [] if output.before is None else changes(output.before, result)
    document = as_document(result)
    if output.file is not None:
        output.file.write_text(json_text(document, indent=2) + "\n", encoding="utf-8")
    if output.markdown is not None and str(output.markdown) != STANDARD_OUTPUT:
        output.markdown.write_text(markdown_statement(result), encoding="utf-8")
    if str(output.markdown) == STANDARD_OUTPUT:
        print(markdown_statement(result), end="")
    elif output.json:
        print_json(document if output.before is None else {**document, "changes": [_change(one) for one in found]})
    elif output.before is not None:
        print("\n".join(change_lines(found, output.before_name)))
    elif not output.quiet:
        print("\n".join(table_lines(result, with_refused=output.is_whole)))
    if found or not result.accepted:
        raise typer.Exit(ExitStatus.PEER_FAILED)


def _change(one: SurveyChange) -> dict[str, Any]:
    return {"about": one.about, "before": one.before, "now": one.now}
