"""The options of `dulcimer survey` that say what is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from dulcimer.cli.options.panels import in_panel

if TYPE_CHECKING:
    from dulcimer.diagnosis.survey.scope import SurveyScope

_survey_option = in_panel("Survey")


@dataclass(frozen=True, slots=True)
class SurveyScopeOptions:
    """What is asked for besides the standard, and how many associations that may take."""

    sop_class: Annotated[
        list[str] | None,
        _survey_option("--sop-class", metavar="UID", help="Also ask for this private SOP class; may be repeated."),
    ] = None
    transfer_syntax: Annotated[
        list[str] | None,
        _survey_option(
            "--transfer-syntax", metavar="UID", help="Also ask for this private transfer syntax; may be repeated."
        ),
    ] = None
    most: Annotated[
        int,
        _survey_option(
            "--associations",
            metavar="N",
            min=1,
            help="Take about so many associations: with fewer, more is presumed. SOP classes, and roles, are asked for "
            "in any case.",
        ),
    ] = 8
    thorough: Annotated[
        bool,
        _survey_option(
            "--thorough",
            help="Try each pair of SOP class and transfer syntax in a context of its own: about 100 associations.",
        ),
    ] = False
    identities: Annotated[
        bool,
        _survey_option(
            "--identities",
            help="Also try each kind of user identity with a made-up value, in 5 associations. The peer may log "
            "failed logins.",
        ),
    ] = False

    def scope(self) -> SurveyScope:
        """What to ask for; `typer.BadParameter` for something that is not a UID."""
        from dulcimer.diagnosis.survey.scope import survey_scope
        from dulcimer.services.storage import is_uid

        for option, names in (("--sop-class", self.sop_class), ("--transfer-syntax", self.transfer_syntax)):
            for name in names or ():
                if not is_uid(name) or "." not in name:
                    raise typer.BadParameter(f"{name!r} is not a UID", param_hint=f"'{option}'")
        return survey_scope(self.sop_class or (), self.transfer_syntax or ())
