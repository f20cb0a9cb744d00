"""`dulcimer find`: query a peer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dulcimer.cli.options.association import AssociationOptions, Host, Port
from dulcimer.cli.options.identity import IdentityOptions
from dulcimer.cli.options.output import Json, RequestorOutputOptions
from dulcimer.cli.options.query import EnhancedConversion, KeyOptions, negotiation_option, query_option
from dulcimer.cli.options.syntaxes import SyntaxOptions
from dulcimer.cli.options.tls import ClientTlsOptions


def command(
    host: Host,
    port: Port,
    query: KeyOptions,
    association: AssociationOptions,
    syntaxes: SyntaxOptions,
    identity: IdentityOptions,
    tls: ClientTlsOptions,
    output: RequestorOutputOptions,
    worklist: Annotated[bool, query_option("-W", "--worklist", help="Query the Modality Worklist.")] = False,
    ups: Annotated[bool, query_option("-U", "--ups", help="Query Unified Procedure Steps (UPS Pull).")] = False,
    most: Annotated[
        int | None,
        query_option("--cancel", metavar="N", min=1, help="Cancel the query after N matches."),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(
            "-w",
            "--write",
            metavar="DIRECTORY",
            file_okay=False,
            help="Also write each match to DIRECTORY/rspNNNN.dcm; the directory is made if missing.",
        ),
    ] = None,
    relational: Annotated[
        bool,
        negotiation_option(
            "--relational", help="Allow keys of any level, without the unique keys of the levels above."
        ),
    ] = False,
    fuzzy: Annotated[
        bool, negotiation_option("--fuzzy", help="Also match names that sound like the one given.")
    ] = False,
    dt_matching: Annotated[
        bool, negotiation_option("--dt-matching", help="Match a date range and a time range together as one range.")
    ] = False,
    timezone: Annotated[
        bool, negotiation_option("--timezone-adj", help="Ask the peer to apply TimezoneOffsetFromUTC of the query.")
    ] = False,
    enhanced: EnhancedConversion = False,
    json_output: Json = False,
) -> None:
    """Query a peer with C-FIND (PS3.7 9.1.2) and print a row for each match.

    Without keys it asks for the usual ones: all studies, or those of the level
    given with --level. In values, * and ? stand for any characters, and - between
    dates or times for a range. --json prints each match in one line, in the
    DICOM JSON Model (PS3.18 F).

    Examples:
      dulcimer find 127.0.0.1 11112 -aec PACS
      dulcimer find pacs 104 -k 'PatientName=DOE*' -k StudyDate=20260101-
      dulcimer find pacs 104 --level SERIES -k StudyInstanceUID=1.2.3.4
      dulcimer find ris 104 -W
         -k 'ScheduledProcedureStepSequence[0].Modality=CT'

    The exit status is also 0 if nothing matches.
    """
    import asyncio

    from dulcimer.cli.options.peer import PeerOptions
    from dulcimer.cli.scu.chosen_query import find_query
    from dulcimer.cli.scu.finding import Finding, Wishes

    output.configure_logging()
    wanted = find_query(query, worklist=worklist, ups=ups, relational=relational)
    wishes = Wishes(
        {
            "--relational": relational,
            "--dt-matching": dt_matching,
            "--fuzzy": fuzzy,
            "--timezone-adj": timezone,
            "--enhanced-conversion": enhanced,
        },
        most,
        write,
    )
    finding = Finding(PeerOptions(host, port, association, tls, identity), wanted, wishes, json_output, output.quiet)
    asyncio.run(finding.run(syntaxes.for_messages()))
