"""What a worker plays follows from its order alone; what is known is counted; a fresh target has no history."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dulcimer.fuzz.campaign import worker as worker_module
from dulcimer.fuzz.campaign.batch import BatchOrder, BatchResult
from dulcimer.fuzz.campaign.causes import ENOUGH, CauseTally, KnownCauses
from dulcimer.fuzz.campaign.orders import make_order
from dulcimer.fuzz.campaign.totals import CampaignTotals
from dulcimer.fuzz.campaign.worker import SessionWorker
from dulcimer.fuzz.corpus.seeds import acceptor_seeds
from dulcimer.fuzz.findings.finding import FindingOracle, FuzzFinding
from dulcimer.fuzz.findings.recipes import PduRecipe
from dulcimer.fuzz.findings.reproducer import FuzzTarget, Reproducer
from dulcimer.fuzz.judging.growth import GrowthConfirmer
from dulcimer.fuzz.judging.suspicion import Suspicion
from dulcimer.fuzz.sequences.rendering import BasePdus
from dulcimer.fuzz.sequences.steps import Chunks, FuzzSequence, SendBytes
from dulcimer.fuzz.targets.vitals import Vitals
from support.fuzz_sessions import MemorySession

CORPUS = (acceptor_seeds()["C-ECHO"], acceptor_seeds()["A-ABORT first"])
BASES = BasePdus()
CRASH = Suspicion(FindingOracle.EXIT, "The target died of SIGSEGV")
HANG = Suspicion(FindingOracle.HANG, "no reply")


def worker_at(session: MemorySession) -> SessionWorker:
    return SessionWorker(session, FuzzTarget("the server"), BASES)


def order(number: int = 0, cases: int = 30, seed: int = 7, causes: KnownCauses | None = None) -> BatchOrder:
    return BatchOrder(number, seed, cases, CORPUS, causes=causes or {})


class FakeConfirmer:
    """Confirms everything, and writes down with how much history."""

    histories: list[int]

    def __init__(self, session: MemorySession, *_: object, **__: object) -> None:
        self._session = session

    def confirm(
        self,
        suspicion: Suspicion,
        sequence: FuzzSequence,
        recipes: Sequence[PduRecipe | None],
        history: Sequence[FuzzSequence],
    ) -> Reproducer | None:
        self.histories.append(len(history))
        return Reproducer(FuzzFinding(suspicion.oracle, suspicion.verdict, times=1, tries=1), sequence)


@pytest.fixture
def histories(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of the histories that findings are confirmed with."""
    FakeConfirmer.histories = []
    monkeypatch.setattr(worker_module, "Confirmer", FakeConfirmer)
    return FakeConfirmer.histories


def counted(result: BatchResult) -> tuple[object, ...]:
    return (result.cases, result.pdus, result.pairs, result.triples, result.additions, result.found, result.repeats)


@settings(max_examples=5)
@given(st.integers(0, 2**32), st.integers(0, 1000))
def test_same_order_gives_the_same_cases_and_the_same_result(seed: int, number: int) -> None:
    one, other = MemorySession(), MemorySession(has_time=False)  # to make the next case while one is played
    results = [worker_at(session).play(order(number, 20, seed)) for session in (one, other)]
    assert one.all == other.all
    assert counted(results[0]) == counted(results[1])


def test_cases_do_not_follow_from_what_was_played_before() -> None:
    used, fresh = MemorySession(), MemorySession()
    worker = worker_at(used)
    worker.play(order(0))
    used.all.clear()
    worker.play(order(1))
    worker_at(fresh).play(order(1))
    assert used.all == fresh.all
    other = MemorySession()
    worker_at(other).play(order(2))
    assert other.all != fresh.all


def test_cases_do_not_follow_from_corpora_that_came_before() -> None:
    """A worker that has seen the corpus grow plays the same as one that has just begun."""
    seeds = tuple(acceptor_seeds().values())
    orders = [BatchOrder(number, 7, 100, seeds[: 28 + 12 * number]) for number in range(2)]
    used, fresh = MemorySession(), MemorySession()
    worker = worker_at(used)
    for each in orders:
        used.all.clear()
        worker.play(each)
    worker_at(fresh).play(orders[-1])
    assert used.all == fresh.all


def test_result_counts_what_was_played() -> None:
    session = MemorySession()
    heard: list[tuple[str, int]] = []
    result = worker_at(session).play(order(cases=130), lambda text, cases: heard.append((text, cases)))
    assert (result.number, result.cases, result.restarts) == (0, 130, 0)
    assert result.pdus == sum(isinstance(step, SendBytes | Chunks) for one in session.all for step in one.steps)
    assert heard == [("playing", number) for number in range(1, 131)]
    assert set(result.additions) <= set(session.all)
    assert 0 < len(result.additions) <= 20
    assert result.found == ()


