"""TLS, for requestors and for acceptors (PS3.15 B.12)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dulcimer.cli.options.panels import in_panel

if TYPE_CHECKING:
    import ssl

    from dulcimer.ae.simple.tls_config import TLSConfig

_tls_option = in_panel("TLS")


def _file_option(name: str, text: str) -> Any:
    return _tls_option(name, metavar="PEM", exists=True, dir_okay=False, readable=True, help=text)


class TlsVersion(StrEnum):
    """The versions of TLS that may be used (RFC 8996)."""

    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """TLS for both sides of a connection (PS3.15 B.12)."""

    tls: Annotated[bool, _tls_option("--tls", help="Use TLS; any other TLS option implies it.")] = False
    tls_cert: Annotated[Path | None, _file_option("--tls-cert", "File with our certificate and its chain.")] = None
    tls_key: Annotated[
        Path | None, _file_option("--tls-key", "File with the key of our certificate, if it is separate.")
    ] = None
    tls_ca: Annotated[
        Path | None, _file_option("--tls-ca", "File with certificates to trust, instead of those of the system.")
    ] = None
    tls_insecure: Annotated[
        bool, _tls_option("--tls-insecure", help="Accept any certificate of the peer: for tests only.")
    ] = False

    tls_min: Annotated[
        TlsVersion | None, _tls_option("--tls-min", help="Oldest version of TLS to use; the default is 1.2.")
    ] = None

    @property
    def wanted(self) -> bool:
        """Whether any TLS option was given."""
        return any((self.tls, self.tls_cert, self.tls_key, self.tls_ca, self.tls_insecure, self.tls_min))

    def client_context(self) -> ssl.SSLContext | None:
        """The TLS context of a requestor, None without TLS; `typer.BadParameter` for files that cannot be used."""
        if not self.wanted:
            return None
        try:
            return self.settings().client_context()
        except ValueError as error:
            raise self._unusable(error) from error

    def server_context(self) -> ssl.SSLContext | None:
        """The TLS context of an acceptor, None without TLS; with `tls_ca` a peer must have a certificate."""
        if not self.wanted:
            return None
        if self.tls_cert is None:
            raise typer.BadParameter("a server with TLS needs a certificate", param_hint="'--tls-cert'")
        try:
            return self.settings().server_context()
        except ValueError as error:
            raise self._unusable(error) from error

    def settings(self) -> TLSConfig:
        """The settings, whether or not TLS is wanted."""
        from ssl import TLSVersion

        from dulcimer.ae.simple.tls_config import TLSConfig

        return TLSConfig(
            certificate=self.tls_cert,
            key=self.tls_key,
            ca=self.tls_ca,
            verify=not self.tls_insecure,
            minimum_version=TLSVersion.TLSv1_3 if self.tls_min is TlsVersion.TLS_1_3 else TLSVersion.TLSv1_2,
        )

    @staticmethod
    def _unusable(error: ValueError) -> typer.BadParameter:
        return typer.BadParameter(str(error), param_hint="TLS")


@dataclass(frozen=True, slots=True)
class ClientTlsOptions(TlsOptions):
    """TLS for the side that connects."""

    tls_name: Annotated[
        str | None,
        _tls_option(
            "--tls-name",
            metavar="NAME",
            help="Name that the certificate of the peer must have; by default HOST.",
        ),
    ] = None
