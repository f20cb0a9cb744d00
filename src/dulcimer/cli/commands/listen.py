"""`dulcimer listen`: something to point a client at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dulcimer.cli.options.association import MaximumLength
from dulcimer.cli.options.output import Json, RequestorOutputOptions
from dulcimer.cli.options.panels import in_panel
from dulcimer.cli.options.tls import TlsOptions
from dulcimer.cli.options.values import host_name, timeout

_listen = in_panel("Listening")
_server = in_panel("Another server")


def command(
    port: Annotated[
        int, typer.Argument(metavar="PORT", min=0, max=65535, help="TCP port to listen on; 0 means any free port.")
    ],
    tls: TlsOptions,
    output: RequestorOutputOptions,
    host: Annotated[
        str,
        _listen(
            "--host",
            metavar="ADDRESS",
            callback=host_name,
            help="Address to listen on; 0.0.0.0 or :: lets other machines connect.",
        ),
    ] = "127.0.0.1",
    connections: Annotated[
        int | None, _listen("--connections", metavar="N", min=1, help="End after N connections.")
    ] = None,
    seconds: Annotated[
        float | None, _listen("--time", metavar="SECONDS", callback=timeout, help="End after this time.")
    ] = None,
    keep: Annotated[
        Path | None,
        _listen(
            "--keep",
            metavar="DIRECTORY",
            file_okay=False,
            help="Keep the instances that come, as files in this directory; without it nothing is kept.",
        ),
    ] = None,
    maximum_length: MaximumLength = None,
    like: Annotated[
        Path | None,
        _server(
            "--as",
            metavar="SURVEY.json",
            exists=True,
            dir_okay=False,
            help="Say what the server of this survey would answer: dulcimer survey HOST PORT -o SURVEY.json.",
        ),
    ] = None,
    answer: Annotated[
        bool, _server("--answer", help="Answer like that server, too, instead of accepting everything.")
    ] = False,
    json_output: Json = False,
) -> None:
    """Listen: point a modality or another client here, and see what it does.

    It accepts any AE title, SOP class and transfer syntax, answers every request
    with success, and prints what the client proposes, what it sends and how it
    ends. What is against the standard is explained at once, with the clause and
    what to change. Secrets, and what is in data sets, are never printed.

    Examples:
      dulcimer listen 11112 --host 0.0.0.0
      dulcimer listen 11112 --as pacs.json
      dulcimer listen 11112 --as pacs.json --answer --keep received
      dulcimer listen 11112 --connections 1 --json

    Exit status: 0 no deviation; 1 a client has deviated from the standard;
    2 usage. Ctrl-C ends it with a summary, and with the same status.
    """
    from dulcimer.acse.negotiation import DEFAULT_MAXIMUM_LENGTH
    from dulcimer.cli.listening.run import ListenRun, run_listen
    from dulcimer.cli.options.survey_file import read_survey
    from dulcimer.diagnosis.listening.likeness import SurveyedServer
    from dulcimer.diagnosis.listening.serving import ListenSettings

    output.configure_logging()
    if answer and like is None:
        raise typer.BadParameter("this needs --as SURVEY.json", param_hint="'--answer'")
    server = None if like is None else SurveyedServer(read_survey(like, "--as"))
    settings = ListenSettings(
        keep,
        DEFAULT_MAXIMUM_LENGTH if maximum_length is None else maximum_length,
        server,
        answer,
        tls.server_context(),
    )
    run_listen(settings, ListenRun(host, port, connections, seconds, json_output, output.quiet, output.verbose))
