"""The options of `dulcimer diagnose` for a server that answers now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from dulcimer.cli.options.panels import in_panel
from dulcimer.cli.options.values import optional_ae_title, timeout

_live = in_panel("What is tried")


@dataclass(frozen=True, slots=True)
class LadderOptions:
    """What is tried, and how long to wait; times in seconds."""

    to: Annotated[
        str | None,
        _live("--to", metavar="AE", callback=optional_ae_title, help="For move: the AE title to move to."),
    ] = None
    study: Annotated[
        str | None, _live("--study", metavar="UID", help="For find, get and move: a Study Instance UID.")
    ] = None
    listen_port: Annotated[
        int | None,
        _live(
            "--listen-port",
            metavar="PORT",
            min=0,
            max=65535,
            help="For move and commit: listen here as the destination, or for the report, and say whether anybody "
            "connects.",
        ),
    ] = None
    report_wait: Annotated[
        float,
        _live(
            "--report-wait",
            metavar="SECONDS",
            callback=timeout,
            help="For commit: how long to wait for the report.",
        ),
    ] = 10.0
    titles: Annotated[
        bool, _live("--try-titles", help="If the called AE title is not known, try some common ones.")
    ] = False
    most: Annotated[
        int | None,
        _live(
            "--limits",
            metavar="N",
            min=1,
            max=1000,
            help="Also open up to N associations at the same time. For a moment nobody else may get in.",
        ),
    ] = None
    aborts: Annotated[
        bool, _live("--abort", help="Also abort two associations: is the next one accepted? Fragile servers may die.")
    ] = False
    idle: Annotated[
        float | None,
        _live(
            "--idle",
            metavar="SECONDS",
            callback=timeout,
            help="Also say nothing for so long on an association: does the server keep it?",
        ),
    ] = None
