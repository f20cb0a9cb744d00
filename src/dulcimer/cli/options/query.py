"""The options of the commands that query: what to look for, and where in the information model."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

from dulcimer.cli.options.panels import in_panel

query_option = in_panel("Query")
negotiation_option = in_panel("Extended negotiation")

EnhancedConversion: TypeAlias = Annotated[
    bool,
    negotiation_option(
        "--enhanced-conversion", help="Ask for images converted from or to enhanced multi-frame images."
    ),
]


class LevelName(StrEnum):
    """The levels of the Query/Retrieve information models (PS3.4 C.6)."""

    PATIENT = "PATIENT"
    STUDY = "STUDY"
    SERIES = "SERIES"
    IMAGE = "IMAGE"


@dataclass(frozen=True, slots=True)
class KeyOptions:
    """Keys, level and information model."""

    keys: Annotated[
        list[str] | None,
        query_option(
            "-k",
            "--key",
            metavar="KEY[=VALUE]",
            help="Match this value, or without a value ask for it; may be repeated. KEY is a keyword, a tag gggg,eeee, "
            "or one in a sequence: SEQUENCE[0].KEY.",
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
            help="Read keys from a DICOM or DICOM JSON file; -k adds or replaces keys.",
        ),
    ] = None
    level: Annotated[
        LevelName | None,
        query_option(
            "--level", case_sensitive=False, help="Level of the query; by default the level that fits the keys."
        ),
    ] = None
    patient_root: Annotated[bool, query_option("-P", "--patient", help="Use the Patient Root information model.")] = (
        False
    )
    study_root: Annotated[
        bool, query_option("-S", "--study", help="Use the Study Root information model (the default).")
    ] = False
    patient_study: Annotated[
        bool, query_option("-O", "--psonly", help="Use the Patient/Study Only information model (retired).")
    ] = False

    @property
    def level_name(self) -> str | None:
        """The level as written in the identifier."""
        return None if self.level is None else self.level.value


@dataclass(frozen=True, slots=True)
class RetrievalOptions:
    """Extended negotiation for C-GET and C-MOVE (PS3.4 C.5.2.1, C.5.3.1)."""

    relational: Annotated[
        bool,
        negotiation_option(
            "--relational",
            "--relational-retrieval",
            help="Allow unique keys of any level without those of the levels above.",
        ),
    ] = False
    enhanced: EnhancedConversion = False

    @property
    def wishes(self) -> dict[str, bool]:
        """The values by the names of the options."""
        return {"--relational": self.relational, "--enhanced-conversion": self.enhanced}
