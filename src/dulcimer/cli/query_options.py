"""The options of the commands that query: what to look for, and where in the information model."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from dulcimer.cli.query import Model

PANEL = "Query"
NEGOTIATION_PANEL = "Extended negotiation"


class LevelName(StrEnum):
    """The levels of the Query/Retrieve information models (PS3.4 C.6)."""

    PATIENT = "PATIENT"
    STUDY = "STUDY"
    SERIES = "SERIES"
    IMAGE = "IMAGE"


def query_option(*names: str, **settings: Any) -> Any:
    """An option that says what is looked for."""
    return typer.Option(*names, rich_help_panel=PANEL, **settings)


def negotiation_option(*names: str, text: str) -> Any:
    """An option that is agreed on when the association is opened."""
    return typer.Option(*names, rich_help_panel=NEGOTIATION_PANEL, help=text)


@dataclass(frozen=True, slots=True)
class KeyOptions:
    """Keys, level and information model."""

    keys: Annotated[
        list[str] | None,
        query_option(
            "-k",
            "--key",
            metavar="KEY[=VALUE]",
            help="Match the value, or with no value ask for it; may be repeated. KEY is a keyword, a tag gggg,eeee, or "
            "one in a sequence: SEQUENCE[0].KEY.",
        ),
    ] = None
    query_file: Annotated[
        Path | None,
        query_option(
            "-f",
            "--file",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            readable=True,
            help="Take keys from a DICOM or DICOM JSON file; -k adds to them and replaces them.",
        ),
    ] = None
    level: Annotated[
        LevelName | None,
        query_option("--level", case_sensitive=False, help="The level of the query; if not given, by the keys."),
    ] = None
    patient_root: Annotated[bool, query_option("-P", "--patient", help="Patient Root information model.")] = False
    study_root: Annotated[
        bool, query_option("-S", "--study", help="Study Root information model; this one if none is given.")
    ] = False
    patient_study: Annotated[
        bool, query_option("-O", "--psonly", help="Patient/Study Only information model (retired).")
    ] = False

    @property
    def level_name(self) -> str | None:
        """The level as the identifier has it."""
        return None if self.level is None else self.level.value

    def model(self, worklist: bool = False, ups: bool = False) -> Model:
        """The information model asked for; `typer.BadParameter` if several are."""
        from dulcimer.cli.query import Model

        wishes = {
            "-P": (self.patient_root, Model.PATIENT),
            "-S": (self.study_root, Model.STUDY),
            "-O": (self.patient_study, Model.PATIENT_STUDY),
            "-W": (worklist, Model.WORKLIST),
            "-U": (ups, Model.UPS),
        }
        chosen = {name: model for name, (wanted, model) in wishes.items() if wanted}
        if len(chosen) > 1:
            raise typer.BadParameter(f"one of them, not {' and '.join(chosen)}", param_hint="information model")
        model = next(iter(chosen.values()), Model.STUDY)
        if not model.has_levels and self.level is not None:
            raise typer.BadParameter("worklists and procedure steps have no levels", param_hint="'--level'")
        return model
