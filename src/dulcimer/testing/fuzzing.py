"""A bounded campaign as an assertion: what is found in a server or a client, as a text that a person can read."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.escaping import escaped
from dulcimer.fuzz.campaign.calibrating import Calibration, calibrate
from dulcimer.fuzz.campaign.coordinator import CampaignTools, Coordinator
from dulcimer.fuzz.campaign.executors.in_process import InProcessExecutor
from dulcimer.fuzz.campaign.plan import CampaignPlan
from dulcimer.fuzz.campaign.result import CampaignEnd, CampaignResult
from dulcimer.fuzz.campaign.setup import TargetSetup
from dulcimer.fuzz.campaign.store import CampaignStore
from dulcimer.fuzz.campaign.subject import corpus_of, subject_of
from dulcimer.fuzz.campaign.worker import SessionWorker
from dulcimer.fuzz.engine.play import Address
from dulcimer.fuzz.findings.finding import Confidence
from dulcimer.fuzz.findings.found import FoundOnce
from dulcimer.fuzz.findings.scripts import name_of
from dulcimer.fuzz.judging.acceptors import AcceptorSession
from dulcimer.fuzz.judging.session import TargetLostError, TargetSession
from dulcimer.fuzz.report.document import campaign_json
from dulcimer.fuzz.report.files import write_findings
from dulcimer.fuzz.report.grouping import FindingGroup, grouped_findings
from dulcimer.fuzz.report.meanings import ORACLE_WORDS
from dulcimer.fuzz.report.wording import (
    broken_advice,
    confirmed,
    connections,
    counted_cases,
    finding_title,
    headline,
    replay_command,
    seen_of_target,
    step_words,
)
from dulcimer.fuzz.sequences.steps import AwaitReply
from dulcimer.fuzz.targets.process import TargetStartError
from dulcimer.testing.addresses import refuse_other_machines
from dulcimer.testing.targets import StartedServer, command_words, shell_words

__tracebackhide__ = True
"""Of all functions here, for pytest: the message says more."""
_SECONDS = 10.0
"""Of playing, if nothing else is said."""
_SHRINKING = 5.0
"""Seconds for making one finding small, about."""
_MOST_SHOWN = 8
_MOST_CHANGES = 3
_TITLES = Titles()


class FuzzFailure(AssertionError):
    """Something was found; the message has each finding with the command that shows it again, and `result` has all.

    `result`: None if nothing could be played.
    """

    def __init__(self, text: str, result: CampaignResult | None = None) -> None:
        super().__init__(text)
        self.result = result


class FuzzCheck:
    """Fuzzes for a bounded time; the fixture `dulcimer_fuzz`.

    `directory` makes a directory for the files of the findings of one call.
    """

    def __init__(self, directory: Callable[[], Path]) -> None:
        self._directory = directory

    def __call__(
        self,
        server: StartedServer | tuple[str, int],
        *,
        cases: int | None = None,
        seconds: float | None = None,
        seed: int = 1,
        called: str = _TITLES.called,
        calling: str = _TITLES.calling,
        exclude: Sequence[str] = (),
        strict: bool = False,
    ) -> CampaignResult:
        """Fuzz a server that `dulcimer_target` has started, or one at a host and port of this machine.

        - `cases`, `seconds`: the end, whichever comes first; without both, 10 seconds. Confirming the last findings
          may take up to a minute more.
        - `seed`: cases follow from it.
        - `called`, `calling`: AE titles for a host and port; a server that was started has its own.
        - `exclude`: globs of findings that do not fail, by the names of their files, such as deviation_evt3_sta6_*.
        - `strict`: deviations that many products share fail, too.

        A server that was started is started afresh for it, and once more afterwards. Returns the result. Raises
        FuzzFailure if something is found, if the server cannot be started any more, or if valid sequences fail on it;
        ValueError if the host is another machine.
        """
        bounds = _Bounds(cases, seconds, seed, tuple(exclude), strict)
        if isinstance(server, StartedServer):
            setup = TargetSetup(host=server.host, port=server.port, command=server.command.words, titles=server.titles)
            try:
                return self._fuzz(setup, lambda: _session_of(server), str(server), bounds)
            finally:
                with contextlib.suppress(TargetStartError):
                    server.restart()
        host, port = server
        refuse_other_machines(host, f"dulcimer fuzz {host} {port} --i-may-test {host}")
        setup = TargetSetup(host=host, port=port, titles=Titles(calling, called))
        return self._fuzz(setup, setup.session, f"{host}:{port}", bounds)

    def requestor(
        self,
        command: str | Sequence[str],
        *,
        cases: int | None = None,
        seconds: float | None = None,
        seed: int = 1,
        patience: float = 10.0,
        exclude: Sequence[str] = (),
        strict: bool = False,
    ) -> CampaignResult:
        """Fuzz a client: the command is started once for each case, with `{host}`, `{port}` and `{aet}` filled in.

        `patience`: seconds in which it has to end after its connection was closed. Otherwise as for a server.
        """
        words = command_words(command)
        for place in ("{host}", "{port}"):
            if not any(place in word for word in words):
                raise ValueError(f"the command has no {place}, so the client cannot reach the tester: {command}")
        setup = TargetSetup("requestor", command=words, patience=patience)
        bounds = _Bounds(cases, seconds, seed, tuple(exclude), strict)
        return self._fuzz(setup, setup.session, shell_words(words), bounds)

    def _fuzz(
        self, setup: TargetSetup, open_session: Callable[[], TargetSession], name: str, bounds: _Bounds
    ) -> CampaignResult:
        limit = _SECONDS if bounds.cases is None and bounds.seconds is None else bounds.seconds
        plan = CampaignPlan(bounds.seed, setup.role, limit_seconds=limit, limit_cases=bounds.cases)
        try:
            result = _played(setup, open_session, plan)
        except TargetLostError as error:
            raise FuzzFailure(f"{name} does not start, so nothing was fuzzed: {error}") from None
        if result.end is CampaignEnd.BROKEN:
            failures = "; ".join(result.calibration.failures)
            raise FuzzFailure(f"{name} {headline(result, ())}: {failures}\n  advice    {broken_advice(result)}", result)
        groups = grouped_findings(filter(bounds.wants, result.findings))
        if groups or result.end is CampaignEnd.LOST:
            raise FuzzFailure(_text(result, groups, name, self._written(result)), result)
        return result

    def _written(self, result: CampaignResult) -> Path:
        directory = self._directory()
        write_findings(campaign_json(result), directory)
        return directory


@dataclass(frozen=True, slots=True)
class _Bounds:
    """When it ends, and which findings fail."""

    cases: int | None
    seconds: float | None
    seed: int
    exclude: tuple[str, ...]
    strict: bool

    def wants(self, found: FoundOnce) -> bool:
        """Whether a finding fails."""
        if found.reproducer.finding.confidence is Confidence.COMMON and not self.strict:
            return False
        return not any(fnmatch(name_of(found.reproducer), glob) for glob in self.exclude)


@dataclass(frozen=True, slots=True)
class _WorkerSetup:
    """Opens the worker with a session of this kind."""

    open_session: Callable[[], TargetSession]
    setup: TargetSetup
    calibration: Calibration

    def open(self, number: int) -> SessionWorker:  # noqa: ARG002  # there is only one
        """The worker. Raises TargetLostError."""
        session = self.open_session()
        self.calibration.apply(session)
        bases = self.calibration.bases(self.setup.titles)
        return SessionWorker(session, self.setup.target, bases, seconds=_SHRINKING)


def _session_of(server: StartedServer) -> AcceptorSession:
    """A session with the server itself, which is a fresh one. Raises TargetLostError."""
    try:
        server.restart()
    except TargetStartError as error:
        raise TargetLostError(str(error)) from error
    return AcceptorSession(Address(server.host, server.port), server.titles, server.process)


def _played(setup: TargetSetup, open_session: Callable[[], TargetSession], plan: CampaignPlan) -> CampaignResult:
    with open_session() as session:
        calibration = calibrate(session, setup.titles)
    with tempfile.TemporaryDirectory() as directory:
        store = CampaignStore(Path(directory) / "campaign.sqlite")
        executor = InProcessExecutor(_WorkerSetup(open_session, setup, calibration))
        try:
            tools = CampaignTools(store, executor, corpus_of(setup, calibration))
            coordinator = Coordinator(plan, subject_of(setup, calibration), tools)
            return coordinator.conclude(CampaignEnd.BROKEN) if calibration.is_broken else coordinator.run()
        finally:
            executor.close()
            store.close()


def _text(result: CampaignResult, groups: Sequence[FindingGroup], name: str, directory: Path) -> str:
    what = headline(result, tuple(groups)) if groups else "it could not be reached, or started, any more"
    lines = [f"{name}: {what}, in {counted_cases(result.cases)} of seed {result.seed}"]
    for number, group in enumerate(groups[:_MOST_SHOWN], 1):
        lines.append(f"\n{number}. {escaped(finding_title(group.finding))}{_rows(_about(group, result, directory))}")
    if len(groups) > _MOST_SHOWN:
        lines.append(f"\nand {len(groups) - _MOST_SHOWN} more, in {directory}")
    return "\n".join(lines)


def _about(group: FindingGroup, result: CampaignResult, directory: Path) -> dict[str, str]:
    finding, first = group.finding, group.members[0]
    reproducer = first.reproducer
    changes = [*finding.operators[:_MOST_CHANGES], *(["..."] if len(finding.operators) > _MOST_CHANGES else [])]
    place = "" if reproducer.target.command else f" {result.host} {result.port}"
    steps = [step_words(step) for step in reproducer.sequence.steps if not isinstance(step, AwaitReply)]
    return {
        "means": ORACLE_WORDS[finding.oracle].meaning,
        "clause": finding.clause if finding.clause not in finding.verdict else "",
        "before": connections(first),
        "sent": "; ".join(steps),
        "changed": "; ".join(changes),
        "came": seen_of_target(reproducer.seen),
        "frames": ", ".join(finding.frames),
        "confirmed": confirmed(first, result.repeats.get(first.key, 0)),
        "advice": ORACLE_WORDS[finding.oracle].advice,
        "again": replay_command(first, str(directory)) + place,
    }


def _rows(rows: dict[str, str]) -> str:
    return "".join(f"\n   {label:<9} {escaped(text)}" for label, text in rows.items() if text)
