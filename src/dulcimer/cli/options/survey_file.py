"""A survey in a file, as the options of several commands name one."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from dulcimer.diagnosis.survey.document import SurveyDocumentError, read_document
from dulcimer.diagnosis.survey.result import SurveyResult


def read_survey(path: Path, option: str) -> SurveyResult:
    """The survey in a file; a usage error if there is none."""
    try:
        return read_document(json.loads(path.read_text(encoding="utf-8")))
    except (SurveyDocumentError, ValueError) as error:
        text = str(error) if isinstance(error, SurveyDocumentError) else f"it is not JSON: {error}"
        raise typer.BadParameter(f"{path}: {text}", param_hint=f"'{option}'") from error
