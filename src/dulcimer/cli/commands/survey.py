"""`dulcimer survey`: what does a server accept?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from dulcimer.cli.options.association import AssociationOptions, Host, Port
from dulcimer.cli.options.identity import IdentityOptions
from dulcimer.cli.options.output import Json, RequestorOutputOptions
from dulcimer.cli.options.panels import OUTPUT_PANEL, in_panel
from dulcimer.cli.options.tls import ClientTlsOptions
from dulcimer.cli.surveying.scope_options import SurveyScopeOptions

_output = in_panel(OUTPUT_PANEL)


def command(
    host: Host,
    port: Port,
    scope: SurveyScopeOptions,
    association: AssociationOptions,
    identity: IdentityOptions,
    tls: ClientTlsOptions,
    output: RequestorOutputOptions,
    refused: Annotated[bool, _output("--refused", help="Also list each SOP class that is refused, and why.")] = False,
    json_output: Json = False,
    file: Annotated[
        Path | None,
        _output(
            "-o", "--output", metavar="FILE", dir_okay=False, help="Write the survey to this file, as --json has it."
        ),
    ] = None,
    markdown: Annotated[
        Path | None,
        _output(
            "--markdown",
            metavar="FILE",
            dir_okay=False,
            help="Write the network part of a DICOM conformance statement (PS3.2); '-' prints it.",
        ),
    ] = None,
    compare: Annotated[
        Path | None,
        _output(
            "--compare",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Print what is different from this earlier survey; exit status 1 if anything is.",
        ),
    ] = None,
) -> None:
    """Ask a server what it accepts: SOP classes, transfer syntaxes, roles, limits.

    It requests associations, and releases each at once: no message is sent, and
    nothing is stored. A context can be accepted in one transfer syntax only, so
    that each pair of SOP class and transfer syntax needs one of its own, and 128
    fit into an association. SOP classes that behave alike are therefore examined
    as a group. What was tried and what is presumed (~) is always said.

    Examples:
      dulcimer survey 127.0.0.1 11112
      dulcimer survey pacs.example.org 104 -aet WORKSTATION -aec PACS
      dulcimer survey 127.0.0.1 11112 -o pacs.json --markdown pacs.md
      dulcimer survey 127.0.0.1 11112 --compare pacs.json
      dulcimer survey 127.0.0.1 11112 --thorough --json

    Exit status: 0 something is accepted; 1 nothing is, or --compare has found a
    difference, or the peer has refused the association; 3 it is not reached.
    """
    import asyncio

    from dulcimer.cli.options.peer import PeerOptions
    from dulcimer.cli.options.survey_file import read_survey
    from dulcimer.cli.options.writable import goes_to_standard_output, make_reports_writable
    from dulcimer.cli.surveying.run import SurveyOutput, show_survey, take_survey

    output.configure_logging()
    files = {"--output": file, "--markdown": markdown}
    make_reports_writable(files)
    is_printed = goes_to_standard_output({"--markdown": markdown})
    before = None if compare is None else read_survey(compare, "--compare")
    peer = PeerOptions(host, port, association, tls, identity)
    result = asyncio.run(take_survey(peer, scope, is_quiet=not output.verbose))
    show_survey(
        result,
        SurveyOutput(json_output and not is_printed, output.quiet, refused, file, markdown, before, str(compare)),
    )
