"""The query that the options of a command ask for."""

from __future__ import annotations

import typer

from dulcimer.cli.options.query import KeyOptions
from dulcimer.cli.scu.query import Model, Query, query_for_find, query_for_retrieval


def find_query(options: KeyOptions, *, worklist: bool, ups: bool, relational: bool) -> Query:
    """What to query for; `typer.BadParameter` also for several information models."""
    model = _model(options, worklist, ups)
    return query_for_find(model, options.keys or (), options.query_file, options.level_name, relational=relational)


def retrieval_query(options: KeyOptions, *, relational: bool) -> Query:
    """What to retrieve; `typer.BadParameter` also for several information models."""
    model = _model(options)
    return query_for_retrieval(model, options.keys or (), options.query_file, options.level_name, relational=relational)


def _model(options: KeyOptions, worklist: bool = False, ups: bool = False) -> Model:
    wishes = {
        "-P": (options.patient_root, Model.PATIENT),
        "-S": (options.study_root, Model.STUDY),
        "-O": (options.patient_study, Model.PATIENT_STUDY),
        "-W": (worklist, Model.WORKLIST),
        "-U": (ups, Model.UPS),
    }
    chosen = {name: model for name, (wanted, model) in wishes.items() if wanted}
    if len(chosen) > 1:
        raise typer.BadParameter(f"one of them, not {' and '.join(chosen)}", param_hint="information model")
    model = next(iter(chosen.values()), Model.STUDY)
    if not model.has_levels and options.level is not None:
        raise typer.BadParameter("worklists and procedure steps have no levels", param_hint="'--level'")
    return model
