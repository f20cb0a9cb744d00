"""`dulcimer diagnose`: why does it not work, and what is to be changed?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dulcimer.cli.diagnosing.ladder_options import LadderOptions
from dulcimer.cli.options.association import AssociationOptions
from dulcimer.cli.options.identity import IdentityOptions
from dulcimer.cli.options.output import Json, RequestorOutputOptions
from dulcimer.cli.options.tls import ClientTlsOptions


def command(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE | HOST PORT [WHAT]",
            help="A capture, a trace or a log; or a server, and what is to work with it: echo, store FILE..., find, "
            "get, move or commit FILE...",
        ),
    ],
    ladder: LadderOptions,
    association: AssociationOptions,
    identity: IdentityOptions,
    tls: ClientTlsOptions,
    output: RequestorOutputOptions,
    json_output: Json = False,
) -> None:
    r"""Find out why something does not work, from a file or with a server.

    It names the causes, the most important one first: with the proof, what to
    change at each end, the clause, how sure it is, and what would settle it. A
    cause is called certain only if what is there can have no other one.

    From a capture (pcap or pcapng, also with gzip) or a trace: DICOM is found on
    any port, and connections without DICOM are looked at, too. From a log of
    DCMTK (-v or -d), pynetdicom, Orthanc (--verbose), dcm4che or fo-dicom: of a
    client or a server, with several associations, with times and colours.

    With a server it takes one step after the other, and stops at the first that
    fails: the name, TCP, TLS, does DICOM answer there at all, the AE titles, one
    presentation context at a time, roles, and the operation itself. Nothing is
    changed at the server, unless the operation does that: 'store' sends the
    files, 'move' makes it send a study, 'commit' asks it to keep the files that
    it has, and waits for its report.

    Examples:
      dulcimer diagnose capture.pcapng
      dulcimer diagnose --json trace.jsonl
      dulcimer diagnose orthanc.log
      dulcimer diagnose pacs.example.org 104 -aet WORKSTATION -aec PACS
      dulcimer diagnose 127.0.0.1 11112 echo --idle 120
      dulcimer diagnose 127.0.0.1 11112 store scan.dcm
      dulcimer diagnose 127.0.0.1 11112 find --study 1.2.3.4
      dulcimer diagnose 127.0.0.1 11112 get
      dulcimer diagnose 127.0.0.1 11112 move --to VIEWER --study 1.2.3.4 \
        --listen-port 11113
      dulcimer diagnose 127.0.0.1 11112 commit scan.dcm --listen-port 11113

    Exit status: 0 nothing is wrong that the file shows, or everything that was
    tried works; 1 there is a cause, or a step has failed; 2 usage; 3 the server
    is not reached.
    """
    if len(words) == 1:
        from dulcimer.cli.diagnosing.file_run import diagnose_file

        diagnose_file(_file(words[0]), json=json_output, verbose=output.verbose)
        return
    from dulcimer.cli.diagnosing.live_run import diagnosed_target, ladder_plan, run_ladder
    from dulcimer.cli.options.peer import PeerOptions
    from dulcimer.cli.options.values import host_name

    output.configure_logging()
    host, port, *what = words
    if not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise typer.BadParameter(f"{port!r} is not a port from 1 to 65535", param_hint="'PORT'")
    plan = ladder_plan(what, ladder)
    target = diagnosed_target(PeerOptions(host_name(host), int(port), association, tls, identity))
    run_ladder(target, plan, json=json_output, quiet=output.quiet)


def _file(word: str) -> Path:
    """The file that a single word names; a usage error if there is none."""
    path = Path(word)
    if not path.is_file():
        raise typer.BadParameter(
            f"{word} is not a file; for a server, give its port, too: dulcimer diagnose {word} 104",
            param_hint="'FILE'",
        )
    return path