def test_what_is_known_well_enough_is_counted(histories: list[int]) -> None:
    session = MemorySession(lambda _: (CRASH,))
    worker = worker_at(session)
    result = worker.play(order(cases=10))
    assert len(histories) == ENOUGH
    (found,) = result.found
    assert result.repeats == {found.key: 10 - ENOUGH}
    assert result.causes == {CRASH.cause: CauseTally(ENOUGH, 0, found.key)}


def test_what_the_order_knows_costs_no_time_wherever_it_is_played(histories: list[int]) -> None:
    """Another worker, or a campaign that is resumed, confirms nothing again."""
    totals = CampaignTotals(CORPUS)
    totals.add(worker_at(MemorySession(lambda _: (CRASH,))).play(order(cases=10)))
    histories.clear()
    result = worker_at(MemorySession(lambda _: (CRASH,))).play(make_order(totals, 1, 7, 5))
    assert (histories, result.found, result.causes) == ([], (), {})
    (found,) = totals.findings
    assert result.repeats == {found.key: 5}


def test_tries_of_others_count(histories: list[int]) -> None:
    key = FuzzFinding(CRASH.oracle, CRASH.verdict).key
    worker_at(MemorySession(lambda _: (CRASH,))).play(
        order(cases=10, causes={CRASH.cause: CauseTally(ENOUGH - 1, 0, key)})
    )
    assert len(histories) == 1


def test_what_never_comes_again_is_not_tried_any_more() -> None:
    session = MemorySession(lambda _: (CRASH,) if len(session.all) in (3, 5) else ())
    result = worker_at(session).play(order(cases=6, causes={CRASH.cause: CauseTally(failed=ENOUGH)}))
    assert len(session.all) == 6
    assert result.unconfirmed == {CRASH.verdict: 2}
    assert result.causes == {}


def test_other_suspicion_beside_a_known_one_is_confirmed(histories: list[int]) -> None:
    session = MemorySession(lambda since: (CRASH, HANG) if len(session.all) == 6 else (CRASH,))
    result = worker_at(session).play(order(cases=6))
    assert len(histories) == ENOUGH + 1
    assert {found.key.oracle for found in result.found} == {FindingOracle.EXIT, FindingOracle.HANG}


def test_after_a_finding_there_is_no_history_of_before(histories: list[int]) -> None:
    session = MemorySession(lambda _: (CRASH,) if len(session.all) in (5, 9) else ())
    worker_at(session).play(order(cases=12))
    assert histories == [4, 4]


def test_target_that_has_ended_has_no_history(histories: list[int]) -> None:
    """Also if its end is only counted."""
    session = MemorySession(
        lambda since: (HANG,) if len(session.all) == 13 else (CRASH,) if len(since) == 3 else (),
        ends=lambda since: len(since) == 3,
    )
    worker_at(session).play(order(cases=13))
    assert histories == [2, 2, 2, 0]


def test_target_that_serves_no_more_is_restarted_however_well_that_is_known(histories: list[int]) -> None:
    """What is played after it is not taken for the cause."""
    session = MemorySession(lambda since: (HANG,) if len(since) >= 4 else ())
    result = worker_at(session).play(order(cases=24))
    assert len(histories) == ENOUGH
    assert list(result.repeats.values()) == [24 // 4 - ENOUGH]
    assert max(histories) == 3


def test_what_does_not_come_again_is_told_in_its_words() -> None:
    session = MemorySession(lambda _: (CRASH,) if len(session.all) == 3 else ())
    result = worker_at(session).play(order(cases=8))
    assert result.unconfirmed == {CRASH.verdict: 1}
    assert result.causes == {CRASH.cause: CauseTally(failed=1)}
    assert result.found == ()


def test_probe_now_and_then_finds_a_target_that_serves_no_more(histories: list[int]) -> None:
    session = MemorySession(probed=lambda since: (HANG,))
    result = worker_at(session).play(order(cases=64))
    assert histories == [63]
    assert [found.key.oracle for found in result.found] == [FindingOracle.HANG]


def test_growth_is_looked_for_between_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "_BETWEEN_LOOKS", 4)
    asked: list[tuple[tuple[str, ...], int]] = []

    def confirm(_: GrowthConfirmer, suspicion: Suspicion, history: tuple[FuzzSequence, ...], *__: object) -> None:
        asked.append((suspicion.frames, len(history)))

    monkeypatch.setattr(GrowthConfirmer, "confirm", confirm)
    session = MemorySession(vitals=lambda since: Vitals(threads=5 * len(since)))
    result = worker_at(session).play(order(cases=4 * 8 * (ENOUGH + 2)))
    assert [what for what, _ in asked] == [("threads",)] * ENOUGH
    assert asked[0][1] == len(set(session.all[: 4 * 8]))
    assert result.unconfirmed == {"The target takes more and more threads": ENOUGH + 2}


def test_nothing_grows_that_nobody_can_restart() -> None:
    session = MemorySession(vitals=lambda since: Vitals(threads=5 * len(since)), can_restart=False)
    assert worker_at(session).play(order(cases=600)).unconfirmed == {}


def test_close_ends_the_target() -> None:
    session = MemorySession()
    worker_at(session).close()
    assert session.is_closed
