"""Running a server for the command line: what it prints, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from dulcimer._generated.codes import describe_abort, describe_rejection
from dulcimer._generated.fsm import Events, States
from dulcimer.acse.negotiation import DEFAULT_MAXIMUM_LENGTH
from dulcimer.ae.server import Server
from dulcimer.cli.dump_text import printable
from dulcimer.cli.session import LogObserver
from dulcimer.errors import TransportError
from dulcimer.services.storage import StoredInstance
from dulcimer.upper_layer.observer import Observer, Observers
from dulcimer.wire.codec import Deviation
from dulcimer.wire.model import Abort, AssociateRj, AssociateRq, Pdu, ReleaseRq


@dataclass(frozen=True, slots=True)
class Settings:
    """What `dulcimer serve` was asked for; lengths in bytes, times in seconds."""

    host: str
    port: int
    ae_title: str
    directory: Path | None
    ignore: bool
    require_called_ae_title: bool
    maximum_associations: int
    artim_timeout: float
    acse_timeout: float
    network_timeout: float
    maximum_length: int | None
    tls: ssl.SSLContext | None

    @property
    def storage(self) -> Path | bool | None:
        """As `Server` takes it."""
        return self.directory or (None if self.ignore else False)

    @property
    def described(self) -> str:
        """What becomes of instances."""
        if self.directory is not None:
            return f"instances are kept in {self.directory.resolve()}"
        return (
            "instances are taken and not kept" if self.ignore else "C-ECHO only; --dir DIRECTORY takes instances, too"
        )


class AssociationLine(Observer):
    """Prints one line about each association when it is over: who asked, and how it ended. No data of patients."""

    def __init__(self) -> None:
        self._peer = ""
        self._end = "the connection was lost"

    def pdu_received(self, pdu: Pdu, deviations: Sequence[Deviation], now: float) -> None:  # noqa: ARG002
        """Note who asks, and how it ends."""
        match pdu:
            case AssociateRq():
                self._peer = printable(pdu.calling_ae_title.strip())
            case ReleaseRq():
                self._end = "released"
            case Abort():
                self._end = f"aborted by the peer: {describe_abort(pdu.source, pdu.reason)}"
            case _:
                pass

    def pdu_refused(self, data: object, problem: str, now: float) -> None:  # noqa: ARG002
        """Note why it will end."""
        self._end = f"aborted, an invalid PDU came: {problem}"

    def pdu_sent(self, pdu: Pdu, now: float) -> None:  # noqa: ARG002
        """Note how it ends."""
        match pdu:
            case AssociateRj():
                self._end = describe_rejection(pdu.result, pdu.source, pdu.reason)
            case Abort() if not self._end.startswith("aborted"):
                self._end = f"aborted by us: {describe_abort(pdu.source, pdu.reason)}"
            case _:
                pass

    def transition(self, event: Events, state: States, action: str, next_state: States, now: float) -> None:  # noqa: ARG002
        """Print the line when the machine is back in Sta1."""
        if next_state == States.STA_1 and action and self._peer:
            print(f"association from {self._peer}: {self._end}", flush=True)


def _print_stored(instance: StoredInstance) -> None:
    print(f"stored {instance.path.name}, {instance.size} bytes", flush=True)


def _observer() -> Observer:
    if logging.getLogger("dulcimer.cli").isEnabledFor(logging.INFO):
        return Observers(AssociationLine(), LogObserver())
    return AssociationLine()


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. `typer.BadParameter` if the address or the directory cannot be used."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C is a KeyboardInterrupt there
            loop.add_signal_handler(number, stopped.set)
    try:
        server = Server(
            ae_title=settings.ae_title,
            storage=settings.storage,
            maximum_length=(DEFAULT_MAXIMUM_LENGTH if settings.maximum_length is None else settings.maximum_length),
            artim_timeout=settings.artim_timeout,
            acse_timeout=settings.acse_timeout,
            network_timeout=settings.network_timeout,
            maximum_associations=settings.maximum_associations,
            require_called_ae_title=settings.require_called_ae_title,
            tls=settings.tls,
            on_stored=_print_stored,
            observe=_observer,
        )
    except OSError as error:
        raise typer.BadParameter(f"the directory cannot be used: {error}", param_hint="'--dir'") from error
    try:
        async with server.listen(settings.host, settings.port):
            host, port = server.address
            print(f"listening on {f'[{host}]' if ':' in host else host}:{port}", flush=True)
            print(f"AE title {settings.ae_title}; {settings.described}", flush=True)
            await _until(stopped, server)
    except TransportError as error:
        raise typer.BadParameter(str(error), param_hint="'--host' or '--port'") from error
    print("stopped", flush=True)


async def _until(stopped: asyncio.Event, server: Server) -> None:
    serving = asyncio.create_task(server.serve_forever())
    waiting = asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait((serving, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (serving, waiting):
            task.cancel()
        await asyncio.gather(serving, waiting, return_exceptions=True)
