"""A target that is lost among the replays of a finding: what was seen until then counts."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from rich.console import Console

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.fuzzing import again
from dulcimer.cli.fuzzing.options import TargetOptions
from dulcimer.cli.fuzzing.target import TargetWords
from dulcimer.cli.options.tls import ClientTlsOptions
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.findings.finding import FindingOracle, FuzzFinding
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.judging.replaying import ReplayOutcome
from dulcimer.fuzz.judging.session import TargetLostError
from dulcimer.fuzz.sequences.steps import FuzzSequence


def test_replays_before_the_target_was_lost_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def two_replays(*_: object) -> Iterator[ReplayOutcome]:
        yield ReplayOutcome(True, (), (), "fin")
        yield ReplayOutcome(False, (), (), "fin")
        raise TargetLostError("nothing listens")

    monkeypatch.setattr(again, "target_of", lambda *_: contextlib.nullcontext())
    monkeypatch.setattr(again, "calibrate", lambda *_: None)
    monkeypatch.setattr(again, "refuse_broken", lambda *_: None)
    monkeypatch.setattr(again, "replays", two_replays)
    path = tmp_path / "one.json"
    path.write_text(Reproducer(FuzzFinding(FindingOracle.EXIT, "It ended."), FuzzSequence("acceptor", ())).to_text())
    place = TargetWords(("127.0.0.1", "104"), TargetOptions(), Titles(), ClientTlsOptions())
    told = io.StringIO()
    with pytest.raises(typer.Exit) as ended:
        again.replay_finding(path, place, 10, Console(file=told, width=200))
    assert ended.value.exit_code == ExitStatus.PEER_FAILED
    assert told.getvalue().splitlines()[-2:] == [
        "The target was lost after 2 tries: nothing listens",
        "It came again in 1 of 2 tries.",
    ]
