"""The part of `dulcimer check` for servers: peers that accept associations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

import typer

from dulcimer.cli.checking import spawning
from dulcimer.cli.checking.timing import TimingOptions
from dulcimer.cli.checking.verdicts import VerdictOptions
from dulcimer.cli.checking.watched_run import run_until_stopped
from dulcimer.cli.options.permission import permit
from dulcimer.cli.options.tested_peer import host_and_port, nothing_tested
from dulcimer.cli.options.tls import ClientTlsOptions
from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.catalogue.extended import thorough_cases
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.play.target import Target
from dulcimer.conformance.processes.command import Command
from dulcimer.conformance.processes.server import SpawnError, Supervisor
from dulcimer.conformance.run.acceptor import Runner
from dulcimer.conformance.run.record import AcceptorSettings, Progress, Run
from dulcimer.conformance.run.stopping import Stopper
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.stimuli.messages import Titles
from dulcimer.conformance.wire_peer.tls import TlsSettings

EMBEDDED_ARTIM = 2.0
"""ARTIM time of dulcimer's own server, in seconds."""


@dataclass(frozen=True, slots=True)
class ServerCheck:
    """A server: one at HOST and PORT, one that the check starts, or dulcimer's own in this process.

    `permitted` are the other machines that the user may test.
    """

    words: Sequence[str]
    spawn: str | None
    embedded: bool
    permitted: Sequence[str]
    titles: Titles
    tls: ClientTlsOptions
    timing: TimingOptions
    verdicts: VerdictOptions

    def catalogue(self) -> tuple[Sequence[Case], Sequence[Case]]:
        """The cases, and the rules for everything that a server sends."""
        return acceptor_cases(self.titles), tuple(result.case for result in SenderLog().results())

    def further(self, catalogue: Sequence[Case], *, wanted: bool) -> tuple[Case, ...]:  # noqa: ARG002
        """The extended cases, which continue after the normal ones."""
        return thorough_cases(catalogue)

    def run(self, cases: Sequence[Case], progress: Progress) -> Run:
        """Run the cases."""
        command, address = spawning.command_and_address(self.spawn, list(self.words), embedded=self.embedded)
        target = self._target(address)
        artim = EMBEDDED_ARTIM if self.embedded and self.timing.peer_artim is None else self.timing.peer_artim
        settings = AcceptorSettings(
            react=self.timing.t_react,
            artim=artim,
            close=self.timing.close_window,
            releases=self.timing.peer_releases,
            jobs=self.timing.jobs,
            repeat=self.timing.repeat,
            keep_going=self.verdicts.keep_going,
            patience=self.timing.patience,
            health=self.verdicts.health(of_a_server=True),
        )
        try:
            return run_until_stopped(partial(_run, target, cases, settings, progress, command))
        except SpawnError as error:
            spawning.not_started(error)

    def unhealthy(self, run: Run) -> NoReturn:
        """Print that nothing was tested; raises Exit."""
        peer = run.peer
        listens = not run.unhealthy_because.startswith("no connection")
        what = (
            "use -aet and -aec with AE titles that the peer knows"
            if listens
            else "check that the peer is running, and its host and port"
        )
        nothing_tested(
            f"{peer.host}:{peer.port} is not healthy",
            expected="an association with Verification, C-ECHO and release",
            came=run.unhealthy_because,
            advice=f"{what}; dulcimer echo {peer.host} {peer.port} shows more",
        )

    def _target(self, words: Sequence[str]) -> Target | None:
        """The server to check, None for dulcimer's own; a usage error if it is not given, or not permitted."""
        if self.embedded:
            if words or self.tls.wanted:
                raise typer.BadParameter("--embedded names the server: leave out HOST, PORT and TLS")
            return None
        if not words:
            raise typer.BadParameter("give HOST and PORT, or --embedded")
        host, port = host_and_port(words)
        permit(host, self.permitted, "The cases hang and crash real servers")
        context = self.tls.client_context()
        secured = TlsSettings(context, self.tls.tls_name or host) if context is not None else None
        return Target(host, port, self.titles, tls=secured)


async def _run(
    target: Target | None,
    cases: Sequence[Case],
    settings: AcceptorSettings,
    progress: Progress,
    command: Command | None,
    stopper: Stopper,
) -> Run:
    if target is not None and command is not None:
        async with Supervisor(command, target.host, target.port) as supervisor:
            return await Runner(target, settings, progress, watch=supervisor).run(cases, stopper=stopper)
    if target is not None:
        return await Runner(target, settings, progress).run(cases, stopper=stopper)
    from dulcimer.ae.core.storage_scp import Server

    server = Server(ae_title="ANY-SCP", artim_timeout=EMBEDDED_ARTIM)
    async with server.listen("127.0.0.1", 0):
        at = Target("127.0.0.1", server.address[1])
        return await Runner(at, settings, progress).run(cases, stopper=stopper)
