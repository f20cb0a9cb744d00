"""The options of `dulcimer proxy` for the side of the clients."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from dulcimer.cli.options.panels import in_panel
from dulcimer.cli.options.tls import TlsOptions
from dulcimer.cli.options.values import split_address

if TYPE_CHECKING:
    import ssl

_listening_option = in_panel("Clients")


def _address(text: str) -> str:
    """`text` if it is a port, or an address with a port; a usage error otherwise."""
    try:
        port = int(text) if text.isdecimal() else split_address(text)[1]
        if port > 65535 or (not text.isdecimal() and not port):
            raise ValueError(f"{text!r} has no port from 1 to 65535")
    except ValueError as error:
        raise typer.BadParameter(f"{error}: give PORT or ADDRESS:PORT") from error
    return text


Listen: TypeAlias = Annotated[
    str,
    _listening_option(
        "--listen",
        metavar="[ADDRESS:]PORT",
        callback=_address,
        help="Where clients connect; without ADDRESS only those of this machine can. Port 0: any free one.",
    ),
]


def listening_address(text: str) -> tuple[str, int]:
    """Address and port to listen on."""
    return ("127.0.0.1", int(text)) if text.isdecimal() else split_address(text)


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How many connections there are, and whether they have TLS."""

    connections: Annotated[
        int | None,
        _listening_option("--connections", metavar="N", min=1, help="End after N connections."),
    ] = None
    listen_cert: Annotated[
        Path | None,
        _listening_option(
            "--listen-cert",
            metavar="PEM",
            exists=True,
            dir_okay=False,
            help="Speak TLS with clients, with the certificate in this file.",
        ),
    ] = None
    listen_key: Annotated[
        Path | None,
        _listening_option(
            "--listen-key",
            metavar="PEM",
            exists=True,
            dir_okay=False,
            help="File with the key of that certificate, if it is separate.",
        ),
    ] = None

    def context(self) -> ssl.SSLContext | None:
        """The TLS context for clients, None without TLS; `typer.BadParameter` for files that cannot be used."""
        if self.listen_cert is None:
            if self.listen_key is not None:
                raise typer.BadParameter("this needs --listen-cert", param_hint="'--listen-key'")
            return None
        return TlsOptions(tls_cert=self.listen_cert, tls_key=self.listen_key).server_context()
