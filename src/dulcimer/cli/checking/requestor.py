"""The part of `dulcimer check` for peers that request associations."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from dulcimer.cli.checking.spawning import SPAWN_IS_FOR_SERVERS
from dulcimer.cli.checking.timing import TimingOptions
from dulcimer.cli.checking.verdicts import VerdictOptions
from dulcimer.cli.checking.watched_run import run_until_stopped
from dulcimer.cli.options.tested_peer import nothing_tested
from dulcimer.cli.options.tls import TlsOptions
from dulcimer.cli.options.values import timeout
from dulcimer.conformance.catalogue.extended import thorough_cases
from dulcimer.conformance.catalogue.requestor import requestor_cases
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.play.stage import Stage
from dulcimer.conformance.processes.command import Command, Unseen
from dulcimer.conformance.run.listening import ListeningRunner
from dulcimer.conformance.run.record import Progress, Run
from dulcimer.conformance.run.requestor import RequestorRunner, RequestorSettings
from dulcimer.conformance.run.stopping import Stopper
from dulcimer.conformance.sender_rules.requestor import requestor_log
from dulcimer.conformance.wire_peer.tls import TlsSettings

REQUESTOR_PANEL = "A peer that requests associations"
_MOST_PORT = 65535


def _option(*names: str, **settings: Any) -> Any:
    return typer.Option(*names, rich_help_panel=REQUESTOR_PANEL, **settings)


class PeerRole(StrEnum):
    """What the peer does."""

    ACCEPTOR = "acceptor"
    REQUESTOR = "requestor"


@dataclass(frozen=True, slots=True)
class RequestorOptions:
    """Options for a peer that requests associations."""

    requestor: Annotated[
        bool,
        _option("--requestor", help="Check a client: the command after --, which is started once for each case."),
    ] = False
    role: Annotated[
        PeerRole | None,
        _option("--role", help="Role of the peer; requestor means the same as --requestor."),
    ] = None
    listen: Annotated[
        str | None,
        _option(
            "--listen",
            metavar="PORT[-PORT]",
            help="Wait for a client to connect to these ports, and run one case on each association. The called AE "
            "title may select a case by its alias (--list).",
        ),
    ] = None
    bind: Annotated[str, _option("--bind", metavar="ADDRESS", help="Address at which the peer can reach us.")] = (
        "127.0.0.1"
    )
    idle: Annotated[
        float | None,
        _option(
            "--idle", metavar="SECONDS", callback=timeout, help="With --listen: how long to wait for a connection."
        ),
    ] = 60.0
    hang_limit: Annotated[
        float,
        _option(
            "--hang-limit",
            metavar="SECONDS",
            callback=timeout,
            help="How long the command may run after its association has ended.",
        ),
    ] = 35.0

    @property
    def wanted(self) -> bool:
        """Whether the peer requests associations."""
        named = self.requestor or self.listen is not None
        if named and self.role is PeerRole.ACCEPTOR:
            raise typer.BadParameter("to check an acceptor, leave out --requestor and --listen", param_hint="'--role'")
        return named or self.role is PeerRole.REQUESTOR

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports of `--listen`."""
        first, _, last = (self.listen or "").partition("-")
        try:
            found = tuple(range(int(first), int(last or first) + 1))
        except ValueError:
            found = ()
        if not found or not 1 <= found[0] <= found[-1] <= _MOST_PORT:
            raise typer.BadParameter(
                f"{self.listen!r} is neither a port nor a range such as 11112-11120", param_hint="'--listen'"
            )
        return found


@dataclass(frozen=True, slots=True)
class ClientCheck:
    """A client: a command that is started once for each case, or clients that connect by themselves."""

    options: RequestorOptions
    words: Sequence[str]
    ae_title: str
    tls: TlsOptions
    timing: TimingOptions
    verdicts: VerdictOptions
    embedded: bool
    spawn: str | None

    def catalogue(self) -> tuple[Sequence[Case], Sequence[Case]]:
        """The cases, and the rules for everything that a client sends."""
        return requestor_cases(), tuple(result.case for result in requestor_log().results())

    def further(self, catalogue: Sequence[Case], *, wanted: bool) -> tuple[Case, ...]:  # noqa: ARG002
        """The extended cases, which continue after the normal ones."""
        return thorough_cases(catalogue)

    def run(self, cases: Sequence[Case], progress: Progress) -> Run:
        """Run the cases against the command, or against the clients that connect."""
        if self.spawn is not None:
            raise typer.BadParameter(SPAWN_IS_FOR_SERVERS)
        if self.embedded:
            raise typer.BadParameter("--embedded is a server: leave out --requestor and --listen")
        command = _command_of(self.options, self.words)
        self.verdicts.health(of_a_server=False)
        settings = RequestorSettings(
            react=self.timing.t_react,
            artim=self.timing.peer_artim,
            close=self.timing.close_window,
            hang=self.options.hang_limit,
            jobs=self.timing.jobs,
            repeat=self.timing.repeat,
            keep_going=self.verdicts.keep_going,
        )
        context = self.tls.server_context()
        secured = TlsSettings(context) if context is not None else None
        wanted = [case for case in cases if isinstance(case, RequestorCase)]
        bind = self.options.bind
        if command is not None:
            stage = Stage(command, bind, called=self.ae_title, knows_title=command.names_ae_title, tls=secured)
            runner = RequestorRunner(stage, settings, progress)
            return run_until_stopped(lambda stopper: runner.run(wanted, stopper=stopper))

        async def serve(stopper: Stopper) -> Run:
            stage = Stage(Unseen(), bind, tls=secured)
            listener = ListeningRunner(stage, self.options.ports, settings, self.options.idle, progress)
            return await listener.run(wanted, stopper=stopper)

        try:
            return run_until_stopped(serve)
        except OSError as error:
            raise typer.BadParameter(f"{bind}: {error.strerror or error}", param_hint="'--listen'") from error

    def unhealthy(self, run: Run) -> NoReturn:
        """Print that nothing was tested; raises Exit."""
        nothing_tested(
            f"{run.peer.host} does not work with a plain acceptor",
            expected="an association, its release, and exit status 0, where all requests are answered with success",
            came=run.unhealthy_because,
            advice="run the command by hand, against dulcimer serve",
        )


def _command_of(options: RequestorOptions, words: Sequence[str]) -> Command | None:
    """The command to start, None with `--listen`; a usage error if it cannot be one."""
    if options.listen is not None:
        if words or options.requestor:
            raise typer.BadParameter("--listen starts no command: leave out --requestor and the command")
        return None
    if not words:
        raise typer.BadParameter("give the command after --, such as -- echoscu -aec {aet} {host} {port}")
    command = Command(tuple(words))
    for name in ("{host}", "{port}"):
        if not any(name in word for word in words):
            raise typer.BadParameter(f"the command does not contain {name}, so it cannot reach us")
    if shutil.which(words[0]) is None:
        raise typer.BadParameter(f"there is no command {words[0]!r}")
    return command


def show_aliases(console: Console, cases: Sequence[Case]) -> None:
    """Print the called AE title that selects each case."""
    for case in cases:
        if isinstance(case, RequestorCase) and case.port == "open":
            console.print(f"{case.alias} {case.id}", highlight=False, markup=False, soft_wrap=True)
