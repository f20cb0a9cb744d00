"""What makes a run of `dulcimer check` fail: severities, expected failures, a policy and a health command."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from dulcimer.cli.checking.selection import severity
from dulcimer.cli.options.writable import make_writable
from dulcimer.conformance.judge import baseline, policy
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.run.health import HealthCommand

VERDICT_PANEL = "Verdict"


def _option(*names: str, **settings: Any) -> Any:
    return typer.Option(*names, rich_help_panel=VERDICT_PANEL, **settings)


@dataclass(frozen=True, slots=True)
class VerdictOptions:
    """Options that decide how a reaction is judged."""

    strict: Annotated[bool, _option("--strict", help="Strict mode: fail the run on NON-STRICT, too.")] = False
    fail_on: Annotated[
        str,
        _option(
            "--fail-on",
            metavar="SEVERITY",
            callback=severity,
            help="Fail the run on failures of this severity or worse, S0 to S4.",
        ),
    ] = "S2"
    policy_file: Annotated[
        Path | None,
        _option(
            "--policy",
            metavar="TOML",
            help='Read other verdicts for named reactions (--dry-run) from this file: bare-close = "failed".',
        ),
    ] = None
    expect: Annotated[
        Path | None,
        _option("--expect", metavar="TOML", help="Read the expected failures, with reasons, from this file."),
    ] = None
    update_baseline: Annotated[
        bool, _option("--update-baseline", help="Write the present failures to the file of --expect.")
    ] = False
    health_command: Annotated[
        str | None,
        _option(
            "--health-cmd",
            metavar="COMMAND",
            help="Run this with each sanity probe; an exit status other than 0 means that the server is not healthy.",
        ),
    ] = None
    keep_going: Annotated[bool, _option("--keep-going", help="Continue after the peer has stopped responding.")] = False

    def expected(self) -> tuple[baseline.ExpectedVerdict, ...]:
        """The failures that are expected; a usage error if the file cannot be used."""
        if self.expect is None:
            if self.update_baseline:
                raise typer.BadParameter("--update-baseline needs --expect FILE", param_hint="'--update-baseline'")
            return ()
        if self.update_baseline:
            make_writable("--expect", self.expect.absolute().parent, self.expect)
        if not self.expect.exists():
            if self.update_baseline:
                return ()
            raise typer.BadParameter(
                f"{self.expect} does not exist. If this is the first run, add --update-baseline: it writes what fails "
                "now to that file and ends with 0. Then give each entry its reason, and keep the file with your tests",
                param_hint="'--expect'",
            )
        try:
            return baseline.load(self.expect)
        except baseline.BaselineError as error:
            raise typer.BadParameter(str(error), param_hint="'--expect'") from error

    def policy_for(self, cases: Sequence[Case]) -> policy.VerdictPolicy:
        """The policy, for cases of this catalogue; a usage error if the file cannot be used."""
        if self.policy_file is None:
            return policy.VerdictPolicy()
        try:
            return policy.load(self.policy_file, cases)
        except policy.PolicyError as error:
            raise typer.BadParameter(str(error), param_hint="'--policy'") from error

    def health(self, *, of_a_server: bool) -> HealthCommand | None:
        """The health command, None without one; a usage error if it cannot be run, or there are no probes."""
        if self.health_command is None:
            return None
        hint = "'--health-cmd'"
        if not of_a_server:
            raise typer.BadParameter("this needs a server: clients are not probed between cases", param_hint=hint)
        try:
            words = tuple(shlex.split(self.health_command))
        except ValueError as error:
            raise typer.BadParameter(f"{self.health_command!r}: {error}", param_hint=hint) from error
        if not words or shutil.which(words[0]) is None:
            raise typer.BadParameter(f"there is no command {self.health_command!r}", param_hint=hint)
        return HealthCommand(words)
