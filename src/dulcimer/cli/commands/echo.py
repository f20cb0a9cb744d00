"""`dulcimer echo`: does a peer answer?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dulcimer.cli.failures.exceptions import FinalResponseFailed
from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.options.association import AssociationOptions, Host, Port
from dulcimer.cli.options.identity import IdentityOptions
from dulcimer.cli.options.output import Json, RequestorOutputOptions
from dulcimer.cli.options.syntaxes import SyntaxOptions
from dulcimer.cli.options.tls import ClientTlsOptions

if TYPE_CHECKING:
    from dulcimer.acse.negotiation import PeerInformation
    from dulcimer.cli.options.peer import PeerOptions


def command(
    host: Host,
    port: Port,
    association: AssociationOptions,
    syntaxes: SyntaxOptions,
    identity: IdentityOptions,
    tls: ClientTlsOptions,
    output: RequestorOutputOptions,
    repeat: Annotated[int, typer.Option("--repeat", min=1, metavar="N", help="Number of C-ECHO requests.")] = 1,
    abort: Annotated[
        bool, typer.Option("--abort", help="Abort the association at the end instead of releasing it.")
    ] = False,
    json_output: Json = False,
) -> None:
    """Ask a peer whether it answers: one association, and C-ECHO on it (PS3.7 9.1.5).

    It prints what the peer says about itself, and how long each answer took.

    Examples:
      dulcimer echo 127.0.0.1 11112
      dulcimer echo pacs.example.org 104 -aet WORKSTATION -aec PACS -v
      dulcimer echo 127.0.0.1 2762 --tls --tls-ca ca.pem --repeat 10

    If the peer rejects the association, -aec is often not its AE title; if it
    does not answer at all, it may require --tls.
    """
    import asyncio

    from dulcimer.cli.options.peer import PeerOptions
    from dulcimer.cli.show.statuses import status_text

    output.configure_logging()
    echoes: list[tuple[int, float]] = []
    asked = PeerOptions(host, port, association, tls, identity)
    silent = json_output or output.quiet
    peer = asyncio.run(_echo(asked, syntaxes, repeat, echoes, abort=abort, silent=silent))
    if json_output:
        _print_json(peer, echoes)
    failed = [status for status, _ in echoes if status != 0]
    if failed and output.quiet and not json_output:
        raise FinalResponseFailed("C-ECHO", failed[0], status_text(failed[0], "C-ECHO"))
    if failed:
        raise typer.Exit(ExitStatus.PEER_FAILED)


async def _echo(
    peer: PeerOptions,
    syntaxes: SyntaxOptions,
    repeat: int,
    echoes: list[tuple[int, float]],
    *,
    abort: bool,
    silent: bool,
) -> PeerInformation:
    import time

    from pydicom.uid import ImplicitVRLittleEndian

    from dulcimer.acse.negotiation import Context
    from dulcimer.cli.scu.association import associate
    from dulcimer.cli.show.peers import peer_text
    from dulcimer.cli.show.statuses import status_text
    from dulcimer.services.verification import VERIFICATION

    contexts = [Context(VERIFICATION, syntaxes.given or (str(ImplicitVRLittleEndian),))]
    async with await associate(peer, contexts) as association:
        if not silent:
            print(peer_text(association.peer))
        for number in range(1, repeat + 1):
            start = time.perf_counter()
            status = await association.c_echo()
            echoes.append((status, time.perf_counter() - start))
            if not silent:
                text = status_text(status, "C-ECHO")
                print(f"C-ECHO {number} of {repeat}: {text}, {echoes[-1][1] * 1000:.1f} ms", flush=True)
        if abort:
            await association.abort()
    return association.peer


def _print_json(peer: PeerInformation, echoes: list[tuple[int, float]]) -> None:
    from dulcimer.cli.show.output import print_json
    from dulcimer.cli.show.peers import peer_json
    from dulcimer.cli.show.statuses import status_json

    answers = [
        {**status_json(status, "C-ECHO"), "milliseconds": round(seconds * 1000, 3)} for status, seconds in echoes
    ]
    print_json({"peer": peer_json(peer), "echoes": answers})
