"""Options for the peer and the association, with the names that DICOM tools use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, TypeAlias

import typer

from dulcimer.cli.options.panels import ASSOCIATION_PANEL, in_panel
from dulcimer.cli.options.values import address, ae_title, host_name, length_limit, split_address, timeout

_association_option = in_panel(ASSOCIATION_PANEL)

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


@dataclass(frozen=True, slots=True)
class AssociationOptions:
    """AE titles, timeouts (seconds) and maximum length (bytes) of an association that we request."""

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

    @property
    def local_address(self) -> tuple[str, int] | None:
        """Host and port to connect from; port 0 means any."""
        return None if self.bind is None else split_address(self.bind)
