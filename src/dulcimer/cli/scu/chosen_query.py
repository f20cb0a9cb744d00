"""The query that the options of a command describe."""

from __future__ import annotations

import typer

from dulcimer.cli.options.query import KeyOptions
from dulcimer.cli.scu.query import PreparedQuery, QueryModel, query_for_find, query_for_retrieval


def find_query(options: KeyOptions, *, worklist: bool, ups: bool, relational: bool) -> PreparedQuery:
    """The query of `find`; `typer.BadParameter` also for several information models."""
    model = _model(options, worklist, ups)
    return query_for_find(model, options.keys or (), options.query_file, options.level_name, relational=relational)


def retrieval_query(options: KeyOptions, *, relational: bool) -> PreparedQuery:
    """The query of `get` and `move`; `typer.BadParameter` also for several information models."""
    model = _model(options)
    return query_for_retrieval(model, options.keys or (), options.query_file, options.level_name, relational=relational)


def _model(options: KeyOptions, worklist: bool = False, ups: bool = False) -> QueryModel:
    wishes = {
        "-P": (options.patient_root, QueryModel.PATIENT),
        "-S": (options.study_root, QueryModel.STUDY),
        "-O": (options.patient_study, QueryModel.PATIENT_STUDY),
        "-W": (worklist, QueryModel.WORKLIST),
        "-U": (ups, QueryModel.UPS),
    }
    chosen = {name: model for name, (wanted, model) in wishes.items() if wanted}
    if len(chosen) > 1:
        raise typer.BadParameter(f"choose one, not {' and '.join(chosen)}", param_hint="information model")
    model = next(iter(chosen.values()), QueryModel.STUDY)
    if not model.has_levels and options.level is not None:
        raise typer.BadParameter("worklists and procedure steps have no levels", param_hint="'--level'")
    return model
