"""What grows for ever is told from what grows at first, and traced to one connection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.fuzz.findings.finding import FindingOracle
from dulcimer.fuzz.findings.reproducer import FuzzTarget, Reproducer
from dulcimer.fuzz.judging import growth
from dulcimer.fuzz.judging.growth import KINDS, GrowthConfirmer, GrowthWatch
from dulcimer.fuzz.judging.replaying import replays
from dulcimer.fuzz.judging.suspicion import Suspicion
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzSequence, SendBytes
from dulcimer.fuzz.targets.vitals import Vitals
from support.fuzz_sessions import MemorySession, Since

START = Vitals(20 << 20, 8, 2, 1, 21 << 20)
NAMES = [kind.name for kind in KINDS]
EACH = {"memory": 64 << 10, "descriptors": 1, "threads": 1, "processes": 1}
LOOKS = 8
"""Looks after which growth can be told: two at first, three and three."""


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What belongs to ended connections is given back at once, in memory."""
    monkeypatch.setattr(growth, "_PATIENCE", 0.0)
    monkeypatch.setattr(growth, "_QUIET", 0.0)


def with_more(what: str, amount: int) -> Vitals:
    return replace(START, **{what: getattr(START, what) + amount})


# ---------------------------------------------------------------------- in a campaign


@given(st.sampled_from(KINDS), st.integers(0, 3), st.lists(st.integers(0, 1), min_size=20, max_size=20))
def test_what_grows_at_first_and_then_comes_and_goes_is_nothing(
    kind: growth.GrowthKind, factor: int, waves: list[int]
) -> None:
    watch = GrowthWatch()
    assert watch.look(START) is None
    for wave in waves:
        level = kind.suspect * (10 * factor) + wave * (kind.suspect - 1)
        assert watch.look(with_more(kind.name, level)) is None


@given(st.sampled_from(KINDS), st.lists(st.integers(1, 9), min_size=LOOKS, max_size=LOOKS))
def test_what_grows_again_and_again_is_suspected(kind: growth.GrowthKind, steps: list[int]) -> None:
    watch = GrowthWatch()
    level, found = 0, None
    for step in steps:
        level += kind.suspect * step
        assert found is None
        found = watch.look(with_more(kind.name, level))
    assert found is not None
    assert (found.oracle, found.frames) == (FindingOracle.GROWTH, (kind.name,))


def test_looks_at_an_earlier_process_do_not_count() -> None:
    watch = GrowthWatch()
    for number in range(LOOKS - 1):
        watch.look(with_more("threads", 10 * number))
    watch.begin()
    assert [watch.look(with_more("threads", 1000)) for _ in range(LOOKS)] == [None] * LOOKS


def test_memory_taken_at_once_is_suspected_at_once() -> None:
    watch = GrowthWatch()
    assert watch.look(START) is None
    found = watch.look(with_more("peak", 32 << 20))
    assert found is not None
    assert found.frames == ("peak",)
    assert watch.look(with_more("peak", 32 << 20)) is None


# ---------------------------------------------------------------------- confirmed

LEAK = FuzzSequence("acceptor", (SendBytes(b"\x01", "RQ"), AwaitReply(), SendBytes(b"\x07", "A-ABORT")))
OTHERS = [FuzzSequence("acceptor", (SendBytes(b"\x04%c" % number, "P-DATA-TF"),)) for number in range(20)]


def leaking(what: str, each: int) -> Callable[[Since], Vitals]:
    return lambda since: with_more(what, each * sum(b"\x07" in one.sent for one in since))


def confirmer(session: MemorySession) -> GrowthConfirmer:
    return GrowthConfirmer(session, FuzzTarget("the server"), seconds=1e6, seed=7, batch=1)


def suspicion(what: str) -> Suspicion:
    return Suspicion(FindingOracle.GROWTH, "It grows", frames=(what,))


@pytest.mark.parametrize("what", NAMES)
def test_leak_is_traced_to_the_least_that_leaks(what: str) -> None:
    session = MemorySession(vitals=leaking(what, EACH[what]))
    found = confirmer(session).confirm(suspicion(what), (*OTHERS[:9], LEAK, *OTHERS[9:]))
    assert found is not None
    assert found.sequence.steps == (SendBytes(b"\x07", "A-ABORT"),)
    assert (found.finding.frames, found.finding.times, found.finding.tries) == ((what,), 10, 10)
    assert (found.seed, found.batch, found.rounds) == (7, 1, 24)
    written = Reproducer.from_text(found.to_text())
    assert [one.came_again for one in replays(written, session, 2)] == [True, True]
    assert not next(replays(written, MemorySession(vitals=lambda _: START), 1)).came_again


def test_verdict_says_how_much_one_connection_leaves_behind() -> None:
    for what, words in (("memory", "about 64 KiB of memory"), ("descriptors", "1.0 open descriptors")):
        session = MemorySession(vitals=leaking(what, EACH[what]))
        found = confirmer(session).confirm(suspicion(what), [LEAK])
        assert found is not None
        assert found.finding.verdict == f"Each connection leaves {words} behind"


@pytest.mark.parametrize("what", NAMES)
def test_what_a_program_takes_for_its_first_connections_is_not_a_leak(what: str) -> None:
    session = MemorySession(vitals=lambda since: with_more(what, EACH[what] * min(len(since), 30)))
    assert confirmer(session).confirm(suspicion(what), [*OTHERS, LEAK]) is None


def test_memory_taken_at_once_is_confirmed_by_one_connection() -> None:
    session = MemorySession(vitals=lambda since: with_more("peak", (64 << 20) * any(b"\x07" in s.sent for s in since)))
    found = confirmer(session).confirm(suspicion("peak"), [*OTHERS, LEAK, *OTHERS])
    assert found is not None
    assert (found.sequence.sent, found.rounds, found.finding.times) == (b"\x07", 1, 10)
    assert found.finding.verdict == "The target takes 64 MiB at once, for 1 bytes that were sent"
    assert next(replays(found, session, 1)).came_again


def test_growth_that_nothing_of_the_history_brings_about_is_not_confirmed() -> None:
    assert confirmer(MemorySession(vitals=lambda _: START)).confirm(suspicion("memory"), OTHERS) is None
    assert confirmer(MemorySession(vitals=lambda _: START)).confirm(suspicion("memory"), []) is None
