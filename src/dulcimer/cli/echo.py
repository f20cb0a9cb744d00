"""`dulcimer echo`: does a peer answer?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dulcimer.cli.failures import ExitStatus
from dulcimer.cli.options import AssociationOptions, Host, Json, OutputOptions, Port, TlsOptions

if TYPE_CHECKING:
    from dulcimer.acse.negotiation import PeerInformation


def command(
    host: Host,
    port: Port,
    association: AssociationOptions,
    tls: TlsOptions,
    output: OutputOptions,
    repeat: Annotated[int, typer.Option("--repeat", min=1, metavar="N", help="How many times to ask.")] = 1,
    json_output: Json = False,
) -> None:
    """Ask a peer whether it answers: one association, and C-ECHO on it (PS3.7 9.1.5).

    It tells what the peer says of itself, and how long each answer took.

    Examples:
      dulcimer echo 127.0.0.1 11112
      dulcimer echo pacs.example.org 104 -aet WORKSTATION -aec PACS -v
      dulcimer echo 127.0.0.1 2762 --tls --tls-ca ca.pem --repeat 10

    If the peer rejects the association, -aec is often not what the peer is
    called; if it does not answer at all, it may want --tls.
    """
    import asyncio

    output.configure_logging()
    echoes: list[tuple[int, float]] = []
    peer = asyncio.run(_echo(host, port, association, tls, repeat, echoes, quiet=json_output))
    if json_output:
        _print_json(peer, echoes)
    if any(status != 0 for status, _ in echoes):
        raise typer.Exit(ExitStatus.PEER_FAILED)


async def _echo(
    host: str,
    port: int,
    options: AssociationOptions,
    tls: TlsOptions,
    repeat: int,
    echoes: list[tuple[int, float]],
    *,
    quiet: bool,
) -> PeerInformation:
    import time

    from pydicom.uid import ImplicitVRLittleEndian

    from dulcimer.acse.negotiation import Context
    from dulcimer.cli.session import associate, peer_text, status_text
    from dulcimer.services.verification import VERIFICATION

    contexts = [Context(VERIFICATION, (str(ImplicitVRLittleEndian),))]
    async with await associate(host, port, contexts, options, tls) as association:
        if not quiet:
            print(peer_text(association.peer))
        for number in range(1, repeat + 1):
            start = time.perf_counter()
            status = await association.c_echo()
            echoes.append((status, time.perf_counter() - start))
            if not quiet:
                text = status_text(status, "C-ECHO")
                print(f"C-ECHO {number} of {repeat}: {text}, {echoes[-1][1] * 1000:.1f} ms", flush=True)
    return association.peer


def _print_json(peer: PeerInformation, echoes: list[tuple[int, float]]) -> None:
    from dulcimer.cli.output import print_json
    from dulcimer.cli.session import peer_json, status_json

    answers = [
        {**status_json(status, "C-ECHO"), "milliseconds": round(seconds * 1000, 3)} for status, seconds in echoes
    ]
    print_json({"peer": peer_json(peer), "echoes": answers})
