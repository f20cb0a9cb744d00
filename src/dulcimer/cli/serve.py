"""`dulcimer serve`: a server that answers echo and keeps what is sent to it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dulcimer.cli.options import MaximumLength, OutputOptions, TlsOptions, ae_title, timeout

AeTitle = Annotated[str, typer.Option("-aet", "--ae-title", metavar="AE", callback=ae_title, help="Our AE title.")]


def command(
    tls: TlsOptions,
    output: OutputOptions,
    directory: Annotated[
        Path | None,
        typer.Option("--dir", metavar="DIRECTORY", file_okay=False, help="Keep instances here; made if missing."),
    ] = None,
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="TCP port; 0 takes a free one.")] = 11112,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; 0.0.0.0 or :: for other machines too.")
    ] = "127.0.0.1",
    title: AeTitle = "DULCIMER",
    require_called: Annotated[
        bool, typer.Option("--require-called-aet", help="Reject associations that call another AE title.")
    ] = False,
    ignore: Annotated[
        bool, typer.Option("--ignore", help="Without --dir: take instances, and keep none of them.")
    ] = False,
    most: Annotated[
        int, typer.Option("--max-associations", min=1, metavar="N", help="Reject more at the same time.")
    ] = 1000,
    artim: Annotated[
        float,
        typer.Option("--artim", metavar="SECONDS", callback=timeout, help="The ARTIM timer (PS3.8 9.1.5)."),
    ] = 30.0,
    acse_timeout: Annotated[
        float,
        typer.Option("-ta", "--acse-timeout", metavar="SECONDS", callback=timeout, help="For association and release."),
    ] = 30.0,
    network_timeout: Annotated[
        float,
        typer.Option(
            "-tn", "--network-timeout", metavar="SECONDS", callback=timeout, help="How long a peer may be silent."
        ),
    ] = 60.0,
    maximum_length: MaximumLength = None,
) -> None:
    """Be a DICOM server: answer C-ECHO, and with --dir keep what C-STORE brings.

    An instance becomes one file named by its SOP Instance UID, its data set
    byte by byte as it came. Any AE title is taken unless told otherwise. Only
    this machine can connect unless --host says so.

    Examples:
      dulcimer serve --dir received
      dulcimer serve --dir received --host 0.0.0.0 --port 104 -aet ARCHIVE
      dulcimer serve --port 0        prints 'listening on 127.0.0.1:40123'

    Ctrl-C or SIGTERM stops it; the exit status is 0 then.
    """
    import asyncio

    from dulcimer.cli.serving import Settings, serve

    if ignore and directory is not None:
        raise typer.BadParameter("instances are either kept or ignored", param_hint="'--ignore'")
    output.configure_logging()
    settings = Settings(
        host=host,
        port=port,
        ae_title=title,
        directory=directory,
        ignore=ignore,
        require_called_ae_title=require_called,
        maximum_associations=most,
        artim_timeout=artim,
        acse_timeout=acse_timeout,
        network_timeout=network_timeout,
        maximum_length=maximum_length,
        tls=tls.server_context(),
    )
    asyncio.run(serve(settings))
