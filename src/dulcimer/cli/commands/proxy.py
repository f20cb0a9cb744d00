"""`dulcimer proxy`: a man in the middle between a client and a server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dulcimer.cli.options.association import Host, Port
from dulcimer.cli.options.output import Json, RequestorOutputOptions
from dulcimer.cli.options.panels import OUTPUT_PANEL, in_panel
from dulcimer.cli.options.tls import ClientTlsOptions
from dulcimer.cli.options.trace_file import TRACE_PANEL, Pseudonymise, TraceRaw
from dulcimer.cli.options.values import timeout
from dulcimer.cli.proxying.fault_options import FaultOptions
from dulcimer.cli.proxying.listening import ClientOptions, Listen, listening_address

_output = in_panel(OUTPUT_PANEL)
_trace = in_panel(TRACE_PANEL)


def command(
    host: Host,
    port: Port,
    listen: Listen,
    clients: ClientOptions,
    faults: FaultOptions,
    tls: ClientTlsOptions,
    output: RequestorOutputOptions,
    seconds: Annotated[
        float | None, typer.Option("--time", metavar="SECONDS", callback=timeout, help="End after this time.")
    ] = None,
    silence: Annotated[
        float,
        typer.Option(
            "--silence",
            metavar="SECONDS",
            callback=timeout,
            help="An end from which something is due is wrong if it does nothing for so long.",
        ),
    ] = 10.0,
    connect_timeout: Annotated[
        float,
        typer.Option(
            "-to", "--timeout", metavar="SECONDS", callback=timeout, help="How long to wait for a connection to HOST."
        ),
    ] = 10.0,
    pcap: Annotated[
        Path | None,
        _output(
            "--pcap",
            metavar="FILE",
            dir_okay=False,
            help="Write all connections as pcapng, for Wireshark. It has everything that is sent: names of patients, "
            "pixels, passwords.",
        ),
    ] = None,
    trace: Annotated[
        Path | None,
        _trace("--trace", metavar="FILE", dir_okay=False, help="Record all connections in this file."),
    ] = None,
    trace_raw: TraceRaw = False,
    pseudonymise: Pseudonymise = False,
    json_output: Json = False,
) -> None:
    r"""Stand between a client and a server: watch, check, and break what passes.

    Let the client connect to the proxy instead of the server. Each PDU gets one
    line: when, whose, which, and the states of PS3.8 that both ends are in then.
    What an end does against the standard is explained at once, with the clause
    and what to change. No end is blamed for what the proxy has changed. Names of
    PDUs and messages are printed, never what is in a data set.

    Examples:
      dulcimer proxy --listen 11113 127.0.0.1 11112
      dulcimer proxy --listen 11113 127.0.0.1 11112 --pcap all.pcapng
      dulcimer proxy --listen 11113 127.0.0.1 11112 --trace all.jsonl
      dulcimer proxy --listen 11113 127.0.0.1 11112 --drop A-RELEASE-RP
      dulcimer proxy --listen 11113 127.0.0.1 11112 --delay 2 --from server
      dulcimer proxy --listen 11113 127.0.0.1 11112 \
        --mutate A-ASSOCIATE-RQ/called_ae_title:string-format --seed 7
      dulcimer proxy --listen 11113 127.0.0.1 11112 \
        --fault '2nd P-DATA-TF from client: one byte at a time' \
        --fault '10% of P-DATA-TF from server: mutate command_set'

    A RULE is WHICH PDU from END: ACTION
      WHICH   3rd, every 10th, 5% of; without it each of them
      PDU     A-ASSOCIATE-RQ, C-STORE-RQ, A-ABORT or A-RELEASE-RQ, any PDU
              (a DIMSE message: the P-DATA-TF in which its command set ends)
      END     client, server; without 'from END' both
      ACTION  drop, duplicate, delay SECONDS, truncate BYTES, split BYTES,
              one byte at a time, drip SECONDS (between two bytes), coalesce
              (with the next PDU), half-close, reset, close,
              mutate, mutate PATH, mutate PATH:OPERATOR, mutate :OPERATOR
    A PATH has names of fields, from the outside to the inside, as they are in
    docs/reference/pdus.md; names may be left out. Several rules for one PDU are
    applied in their order. With -v each piece of a data set has a line.

    Exit status: 0 no deviation; 1 an end has deviated, or a connection could not
    be passed on; 2 usage; 3 the server was never reached; 5 a fault in dulcimer.
    Ctrl-C ends it with a summary, and with the same status.
    """
    from dulcimer.cli.options.permission import permit
    from dulcimer.cli.proxying.run import ProxyOutput, run_proxy
    from dulcimer.fuzz.proxy.link import LinkSettings
    from dulcimer.fuzz.proxy.serving import ProxySettings
    from dulcimer.trace.recording import masks_of

    output.configure_logging()
    rules = faults.rules()
    if rules:
        permit(host, faults.i_may_test or (), "Faults hang and crash real servers")
    address, own_port = listening_address(listen)
    settings = ProxySettings(
        host,
        port,
        address,
        own_port,
        clients.connections,
        connect_timeout=connect_timeout,
        tls=tls.client_context(),
        tls_name=tls.tls_name,
        listen_tls=clients.context(),
        link=LinkSettings(rules, faults.seed, silence),
    )
    masks = masks_of(raw=trace_raw, pseudonymise=pseudonymise)
    run_proxy(settings, ProxyOutput(json_output, output.quiet, output.verbose, pcap, trace, masks), seconds)
