"""The target of `dulcimer fuzz`, from the command line or from the file of a finding."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace

import typer

from dulcimer.cli.fuzzing.options import TargetOptions
from dulcimer.cli.options.permission import permit
from dulcimer.cli.options.tested_peer import host_and_port, spawn_command
from dulcimer.cli.options.tls import ClientTlsOptions
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.campaign.setup import TargetSetup
from dulcimer.fuzz.findings.reproducer import Reproducer

_CLIENT_COMMAND = "give the command of the client after --, with {host} and {port} in it"


@dataclass(frozen=True, slots=True)
class TargetWords:
    """What the command line says of the target."""

    words: Sequence[str]
    options: TargetOptions
    titles: Titles
    tls: ClientTlsOptions

    def setup(self) -> TargetSetup:
        """The target; a usage error if there is none, or if it is not permitted."""
        tls = self.tls.settings() if self.tls.wanted else None
        if self.options.requestor:
            if self.options.spawn is not None:
                raise typer.BadParameter("--spawn starts a server: leave it out with --requestor")
            return self._client(tuple(self.words), tls is not None)
        if tls is not None:
            self.tls.client_context()  # a file that cannot be used is known before anything is started
        name = self.tls.tls_name or ""
        if self.options.spawn is not None:
            if self.words:
                raise typer.BadParameter("--spawn gives each target a port of its own: leave out HOST and PORT")
            command = spawn_command(self.options.spawn, needs_port=True)
            return TargetSetup(command=command.words, titles=self.titles, tls=tls, tls_name=name)
        if not self.words:
            raise typer.BadParameter("give HOST and PORT of a server, --spawn COMMAND, or --requestor -- COMMAND")
        host, port = host_and_port(self.words)
        permit(host, self.options.i_may_test or (), "The cases hang and crash real servers")
        return TargetSetup(host=host, port=port, titles=self.titles, tls=tls, tls_name=name)

    def setup_for(self, reproducer: Reproducer) -> TargetSetup:
        """The target that is given, or the one of a finding if that was started by a command.

        AE titles that are not given are those of the finding.
        """
        return replace(self, titles=self._titles_for(reproducer))._setup_for(reproducer)

    def _titles_for(self, reproducer: Reproducer) -> Titles:
        usual, known = Titles(), reproducer.target.titles
        calling, called = self.titles.calling, self.titles.called
        return Titles(
            known.calling if calling == usual.calling else calling, known.called if called == usual.called else called
        )

    def _setup_for(self, reproducer: Reproducer) -> TargetSetup:
        is_client = reproducer.sequence.role == "requestor"
        how = "--requestor -- COMMAND" if is_client else "HOST and PORT, or --spawn COMMAND"
        is_given = bool(self.words or self.options.spawn or self.options.requestor)
        if is_given:
            setup = self.setup()
            if setup.role != reproducer.sequence.role:
                raise typer.BadParameter(f"the finding is about {'a client' if is_client else 'a server'}: give {how}")
            return setup
        words = tuple(shlex.split(reproducer.target.command))
        if not words:
            raise typer.BadParameter(f"the file does not say how to start the target: give {how}")
        if shutil.which(words[0]) is None:
            why = f"there is no command {words[0]!r} here, with which the file starts its target"
            raise typer.BadParameter(f"{why}: give {how}")
        tls = self.tls.settings() if self.tls.wanted or reproducer.target.tls else None
        if is_client:
            return self._client(words, tls is not None)
        return TargetSetup(command=words, titles=self.titles, tls=tls, tls_name=self.tls.tls_name or "")

    def _client(self, words: tuple[str, ...], with_tls: bool) -> TargetSetup:
        if not words or not any("{port}" in word for word in words):
            raise typer.BadParameter(_CLIENT_COMMAND)
        if shutil.which(words[0]) is None:
            raise typer.BadParameter(f"there is no command {words[0]!r}")
        if with_tls:
            self.tls.server_context()
        return TargetSetup(
            role="requestor",
            command=words,
            titles=self.titles,
            patience=self.options.patience,
            tls=self.tls.settings() if with_tls else None,
        )
