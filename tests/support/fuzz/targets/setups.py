"""The targets as a campaign has them: a command that is all that it takes to start one again."""

from __future__ import annotations

import sys
from pathlib import Path

from dulcimer.fuzz.campaign.setup import TargetSetup
from dulcimer.fuzz.corpus.streams import sent, steps_of
from dulcimer.fuzz.engine.settle import SettleTiming
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzSequence, FuzzStep
from support.fuzz.targets.catalogue import CLIENT, TARGETS
from support.fuzz.targets.running import TESTS

UNHURRIED = SettleTiming(grace=1.0, close=5.0, connect=30.0)
"""For targets on a busy machine: what comes ends the wait."""


def setup_of(name: str, *options: str, cache: Path | None = None, patience: float = 10.0) -> TargetSetup:
    """The way to a target. `{dir}` among the options: a server writes there, and is watched."""
    is_client = TARGETS[name].role == CLIENT
    words: tuple[str, ...] = ("env", f"PYTHONPATH={TESTS}", sys.executable, "-m", "support.fuzz.targets", name)
    words += ("{host}", "{port}") if is_client else ("--port", "{port}")
    words += ("--cache", str(cache)) if cache else ()
    return TargetSetup("requestor" if is_client else "acceptor", command=(*words, *options), patience=patience)


def to_server(*data: bytes, end: tuple[FuzzStep, ...] = ()) -> FuzzSequence:
    """These bytes, each after the answer to those before."""
    return FuzzSequence("acceptor", (*steps_of(data), *end))


def to_client(*data: bytes) -> FuzzSequence:
    """These bytes, each after something of the client."""
    return FuzzSequence("requestor", tuple(step for each in data for step in (AwaitReply(), sent(each))))
