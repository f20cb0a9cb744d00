"""Options for the peer and the association, with the names that DICOM tools use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from dulcimer.cli.options.panels import ASSOCIATION_PANEL, in_panel
from dulcimer.cli.options.trace_file import TRACE_PANEL, Pseudonymise, TraceRaw
from dulcimer.cli.options.values import address, ae_title, host_name, length_limit, split_address, timeout

if TYPE_CHECKING:
    from dulcimer.upper_layer.observer import Observer

_association_option = in_panel(ASSOCIATION_PANEL)
_trace_option = in_panel(TRACE_PANEL)

Host: TypeAlias = Annotated[
    str, typer.Argument(help="Name or IP address of the peer.", metavar="HOST", callback=host_name)
]
Port: TypeAlias = Annotated[
    int,
    typer.Argument(help="TCP port of the peer; 104 and 11112 are usual.", metavar="PORT", min=1, max=65535),
]
MaximumLength: TypeAlias = Annotated[
    int | None,
    _association_option(
        "-pdu",
        "--max-pdu",
        metavar="BYTES",
        callback=length_limit,
        help="Longest P-DATA-TF PDU that we accept; 0 for no limit. The default is a size that is good for speed.",
    ),
]


@dataclass(frozen=True)
class AssociationOptions:
    """AE titles, timeouts (seconds) and maximum length (bytes) of an association that we request; its trace."""

    calling_ae_title: Annotated[
        str,
        _association_option(
            "-aet", "--calling-aet", metavar="AE", callback=ae_title, help="Our AE title, 1 to 16 characters."
        ),
    ] = "DULCIMER"
    called_ae_title: Annotated[
        str,
        _association_option(
            "-aec",
            "--called-aet",
            metavar="AE",
            callback=ae_title,
            help="AE title of the peer, 1 to 16 characters.",
        ),
    ] = "ANY-SCP"
    acse_timeout: Annotated[
        float,
        _association_option(
            "-ta",
            "--acse-timeout",
            metavar="SECONDS",
            callback=timeout,
            help="How long to wait for the answer to an association or release request.",
        ),
    ] = 30.0
    dimse_timeout: Annotated[
        float | None,
        _association_option(
            "-td",
            "--dimse-timeout",
            metavar="SECONDS",
            callback=timeout,
            help="How long to wait for a response; in a C-GET, for a response or the next instance.",
            show_default="30, for a C-MOVE 600",
        ),
    ] = None
    network_timeout: Annotated[
        float,
        _association_option(
            "-tn",
            "--network-timeout",
            metavar="SECONDS",
            callback=timeout,
            help="Abort when the peer is silent for so long.",
        ),
    ] = 60.0
    connect_timeout: Annotated[
        float,
        _association_option(
            "-to",
            "--timeout",
            metavar="SECONDS",
            callback=timeout,
            help="How long to wait for the TCP connection, including the TLS handshake.",
        ),
    ] = 30.0
    maximum_length: MaximumLength = None
    bind: Annotated[
        str | None,
        _association_option(
            "--bind",
            metavar="ADDRESS",
            callback=address,
            help="Local address to connect from, with or without a port: 10.0.0.5, 10.0.0.5:4000, [::1]:4000.",
        ),
    ] = None

    trace: Annotated[
        Path | None,
        _trace_option("--trace", metavar="FILE", help="Record the bytes and the steps of the machine in this file."),
    ] = None
    trace_raw: TraceRaw = False
    pseudonymise: Pseudonymise = False

    @cached_property
    def recorder(self) -> Callable[[], Observer | None]:
        """Gives the observer that records one more association of this run in the trace; None without a trace.

        Raises `typer.BadParameter` if the file cannot be written.
        """
        if self.trace is None:
            return lambda: None
        from dulcimer.cli.options.writable import make_reports_writable  # only loaded when it is needed
        from dulcimer.trace.recording import TraceFile

        make_reports_writable({"--trace": self.trace})
        return TraceFile(self.trace, raw=self.trace_raw, pseudonymise=self.pseudonymise)

    @property
    def local_address(self) -> tuple[str, int] | None:
        """Host and port to connect from; port 0 means any."""
        return None if self.bind is None else split_address(self.bind)
