"""Where a command puts the instances that it receives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dulcimer.cli.options.panels import in_panel
from dulcimer.cli.options.values import optional_ae_title

if TYPE_CHECKING:
    from dulcimer.services.storage import InstanceDirectory, StoredInstance

_own_option = in_panel("Receiving instances")


@dataclass(frozen=True, slots=True)
class ReceivingOptions:
    """A directory, or nowhere."""

    output_directory: Annotated[
        Path,
        typer.Option(
            "-od",
            "--output-directory",
            metavar="DIRECTORY",
            file_okay=False,
            help="Keep instances in this directory; it is made if missing.",
        ),
    ] = Path()
    ignore: Annotated[bool, typer.Option("--ignore", help="Accept instances, but do not keep them.")] = False

    def open(self, on_stored: Callable[[StoredInstance], None]) -> InstanceDirectory:
        """The storage for the instances; `typer.BadParameter` if the directory cannot be used."""
        from dulcimer.services.storage import InstanceDirectory

        try:
            return InstanceDirectory(None if self.ignore else self.output_directory, on_stored)
        except OSError as error:
            problem = f"{error.filename or 'the directory'} cannot be used: {error.strerror}"
            raise typer.BadParameter(problem, param_hint="'-od'") from error


@dataclass(frozen=True, slots=True)
class OwnReceiverOptions:
    """Our own storage SCP, to which a peer moves instances."""

    store_port: Annotated[
        int | None,
        _own_option(
            "--store-port",
            metavar="PORT",
            min=0,
            max=65535,
            help="Receive the instances on this port; 0 means any free port.",
        ),
    ] = None
    store_dir: Annotated[
        Path | None,
        _own_option(
            "--store-dir",
            "-od",
            metavar="DIRECTORY",
            file_okay=False,
            help="Keep them in this directory; it is made if missing. The default is the current directory.",
        ),
    ] = None
    store_aet: Annotated[
        str | None,
        _own_option(
            "--store-aet",
            metavar="AE",
            callback=optional_ae_title,
            help="AE title of the receiver; by default that of the destination.",
        ),
    ] = None
    store_host: Annotated[
        str | None,
        _own_option(
            "--store-host",
            metavar="ADDRESS",
            help="Address to receive on; by default the one from which we reach the peer.",
        ),
    ] = None
    store_tls: Annotated[
        bool,
        _own_option("--store-tls", help="Receive with TLS, with the options for TLS."),
    ] = False
    ignore: Annotated[bool, _own_option("--ignore", help="Receive instances, but do not keep them.")] = False

    def check(self) -> None:
        """`typer.BadParameter` for options that need `--store-port`."""
        useless = self.store_dir or self.store_aet or self.store_host or self.store_tls or self.ignore
        if self.store_port is None and useless:
            raise typer.BadParameter("to receive instances, --store-port is needed", param_hint="'--store-port'")
