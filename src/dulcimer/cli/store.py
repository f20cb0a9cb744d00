"""`dulcimer store`: send files to a peer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dulcimer.cli.failures import ExitStatus
from dulcimer.cli.options import AssociationOptions, Host, Json, OutputOptions, Port, TlsOptions

if TYPE_CHECKING:
    from dulcimer.cli.sending import Sending


def command(
    host: Host,
    port: Port,
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH", exists=True, readable=True, help="DICOM files, directories with all in them."),
    ],
    association: AssociationOptions,
    tls: TlsOptions,
    output: OutputOptions,
    json_output: Json = False,
) -> None:
    """Send DICOM files to a peer with C-STORE (PS3.7 9.1.1), bytes as they are.

    Each file is proposed with its own SOP class and transfer syntax. One line
    says what became of a file; files that are not DICOM are passed over in
    directories, and are failures if named.

    Examples:
      dulcimer store 127.0.0.1 11112 image.dcm
      dulcimer store pacs.example.org 104 -aec PACS study/ more/*.dcm
      dulcimer store --json 127.0.0.1 11112 study/

    The exit status is 0 if the peer keeps all files (warnings too), 1 if not.
    """
    import asyncio

    from dulcimer.cli.failures import failure_of
    from dulcimer.cli.sending import Sending

    output.configure_logging()
    sending = Sending(host, port, association, tls, quiet=json_output)
    error = asyncio.run(sending.send(paths))
    if json_output:
        from dulcimer.cli.output import print_json

        print_json(sending.as_json(error))
    else:
        print(sending.summary())
        if error is not None:
            raise error
    if error is not None:
        failure = failure_of(error)
        raise typer.Exit(failure.status if failure else ExitStatus.OWN_FAULT)
    if not _all_kept(sending):
        raise typer.Exit(ExitStatus.PEER_FAILED)


def _all_kept(sending: Sending) -> bool:
    return bool(sending.results) and all(result.kept for result in sending.results)
