"""`dulcimer explain`: what a name of the standard means."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dulcimer.cli.options.output import Debug, Json
from dulcimer.cli.options.writable import make_reports_writable


class AssociationRole(StrEnum):
    """An end of an association."""

    REQUESTOR = "requestor"
    ACCEPTOR = "acceptor"


def command(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="What to explain; a state and an event together mean their cell."),
    ] = None,
    role: Annotated[
        AssociationRole | None, typer.Option("--role", help="Show only what this end of the association does.")
    ] = None,
    table: Annotated[bool, typer.Option("--table", help="Print Table 9-10, all states and events.")] = False,
    svg: Annotated[
        Path | None,
        typer.Option(
            "--svg", metavar="FILE", help="Draw the state machine, with the state, event, action or cell marked."
        ),
    ] = None,
    json_output: Json = False,
    debug: Debug = False,  # noqa: ARG001  (read by main when a command fails)
) -> None:
    """Explain a name of DICOM networking, with its clause.

    It may be a state (Sta6), an event (Evt12), an action (AR-8), a state and an
    event, in any order and case, a PDU or item (07H, 0x07, A-ABORT, 21H) or a field
    of one, a DIMSE message (C-STORE-RQ) or command element, a status (A801H), a UID
    or its keyword, a term (ARTIM, role selection), a clause (PS3.8 9.3.2), a case or
    rule of dulcimer check, or numbers after the word reject, abort or result.

    What implementations were seen to do otherwise stands beside it, with their
    versions.

    Examples:
      dulcimer explain Sta6 Evt12              what happens, step by step
      dulcimer explain evt12 sta7 --role acceptor
      dulcimer explain Sta1 Evt8               why a cell is blank
      dulcimer explain AR-8
      dulcimer explain 07H
      dulcimer explain protocol_version        a field
      dulcimer explain reject 1 1 7            result, source, reason
      dulcimer explain abort 2 1               source, reason
      dulcimer explain result 3                of a presentation context
      dulcimer explain A801H                   a status of a response
      dulcimer explain role selection          a term
      dulcimer explain 1.2.840.10008.1.1       a UID
      dulcimer explain ul.fsm.acc.sta06.evt13  a case of dulcimer check
      dulcimer explain --table                 Table 9-10
      dulcimer explain Sta6 Evt12 --svg a.svg  the machine, with this cell marked
    """
    from dulcimer.cli.show.output import print_json, text_console

    make_reports_writable({"--svg": svg})
    if table and not names:
        if svg is not None:
            from dulcimer.cli.facts.drawing import draw

            draw(svg, [])
        from dulcimer.cli.facts import machine as machine_facts
        from dulcimer.cli.facts import table_text

        if json_output:
            print_json(machine_facts.table_as_json())
        else:
            table_text.show_table(text_console(at_most=None))
        return
    if table or not names:
        raise typer.BadParameter("give either --table or what to explain, such as: Sta6 Evt12", param_hint="'NAME'")
    from dulcimer.cli.facts.explanation import show
    from dulcimer.cli.facts.names import explain

    explanations = explain(names, role.value if role else None)
    if svg is not None:
        from dulcimer.cli.facts.drawing import draw

        draw(svg, explanations)
    if json_output:
        values = [explanation.as_json() for explanation in explanations]
        print_json(values[0] if len(values) == 1 else values)
    else:
        show(text_console(), explanations)
